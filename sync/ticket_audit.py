"""The rolling audit of all tickets, a hundred a request: it misses nothing that lanes may miss.

A purge that no feed tells of shows only as an id that a read by ids lacks. A round proves every
ticket from the moment of its beginning on; what some other read has proven since then is not asked
for again. Tickets that are still worked on have rounds of their own, which are shorter.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from db.write.lanes import LaneRow, load_lane
from db.write.tickets import Unproven, unproven_after, unproven_count
from domain.observation import Cursor
from domain.words import Purpose, SyncSource
from sync.audit import pause_seconds, run_audit, save_position
from sync.desk import Desk
from sync.refetch import BATCH, Refetcher

SHARE = 0.04
"""How much of the account's budget each of the two audits asks for."""


@dataclass(frozen=True, slots=True)
class Rounds:
    """Which tickets an audit goes through, and how long after its beginning a round may be over."""

    name: str
    is_of_open: bool
    seconds: float


OPEN_TICKETS = Rounds("open_ticket_audit", is_of_open=True, seconds=120.0)
ALL_TICKETS = Rounds("ticket_audit", is_of_open=False, seconds=300.0)


@dataclass(slots=True)
class TicketAudit:
    """One desk's audit of tickets. Its lane row tells how far the round is (`done` of `total`),
    when the last one ended, and in `cursor` under "drifted" how many tickets had changed without
    any sign of it since the desk began: see docs/sync.md."""

    desk: Desk
    refetcher: Refetcher
    rounds: Rounds
    _row: LaneRow | None = field(default=None)

    async def run(self) -> None:
        await run_audit(self.desk, self.rounds.name, self._step)

    async def _step(self) -> float:
        """One request; or the end of a round, and the wait for the next."""
        row = self._row or await load_lane(self.desk.database, self.desk.key, self.rounds.name)
        if row.started_at is None or row.finished_at is not None:
            self._row = row = await self._begin(row)
        unproven = Unproven(self.desk.key, row.started_at or 0.0, self.rounds.is_of_open)
        ids = await unproven_after(self.desk.database, unproven, _after(row), limit=BATCH)
        if not ids:
            return await self._end(row)
        read = await self.refetcher.read_tickets(ids, Purpose.AUDIT, source=SyncSource.AUDIT)
        drifted = _drifted(row) + len(read.drifted)
        self._row = replace(
            row,
            cursor={"after": ids[-1], "drifted": drifted},
            ran_at=self.desk.now(),
            done=row.done + len(ids),
        )
        await save_position(self.desk, self._row)
        return pause_seconds(self.desk, SHARE)

    async def _begin(self, row: LaneRow) -> LaneRow:
        now = self.desk.now()
        unproven = Unproven(self.desk.key, now, self.rounds.is_of_open)
        total = await unproven_count(self.desk.database, unproven)
        cursor: Cursor = {"after": "", "drifted": _drifted(row)}
        begun = LaneRow(self.rounds.name, cursor, started_at=now, total=total)
        await save_position(self.desk, begun)
        return begun

    async def _end(self, row: LaneRow) -> float:
        now = self.desk.now()
        # Also those are done that other reads have proven meanwhile.
        self._row = replace(row, finished_at=now, ran_at=now, done=row.total or row.done)
        await save_position(self.desk, self._row)
        pause = pause_seconds(self.desk, SHARE)
        return max(pause, (row.started_at or 0.0) + self.rounds.seconds - now)


def _after(row: LaneRow) -> str:
    return str((row.cursor or {}).get("after", ""))


def _drifted(row: LaneRow) -> int:
    told = (row.cursor or {}).get("drifted")
    return told if isinstance(told, int) else 0
