"""Runs one lane of a desk: fetch a page, parse it, store rows and cursor in one transaction."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

from db.database import Transaction
from db.write.lanes import LaneRow, LeaseLostError, load_lane, store_lane, update_desk
from domain.errors import (
    DeskgraphError,
    ForbiddenError,
    InternalError,
    RateLimitedError,
    UnauthorizedError,
)
from domain.observation import LanePage
from domain.words import SyncSource
from integrations.ticketing.dictionary import Lane
from sync.apply import Applied
from sync.desk import Desk
from sync.health import RETRY_SECONDS
from sync.link import Answer

log = logging.getLogger("deskgraph.sync")

UNKNOWN_TICKET_SECONDS = 2.0
FORBIDDEN_SECONDS = 300.0
STAND_BY_SECONDS = 10.0


class CursorStuckError(DeskgraphError):
    """A page came with rows and the cursor that asked for it: going on would loop."""

    code = "CURSOR_STUCK"


@dataclass(slots=True)
class LaneRunner:
    """One lane. `run` goes on until the lane ends or the desk's lease is lost."""

    desk: Desk
    lane: Lane
    failures: int = 0

    async def run(self) -> None:
        while True:
            if self._is_on_stand_by:
                await self.desk.link.clock.sleep(STAND_BY_SECONDS)
                continue
            try:
                row = await load_lane(self.desk.database, self.desk.key, self.lane.name)
                if row.finished_at is not None and self.lane.period_seconds is None:
                    self._note_end()
                    await self.desk.save_health()
                    return
                delay = await self._run_page(row)
            except LeaseLostError:
                raise
            except DeskgraphError as error:
                delay = self._note_failure(error)
            except Exception:
                # A bug in one lane must not stop the desk's others: told, and tried again.
                log.exception("lane failed", extra={"desk": self.desk.key, "lane": self.lane.name})
                delay = self._note_failure(InternalError())
            await self.desk.save_health()
            if delay:
                await self.desk.link.clock.sleep(delay)

    @property
    def _is_on_stand_by(self) -> bool:
        """A stand-in runs while the lane it stands in for is refused."""
        replaced = self.lane.stands_in_for
        return replaced is not None and replaced not in self.desk.refused_lanes

    async def _run_page(self, row: LaneRow) -> float:
        """Stores one page; returns how long to wait before the next."""
        request = self.lane.build(row.cursor)
        doing = f"sync {self.lane.name.replace('_', ' ')}"
        answer = await self.desk.link.ask_parser(request, self.lane.purpose, doing=doing)
        page = self.lane.parse(row.cursor, answer.response)
        if page.more and page.cursor == row.cursor:
            raise CursorStuckError(
                f"The cursor of lane {self.lane.name} repeats",
                hint="The lane waits and tries again; nothing is skipped.",
            )
        applied = await self._store(row, page, answer)
        self.failures = 0
        self.desk.health.succeeded(self.lane.name)
        self.desk.refused_lanes.discard(self.lane.name)
        if applied.unknown_tickets:
            return UNKNOWN_TICKET_SECONDS
        if page.more:
            return 0.0
        if self.lane.period_seconds is None:
            return 0.0
        return self.lane.period_seconds * self.desk.pace()

    async def _store(self, row: LaneRow, page: LanePage, answer: Answer) -> Applied:
        async def keep_position(tx: Transaction, applied: Applied) -> None:
            at = self.desk.now()
            # A feed row of a ticket we do not hold stays to be read again: see docs/sync.md.
            stays = bool(applied.unknown_tickets)
            is_at_end = not page.more and not stays
            await store_lane(
                tx,
                self.desk.key,
                replace(
                    row,
                    cursor=row.cursor if stays else page.cursor,
                    started_at=row.started_at or answer.sent_at,
                    finished_at=row.finished_at or (at if is_at_end else None),
                    ran_at=at,
                    done=row.done + (0 if stays else _rows_of(page)),
                    total=page.total if page.total is not None else row.total,
                    failures=0,
                    problem=None,
                ),
            )
            seen: dict[str, object] = {"reached_at": at}
            if self.lane.source is SyncSource.TAIL and not page.more:
                seen["caught_up_at"] = answer.sent_at
            await update_desk(tx, self.desk.key, seen)

        return await self.desk.store(
            page,
            answer.as_read,
            self.lane.source,
            reads_new_comments=self.lane.marks_new_comments,
            also=keep_position,
        )

    def _note_end(self) -> None:
        self.desk.health.is_connected = True
        if self.desk.health.first_copy is not None:
            self.desk.health.first_copy.discard(self.lane.name)

    def _note_failure(self, error: DeskgraphError) -> float:
        self.desk.health.failed(self.lane.name, error, now=self.desk.now())
        if isinstance(error, ForbiddenError) and self.lane.may_be_refused:
            self.desk.refused_lanes.add(self.lane.name)
            return FORBIDDEN_SECONDS
        if isinstance(error, RateLimitedError):
            return error.retry_after_seconds or 1.0
        delay = RETRY_SECONDS[min(self.failures, len(RETRY_SECONDS) - 1)]
        self.failures += 1
        if isinstance(error, UnauthorizedError):
            delay = max(delay, 10.0)
        return delay * (0.8 + 0.4 * self.desk.link.random.random())


def _rows_of(page: LanePage) -> int:
    return len(page.tickets) or len(page.comments) or len(page.people) or len(page.references)
