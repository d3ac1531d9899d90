"""What only PostgreSQL has: units beside each other, and processes that take over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import func, select, text, update

from db.database import Database, DatabaseUnavailableError, SlowStatementError, Transaction
from db.feed import FeedCursor, feed_state, read_changes
from db.open import open_database
from db.tables import desk, setting
from db.write.feed import ensure_epoch
from db.write.lanes import LeaseLostError, require_lease, take_lease, update_desk
from tests.db.samples import add_desk, append


@pytest.fixture
async def one(postgres_url: str) -> AsyncIterator[Database]:
    opened = open_database(postgres_url)
    await opened.write(add_desk)
    yield opened
    await opened.close()


@pytest.fixture
async def other(postgres_url: str) -> AsyncIterator[Database]:
    """Another process, as far as the database can tell."""
    opened = open_database(postgres_url)
    yield opened
    await opened.close()


async def test_units_that_deadlock_both_end(one: Database) -> None:
    async def both_rows(tx: Transaction) -> None:
        await tx.execute(
            setting.insert(), [{"name": "a", "value": "0"}, {"name": "b", "value": "0"}]
        )

    await one.write(both_rows)
    runs: list[str] = []
    both_hold_one = asyncio.Barrier(2)

    async def cross(tx: Transaction, first: str, second: str) -> None:
        runs.append(first)
        await tx.execute(update(setting).where(setting.c.name == first).values(value=first))
        if len(runs) <= 2:
            await both_hold_one.wait()
        await tx.execute(update(setting).where(setting.c.name == second).values(value=first))

    await asyncio.gather(
        one.write(lambda tx: cross(tx, "a", "b")), one.write(lambda tx: cross(tx, "b", "a"))
    )
    # One of them ran again; on a busy machine its second run may meet the other once more.
    assert len(runs) >= 3
    rows = await one.fetch(select(setting.c.value).distinct())
    assert len(rows) == 1


async def test_a_take_over_fences_the_old_holder(one: Database, other: Database) -> None:
    lease = await one.write(lambda tx: take_lease(tx, "acme", "one", now=0.0, seconds=30.0))
    assert lease is not None
    refused = await other.write(lambda tx: take_lease(tx, "acme", "other", now=29.0, seconds=30.0))
    assert refused is None
    taken = await other.write(lambda tx: take_lease(tx, "acme", "other", now=31.0, seconds=30.0))
    assert taken is not None

    async def late(tx: Transaction) -> None:
        await require_lease(tx, lease)
        await update_desk(tx, "acme", {"name": "stale"})

    with pytest.raises(LeaseLostError):
        await one.write(late)
    assert (await one.fetch(select(desk.c.name)))[0].name == "Acme"


async def test_a_take_over_waits_for_a_write_under_the_old_lease(
    one: Database, other: Database
) -> None:
    lease = await one.write(lambda tx: take_lease(tx, "acme", "one", now=0.0, seconds=30.0))
    assert lease is not None
    holding, go_on = asyncio.Event(), asyncio.Event()

    async def slow(tx: Transaction) -> None:
        await require_lease(tx, lease)
        holding.set()
        await go_on.wait()
        await update_desk(tx, "acme", {"name": "in time"})

    write = asyncio.create_task(one.write(slow))
    await holding.wait()
    take = asyncio.create_task(
        other.write(lambda tx: take_lease(tx, "acme", "other", now=31.0, seconds=30.0))
    )
    done, _ = await asyncio.wait([take], timeout=0.2)
    assert not done
    go_on.set()
    await write
    assert await take is not None
    assert (await other.fetch(select(desk.c.name)))[0].name == "in time"


async def test_the_feed_never_passes_a_transaction_that_is_still_open(
    one: Database, other: Database
) -> None:
    await one.write(lambda tx: ensure_epoch(tx, "e"))
    start = (await feed_state(one)).cursor
    appended, go_on = asyncio.Event(), asyncio.Event()

    async def slow(tx: Transaction) -> None:
        await append(tx, "slow")
        appended.set()
        await go_on.wait()

    write = asyncio.create_task(one.write(slow))
    await appended.wait()
    await other.write(lambda tx: append(tx, "quick"))
    assert not await read_changes(other, start, limit=10)
    assert (await feed_state(other)).head == start.position
    go_on.set()
    await write
    entries = await read_changes(other, start, limit=10)
    assert [entry.change.ticket_id for entry in entries] == ["acme/slow", "acme/quick"]


async def test_a_follower_beside_many_writers_misses_nothing(
    one: Database, other: Database
) -> None:
    await one.write(lambda tx: ensure_epoch(tx, "e"))
    total = 120
    seen: list[str] = []
    cursor: FeedCursor = (await feed_state(one)).cursor

    async def write(number: int) -> None:
        database = one if number % 2 else other
        await database.write(lambda tx: append(tx, f"{number}"), urgent=number % 5 == 0)

    writers = asyncio.gather(*(write(number) for number in range(total)))
    while len(seen) < total:
        finished = writers.done()
        entries = await read_changes(one, cursor, limit=7)
        seen += [entry.change.ticket_id for entry in entries]
        if entries:
            cursor = FeedCursor(cursor.epoch, entries[-1].position)
        else:
            assert not finished, f"only {len(seen)} of {total} entries"
            await asyncio.sleep(0)
    await writers
    assert len(set(seen)) == total


async def test_a_read_that_takes_too_long_is_cut_off(
    one: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("db.postgres.FETCH_SECONDS", 0.2)
    with pytest.raises(SlowStatementError):
        await one.fetch(select(func.pg_sleep(30)))
    assert len(await one.fetch(select(desk))) == 1


@pytest.mark.parametrize(
    "url", ["postgresql://nobody@127.0.0.1:9/none", "postgresql://nobody@/none?host=/nowhere"]
)
async def test_a_server_that_is_not_there_is_told_clearly(url: str) -> None:
    database = open_database(url)
    with pytest.raises(DatabaseUnavailableError, match="cannot be reached"):
        await database.fetch(select(desk))
    await database.close()


async def test_a_lost_connection_is_told_and_the_next_one_works(one: Database) -> None:
    async def cut(tx: Transaction) -> None:
        await tx.execute(text("SELECT pg_terminate_backend(pg_backend_pid())").columns())

    with pytest.raises(DatabaseUnavailableError):
        await one.write(cut)
    assert len(await one.fetch(select(desk))) == 1
