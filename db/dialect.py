"""What differs between SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import Insert


@cache
def upsert(table: Table, dialect_name: str, *, adding: Sequence[str] = ()) -> Insert:
    """INSERT that replaces the row with the same primary key; `adding` columns are summed up."""
    insert = sqlite.insert(table) if dialect_name == "sqlite" else postgresql.insert(table)
    keys = [column.name for column in table.primary_key]
    return insert.on_conflict_do_update(
        index_elements=keys,
        set_={
            column.name: (column + insert.excluded[column.name])
            if column.name in adding
            else insert.excluded[column.name]
            for column in table.columns
            if column.name not in keys
        },
    )
