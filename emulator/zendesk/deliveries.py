"""Sends ticket events to subscribed webhooks: signed, at least once, in no sure order.

https://developer.zendesk.com/documentation/webhooks/verifying/
"""

from __future__ import annotations

import base64
import hashlib
import heapq
import hmac
from collections import defaultdict, deque
from dataclasses import dataclass
from itertools import count
from uuid import UUID

import orjson

from emulator.kernel.service import Delivery
from emulator.zendesk.desk import ACCOUNT_ID, Desk
from emulator.zendesk.events import TicketEvent, detail, events_of
from emulator.zendesk.records import Audit, Ticket
from emulator.zendesk.render import JsonObject
from emulator.zendesk.times import stamp
from emulator.zendesk.webhook_store import EVENT_PREFIX, Attempt, Hook, Hooks, Invocation

CIRCUIT_WINDOW_SECONDS = 300
CIRCUIT_OPEN_SECONDS = 5
_CIRCUIT_SHARE = 0.7
_CIRCUIT_LEAST = 10
_CIRCUIT_ERRORS = 1_000
_CONFLICT_ATTEMPTS = 3
_TIMEOUT_ATTEMPTS = 5
_LONGEST_RETRY_AFTER = 60
_EVENT_VERSION = "2022-11-06"
_BODILESS = frozenset({"GET", "DELETE"})


@dataclass(frozen=True, slots=True)
class _Sending:
    """An event on its way to one webhook."""

    invocation: Invocation
    body: bytes
    attempt: int = 1


class _Circuit:
    """Opens when most requests to a webhook fail."""

    def __init__(self) -> None:
        self._outcomes: deque[tuple[float, bool]] = deque()
        self._open_until = 0.0

    def is_open(self, now: float) -> bool:
        return now < self._open_until

    def note(self, *, is_fine: bool, now: float) -> None:
        self._outcomes.append((now, is_fine))
        while self._outcomes[0][0] < now - CIRCUIT_WINDOW_SECONDS:
            self._outcomes.popleft()
        failures = sum(not fine for _, fine in self._outcomes)
        is_mostly_failing = len(
            self._outcomes
        ) >= _CIRCUIT_LEAST and failures >= _CIRCUIT_SHARE * len(self._outcomes)
        if is_mostly_failing or failures > _CIRCUIT_ERRORS:
            self._open_until = now + CIRCUIT_OPEN_SECONDS


