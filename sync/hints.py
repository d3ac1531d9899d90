"""Turns the webhooks' inbox into needs: an event says where to look, never what is there."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from db.database import Transaction
from db.write.inbox import InboxRow, forget_handled, mark_handled, waiting_events
from db.write.lanes import LeaseLostError
from db.write.parts import held_parts, want
from domain.errors import DeskgraphError
from domain.ids import record_id
from domain.observation import Part
from sync.desk import Desk

log = logging.getLogger("deskgraph.sync")

LOOK_SECONDS = 1.0
"""How often the inbox is looked at for events that another process has received."""
BATCH = 500
KEEP_SECONDS = 3 * 86_400.0
"""For how long a sender may repeat an event and be known."""


@dataclass(slots=True)
class HintRunner:
    """Serves one desk's inbox."""

    desk: Desk

    async def run(self) -> None:
        while True:
            try:
                while await self.run_once():
                    pass
                self.desk.health.succeeded("inbox")
            except LeaseLostError:
                raise
            except DeskgraphError as error:
                self.desk.health.failed("inbox", error, now=self.desk.now())
            self.desk.inbox_wake.clear()
            await self.desk.sleep_or(self.desk.inbox_wake, LOOK_SECONDS)

    async def run_once(self) -> bool:
        """Handles what waits; True when there may be more."""
        events = await waiting_events(self.desk.database, self.desk.key, limit=BATCH)
        if not events:
            return False
        now = self.desk.now()

        async def unit(tx: Transaction) -> None:
            await self._ask(tx, events)
            await mark_handled(tx, self.desk.key, [event.event for event in events], at=now)
            await forget_handled(tx, self.desk.key, before=now - KEEP_SECONDS)

        await self.desk.write(unit)
        self.desk.needs_wake.set()
        return len(events) == BATCH

    async def _ask(self, tx: Transaction, events: Sequence[InboxRow]) -> None:
        """A version that we have passed needs nothing; a version that we hold may have grown."""
        key = self.desk.key
        named = [(record_id(key, e.ticket_id), e) for e in events if e.ticket_id is not None]
        held = await held_parts(tx, [ticket_id for ticket_id, _ in named])
        for ticket_id, event in named:
            core = held.get((ticket_id, Part.CORE))
            known = core.version if core is not None else None
            if event.version is not None and (known is None or known < event.version):
                await want(tx, key, ticket_id, Part.CORE, need=0.0, version=event.version)
                continue
            if event.version is not None and known is not None and known > event.version:
                continue
            for part in (Part.CORE, Part.COMMENTS):
                if part is Part.CORE or (ticket_id, part) in held:
                    await want(tx, key, ticket_id, part, need=event.received_at, version=None)
