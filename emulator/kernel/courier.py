"""Sends a service's webhooks over the network and tells it what came of them."""

from __future__ import annotations

import asyncio
import logging
from ipaddress import ip_address

import httpx

from emulator.kernel.faults import FaultKind
from emulator.kernel.host import Host, Sent
from emulator.kernel.service import Delivery

_log = logging.getLogger(__name__)
_AT_ONCE = 50


def is_allowed_target(url: str) -> bool:
    """Whether a webhook may go there: `https` anywhere, plain `http` to this machine only."""
    try:
        target = httpx.URL(url)
    except httpx.InvalidURL:
        return False
    if target.scheme == "https":
        return bool(target.host)
    return target.scheme == "http" and _is_loopback(target.host)


def _is_loopback(name: str) -> bool:
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


class Courier:
    """Takes what is due from one host's service; `close` ends what is still under way."""

    def __init__(self, host: Host, client: httpx.AsyncClient) -> None:
        self._host = host
        self._client = client
        self._at_once = asyncio.Semaphore(_AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()

    def dispatch(self) -> None:
        """Starts sending what has become due; returns at once."""
        for delivery in self._host.service.take_deliveries():
            task = asyncio.create_task(self._deliver(delivery))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _deliver(self, delivery: Delivery) -> None:
        fault = self._host.plan.next(delivery)
        kind = fault.kind if fault else None
        seconds = fault.seconds if fault else 0.0
        if kind is FaultKind.WEBHOOK_LATE:
            await asyncio.sleep(seconds)
        # The provider believes that a lost one arrived: otherwise it would only be a late one.
        is_lost = kind is FaultKind.WEBHOOK_LOST
        status, retry_after = (200, None) if is_lost else await self._send(delivery)
        self._record(delivery, status, kind)
        self._host.service.delivered(delivery, status, retry_after)
        if kind is FaultKind.WEBHOOK_DOUBLED:
            await asyncio.sleep(seconds)
            self._record(delivery, (await self._send(delivery))[0], kind)

    def _record(self, delivery: Delivery, status: int | None, kind: FaultKind | None) -> None:
        self._host.sent.append(Sent(delivery, self._host.clock.now(), status, kind))

    async def _send(self, delivery: Delivery) -> tuple[int | None, float | None]:
        """Status and seconds of Retry-After; (None, None) when there was no answer."""
        if not is_allowed_target(delivery.url):
            _log.warning("Webhook %s not sent: only https or loopback targets", delivery.hook_id)
            return None, None
        try:
            async with self._at_once:
                answer = await self._client.request(
                    delivery.method,
                    delivery.url,
                    headers=list(delivery.headers),
                    content=delivery.body,
                    timeout=delivery.timeout_seconds,
                )
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as flaw:
            _log.info("Webhook %s got no answer: %r", delivery.hook_id, flaw)
            return None, None
        return answer.status_code, _seconds(answer.headers.get("retry-after"))


def _seconds(text: str | None) -> float | None:
    return float(text) if text is not None and text.strip().isdecimal() else None
