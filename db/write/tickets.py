"""Ticket rows with their tags, custom field values, payloads and counters."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, bindparam, delete, func, insert, select, update

from db.database import AnyRow, Database, Transaction
from db.dialect import upsert
from db.tables import (
    counter,
    custom_field_value,
    raw_payload,
    ticket,
    ticket_part,
    ticket_tag,
)
from domain.observation import Part
from domain.words import Status

NO_PRIORITY = "none"
_OPEN = [status.value for status in Status if not status.is_done]
_HELD = select(ticket).where(ticket.c.id.in_(bindparam("ids", expanding=True)))
_IS_CORE = (ticket_part.c.ticket_id == ticket.c.id) & (ticket_part.c.part == Part.CORE.value)
_LIVING = (
    select(ticket.c.id, ticket_part.c.seen_to)
    .join(ticket_part, _IS_CORE)
    .where(ticket.c.id.in_(bindparam("ids", expanding=True)), ticket.c.gone.is_(False))
)
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


@dataclass(frozen=True, slots=True)
class Unproven:
    """The living tickets of a desk that nothing has proven since a moment of our clock."""

    desk: str
    since: float
    is_of_open: bool
    """Only those that are still worked on."""

    def after(self, ticket_id: str) -> Select[tuple[str]]:
        query = (
            select(ticket.c.id)
            .join(ticket_part, _IS_CORE)
            .where(ticket.c.id > max(ticket_id, f"{self.desk}/"), ticket.c.id < f"{self.desk}0")
            .where(ticket.c.gone.is_(False), ticket_part.c.seen_from < self.since)
        )
        if self.is_of_open:
            query = query.where(ticket.c.status.in_(_OPEN))
        return query


async def unproven_after(
    database: Database, unproven: Unproven, ticket_id: str, *, limit: int
) -> list[str]:
    """The next of them, in the order of ids."""
    query = unproven.after(ticket_id).order_by(ticket.c.id).limit(limit)
    return [row[0] for row in await database.fetch(query)]


async def unproven_count(database: Database, unproven: Unproven) -> int:
    query = select(func.count()).select_from(unproven.after("").subquery())
    return int((await database.fetch(query))[0][0])


async def living_among(database: Database, ticket_ids: Sequence[str]) -> dict[str, float]:
    """Those of these tickets that are held and not gone, in their order: until when each was seen,
    by our clock."""
    if not ticket_ids:
        return {}
    rows = await database.fetch(_LIVING, {"ids": list(ticket_ids)})
    living = {row[0]: row[1] for row in rows}
    return {ticket_id: living[ticket_id] for ticket_id in ticket_ids if ticket_id in living}


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


async def assignee_of(database: Database, ticket_id: str) -> str | None:
    """The external id of a ticket's assignee, as it is held."""
    rows = await database.fetch(select(ticket.c.assignee_id).where(ticket.c.id == ticket_id))
    return rows[0][0] if rows else None


async def tags_of(database: Database, ticket_id: str) -> list[str]:
    """The committed tags of one ticket."""
    rows = await database.fetch(_HELD_TAGS, {"ids": [ticket_id]})
    return [row[1] for row in rows]
