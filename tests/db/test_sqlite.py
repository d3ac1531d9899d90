"""What only the SQLite file has: one writer thread, people first, and one writing process."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import func, literal, select

from db.database import (
    Database,
    DatabaseUnavailableError,
    ReadOnlyDatabaseError,
    Transaction,
)
from db.open import open_database, sqlite_path
from db.tables import desk
from tests.db.samples import add_desk


async def test_urgent_units_overtake_queued_ones(sqlite_url: str) -> None:
    database = open_database(sqlite_url)
    gate = threading.Event()
    order: list[str] = []

    async def blocked(_: Transaction) -> None:
        gate.wait()

    def noting(name: str) -> object:
        async def unit(_: Transaction) -> None:
            order.append(name)

        return unit

    tasks = [asyncio.create_task(database.write(blocked))]
    await asyncio.sleep(0)
    for name in ("robot 1", "robot 2", "person", "robot 3"):
        unit = noting(name)
        urgent = name == "person"
        tasks.append(asyncio.create_task(database.write(unit, urgent=urgent)))  # type: ignore[arg-type]  # made above
    await asyncio.sleep(0)
    gate.set()
    await asyncio.gather(*tasks)
    assert order == ["person", "robot 1", "robot 2", "robot 3"]
    await database.close()


async def test_reads_and_the_loop_go_on_while_a_unit_is_stuck(sqlite_url: str) -> None:
    database = open_database(sqlite_url)
    await database.write(add_desk)
    gate = threading.Event()

    async def stuck(tx: Transaction) -> None:
        await tx.execute(desk.update().values(name="later"))
        gate.wait()

    task = asyncio.create_task(database.write(stuck))
    await asyncio.sleep(0)
    assert (await database.fetch(select(desk.c.name)))[0].name == "Acme"
    gate.set()
    await task
    assert (await database.fetch(select(desk.c.name)))[0].name == "later"
    await database.close()


async def test_a_long_read_leaves_the_loop_free(sqlite_url: str) -> None:
    database = open_database(sqlite_url)
    numbers = select(literal(1).label("n")).cte("numbers", recursive=True)
    numbers = numbers.union_all(select(numbers.c.n + 1).where(numbers.c.n < 1_000_000))
    read = asyncio.create_task(database.fetch(select(func.sum(numbers.c.n))))
    turns = 0
    while not read.done():
        await asyncio.sleep(0)
        turns += 1
    assert (await read)[0][0] == 500_000_500_000
    assert turns > 10
    await database.close()


async def test_a_second_opener_reads_and_is_told_why_it_cannot_write(sqlite_url: str) -> None:
    first = open_database(sqlite_url)
    await first.write(add_desk)
    second = open_database(sqlite_url)
    assert (first.is_read_only, second.is_read_only) == (False, True)
    assert len(await second.fetch(select(desk))) == 1
    with pytest.raises(
        ReadOnlyDatabaseError, match=r"Another process already writes cache\.sqlite"
    ):
        await second.write(add_desk)
    await second.close()
    await first.close()
    third = open_database(sqlite_url)
    await third.write(add_desk)
    await third.close()


_OTHER = """
import asyncio, sys
from sqlalchemy import select
from db.open import open_database
from db.tables import desk
from tests.db.samples import add_desk

async def main() -> None:
    database = open_database(sys.argv[1])
    await database.write(add_desk)
    print("written", flush=True)
    sys.stdin.read()

asyncio.run(main())
"""


async def test_a_killed_process_gives_the_file_free_with_what_it_committed(sqlite_url: str) -> None:
    other = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-c", _OTHER, sqlite_url),
        cwd=Path(__file__).parents[2],
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert other.stdout is not None
    assert await other.stdout.readline()
    beside = open_database(sqlite_url)
    assert beside.is_read_only
    assert len(await beside.fetch(select(desk))) == 1
    await beside.close()
    other.kill()
    await other.wait()
    after = open_database(sqlite_url)
    assert not after.is_read_only
    await after.write(add_desk)
    assert len(await after.fetch(select(desk))) == 1
    await after.close()


async def test_a_file_held_by_a_stranger_blocks_neither_loop_nor_reads(sqlite_url: str) -> None:
    """Somebody's own SQLite shell holds the write lock for a moment."""
    database = open_database(sqlite_url)
    await database.write(add_desk)
    stranger = sqlite3.connect(sqlite_path(sqlite_url) or "", isolation_level=None)
    stranger.execute("BEGIN IMMEDIATE")
    write = asyncio.create_task(database.write(add_desk))
    for _ in range(100):
        await asyncio.sleep(0)
        assert len(await database.fetch(select(desk))) == 1
    assert not write.done()
    stranger.execute("ROLLBACK")
    await write
    stranger.close()
    await database.close()


async def test_a_unit_that_waits_for_something_else_is_refused(sqlite_url: str) -> None:
    database: Database = open_database(sqlite_url)

    async def unit(_: Transaction) -> None:
        await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="other than its statements"):
        await database.write(unit)
    await database.write(add_desk)
    await database.close()


async def test_what_is_queued_is_finished_and_what_comes_after_is_refused(sqlite_url: str) -> None:
    database = open_database(sqlite_url)
    queued = [asyncio.create_task(database.write(add_desk)) for _ in range(20)]
    await asyncio.sleep(0)
    await database.close()
    await asyncio.gather(*queued)
    with pytest.raises(DatabaseUnavailableError, match="closed"):
        await database.write(add_desk)
    await database.close()
