"""One way to the cache for both databases: whole units of work in, rows out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from sqlalchemy import Row
from sqlalchemy.sql.base import Executable

from domain.errors import DeskgraphError

Result = TypeVar("Result")
Parameters = Mapping[str, object] | Sequence[Mapping[str, object]]
AnyRow = Row[*tuple[Any, ...]]
Rows = Sequence[AnyRow]


class ReadOnlyDatabaseError(DeskgraphError):
    """This process may read the cache only: another one writes it."""

    code = "READ_ONLY"


class DatabaseUnavailableError(DeskgraphError):
    """The database cannot be reached, or did not answer in time. Nothing was committed."""

    code = "DATABASE_UNAVAILABLE"


class SlowStatementError(DatabaseUnavailableError):
    """A read took longer than it may."""


class Transaction(Protocol):
    """An open write transaction. Never commits by itself, never awaits anything but statements."""

    @property
    def dialect_name(self) -> str: ...

    async def execute(self, statement: Executable, parameters: Parameters | None = None) -> Rows:
        """Runs one statement; with a sequence of parameters, once for each (and no rows)."""
        ...


class Database(Protocol):
    """`write` runs a unit of work in one transaction: all of it or nothing.

    A unit may run again after a serialization failure or a deadlock, so it has no effects but its
    statements. On SQLite it runs whole on the one writer thread, people before robots; in a
    simulation it runs inline, without threads.
    """

    @property
    def dialect_name(self) -> str: ...

    @property
    def is_read_only(self) -> bool:
        """True where another process writes: every `write` raises `ReadOnlyDatabaseError`."""
        ...

    async def write(
        self, unit: Callable[[Transaction], Awaitable[Result]], *, urgent: bool = False
    ) -> Result: ...

    async def fetch(
        self, statement: Executable, parameters: Mapping[str, object] | None = None
    ) -> Rows:
        """Reads committed rows, beside any writer."""
        ...

    async def close(self) -> None: ...
