"""Relations between records: each loads all of one level with one statement."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, bindparam

from db.database import AnyRow
from domain.ids import record_id
from schema.context import Scope
from schema.declare import Record, relation
from schema.load import Loader, Pick


def to_one(type_name: str, name: str, *, doc: str, scope: Scope | None = None) -> Any:
    """The record that a column names by the id that the desk gave it."""

    async def load(loader: Loader, records: Sequence[Record], pick: Pick) -> None:
        ids = [_named(record.row, name) for record in records]
        found = await loader.by_ids(
            loader.record_type(type_name),
            {one for one in ids if one is not None},
            loader.picks(pick.nodes, type_name),
        )
        for record, one in zip(records, ids, strict=True):
            record.related[pick.key] = None if one is None else found.get(one)

    return relation(load, "desk", name, doc=doc, scope=scope)


def _named(row: AnyRow, name: str) -> str | None:
    external_id = row._mapping[name]
    return None if external_id is None else record_id(row.desk, external_id)


def to_parent(type_name: str, name: str, *, doc: str) -> Any:
    """The record that a column names by its whole record id (or a desk by its key)."""

    async def load(loader: Loader, records: Sequence[Record], pick: Pick) -> None:
        found = await loader.by_ids(
            loader.record_type(type_name),
            {one for record in records if (one := record.row._mapping[name]) is not None},
            loader.picks(pick.nodes, type_name),
        )
        for record in records:
            record.related[pick.key] = found.get(record.row._mapping[name])

    return relation(load, name, doc=doc)


def of_desk(
    type_name: str, doc: str, *, size: int, where: Callable[[type[Record]], ColumnElement[bool]]
) -> Any:
    """Every record of a type that a desk has, by id."""

    async def load(loader: Loader, records: Sequence[Record], pick: Pick) -> None:
        record_type = loader.record_type(type_name)
        picks = loader.picks(pick.nodes, type_name)
        keys = sorted({record.row.key for record in records})
        statement = loader.select(record_type, picks).where(
            record_type.of.table.c.desk.in_(bindparam("desks", keys, expanding=True)),
            where(record_type),
        )
        rows = await loader.fetch(statement.order_by(record_type.of.table.c.id))
        found = await loader.build(record_type, rows, picks)
        for record in records:
            record.related[pick.key] = [
                member for member in found if member.row.desk == record.row.key
            ]

    return relation(load, "key", doc=doc, size=size)


def derived(work_out: Callable[[Loader, AnyRow], object], *names: str, doc: str) -> Any:
    """A field that some columns and the context (clock, engine) give together."""

    async def load(loader: Loader, records: Sequence[Record], pick: Pick) -> None:
        for record in records:
            record.related[pick.key] = work_out(loader, record.row)

    return relation(load, *names, doc=doc)
