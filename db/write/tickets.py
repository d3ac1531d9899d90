"""Ticket rows with their tags, custom field values, payloads and counters."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import bindparam, delete, func, insert, select, update

from db.database import AnyRow, Database, Transaction
from db.dialect import upsert
from db.tables import counter, custom_field_value, raw_payload, ticket, ticket_tag

NO_PRIORITY = "none"
_HELD = select(ticket).where(ticket.c.id.in_(bindparam("ids", expanding=True)))
_HELD_TAGS = (
    select(ticket_tag.c.ticket_id, ticket_tag.c.tag)
    .where(ticket_tag.c.ticket_id.in_(bindparam("ids", expanding=True)))
    .order_by(ticket_tag.c.ticket_id, ticket_tag.c.tag)
)
_MOVE_TAGS = (
    update(ticket_tag)
    .where(ticket_tag.c.ticket_id == bindparam("of_ticket"))
    .values(status=bindparam("new_status"), updated_at=bindparam("new_updated_at"))
)
_BURY = (
    update(ticket)
    .where(ticket.c.id == bindparam("of_ticket"))
    .values(
        gone=True,
        merged_into=bindparam("into"),
        source=bindparam("from_source"),
        observed_at=bindparam("at"),
    )
)


async def held_tickets(tx: Transaction, ticket_ids: Iterable[str]) -> dict[str, AnyRow]:
    rows = await tx.execute(_HELD, {"ids": sorted(set(ticket_ids))})
    return {row.id: row for row in rows}


async def store_tickets(tx: Transaction, rows: Sequence[Mapping[str, object]]) -> None:
    if rows:
        await tx.execute(upsert(ticket, tx.dialect_name), rows)


async def bury_tickets(tx: Transaction, rows: Sequence[Mapping[str, object]]) -> None:
    """Marks tickets as gone; each row has of_ticket, into, from_source, at."""
    if rows:
        await tx.execute(_BURY, rows)


async def replace_tags(
    tx: Transaction, ticket_ids: Sequence[str], rows: Sequence[Mapping[str, object]]
) -> None:
    if ticket_ids:
        await tx.execute(delete(ticket_tag).where(ticket_tag.c.ticket_id.in_(ticket_ids)))
    if rows:
        await tx.execute(insert(ticket_tag), rows)


async def move_tags(tx: Transaction, rows: Sequence[Mapping[str, object]]) -> None:
    """Follows a ticket's status and time; each row has of_ticket, new_status, new_updated_at."""
    if rows:
        await tx.execute(_MOVE_TAGS, rows)


async def replace_custom_values(
    tx: Transaction, ticket_ids: Sequence[str], rows: Sequence[Mapping[str, object]]
) -> None:
    if ticket_ids:
        await tx.execute(
            delete(custom_field_value).where(custom_field_value.c.ticket_id.in_(ticket_ids))
        )
    if rows:
        await tx.execute(insert(custom_field_value), rows)


async def store_payloads(tx: Transaction, payloads: Mapping[str, bytes]) -> None:
    """`payloads`: the provider's JSON, by ticket id."""
    if payloads:
        await tx.execute(
            upsert(raw_payload, tx.dialect_name),
            [
                {"ticket_id": ticket_id, "payload": zlib.compress(payload, 1)}
                for ticket_id, payload in sorted(payloads.items())
            ],
        )


async def move_counters(tx: Transaction, desk: str, moves: Counter[tuple[str, str]]) -> None:
    """Adds to the counters of (status, priority), in key order: other orders deadlock."""
    rows = [
        {"desk": desk, "status": status, "priority": priority, "tickets": number}
        for (status, priority), number in sorted(moves.items())
        if number
    ]
    if rows:
        await tx.execute(upsert(counter, tx.dialect_name, adding=("tickets",)), rows)


async def living_after(database: Database, desk: str, ticket_id: str) -> str | None:
    """The next ticket of a desk, in the order of ids, that is not gone."""
    first = max(ticket_id, f"{desk}/")
    rows = await database.fetch(
        select(ticket.c.id)
        .where(ticket.c.id > first, ticket.c.id < f"{desk}0", ticket.c.gone.is_(False))
        .order_by(ticket.c.id)
        .limit(1)
    )
    return rows[0][0] if rows else None


async def living_count(database: Database, desk: str) -> int:
    """How many tickets of a desk are not gone."""
    rows = await database.fetch(
        select(func.coalesce(func.sum(counter.c.tickets), 0)).where(counter.c.desk == desk)
    )
    return int(rows[0][0])


async def payload_of(database: Database, ticket_id: str) -> bytes | None:
    """A ticket as the provider last showed it."""
    rows = await database.fetch(
        select(raw_payload.c.payload).where(raw_payload.c.ticket_id == ticket_id)
    )
    return zlib.decompress(bytes(rows[0].payload)) if rows else None


async def tags_of(database: Database, ticket_id: str) -> list[str]:
    """The committed tags of one ticket."""
    rows = await database.fetch(_HELD_TAGS, {"ids": [ticket_id]})
    return [row[1] for row in rows]
