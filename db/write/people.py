"""People and the reference records: organizations, teams and field definitions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Table, bindparam, delete, insert, select

from db.database import AnyRow, Transaction
from db.dialect import upsert
from db.tables import person, person_team


async def held_records(tx: Transaction, table: Table, ids: Iterable[str]) -> dict[str, AnyRow]:
    """The evidence of records by id; people also say whether they are partial."""
    columns = [table.c.id, table.c.digest, table.c.version, table.c.seen_from, table.c.seen_to]
    if table is person:
        columns.append(person.c.is_partial)
    rows = await tx.execute(
        select(*columns).where(table.c.id.in_(bindparam("ids", expanding=True))),
        {"ids": sorted(set(ids))},
    )
    return {row.id: row for row in rows}


async def store_records(
    tx: Transaction, table: Table, rows: Sequence[Mapping[str, object]]
) -> None:
    if rows:
        await tx.execute(upsert(table, tx.dialect_name), rows)


async def replace_person_teams(
    tx: Transaction, person_ids: Sequence[str], rows: Sequence[Mapping[str, object]]
) -> None:
    if person_ids:
        await tx.execute(delete(person_team).where(person_team.c.person_id.in_(person_ids)))
    if rows:
        await tx.execute(insert(person_team), rows)
