"""Alembic's entry: runs the migrations over the connection that `db.migrate` hands in."""

from __future__ import annotations

from typing import Literal

from alembic import context

from db.columns import Instant, metadata
from db.tables import ticket  # noqa: F401 - importing the tables fills the metadata


def compare_type(
    _context: object, _column: object, _inspected: object, _found: object, declared: object
) -> bool | None:
    """An instant is a BIGINT wearing a Python type; anything else is Alembic's to compare."""
    return False if isinstance(declared, Instant) else None


def render_item(_kind: str, declared: object, _context: object) -> str | Literal[False]:
    """A migration outlives our code: it names the column, not our type over it."""
    return "sa.BigInteger()" if isinstance(declared, Instant) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    compare_type=compare_type,
    compare_server_default=True,
    render_item=render_item,
)
with context.begin_transaction():
    context.run_migrations()
