"""The evidence of each ticket part: rows of `ticket_part`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import bindparam, delete, select

from db.database import AnyRow, Database, Transaction
from db.dialect import upsert
from db.tables import overlay, ticket_part
from domain.observation import Part


@dataclass(frozen=True, slots=True)
class PartRow:
    """A part's evidence as stored. `need`: a read of it that starts later is still wanted."""

    ticket_id: str
    part: Part
    digest: bytes
    version: int | None
    seen_from: float
    seen_to: float
    need: float | None = None
    wanted_version: int | None = None

    @property
    def is_open(self) -> bool:
        return self.need is not None


_COLUMNS = (
    ticket_part.c.ticket_id,
    ticket_part.c.part,
    ticket_part.c.digest,
    ticket_part.c.version,
    ticket_part.c.seen_from,
    ticket_part.c.seen_to,
    ticket_part.c.need,
    ticket_part.c.wanted_version,
)
_HELD = select(*_COLUMNS).where(ticket_part.c.ticket_id.in_(bindparam("ids", expanding=True)))


async def held_parts(tx: Transaction, ticket_ids: Iterable[str]) -> dict[tuple[str, Part], PartRow]:
    rows = await tx.execute(_HELD, {"ids": sorted(set(ticket_ids))})
    return {(row[0], Part(row[1])): _part_row(row) for row in rows}


def _part_row(row: AnyRow) -> PartRow:
    return PartRow(row[0], Part(row[1]), *row[2:])


async def store_parts(tx: Transaction, desk: str, parts: Sequence[PartRow]) -> None:
    if not parts:
        return
    await tx.execute(
        upsert(ticket_part, tx.dialect_name),
        [
            {
                "ticket_id": part.ticket_id,
                "part": part.part.value,
                "desk": desk,
                "digest": part.digest,
                "version": part.version,
                "seen_from": part.seen_from,
                "seen_to": part.seen_to,
                "need": part.need,
                "wanted_version": part.wanted_version,
            }
            for part in sorted(parts, key=lambda part: (part.ticket_id, part.part))
        ],
    )


@dataclass(frozen=True, slots=True)
class OpenNeed:
    ticket_id: str
    part: Part
    need: float


_NEEDS = (
    select(ticket_part.c.ticket_id, ticket_part.c.part, ticket_part.c.need)
    .where(ticket_part.c.desk == bindparam("of_desk"), ticket_part.c.need.is_not(None))
    .limit(bindparam("most"))
)
_OLDEST_NEEDS = _NEEDS.order_by(ticket_part.c.need, ticket_part.c.ticket_id)
_NEWEST_NEEDS = _NEEDS.order_by(ticket_part.c.need.desc(), ticket_part.c.ticket_id)


async def open_needs(
    database: Database, desk: str, *, limit: int, newest_first: bool = False
) -> list[OpenNeed]:
    """The parts of a desk's tickets that wait for a read, by the time of their need."""
    query = _NEWEST_NEEDS if newest_first else _OLDEST_NEEDS
    rows = await database.fetch(query, {"of_desk": desk, "most": limit})
    return [OpenNeed(row[0], Part(row[1]), row[2]) for row in rows]


async def held_part(database: Database, ticket_id: str, part: Part) -> PartRow | None:
    """The committed evidence of one part."""
    rows = await database.fetch(_HELD, {"ids": [ticket_id]})
    return next((_part_row(row) for row in rows if row[1] == part.value), None)


@dataclass(frozen=True, slots=True)
class OverlayRow:
    """A write of ours that its reply did not show: shown over the held part until confirmed."""

    operation_id: str
    ticket_id: str
    part: Part
    content: str
    replied_at: float
    stamp: int | None


_OVERLAYS = select(
    overlay.c.operation_id,
    overlay.c.ticket_id,
    overlay.c.part,
    overlay.c.content,
    overlay.c.replied_at,
    overlay.c.stamp,
).where(overlay.c.ticket_id.in_(bindparam("ids", expanding=True)))


async def overlays_of(tx: Transaction, ticket_ids: Iterable[str]) -> list[OverlayRow]:
    rows = await tx.execute(_OVERLAYS, {"ids": sorted(set(ticket_ids))})
    return [OverlayRow(row[0], row[1], Part(row[2]), *row[3:]) for row in rows]


async def add_overlay(tx: Transaction, row: OverlayRow) -> None:
    await tx.execute(
        upsert(overlay, tx.dialect_name),
        {
            "operation_id": row.operation_id,
            "ticket_id": row.ticket_id,
            "part": row.part.value,
            "content": row.content,
            "replied_at": row.replied_at,
            "stamp": row.stamp,
        },
    )


async def drop_overlays(tx: Transaction, operation_ids: Sequence[str]) -> None:
    if operation_ids:
        await tx.execute(delete(overlay).where(overlay.c.operation_id.in_(operation_ids)))


async def want(
    tx: Transaction, desk: str, ticket_id: str, part: Part, *, need: float, version: int | None
) -> None:
    """Asks for evidence of a part: seen from `need` on, and (or) at least of a version."""
    key = (ticket_id, part)
    held = (await held_parts(tx, [ticket_id])).get(key) or PartRow(
        ticket_id, part, b"", None, -1.0, -1.0
    )
    versions = [v for v in (held.wanted_version, version) if v is not None]
    row = replace(
        held, need=max(held.need or 0.0, need), wanted_version=max(versions, default=None)
    )
    await store_parts(tx, desk, [row])
