"""Units and reads, on both databases."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy import bindparam, func, select, update

from db.database import Database, Transaction
from db.open import open_database
from db.tables import desk, setting, ticket
from db.write.people import store_records
from domain.errors import ConfigurationError
from tests.db.samples import add_desk


class _RefusedError(Exception):
    pass


async def _count(database: Database) -> int:
    rows = await database.fetch(select(func.count()).select_from(desk))
    return int(rows[0][0])


async def test_a_unit_is_committed_and_read(database: Database) -> None:
    async def unit(tx: Transaction) -> str:
        await add_desk(tx)
        return "done"

    assert await database.write(unit) == "done"
    rows = await database.fetch(select(desk).where(desk.c.key == "acme"))
    assert rows[0].name == "Acme"
    assert rows[0]._mapping[desk.c.provider] == "zendesk"


async def test_a_unit_that_raises_leaves_nothing_behind(database: Database) -> None:
    async def unit(tx: Transaction) -> None:
        await add_desk(tx)
        raise _RefusedError

    with pytest.raises(_RefusedError):
        await database.write(unit)
    assert await _count(database) == 0


async def test_a_broken_statement_rolls_back_and_the_next_unit_works(database: Database) -> None:
    async def broken(tx: Transaction) -> None:
        await add_desk(tx)
        await tx.execute(desk.insert(), {"key": "acme"})

    with pytest.raises(Exception, match=r"(?i)unique|null"):
        await database.write(broken)
    await database.write(add_desk)
    assert await _count(database) == 1


async def test_values_keep_their_types(database: Database) -> None:
    moment = datetime(2026, 11, 24, 9, 30, 0, 123456, tzinfo=UTC)
    row = {
        "id": "acme/1",
        "desk": "acme",
        "external_id": "1",
        "gone": False,
        "status": "open",
        "native_status": "open",
        "priority_rank": 0,
        "channel": "email",
        "created_at": moment,
        "updated_at": moment,
        "due_at": None,
        "subject": "退款 \N{FIRE} 'quoted' %s ?",
        "has_odd_text": True,
        "source": "tail",
        "observed_at": 1_790_000_000.123456,
    }

    async def unit(tx: Transaction) -> None:
        await add_desk(tx)
        await store_records(tx, ticket, [row, row | {"id": "acme/2", "external_id": "2"}])

    await database.write(unit)
    stored = await database.fetch(
        select(ticket).where(ticket.c.id.in_(bindparam("ids", expanding=True))).order_by("id"),
        {"ids": ["acme/1", "acme/2", "acme/3"]},
    )
    assert [found.id for found in stored] == ["acme/1", "acme/2"]
    assert {name: getattr(stored[0], name) for name in row} == row


async def test_an_empty_list_matches_nothing(database: Database) -> None:
    await database.write(add_desk)
    assert not await database.fetch(select(desk.c.key).where(desk.c.key.in_([])))


async def test_one_statement_serves_many_rows_and_its_own_constants(database: Database) -> None:
    async def unit(tx: Transaction) -> None:
        await tx.execute(
            setting.insert(), [{"name": "a", "value": "1"}, {"name": "b", "value": "2"}]
        )
        await tx.execute(
            update(setting).where(setting.c.name == bindparam("of")).values(value="changed"),
            [{"of": "a"}, {"of": "c"}],
        )

    await database.write(unit)
    rows = await database.fetch(select(setting).order_by(setting.c.name))
    assert [tuple(row) for row in rows] == [("a", "changed"), ("b", "2")]


async def test_readers_see_the_last_commit_while_a_unit_is_open(database: Database) -> None:
    await database.write(add_desk)

    async def rename(tx: Transaction, name: str) -> None:
        await tx.execute(update(desk).values(name=name))

    seen: set[str] = set()

    async def read() -> None:
        for _ in range(50):
            rows = await database.fetch(select(desk.c.name))
            seen.add(rows[0].name)
            await asyncio.sleep(0)

    async def unit(tx: Transaction) -> None:
        await rename(tx, "half done")
        await rename(tx, "done")

    await asyncio.gather(read(), *(database.write(unit) for _ in range(10)), read())
    assert seen <= {"Acme", "done"}
    assert (await database.fetch(select(desk.c.name)))[0].name == "done"


@pytest.mark.parametrize("url", ["mysql://host/x", "cache.sqlite", "sqlite://cache.sqlite", ""])
def test_an_unknown_url_is_told_clearly(url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"sqlite:///cache\.sqlite"):
        open_database(url)


def test_a_file_that_cannot_be_opened_is_told_clearly(tmp_path: object) -> None:
    with pytest.raises(Exception, match=r"missing\.sqlite cannot be used"):
        open_database(f"sqlite:///{tmp_path}/nowhere/missing.sqlite")
