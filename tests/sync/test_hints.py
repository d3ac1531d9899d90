"""Webhook events: kept once, and looked after within a second or two."""

from __future__ import annotations

import pytest

from db.write.inbox import InboxRow, waiting_events
from domain.writes import TicketPatch
from tests.sync.bench import Bench, on_bench


async def _changed_elsewhere(bench: Bench, desk: str, subject: str) -> int:
    """Another client changes ticket 3; returns its new version."""
    emulated = bench.desks[desk]
    step = emulated.dictionary.update_steps(TicketPatch(subject=subject))[0]
    request = emulated.dictionary.build_step(step, ticket_id="3", operation_id="x", stamp=None)
    assert (await emulated.client.inner.send(request)).is_success
    version = emulated.versions()[3]
    assert version is not None
    return version


@pytest.mark.parametrize("provider", ["zendesk", "gorgias"])
@pytest.mark.parametrize("knows_version", [True, False])
def test_a_webhook_shows_a_change_before_the_next_poll(provider: str, knows_version: bool) -> None:
    async def scenario(bench: Bench) -> None:
        await bench.start()
        await bench.clock.sleep(60.0)
        waits = []
        for number in range(5):
            await bench.clock.sleep(7.3)
            subject = f"Hinted {number}"
            version = await _changed_elsewhere(bench, provider, subject)
            event = InboxRow(
                provider,
                f"event {number}",
                bench.clock.now(),
                b"{}",
                "3",
                version if knows_version else None,
            )
            await bench.engine.receive(event)
            await bench.engine.receive(event)

            async def is_seen(subject: str = subject) -> bool:
                core = (await bench.cached(provider, 3)).core
                return core is not None and subject in core

            waits.append(await bench.until(is_seen, within=10.0))
        assert sorted(waits)[2] <= 1.5
        assert not await waiting_events(bench.database, provider, limit=9)

    on_bench(scenario, provider)


def test_an_event_of_the_past_asks_for_nothing() -> None:
    async def scenario(bench: Bench) -> None:
        await bench.start()
        await bench.clock.sleep(60.0)
        client = bench.desks["gorgias"].client
        event = InboxRow("gorgias", "old", bench.clock.now(), b"{}", "3", 1)
        await bench.engine.receive(event)
        client.sent.clear()
        await bench.clock.sleep(3.0)
        assert not [r for r in client.sent if ("ticket_ids", "3") in r.query]

    on_bench(scenario, "gorgias")


def test_an_event_of_a_ticket_that_is_nowhere_does_no_harm() -> None:
    async def scenario(bench: Bench) -> None:
        await bench.start()
        await bench.clock.sleep(60.0)
        await bench.engine.receive(
            InboxRow("zendesk", "e", bench.clock.now(), b"{}", "999999", None)
        )
        await bench.clock.sleep(10.0)
        assert not await waiting_events(bench.database, "zendesk", limit=9)
        assert (await bench.desk_rows())["zendesk"].problem_code is None

    on_bench(scenario, "zendesk")
