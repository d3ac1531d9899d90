"""Webhook requests: the admin's template filled in, signed if there is a secret, tried thrice."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from dataclasses import dataclass, replace
from heapq import heappop, heappush
from urllib.parse import urlencode

from emulator.gorgias import render
from emulator.gorgias.body import Body
from emulator.gorgias.desk import Desk, Trigger
from emulator.gorgias.records import Integration, JsonObject, Ticket
from emulator.gorgias.stamps import Micros, micros, moment_text
from emulator.kernel.http import JsonValue
from emulator.kernel.service import Delivery

SIGNATURE_HEADER = "X-Gorgias-Signature"
"""Undocumented by the provider; this is the name that most receivers expect."""

_PLACEHOLDER = re.compile(r"\{\{\s*([\w.\-\[\]]{1,200})\s*\}\}")
_DELAY_SECONDS = (0.05, 1.0)
_RETRY_SECONDS = (10.0, 60.0)
_TIMEOUT_SECONDS = 5.0


@dataclass(frozen=True, order=True, slots=True)
class _Waiting:
    due: Micros
    number: int
    delivery: Delivery


class Deliveries:
    """What is to be sent to webhooks, in the order in which it becomes due."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._waiting: list[_Waiting] = []
        self._count = 0

    def collect(self) -> None:
        """Turns the triggers of what just changed into requests."""
        triggers, self._desk.triggers = self._desk.triggers, []
        if not triggers:
            return
        hooks = [
            each
            for each in self._desk.store.integrations.group("type", "http")
            if each.deactivated is None
        ]
        for trigger in triggers:
            for hook in hooks:
                if _listens(hook, trigger.name):
                    self._prepare(hook, trigger)

    def take(self) -> list[Delivery]:
        now = self._desk.now()
        due = []
        while self._waiting and self._waiting[0].due <= now:
            delivery = heappop(self._waiting).delivery
            if self._is_wanted(delivery):
                due.append(delivery)
        return due

    def report(self, delivery: Delivery, status: int | None, retry_after: float | None) -> None:
        """A failed delivery is tried again, later each time, while its integration is active."""
        is_taken = status is not None and 200 <= status < 300
        if is_taken or delivery.attempt > len(_RETRY_SECONDS):
            return
        wait = max(_RETRY_SECONDS[delivery.attempt - 1], retry_after or 0.0)
        self._push(replace(delivery, attempt=delivery.attempt + 1), wait)

    def _is_wanted(self, delivery: Delivery) -> bool:
        hook = self._desk.store.integrations.get(int(delivery.hook_id))
        return hook is not None and hook.deactivated is None

    def _prepare(self, hook: Integration, trigger: Trigger) -> None:
        ticket = self._desk.store.tickets.get(trigger.ticket_id)
        if ticket is None:
            return
        delivery = _request(hook, trigger, _context(self._desk, ticket, trigger))
        self._push(delivery, self._desk.wire_random.uniform(*_DELAY_SECONDS))

    def _push(self, delivery: Delivery, wait: float) -> None:
        self._count += 1
        due = self._desk.now() + micros(wait)
        heappush(self._waiting, _Waiting(due, self._count, delivery))


def _listens(hook: Integration, trigger: str) -> bool:
    triggers = Body(hook.http or {}).child("triggers")
    return triggers is not None and triggers.flag(trigger) is True


def _context(desk: Desk, ticket: Ticket, trigger: Trigger) -> JsonObject:
    """All that a template may name."""
    message = desk.store.messages.get(trigger.message_id)
    return {
        "account": {"domain": desk.domain},
        "ticket": {
            **render.ticket_detail(ticket, desk.store, is_read=True),
            "customer_id": ticket.customer_id,
        },
        "message": None if message is None else render.written_message(message, desk.store),
        "event": {
            "type": trigger.name,
            "context": trigger.context,
            "user_id": trigger.user_id,
            "created_datetime": moment_text(desk.now()),
        },
    }


def _request(hook: Integration, trigger: Trigger, context: JsonObject) -> Delivery:
    http = Body(hook.http or {})
    method = http.text("method") or "POST"
    form = _rendered(http.raw("form"), context)
    url = _filled(http.text("url") or "", context)
    body = b""
    if method in {"GET", "HEAD", "DELETE"}:
        if isinstance(form, dict) and form:
            url += ("&" if "?" in url else "?") + urlencode(form)
    elif http.text("request_content_type") == "application/x-www-form-urlencoded":
        body = urlencode(form if isinstance(form, dict) else {}).encode()
    else:
        body = json.dumps({} if form is None else form).encode()
    headers = _headers(hook, http, body, context)
    return Delivery(
        hook_id=str(hook.id),
        method=method,
        url=url,
        headers=headers,
        body=body,
        event_id=f"{trigger.context}:{trigger.name}:{trigger.message_id or trigger.ticket_id}",
        timeout_seconds=_TIMEOUT_SECONDS,
    )


def _headers(
    hook: Integration, http: Body, body: bytes, context: JsonObject
) -> tuple[tuple[str, str], ...]:
    own = http.child("headers") or Body({})
    headers = [(name, _filled(own.text(name) or "", context)) for name in own]
    if body:
        headers.append(("Content-Type", http.text("request_content_type") or "application/json"))
    if hook.hmac_secret:
        digest = hmac.new(hook.hmac_secret.encode(), body, hashlib.sha256).hexdigest()
        headers.append((SIGNATURE_HEADER, digest))
    return tuple(headers)


def _rendered(form: JsonValue, context: JsonObject) -> JsonValue:
    """The template with its values, which all become texts; `{{context}}` alone is everything."""
    if isinstance(form, str):
        return context if form.strip() == "{{context}}" else _filled(form, context)
    if isinstance(form, dict):
        return {name: _rendered(each, context) for name, each in form.items()}
    if isinstance(form, list):
        return [_rendered(each, context) for each in form]
    return form


def _filled(template: str, context: JsonObject) -> str:
    return _PLACEHOLDER.sub(lambda match: str(_value(context, match[1])), template)


def _value(context: JsonObject, path: str) -> JsonValue:
    """Such as `ticket.messages[0].id`; an unknown path is empty."""
    value: JsonValue = context
    for step in re.findall(r"[\w\-]+", path):
        if isinstance(value, dict):
            value = value.get(step, "")
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return ""
    return value
