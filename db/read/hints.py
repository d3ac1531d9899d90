"""A word to SQLite's planner, which knows nothing of how often a value occurs."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.visitors import InternalTraversal


class Aside(ColumnElement[Any]):
    """A column that no index shall be chosen for, so that the one that gives the order is walked.

    Without it SQLite answers "the newest of three statuses" by sorting every ticket that has one
    of them. PostgreSQL counts, and is left alone.
    """

    inherit_cache = True
    _traverse_internals = [("element", InternalTraversal.dp_clauseelement)]  # noqa: RUF012 - SQLAlchemy's way

    def __init__(self, element: ColumnElement[Any]) -> None:
        self.element = element
        self.type = element.type


@compiles(Aside)
def _plain(hinted: Aside, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(hinted.element, **options)


@compiles(Aside, "sqlite")
def _sqlite(hinted: Aside, compiler: SQLCompiler, **options: Any) -> str:
    return f"+{compiler.process(hinted.element, **options)}"
