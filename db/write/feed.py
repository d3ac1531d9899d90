"""The change feed: rows go into the same transaction as the records they tell of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from sqlalchemy import BigInteger, ColumnElement, Insert, Text, cast, delete, func, insert, select

from db.database import Transaction
from db.dialect import upsert
from db.tables import change, setting
from domain.words import ChangeKind, SyncSource

EPOCH_SETTING = "feed_epoch"
FLOOR_SETTING = "feed_floor"
POSITIONS = 1 << 20
"""How many positions a PostgreSQL transaction has: more than the rows it writes."""


@dataclass(frozen=True, slots=True)
class ChangeRow:
    ticket_id: str
    desk: str
    kind: ChangeKind
    changed: tuple[str, ...]
    source: SyncSource
    at: float


async def append_changes(tx: Transaction, changes: Sequence[ChangeRow]) -> None:
    if changes:
        await tx.execute(
            _append(tx.dialect_name),
            [
                {
                    "ticket_id": row.ticket_id,
                    "desk": row.desk,
                    "kind": row.kind.value,
                    "changed": " ".join(row.changed),
                    "source": row.source.value,
                    "at": row.at,
                }
                for row in changes
            ],
        )


@cache
def _append(dialect_name: str) -> Insert:
    """SQLite numbers rows in the order of their commits: there is one writer.

    A PostgreSQL sequence does not: a later number may be committed first, and a reader that has
    passed it would never see the earlier one. So a position begins with the transaction's number,
    and readers stay behind the oldest open transaction (`db.feed`).
    """
    if dialect_name == "sqlite":
        return insert(change)
    number = func.nextval("change_position_seq") % POSITIONS
    return insert(change).values(position=transaction_position(func.pg_current_xact_id()) + number)


def transaction_position(transaction: ColumnElement[object]) -> ColumnElement[int]:
    """The lowest position of a PostgreSQL transaction (an `xid8`, which has no cast but text)."""
    return cast(cast(transaction, Text), BigInteger) * POSITIONS


async def ensure_epoch(tx: Transaction, epoch: str) -> None:
    """Names the feed's first epoch; one that is there already stays."""
    known = await tx.execute(select(setting.c.value).where(setting.c.name == EPOCH_SETTING))
    if not known:
        await tx.execute(upsert(setting, tx.dialect_name), {"name": EPOCH_SETTING, "value": epoch})


async def trim_changes(tx: Transaction, *, before: float) -> None:
    """Forgets the entries written before a moment of our clock; older cursors expire."""
    rows = await tx.execute(select(func.max(change.c.position)).where(change.c.at < before))
    if (floor := rows[0][0]) is None:
        return
    await tx.execute(delete(change).where(change.c.position <= floor))
    await tx.execute(upsert(setting, tx.dialect_name), {"name": FLOOR_SETTING, "value": str(floor)})
