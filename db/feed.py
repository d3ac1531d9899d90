"""Reads the change feed: every committed change once, in one order, from any position."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, func, literal, select
from sqlalchemy.sql.elements import ColumnElement

from db.database import AnyRow, Database
from db.tables import change, setting
from db.write.feed import EPOCH_SETTING, FLOOR_SETTING, ChangeRow, transaction_position
from domain.errors import CursorExpiredError, InvalidInputError
from domain.words import ChangeKind, SyncSource


@dataclass(frozen=True, slots=True)
class FeedCursor:
    """A position in the feed: everything up to it has been read."""

    epoch: str
    position: int

    def __str__(self) -> str:
        return f"{self.epoch}:{self.position}"

    @classmethod
    def parse(cls, text: str) -> FeedCursor:
        """Raises `InvalidInputError` for anything the feed never gave out."""
        epoch, _, position = text.rpartition(":")
        if not epoch or not position.isascii() or not position.isdigit() or len(position) > 18:
            raise InvalidInputError(
                "This is not a cursor of the change feed", hint="Use one as the API returned it."
            )
        return cls(epoch, int(position))


@dataclass(frozen=True, slots=True)
class FeedEntry:
    position: int
    change: ChangeRow


@dataclass(frozen=True, slots=True)
class FeedState:
    """`epoch` changes when positions begin anew. Entries up to `floor` are kept no longer."""

    epoch: str
    floor: int
    head: int

    @property
    def cursor(self) -> FeedCursor:
        """Behind the newest entry: what follows it is news."""
        return FeedCursor(self.epoch, self.head)


async def feed_state(database: Database) -> FeedState:
    epoch, floor = await _epoch_and_floor(database)
    rows = await database.fetch(
        select(func.max(change.c.position)).where(_final(database.dialect_name))
    )
    return FeedState(epoch, floor, rows[0][0] or floor)


_SETTINGS = select(setting).where(setting.c.name.in_([EPOCH_SETTING, FLOOR_SETTING]))


async def _epoch_and_floor(database: Database) -> tuple[str, int]:
    rows = await database.fetch(_SETTINGS)
    values = {row.name: row.value for row in rows}
    return values.get(EPOCH_SETTING, "none"), int(values.get(FLOOR_SETTING, "0"))


@cache
def _entries_after(dialect_name: str) -> Select[Any]:
    return (
        select(change)
        .where(change.c.position > bindparam("after"), _final(dialect_name))
        .order_by(change.c.position)
        .limit(bindparam("entries"))
    )


async def read_changes(database: Database, after: FeedCursor, *, limit: int) -> Sequence[FeedEntry]:
    """The entries behind a cursor, oldest first.

    Raises `CursorExpiredError` when entries behind it are kept no longer: read everything anew.
    """
    rows = await database.fetch(
        _entries_after(database.dialect_name), {"after": after.position, "entries": limit}
    )
    # Afterwards: a trim between the two reads is then seen, and not missed.
    epoch, floor = await _epoch_and_floor(database)
    if after.epoch != epoch or after.position < floor:
        raise CursorExpiredError(
            "The changes behind this cursor are kept no longer",
            hint="Read what you need anew, and follow the feed from its present end.",
        )
    return [FeedEntry(row.position, _change(row)) for row in rows]


def _change(row: AnyRow) -> ChangeRow:
    return ChangeRow(
        row.ticket_id,
        row.desk,
        ChangeKind(row.kind),
        tuple(row.changed.split()),
        SyncSource(row.source),
        row.at,
    )


def _final(dialect_name: str) -> ColumnElement[bool]:
    """Entries before which nothing can appear any more.

    On SQLite the one writer commits them in order. On PostgreSQL a position begins with its
    transaction's number, and those below the oldest open transaction have all ended.
    """
    if dialect_name == "sqlite":
        return literal(True)
    oldest_open = func.pg_snapshot_xmin(func.pg_current_snapshot())
    return change.c.position < transaction_position(oldest_open)
