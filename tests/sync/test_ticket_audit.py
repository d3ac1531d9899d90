"""The audit of all tickets: it finds what no lane tells of, and tells how far it is."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import orjson
import pytest

from db.database import Transaction
from db.write.parts import want
from domain.observation import LanePage, Part, TicketSeen
from domain.words import Status, SyncSource
from domain.writes import OperationState, TicketPatch
from sync.decide import Interval
from sync.refetch import Refetcher
from sync.requests import Write
from sync.ticket_audit import ALL_TICKETS, OPEN_TICKETS, Rounds, TicketAudit
from tests.simulation.deeds import purge
from tests.sync.bench import Bench, on_bench

PROVIDERS = ("zendesk", "gorgias")


def _audited(
    provider: str,
    rounds: Rounds,
    scenario: Callable[[Bench], Awaitable[None]],
    *,
    tickets: int = 12,
    before: Callable[[Bench], Awaitable[None]] | None = None,
) -> None:
    """With one audit of tickets and no other audit; it starts after `before`."""

    async def main(bench: Bench) -> None:
        await bench.start(audits=False)
        await bench.clock.sleep(90.0)
        if before is not None:
            await before(bench)
        bench.desks[provider].client.sent.clear()
        desk = bench.kept(provider)
        audit = asyncio.create_task(TicketAudit(desk, Refetcher(desk), rounds).run())
        try:
            await scenario(bench)
        finally:
            audit.cancel()
            await asyncio.gather(audit, return_exceptions=True)

    on_bench(main, provider, tickets=tickets)


def _bulk_reads(bench: Bench, provider: str) -> int:
    sent = bench.desks[provider].client.sent
    return sum(r.path.endswith("show_many") or "ticket_ids" in dict(r.query) for r in sent)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_purge_that_nothing_tells_of_is_found_and_counted(provider: str) -> None:
    async def before(bench: Bench) -> None:
        purge(bench.desks[provider].service, 4)
        await bench.clock.sleep(10.0)
        assert not (await bench.ticket(f"{provider}/4")).gone

    async def scenario(bench: Bench) -> None:
        async def is_gone() -> bool:
            return bool((await bench.ticket(f"{provider}/4")).gone)

        await bench.until(is_gone, within=10.0)
        assert (await bench.ticket(f"{provider}/4")).source == "audit"
        await bench.clock.sleep(ALL_TICKETS.seconds + 30.0)
        lane = await bench.lane(provider, ALL_TICKETS.name)
        assert orjson.loads(lane.cursor)["drifted"] == 1
        assert await bench.is_equal(provider)

    _audited(provider, ALL_TICKETS, scenario, before=before)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_only_a_change_without_any_sign_counts_as_drift(provider: str) -> None:
    async def main(bench: Bench) -> None:
        await bench.start(audits=False)
        await bench.clock.sleep(90.0)
        desk, seen = bench.kept(provider), bench.desks[provider].truths.seen(3)
        ticket_id = f"{provider}/3"

        async def drifted(shown: TicketSeen) -> list[str]:
            now = bench.clock.now()
            page = LanePage(tickets=(replace(shown, comments=None),))
            return list((await desk.store(page, Interval(now, now), SyncSource.AUDIT)).drifted)

        async def ask(tx: Transaction) -> None:
            need = bench.clock.now() + 1_000.0
            await want(tx, provider, ticket_id, Part.TAGS, need=need, version=None)

        assert await drifted(seen) == []
        assert await drifted(replace(seen, tags=("unheard",))) == [ticket_id]
        later = (seen.version or 0) + 1_000_000
        assert await drifted(replace(seen, tags=("moved",), version=later)) == []
        await desk.write(ask)
        assert await drifted(replace(seen, tags=("asked",), version=later)) == []

    on_bench(main, provider)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_round_proves_every_ticket_by_the_hundred_and_then_rests(provider: str) -> None:
    async def scenario(bench: Bench) -> None:
        async def has_ended() -> bool:
            if not await bench.has_run(provider, ALL_TICKETS.name):
                return False
            return bool((await bench.lane(provider, ALL_TICKETS.name)).finished_at is not None)

        await bench.until(has_ended, within=60.0)
        lane = await bench.lane(provider, ALL_TICKETS.name)
        assert (lane.done, lane.total) == (230, 230)
        assert _bulk_reads(bench, provider) in (2, 3)
        assert orjson.loads(lane.cursor)["drifted"] == 0
        bench.desks[provider].client.sent.clear()
        await bench.clock.sleep(ALL_TICKETS.seconds / 2)
        assert _bulk_reads(bench, provider) == 0

    _audited(provider, ALL_TICKETS, scenario, tickets=230)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_open_tickets_have_rounds_of_their_own(provider: str) -> None:
    async def before(bench: Bench) -> None:
        for number in range(1, 6):
            patch = TicketPatch(status=Status.SOLVED)
            ticket_id = f"{provider}/{number}"
            write = Write(f"k{number}", provider, "ann", ticket_id=ticket_id, patch=patch)
            assert (await bench.engine.submit(write)).state is OperationState.CONFIRMED

    async def scenario(bench: Bench) -> None:
        await bench.clock.sleep(OPEN_TICKETS.seconds / 2)
        assert (await bench.lane(provider, OPEN_TICKETS.name)).total == 115
        purge(bench.desks[provider].service, 6)

        async def is_gone() -> bool:
            return bool((await bench.ticket(f"{provider}/6")).gone)

        await bench.until(is_gone, within=OPEN_TICKETS.seconds + 15.0)

    _audited(provider, OPEN_TICKETS, scenario, tickets=120, before=before)


def test_what_a_lane_has_just_proven_is_not_asked_for_again() -> None:
    """Twelve tickets fit into every page of the tail."""

    async def scenario(bench: Bench) -> None:
        await bench.clock.sleep(1_000.0)
        assert _bulk_reads(bench, "gorgias") <= 4
        assert (await bench.lane("gorgias", ALL_TICKETS.name)).finished_at is not None

    _audited("gorgias", ALL_TICKETS, scenario)
