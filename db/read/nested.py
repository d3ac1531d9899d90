"""The first rows of each parent, for many parents in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Select, Text, bindparam, func, select, true
from sqlalchemy.dialects.postgresql import ARRAY

from db.database import AnyRow
from db.read.keyset import Cut, Window

Parent = tuple[str, ...]


def for_each_parent(
    dialect_name: str,
    parents: Sequence[Parent],
    parent_columns: Sequence[ColumnElement[Any]],
    statement: Select[Any],
    *,
    identity: ColumnElement[Any],
    window: Window,
) -> Select[Any]:
    """`statement` limited to `window` once for each parent; `place` counts the parents from 0.

    SQLite has no LATERAL, but a subquery of ids may look at the row before it; PostgreSQL plans
    that badly, and LATERAL well.
    """
    build = _sqlite if dialect_name == "sqlite" else _postgresql
    return build(parents, parent_columns, statement, identity, window)


def _postgresql(
    parents: Sequence[Parent],
    parent_columns: Sequence[ColumnElement[Any]],
    statement: Select[Any],
    _: ColumnElement[Any],
    window: Window,
) -> Select[Any]:
    names = [f"p{number}" for number in range(len(parent_columns))]
    arrays = [
        bindparam(name, list(values), type_=ARRAY(Text))
        for name, values in zip(names, zip(*parents, strict=True), strict=True)
    ]
    table = func.unnest(*arrays).table_valued(*names, with_ordinality="place").render_derived()
    pairs = zip(parent_columns, names, strict=True)
    own = statement.where(*(column == table.c[name] for column, name in pairs))
    lateral = window.limited(own).lateral("own")
    place = (table.c.place - 1).label("place")
    order = [lateral.c[key.name] for key in window.ordering.labelled_keys]
    return (
        select(place, *lateral.c)
        .select_from(table.join(lateral, true()))
        .order_by(place, *_directed(order, window))
    )


def _sqlite(
    parents: Sequence[Parent],
    parent_columns: Sequence[ColumnElement[Any]],
    statement: Select[Any],
    identity: ColumnElement[Any],
    window: Window,
) -> Select[Any]:
    listed = bindparam("parents", orjson.dumps(parents).decode(), type_=Text)
    table = func.json_each(listed).table_valued("key", "value", name="parent")
    conditions = [
        column == func.json_extract(table.c.value, f"$[{number}]")
        for number, column in enumerate(parent_columns)
    ]
    own = window.limited(statement.with_only_columns(identity).where(*conditions))
    place = table.c.key.label("place")
    return (
        select(place, *statement.selected_columns)
        .select_from(table.join(identity.table, identity.in_(own.correlate(table))))
        .order_by(place, *_directed(window.ordering.keys, window))
    )


def _directed(keys: Sequence[ColumnElement[Any]], window: Window) -> list[ColumnElement[Any]]:
    down = window.ordering.descending != window.backwards
    return [key.desc() if down else key.asc() for key in keys]


def cut_by_parent(rows: Sequence[AnyRow], parents: int, window: Window) -> list[Cut]:
    """One page for each parent, in the parents' order."""
    grouped: list[list[AnyRow]] = [[] for _ in range(parents)]
    for row in rows:
        grouped[row.place].append(row)
    return [window.cut(group) for group in grouped]
