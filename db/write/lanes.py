"""Desk rows, their lease, and lane cursors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import orjson
from sqlalchemy import bindparam, select, update

from db.database import Database, Transaction
from db.dialect import upsert
from db.tables import desk, lane
from domain.errors import DeskgraphError
from domain.observation import Cursor
from domain.words import DeskState


class LeaseLostError(DeskgraphError):
    """Another process took the desk over: whatever this one was about to store is void."""

    code = "LEASE_LOST"


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write a desk until a moment of our clock. The fence grows with each owner."""

    desk: str
    holder: str
    fence: int
    until: float

    def is_held(self, now: float) -> bool:
        return now < self.until


@dataclass(frozen=True, slots=True)
class DeskRow:
    key: str
    provider: str
    name: str
    url: str


async def ensure_desk(tx: Transaction, row: DeskRow) -> None:
    """Adds a desk, or follows its name and address; a detached desk comes back."""
    known = await tx.execute(select(desk.c.key).where(desk.c.key == row.key))
    if known:
        await tx.execute(
            update(desk).where(desk.c.key == row.key).values(name=row.name, url=row.url)
        )
        return
    await tx.execute(
        upsert(desk, tx.dialect_name),
        {
            "key": row.key,
            "provider": row.provider,
            "name": row.name,
            "url": row.url,
            "state": DeskState.CONNECTING.value,
        },
    )


async def take_lease(
    tx: Transaction, key: str, holder: str, *, now: float, seconds: float, force: bool = False
) -> Lease | None:
    """Takes or renews the lease; None while another holder's has not run out.

    `force` is for a process that knows to be the only one (an embedded SQLite file).
    """
    query = select(desk.c.lease_holder, desk.c.lease_until, desk.c.lease_fence)
    rows = await tx.execute(query.where(desk.c.key == key).with_for_update())
    old_holder, until, fence = rows[0]
    if old_holder not in (None, holder) and (until or 0.0) > now and not force:
        return None
    if old_holder != holder:
        fence += 1
    await tx.execute(
        update(desk)
        .where(desk.c.key == key)
        .values(lease_holder=holder, lease_until=now + seconds, lease_fence=fence)
    )
    return Lease(key, holder, fence, now + seconds)


async def release_lease(tx: Transaction, lease: Lease) -> None:
    await tx.execute(
        update(desk)
        .where(desk.c.key == lease.desk, desk.c.lease_fence == lease.fence)
        .values(lease_holder=None, lease_until=None)
    )


_FENCE = select(desk.c.lease_fence).where(desk.c.key == bindparam("of_desk")).with_for_update()


async def require_lease(tx: Transaction, lease: Lease) -> None:
    """Locks the desk's row against other processes; raises `LeaseLostError` when it is not ours."""
    rows = await tx.execute(_FENCE, {"of_desk": lease.desk})
    if not rows or rows[0][0] != lease.fence:
        raise LeaseLostError(f"The lease of desk {lease.desk} was taken over")


async def update_desk(tx: Transaction, key: str, values: Mapping[str, object]) -> None:
    await tx.execute(update(desk).where(desk.c.key == key).values(**values))


@dataclass(frozen=True, slots=True)
class LaneRow:
    """A lane's position and progress. Times are our clock's."""

    name: str
    cursor: Cursor | None = None
    started_at: float | None = None
    finished_at: float | None = None
    """When it first came to its end; a lane with a period goes on from there."""
    ran_at: float | None = None
    done: int = 0
    total: int | None = None
    failures: int = 0
    problem: str | None = None


_LANE = select(lane).where(lane.c.desk == bindparam("of_desk"), lane.c.name == bindparam("named"))


async def load_lane(database: Database, key: str, name: str) -> LaneRow:
    rows = await database.fetch(_LANE, {"of_desk": key, "named": name})
    if not rows:
        return LaneRow(name)
    row = rows[0]
    return LaneRow(
        name,
        orjson.loads(row.cursor) if row.cursor else None,
        row.started_at,
        row.finished_at,
        row.ran_at,
        row.done,
        row.total,
        row.failures,
        row.problem,
    )


async def store_lane(tx: Transaction, key: str, row: LaneRow) -> None:
    await tx.execute(
        upsert(lane, tx.dialect_name),
        {
            "desk": key,
            "name": row.name,
            "cursor": None if row.cursor is None else orjson.dumps(dict(row.cursor)).decode(),
            "started_at": row.started_at,
            "finished_at": row.finished_at,
            "ran_at": row.ran_at,
            "done": row.done,
            "total": row.total,
            "failures": row.failures,
            "problem": row.problem,
        },
    )
