"""The cache in PostgreSQL: pooled asyncpg connections, units run again where they collided."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import asyncpg  # type: ignore[import-untyped]  # it ships no types
from sqlalchemy.dialects.postgresql import asyncpg as asyncpg_dialect
from sqlalchemy.sql.base import Executable

from db.database import (
    DatabaseUnavailableError,
    Parameters,
    Rows,
    SlowStatementError,
    Transaction,
)
from db.statements import Statements

Result = TypeVar("Result")
Unit = Callable[[Transaction], Awaitable[Result]]

FETCH_SECONDS = 3.0
CONNECT_SECONDS = 10.0
POOL_SIZE = 10
FOR_PEOPLE = 3
"""Connections that robots' units never take."""
COLLISIONS = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)
ATTEMPTS = 5
LOST = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.AdminShutdownError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InvalidAuthorizationSpecificationError,
)


class Connection(Protocol):
    """What we use of asyncpg's."""

    async def fetch(self, query: str, *values: object) -> Sequence[Sequence[Any]]: ...

    async def executemany(self, command: str, args: Sequence[Sequence[Any]]) -> None: ...

    def transaction(self) -> AbstractAsyncContextManager[object]: ...


@dataclass(frozen=True, slots=True)
class PostgresTransaction:
    connection: Connection
    statements: Statements
    dialect_name: str = "postgresql"

    async def execute(self, statement: Executable, parameters: Parameters | None = None) -> Rows:
        if parameters is None or isinstance(parameters, Mapping):
            prepared = self.statements.prepare(statement, parameters)
            return prepared.rows(await self.connection.fetch(prepared.sql, *prepared.values))
        if parameters:
            sql, rows = self.statements.prepare_many(statement, parameters)
            await self.connection.executemany(sql, rows)
        return []


class PostgresDatabase:
    """One PostgreSQL database; any number of processes may share it."""

    dialect_name = "postgresql"
    is_read_only = False

    def __init__(self, url: str) -> None:
        """Connects with the first statement. `url` is libpq's: `postgresql://user@host/name`."""
        self._url = url
        dialect = asyncpg_dialect.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy's
        self._statements = Statements(dialect)
        self._pool: asyncpg.Pool | None = None
        self._opening = asyncio.Lock()
        self._robots = asyncio.Semaphore(POOL_SIZE - FOR_PEOPLE)

    async def write(self, unit: Unit[Result], *, urgent: bool = False) -> Result:
        """Raises `DatabaseUnavailableError`, and whatever the unit raises."""
        if urgent:
            return await self._run(unit)
        async with self._robots:
            return await self._run(unit)

    async def _run(self, unit: Unit[Result]) -> Result:
        for _ in range(ATTEMPTS - 1):
            try:
                return await self._run_once(unit)
            except COLLISIONS:
                # The other transaction has ended by now: PostgreSQL waited for it.
                continue
        return await self._run_once(unit)

    async def _run_once(self, unit: Unit[Result]) -> Result:
        async with self._connection() as connection, connection.transaction():
            return await unit(PostgresTransaction(connection, self._statements))

    async def fetch(
        self, statement: Executable, parameters: Mapping[str, object] | None = None
    ) -> Rows:
        """Raises `SlowStatementError` after three seconds, `DatabaseUnavailableError`."""
        prepared = self._statements.prepare(statement, parameters)
        async with self._connection() as connection:
            try:
                # A cancelled fetch cancels the statement at the server too.
                async with asyncio.timeout(FETCH_SECONDS):
                    fetched = await connection.fetch(prepared.sql, *prepared.values)
            except TimeoutError as error:
                raise SlowStatementError(
                    f"The database did not answer a read within {FETCH_SECONDS:.0f} seconds",
                    hint="Ask for less at once, or look at the database's load.",
                ) from error
        return prepared.rows(fetched)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connection]:
        try:
            pool = self._pool or await self._open()
            async with pool.acquire(timeout=CONNECT_SECONDS) as connection:
                yield connection
        except LOST as error:
            if isinstance(error, ValueError):
                # A value that asyncpg cannot encode: a mistake of ours, and not the server's.
                raise
            raise _unavailable(error) from error

    async def _open(self) -> asyncpg.Pool:
        async with self._opening:
            if self._pool is None:
                self._pool = await asyncpg.create_pool(
                    self._url,
                    min_size=1,
                    max_size=POOL_SIZE,
                    timeout=CONNECT_SECONDS,
                    server_settings={"application_name": "deskgraph", "timezone": "UTC"},
                )
            return self._pool

    async def close(self) -> None:
        """Waits for running units. Safe to call twice."""
        if self._pool is not None:
            pool, self._pool = self._pool, None
            await pool.close()


def _unavailable(error: BaseException) -> DatabaseUnavailableError:
    return DatabaseUnavailableError(
        f"The database cannot be reached: {error or type(error).__name__}",
        hint="Look at DATABASE_URL, and whether the server runs and admits us.",
    )
