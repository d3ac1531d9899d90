"""The rolling comment audit: reads every ticket's comments again, one after the other, for ever.

An edited or redacted comment moves no version and reaches no feed. The audit's round is the bound
on how long such a change, or a purge that nothing tells of, can stay unseen.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

from db.database import Transaction
from db.write.lanes import LaneRow, LeaseLostError, load_lane, store_lane
from db.write.tickets import living_after, living_count
from domain.errors import DeskgraphError
from domain.words import Purpose
from sync.desk import Desk
from sync.health import RETRY_SECONDS
from sync.refetch import Refetcher

log = logging.getLogger("deskgraph.sync")

LANE = "comment_audit"
AUDIT_SHARE = 0.1
"""How much of the account's budget it asks for."""
IDLE_SECONDS = 10.0
SAVE_EVERY = 20
"""Tickets between two saved positions: what is read twice after a restart costs only calls."""


@dataclass(slots=True)
class CommentAudit:
    """One desk's audit. It rests while the backfill runs."""

    desk: Desk
    refetcher: Refetcher
    _failures: int = 0

    async def run(self) -> None:
        while not self.desk.health.is_backfilled:
            await self.desk.link.clock.sleep(IDLE_SECONDS)
        row = await load_lane(self.desk.database, self.desk.key, LANE)
        while True:
            if self.desk.health.is_shut_out(LANE):
                await self.desk.link.clock.sleep(IDLE_SECONDS)
                continue
            try:
                row = await self._next(row)
                await self._read(row)
                delay = self._pause_seconds()
                self._failures = 0
                self.desk.health.succeeded(LANE)
            except LeaseLostError:
                raise
            except DeskgraphError as error:
                self.desk.health.failed(LANE, error, now=self.desk.now())
                delay = RETRY_SECONDS[min(self._failures, len(RETRY_SECONDS) - 1)]
                self._failures += 1
            await self.desk.link.clock.sleep(delay)

    def _pause_seconds(self) -> float:
        account = self.desk.link.budget.snapshot()
        return account.window_seconds / (AUDIT_SHARE * account.limit)

    async def _next(self, row: LaneRow) -> LaneRow:
        """Moves on to the next ticket, also past one that cannot be read: it is read next time.

        Behind the last ticket a new round begins.
        """
        after = str((row.cursor or {}).get("after", ""))
        ticket_id = await living_after(self.desk.database, self.desk.key, after)
        if ticket_id is None:
            total = await living_count(self.desk.database, self.desk.key)
            row = LaneRow(LANE, {"after": ""}, started_at=self.desk.now(), total=total)
            await self._save(row)
            return row
        row = replace(row, cursor={"after": ticket_id}, ran_at=self.desk.now(), done=row.done + 1)
        if row.done % SAVE_EVERY == 0:
            await self._save(row)
        return row

    async def _read(self, row: LaneRow) -> None:
        if ticket_id := (row.cursor or {}).get("after"):
            await self.refetcher.read_comments(str(ticket_id), Purpose.AUDIT)

    async def _save(self, row: LaneRow) -> None:
        async def unit(tx: Transaction) -> None:
            await store_lane(tx, self.desk.key, row)

        await self.desk.write(unit)
