"""Webhooks as the account keeps them, and what became of their invocations."""

from __future__ import annotations

import base64
from collections import deque
from dataclasses import dataclass, field

from emulator.kernel.http import JsonValue
from emulator.zendesk.desk import Desk

CONDITIONAL = "conditional_ticket_events"
EVENT_PREFIX = "zen:event-type:"
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_KEPT_INVOCATIONS = 500


@dataclass(frozen=True, slots=True)
class Hook:
    """One webhook. `authentication` has its secrets; replies leave them out."""

    id: str
    name: str
    endpoint: str
    http_method: str
    request_format: str
    status: str
    subscriptions: tuple[str, ...]
    secret: str
    created_at: int
    created_by: int
    description: str | None = None
    authentication: dict[str, JsonValue] | None = None
    custom_headers: tuple[tuple[str, str], ...] = ()
    updated_at: int | None = None
    updated_by: int | None = None

    @property
    def is_active(self) -> bool:
        return self.status == "active"

    @property
    def is_conditional(self) -> bool:
        return CONDITIONAL in self.subscriptions

    def wants(self, event: str) -> bool:
        return self.is_active and f"{EVENT_PREFIX}{event}" in self.subscriptions


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try. `status` is terminated, throttled, circuit broken or timeout."""

    status: str
    status_code: int | None
    completed_at: int
    headers: tuple[tuple[str, str], ...] = ()
    payload: str = ""


@dataclass(slots=True)
class Invocation:
    """One event for one webhook, with all its attempts."""

    id: str
    hook_id: str
    attempts: list[Attempt] = field(default_factory=list)


class Hooks:
    """The account's webhooks by id, the newest last."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.by_id: dict[str, Hook] = {}
        self.invocations: dict[str, deque[Invocation]] = {}

    def put(self, hook: Hook) -> None:
        self.by_id[hook.id] = hook
        self.invocations.setdefault(hook.id, deque(maxlen=_KEPT_INVOCATIONS))

    def drop(self, hook_id: str) -> None:
        del self.by_id[hook_id]
        del self.invocations[hook_id]

    def remember(self, invocation: Invocation) -> None:
        kept = self.invocations.get(invocation.hook_id)
        if kept is not None:
            kept.append(invocation)

    def new_id(self) -> str:
        """A ULID: 48 bits of milliseconds, then 80 bits of chance."""
        number = int(self._desk.now * 1_000) << 80 | self._desk.random.getrandbits(80)
        letters = ""
        for _ in range(26):
            number, place = divmod(number, 32)
            letters = _LETTERS[place] + letters
        return letters

    def new_secret(self) -> str:
        return base64.b64encode(self._desk.random.randbytes(48)).decode()
