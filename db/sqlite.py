"""The cache in a SQLite file: one writer thread, people first; reads beside it on the loop thread.

A write on the loop thread would freeze every request for as long as another process holds the file
(docs/decisions.md); a read in WAL mode waits for nobody, so it costs no hop to another thread.
"""

from __future__ import annotations

import asyncio
import itertools
import queue
import sqlite3
import threading
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from sqlalchemy.dialects.sqlite import pysqlite
from sqlalchemy.sql.base import Executable

from db.database import (
    DatabaseUnavailableError,
    Parameters,
    ReadOnlyDatabaseError,
    Rows,
    Transaction,
)
from db.statements import SHAPES, Prepared, Statements

Result = TypeVar("Result")
Unit = Callable[[Transaction], Awaitable[Result]]

BUSY_SECONDS = 5.0
LONG_READ_STEPS = 2_000_000
"""A read that takes more steps of SQLite's machine (20 to 50 ms) moves to a worker thread."""


@dataclass(frozen=True, slots=True)
class SqliteTransaction:
    """Statements on one connection; awaiting them never suspends."""

    connection: sqlite3.Connection
    statements: Statements
    dialect_name: str = "sqlite"

    async def execute(self, statement: Executable, parameters: Parameters | None = None) -> Rows:
        return execute(self.connection, self.statements, statement, parameters)


def new_statements() -> Statements:
    return Statements(pysqlite.dialect(paramstyle="qmark"))


def execute(
    connection: sqlite3.Connection,
    statements: Statements,
    statement: Executable,
    parameters: Parameters | None,
) -> Rows:
    if parameters is None or isinstance(parameters, Mapping):
        return _run(connection, statements.prepare(statement, parameters))
    if parameters:
        sql, rows = statements.prepare_many(statement, parameters)
        connection.executemany(sql, rows)
    return []


def _run(connection: sqlite3.Connection, prepared: Prepared) -> Rows:
    return prepared.rows(connection.execute(prepared.sql, prepared.values).fetchall())


def run_unit(connection: sqlite3.Connection, statements: Statements, unit: Unit[Result]) -> Result:
    """Runs a unit from BEGIN to COMMIT on this thread; anything it raises rolls it back whole."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        result = _driven(unit(SqliteTransaction(connection, statements)))
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return result


def _driven(awaitable: Awaitable[Result]) -> Result:
    """The result of an awaitable that awaits nothing but statements."""
    steps = awaitable.__await__()
    try:
        next(steps)
    except StopIteration as end:
        result: Result = end.value
        return result
    raise RuntimeError("A unit of work awaited something other than its statements")


def connect(path: str, *, read_only: bool, busy_seconds: float) -> sqlite3.Connection:
    """A connection for any one thread at a time, committing only by statement."""
    connection = sqlite3.connect(
        path,
        timeout=busy_seconds,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=SHAPES,
    )
    if read_only:
        connection.execute("PRAGMA query_only = ON")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA cache_size = -65536")
    connection.execute("PRAGMA temp_store = MEMORY")
    return connection


class Owner:
    """The right to write a file: an exclusive lock on a file beside it, gone with its process."""

    def __init__(self, path: str) -> None:
        self._lock = sqlite3.connect(
            f"{path}-owner", timeout=0, isolation_level=None, check_same_thread=False
        )
        try:
            self._lock.execute("BEGIN EXCLUSIVE")
            self.is_ours = True
        except sqlite3.OperationalError:
            self.is_ours = False

    def release(self) -> None:
        self._lock.close()


@dataclass(order=True, slots=True)
class _Job:
    priority: int
    number: int
    run: Callable[[sqlite3.Connection], None] | None = field(compare=False)
    """None ends the thread, after everything that was queued before."""


class Writer:
    """The one thread that writes. Jobs run whole, the urgent ones first."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._jobs: queue.PriorityQueue[_Job] = queue.PriorityQueue()
        self._numbers = itertools.count()
        self._thread = threading.Thread(target=self._work, name="sqlite-writer", daemon=True)
        self._thread.start()

    def submit(
        self, job: Callable[[sqlite3.Connection], Result], *, urgent: bool
    ) -> Future[Result]:
        future: Future[Result] = Future()

        def run(connection: sqlite3.Connection) -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(job(connection))
            except BaseException as error:
                future.set_exception(error)

        self._jobs.put(_Job(0 if urgent else 1, next(self._numbers), run))
        return future

    def _work(self) -> None:
        while (job := self._jobs.get()).run is not None:
            job.run(self._connection)

    def close(self) -> None:
        """Finishes what is queued."""
        self._jobs.put(_Job(2, next(self._numbers), None))
        self._thread.join()
        self._connection.close()


