"""Webhooks from one emulated service to a subscriber on this machine, with and without faults."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from emulator.kernel.courier import is_allowed_target
from emulator.kernel.service import Delivery
from tests.emulator.kernel.tiny import Outcome, Running


@pytest.fixture
async def subscriber() -> AsyncIterator[Running]:
    async with Running() as running:
        yield running


def _delivery(url: str, *, event_id: str = "e1") -> Delivery:
    headers = (("X-Signature", "s"), ("Content-Type", "application/json"))
    return Delivery("hook", "POST", url, headers, event_id.encode(), event_id)


async def _sent(tiny: Running, count: int) -> list[dict[str, object]]:
    """Waits until so many deliveries are on record."""
    async with asyncio.timeout(5):
        while True:
            answer = await tiny.client.get("/_emulator/deliveries")
            deliveries: list[dict[str, object]] = answer.json()["deliveries"]
            if len(deliveries) >= count:
                return deliveries


async def test_a_webhook_arrives_and_its_outcome_is_reported(
    tiny: Running, subscriber: Running
) -> None:
    tiny.service.due.append(_delivery(f"{subscriber.url}/hooks"))
    [sent] = await _sent(tiny, 1)
    assert (sent["status"], sent["fault"], sent["event_id"]) == (201, None, "e1")
    assert subscriber.service.notes == ["e1"]
    assert tiny.service.outcomes == [Outcome("e1", 201, None)]


async def test_a_subscribers_retry_after_is_reported(tiny: Running, subscriber: Running) -> None:
    await subscriber.put_faults({"kind": "too_many_requests", "retry_after": 12})
    tiny.service.due.append(_delivery(subscriber.url))
    await _sent(tiny, 1)
    assert tiny.service.outcomes == [Outcome("e1", 429, 12.0)]


async def test_a_subscriber_that_hangs_up_gives_no_status(
    tiny: Running, subscriber: Running
) -> None:
    await subscriber.put_faults({"kind": "request_lost"})
    tiny.service.due.append(_delivery(subscriber.url))
    await _sent(tiny, 1)
    assert tiny.service.outcomes == [Outcome("e1", None, None)]


async def test_a_lost_webhook_seems_delivered_and_never_arrives(
    tiny: Running, subscriber: Running
) -> None:
    await tiny.put_faults({"kind": "webhook_lost", "path": "/hooks", "count": 1})
    tiny.service.due.append(_delivery(f"{subscriber.url}/hooks"))
    await _sent(tiny, 1)
    tiny.service.due.append(_delivery(f"{subscriber.url}/hooks", event_id="e2"))
    sent = await _sent(tiny, 2)
    assert [row["fault"] for row in sent] == ["webhook_lost", None]
    assert [outcome.status for outcome in tiny.service.outcomes] == [200, 201]
    assert subscriber.service.notes == ["e2"]


async def test_a_late_webhook_is_overtaken_by_its_successor(
    tiny: Running, subscriber: Running
) -> None:
    await tiny.put_faults({"kind": "webhook_late", "seconds": 0.3, "count": 1})
    tiny.service.due.append(_delivery(subscriber.url, event_id="first"))
    tiny.service.due.append(_delivery(subscriber.url, event_id="second"))
    await _sent(tiny, 2)
    assert subscriber.service.notes == ["second", "first"]


async def test_a_doubled_webhook_arrives_twice_and_is_reported_once(
    tiny: Running, subscriber: Running
) -> None:
    await tiny.put_faults({"kind": "webhook_doubled"})
    tiny.service.due.append(_delivery(subscriber.url))
    await _sent(tiny, 2)
    assert subscriber.service.notes == ["e1", "e1"]
    assert len(tiny.service.outcomes) == 1


async def test_plain_http_leaves_this_machine_never(tiny: Running) -> None:
    tiny.service.due.append(_delivery("http://example.com/hooks"))
    [sent] = await _sent(tiny, 1)
    assert sent["status"] is None


@pytest.mark.parametrize(
    ("url", "is_allowed"),
    [
        ("https://example.com/hooks", True),
        ("http://127.0.0.1:8000/hooks", True),
        ("http://localhost/hooks", True),
        ("http://[::1]:8000/", True),
        ("http://example.com", False),
        ("http://localhost.example.com", False),
        ("http://10.0.0.1", False),
        ("ftp://127.0.0.1", False),
        ("https://", False),
        ("http://[broken", False),
        ("", False),
    ],
)
def test_targets_are_loopback_or_https(url: str, is_allowed: bool) -> None:
    assert is_allowed_target(url) is is_allowed
