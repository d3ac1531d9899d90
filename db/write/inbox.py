"""The inbox: each webhook event once, committed before its sender is told that it arrived."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import Insert

from db.database import Database, Transaction
from db.tables import inbox


@dataclass(frozen=True, slots=True)
class InboxRow:
    """One event of a desk. `event` is the provider's id of it, or a digest of the body."""

    desk: str
    event: str
    received_at: float
    body: bytes
    ticket_id: str | None = None
    """The external id of the ticket that it names, where it names one."""
    version: int | None = None
    """The ticket's version that it tells of, in microseconds."""


@cache
def _receive(dialect_name: str) -> Insert:
    insert = sqlite.insert(inbox) if dialect_name == "sqlite" else postgresql.insert(inbox)
    return insert.on_conflict_do_nothing()


async def receive(tx: Transaction, row: InboxRow) -> None:
    """Keeps an event; one that is there already stays as it is."""
    await tx.execute(
        _receive(tx.dialect_name),
        {
            "desk": row.desk,
            "event": row.event,
            "received_at": row.received_at,
            "body": row.body,
            "ticket_id": row.ticket_id,
            "version": row.version,
        },
    )


_WAITING = (
    select(inbox.c.event, inbox.c.received_at, inbox.c.body, inbox.c.ticket_id, inbox.c.version)
    .where(inbox.c.desk == bindparam("of_desk"), inbox.c.handled_at.is_(None))
    .order_by(inbox.c.received_at, inbox.c.event)
    .limit(bindparam("most"))
)


async def waiting_events(database: Database, desk: str, *, limit: int) -> Sequence[InboxRow]:
    """The events that nobody has looked at, oldest first."""
    rows = await database.fetch(_WAITING, {"of_desk": desk, "most": limit})
    return [InboxRow(desk, row[0], row[1], bytes(row[2]), row[3], row[4]) for row in rows]


async def mark_handled(tx: Transaction, desk: str, events: Sequence[str], *, at: float) -> None:
    await tx.execute(
        update(inbox).where(inbox.c.desk == desk, inbox.c.event.in_(events)).values(handled_at=at)
    )


async def forget_handled(tx: Transaction, desk: str, *, before: float) -> None:
    """Drops events handled before a moment of our clock: their sender repeats them no longer."""
    await tx.execute(delete(inbox).where(inbox.c.desk == desk, inbox.c.handled_at < before))