class SqliteDatabase:
    """A SQLite file. The first process to open it writes; any other one reads."""

    dialect_name = "sqlite"

    def __init__(self, path: str) -> None:
        """Raises `DatabaseUnavailableError` when the file cannot be opened."""
        self._path = path
        self._is_closed = False
        self._statements = new_statements()
        try:
            self._owner = Owner(path)
            self.is_read_only = not self._owner.is_ours
            self._writer = None if self.is_read_only else Writer(self._writing_connection())
            # No busy time on the loop thread: what would wait goes to the worker thread.
            self._reader = self._reading_connection(0.0, LONG_READ_STEPS)
        except sqlite3.Error as error:
            raise _unavailable(path, error) from error
        self._long_reads = ThreadPoolExecutor(1, thread_name_prefix="sqlite-reader")
        self._long_reader: sqlite3.Connection | None = None

    def _writing_connection(self) -> sqlite3.Connection:
        connection = connect(self._path, read_only=False, busy_seconds=BUSY_SECONDS)
        connection.execute("PRAGMA journal_mode = WAL")
        return connection

    def _reading_connection(self, busy_seconds: float, steps: int | None) -> sqlite3.Connection:
        connection = connect(self._path, read_only=True, busy_seconds=busy_seconds)
        if steps is not None:
            connection.set_progress_handler(lambda: 1, steps)
        return connection

    async def write(self, unit: Unit[Result], *, urgent: bool = False) -> Result:
        """Raises `ReadOnlyDatabaseError`, and whatever the unit raises."""
        if self._is_closed:
            raise DatabaseUnavailableError("The database has been closed")
        if self._writer is None:
            raise ReadOnlyDatabaseError(
                f"Another process already writes {Path(self._path).name}",
                hint="This one only reads it. Stop the other process, or use PostgreSQL.",
            )
        statements = self._statements

        def job(connection: sqlite3.Connection) -> Result:
            # What a person is told, or a sender of a webhook, survives even a power cut.
            connection.execute(f"PRAGMA synchronous = {'FULL' if urgent else 'NORMAL'}")
            return run_unit(connection, statements, unit)

        future = self._writer.submit(job, urgent=urgent)
        try:
            return await asyncio.wrap_future(future)
        except sqlite3.OperationalError as error:
            raise self._named(error) from error

    async def fetch(
        self, statement: Executable, parameters: Mapping[str, object] | None = None
    ) -> Rows:
        """A short read runs here and now; one that is long or blocked, in the worker thread."""
        prepared = self._statements.prepare(statement, parameters)
        try:
            return _run(self._reader, prepared)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_BUSY):
                raise self._named(error) from error
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._long_reads, self._read_long, prepared)
        except sqlite3.OperationalError as error:
            raise self._named(error) from error

    def _named(self, error: sqlite3.OperationalError) -> Exception:
        """A mistake in a statement stays what it is; the rest is the file's or the disk's fault."""
        if error.sqlite_errorcode == sqlite3.SQLITE_ERROR:
            return error
        return _unavailable(self._path, error)

    def _read_long(self, prepared: Prepared) -> Rows:
        if self._long_reader is None:
            self._long_reader = self._reading_connection(BUSY_SECONDS, None)
        return _run(self._long_reader, prepared)

    async def close(self) -> None:
        """Waits for what is queued. Safe to call twice."""
        self._is_closed = True
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._long_reads.shutdown()
        for connection in (self._long_reader, self._reader):
            if connection is not None:
                connection.close()
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        self._owner.release()


class InlineSqlite:
    """A SQLite database without threads: a simulation's in memory, or a file for a moment.

    Units run whole where they are called, so that a run depends on nothing but its inputs.
    """

    dialect_name = "sqlite"
    is_read_only = False

    def __init__(self, path: str = ":memory:") -> None:
        self.connection = connect(path, read_only=False, busy_seconds=BUSY_SECONDS)
        self._statements = new_statements()

    async def write(self, unit: Unit[Result], *, urgent: bool = False) -> Result:  # noqa: ARG002 - nothing queues here
        return run_unit(self.connection, self._statements, unit)

    async def fetch(
        self, statement: Executable, parameters: Mapping[str, object] | None = None
    ) -> Rows:
        return execute(self.connection, self._statements, statement, parameters)

    async def close(self) -> None:
        self.connection.close()


def _unavailable(path: str, error: sqlite3.Error) -> DatabaseUnavailableError:
    return DatabaseUnavailableError(
        f"The database file {Path(path).name} cannot be used: {error}",
        hint="Look at its folder, its permissions and the free space.",
    )
