"""One account while it lives: its records, its clock, its log and what is to happen later."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from emulator.gorgias.errors import quota_exceeded
from emulator.gorgias.records import Event, Ticket
from emulator.gorgias.stamps import Micros, micros
from emulator.gorgias.store import Store
from emulator.kernel.http import JsonValue
from emulator.kernel.service import Clock

_ACCOUNT_AGE = micros(6 * 365 * 86_400)

EVENT_VISIBILITY = 2.0
"""Seconds by which a new line of the event log may be late in lists."""


@dataclass(frozen=True, slots=True)
class Trigger:
    """Something that webhooks may listen to."""

    name: str
    ticket_id: int
    message_id: int | None
    user_id: int | None
    context: str


class Change:
    """One cause of changes: its events share a context and an author."""

    def __init__(self, desk: Desk, by: int | None, context: str) -> None:
        self._desk = desk
        self.by = by
        self.context = context

    def stamp(self) -> Micros:
        return self._desk.stamp()

    def log(self, kind: str, object_type: str, object_id: int, data: JsonValue = None) -> None:
        """Adds a line to the event log."""
        self._desk.log(self, kind, object_type, object_id, data)

    def log_ticket(self, ticket: Ticket, *kinds: str) -> None:
        for kind in kinds:
            self.log(kind, "Ticket", ticket.id)

    def trigger(self, name: str, ticket_id: int, message_id: int | None = None) -> None:
        self._desk.triggers.append(Trigger(name, ticket_id, message_id, self.by, self.context))


class Desk:
    """The account. `triggers` collects what webhooks are to be told after the change.

    `random` decides what people do, `delay_random` how long things take and `wire_random` what only
    shows in an answer or a delivery: request ids, tokens, lag.

    `replica_lag` is in seconds: how far back reads may look. `message_quota` is how many messages
    the API may still create (None: any number).
    """

    def __init__(
        self, *, clock: Clock, random: Random, replica_lag: float, domain: str, plan: str
    ) -> None:
        self._clock = clock
        self._last_stamp: Micros = 0
        self._tasks: list[tuple[Micros, int, Callable[[], None]]] = []
        self._task_count = 0
        # Streams apart: neither reads nor webhooks may change what the desk's people do next.
        self.wire_random = Random(random.getrandbits(64))
        self.delay_random = Random(random.getrandbits(64))
        self.random = random
        self.domain = domain
        self.plan = plan
        self.message_quota: int | None = None
        self.triggers: list[Trigger] = []
        self.store = Store(micros(replica_lag))
        self.store.journal.now = self.now
        self.born = self.now() - _ACCOUNT_AGE

    def now(self) -> Micros:
        return micros(self._clock.now())

    def stamp(self) -> Micros:
        """The time of a change; never the same twice."""
        self._last_stamp = max(self.now(), self._last_stamp + 1)
        return self._last_stamp

    def change(self, by: int | None) -> Change:
        """Begins a change by this user (None: by a customer or the system)."""
        digits = f"{self.delay_random.getrandbits(128):032x}"
        parts = (digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])
        return Change(self, by, "-".join(parts))

    def spend_messages(self, count: int) -> None:
        """Refuses messages beyond the account's quota."""
        if self.message_quota is None:
            return
        if count > self.message_quota:
            raise quota_exceeded()
        self.message_quota -= count

    def log(
        self, change: Change, kind: str, object_type: str, object_id: int, data: JsonValue
    ) -> None:
        created = self.stamp()
        self.store.events.put(
            Event(
                id=self.store.ids.take("event"),
                created=created,
                visible=created + micros(self.delay_random.uniform(0.0, EVENT_VISIBILITY)),
                context=change.context,
                type=kind,
                object_type=object_type,
                object_id=object_id,
                user_id=change.by,
                data=data,
            )
        )

    def later(self, due: Micros, task: Callable[[], None]) -> None:
        """Runs `task` in the first `run_due` at or after `due`."""
        self._task_count += 1
        heapq.heappush(self._tasks, (due, self._task_count, task))

    def run_due(self) -> None:
        while self._tasks and self._tasks[0][0] <= self.now():
            heapq.heappop(self._tasks)[2]()
