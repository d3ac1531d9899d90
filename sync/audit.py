"""The rolling comment audit: reads every ticket's comments again, one after the other, for ever.

An edited or redacted comment moves no version and reaches no feed. The audit's round is the bound
on how long such a change can stay unseen.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

from db.database import Transaction
from db.write.lanes import LaneRow, LeaseLostError, load_lane, store_lane
from db.write.tickets import living_after, living_count
from domain.errors import DeskgraphError
from domain.words import Purpose
from sync.desk import Desk
from sync.health import RETRY_SECONDS
from sync.refetch import Refetcher

COMMENT_AUDIT = "comment_audit"
COMMENT_SHARE = 0.1
"""How much of the account's budget it asks for."""
IDLE_SECONDS = 10.0
SAVE_EVERY = 20
"""Tickets between two saved positions: what is read twice after a restart costs only calls."""


async def run_audit(desk: Desk, name: str, step: Callable[[], Awaitable[float]]) -> None:
    """Repeats a step, which returns the seconds until the next; from the end of the backfill on."""
    while not desk.health.is_backfilled:
        await desk.link.clock.sleep(IDLE_SECONDS)
    failures = 0
    while True:
        if desk.health.is_shut_out(name):
            await desk.link.clock.sleep(IDLE_SECONDS)
            continue
        try:
            delay = await step()
            failures = 0
            desk.health.succeeded(name)
        except LeaseLostError:
            raise
        except DeskgraphError as error:
            desk.health.failed(name, error, now=desk.now())
            delay = RETRY_SECONDS[min(failures, len(RETRY_SECONDS) - 1)]
            failures += 1
        await desk.link.clock.sleep(delay)


def pause_seconds(desk: Desk, share: float) -> float:
    """The time between two requests that ask for a share of the account's budget."""
    account = desk.link.budget.snapshot()
    return account.window_seconds / (share * account.limit)


async def save_position(desk: Desk, row: LaneRow) -> None:
    async def unit(tx: Transaction) -> None:
        await store_lane(tx, desk.key, row)

    await desk.write(unit)


@dataclass(slots=True)
class CommentAudit:
    """One desk's audit of comments."""

    desk: Desk
    refetcher: Refetcher
    _row: LaneRow | None = field(default=None)

    async def run(self) -> None:
        await run_audit(self.desk, COMMENT_AUDIT, self._step)

    async def _step(self) -> float:
        row = self._row or await load_lane(self.desk.database, self.desk.key, COMMENT_AUDIT)
        self._row = row = await self._next(row)
        if ticket_id := (row.cursor or {}).get("after"):
            await self.refetcher.read_comments(str(ticket_id), Purpose.AUDIT)
        return pause_seconds(self.desk, COMMENT_SHARE)

    async def _next(self, row: LaneRow) -> LaneRow:
        """Moves on to the next ticket, also past one that cannot be read: it is read next time.

        Behind the last ticket a new round begins.
        """
        after = str((row.cursor or {}).get("after", ""))
        ticket_id = await living_after(self.desk.database, self.desk.key, after)
        if ticket_id is None:
            total = await living_count(self.desk.database, self.desk.key)
            row = LaneRow(COMMENT_AUDIT, {"after": ""}, started_at=self.desk.now(), total=total)
            await save_position(self.desk, row)
            return row
        row = replace(row, cursor={"after": ticket_id}, ran_at=self.desk.now(), done=row.done + 1)
        if row.done % SAVE_EVERY == 0:
            await save_position(self.desk, row)
        return row