class Deliveries:
    """Listens to the desk. `take` hands out what is due, `delivered` hears how it went."""

    def __init__(self, desk: Desk, hooks: Hooks) -> None:
        self._desk = desk
        self._hooks = hooks
        self._waiting: list[tuple[float, int, _Sending]] = []
        self._order = count()
        self._in_flight: dict[str, _Sending] = {}
        self._circuits: dict[str, _Circuit] = defaultdict(_Circuit)
        desk.listeners.append(self._notice)

    def take(self) -> list[Delivery]:
        due: list[Delivery] = []
        while self._waiting and self._waiting[0][0] <= self._desk.now:
            _, _, sending = heapq.heappop(self._waiting)
            hook = self._hooks.by_id.get(sending.invocation.hook_id)
            if hook is None or not hook.is_active:
                continue
            if self._circuits[hook.id].is_open(self._desk.now):
                self._note(sending, "circuit broken", None)
                continue
            self._in_flight[sending.invocation.id] = sending
            due.append(self._delivery(hook, sending))
        return due

    def delivered(self, delivery: Delivery, status: int | None, retry_after: float | None) -> None:
        sending = self._in_flight.pop(delivery.event_id, None)
        if sending is None:
            return  # a delivery that was doubled on the way, or an old one
        is_fine = status is not None and 200 <= status < 300
        self._circuits[delivery.hook_id].note(is_fine=is_fine, now=self._desk.now)
        self._note(sending, "timeout" if status is None else "terminated", status, delivery)
        wait = _wait_before_retry(sending.attempt, status, retry_after)
        if wait is not None:
            again = _Sending(sending.invocation, sending.body, sending.attempt + 1)
            self._wait(again, wait)

    def _note(
        self,
        sending: _Sending,
        status: str,
        code: int | None,
        delivery: Delivery | None = None,
    ) -> None:
        headers = () if delivery is None else delivery.headers
        payload = "" if delivery is None else delivery.body.decode()
        attempt = Attempt(status, code, self._desk.second, headers, payload)
        sending.invocation.attempts.append(attempt)

    def _notice(self, old: Ticket | None, new: Ticket, audit: Audit | None) -> None:
        if not any(
            hook.is_active and not hook.is_conditional for hook in self._hooks.by_id.values()
        ):
            return
        sequence = self._hooks.new_id()
        for position, event in enumerate(events_of(self._desk, old, new, audit), start=1):
            body = self._body(new, audit, event, sequence, position)
            for hook in self._hooks.by_id.values():
                if hook.wants(f"ticket.{event.type}"):
                    invocation = Invocation(self._hooks.new_id(), hook.id)
                    self._hooks.remember(invocation)
                    self._wait(_Sending(invocation, body), self._desk.random.uniform(0.2, 2.5))

    def _wait(self, sending: _Sending, seconds: float) -> None:
        due = self._desk.now + seconds
        heapq.heappush(self._waiting, (due, next(self._order), sending))

    def _body(
        self,
        ticket: Ticket,
        audit: Audit | None,
        event: TicketEvent,
        sequence: str,
        position: int,
    ) -> bytes:
        event_id = str(UUID(int=self._desk.random.getrandbits(128), version=4))
        meta: JsonObject = {
            "version": "1.0",
            "occurred_at": stamp(self._desk.second),
            "ref": f"{sequence}-{position}",
            "sequence": {"id": sequence, "position": position},
        }
        return orjson.dumps(
            {
                "account_id": ACCOUNT_ID,
                "detail": detail(ticket, audit),
                "event": event.event | {"meta": meta},
                "id": event_id,
                "subject": f"zen:ticket:{ticket.id}",
                "time": stamp(self._desk.second),
                "type": f"{EVENT_PREFIX}ticket.{event.type}",
                "zendesk_event_version": _EVENT_VERSION,
            }
        )

    def _delivery(self, hook: Hook, sending: _Sending) -> Delivery:
        body = b"" if hook.http_method in _BODILESS else sending.body
        signed_at = stamp(self._desk.second)
        headers = (
            ("X-Zendesk-Webhook-Signature-Timestamp", signed_at),
            ("X-Zendesk-Webhook-Signature", signature(hook.secret, signed_at, body)),
            ("Content-Type", "application/json; charset=utf-8"),
            ("User-Agent", "Zendesk Webhook"),
            ("X-Zendesk-Account-Id", str(ACCOUNT_ID)),
            ("X-Zendesk-Webhook-Id", hook.id),
            ("X-Zendesk-Webhook-Invocation-Id", sending.invocation.id),
            *_authorization(hook),
            *hook.custom_headers,
        )
        return Delivery(
            hook_id=hook.id,
            method=hook.http_method,
            url=hook.endpoint,
            headers=headers,
            body=body,
            event_id=sending.invocation.id,
            attempt=sending.attempt,
        )


def signature(secret: str, signed_at: str, body: bytes) -> str:
    """Base64 of HMAC-SHA256 over the time stamp and the raw body; the secret as it is shown."""
    digest = hmac.new(secret.encode(), signed_at.encode() + body, hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def _wait_before_retry(attempt: int, status: int | None, retry_after: float | None) -> float | None:
    """Seconds until the next attempt; None when there is none."""
    if status is None:
        return float(2**attempt) if attempt < _TIMEOUT_ATTEMPTS else None
    if status == 409:
        return float(2**attempt) if attempt <= _CONFLICT_ATTEMPTS else None
    if status in {429, 503} and retry_after is not None and retry_after < _LONGEST_RETRY_AFTER:
        return retry_after if attempt <= _CONFLICT_ATTEMPTS else None
    return None


def _authorization(hook: Hook) -> tuple[tuple[str, str], ...]:
    authentication = hook.authentication or {}
    data = authentication.get("data")
    if not isinstance(data, dict):
        return ()
    kind = authentication.get("type")
    if kind == "basic_auth":
        pair = f"{data.get('username')}:{data.get('password')}"
        return (("Authorization", f"Basic {base64.b64encode(pair.encode()).decode()}"),)
    if kind == "bearer_token":
        return (("Authorization", f"Bearer {data.get('token')}"),)
    if kind == "api_key":
        return ((str(data.get("name")), str(data.get("value"))),)
    return ()
