"""Up, down, up again, with data, on both databases; and the tables are what the migrations make."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select, text

from db.columns import metadata
from db.migrate import difference, downgrade, main, upgrade
from db.open import open_database
from db.tables import desk
from domain.errors import ConfigurationError
from tests.db.samples import add_desk, append


async def test_tables_and_migrations_agree(database_url: str) -> None:
    assert await difference(database_url) is None


async def test_down_and_up_again_with_data(database_url: str) -> None:
    database = open_database(database_url)
    await database.write(add_desk)
    await database.write(lambda tx: append(tx, "1", "2"))
    await database.close()
    await upgrade(database_url)
    database = open_database(database_url)
    assert len(await database.fetch(select(desk))) == 1
    await database.close()
    await downgrade(database_url)
    database = open_database(database_url)
    with pytest.raises(Exception, match=r"(?i)desk"):
        await database.fetch(select(desk))
    await database.close()
    await upgrade(database_url)
    assert await difference(database_url) is None
    database = open_database(database_url)
    assert not await database.fetch(select(desk))
    await database.write(add_desk)
    await database.close()


async def test_two_processes_that_migrate_at_once_do_it_once(database_url: str) -> None:
    await downgrade(database_url)

    def migrate() -> None:
        asyncio.run(upgrade(database_url))

    await asyncio.gather(asyncio.to_thread(migrate), asyncio.to_thread(migrate))
    assert await difference(database_url) is None


async def test_a_migration_that_fails_leaves_nothing_behind(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await downgrade(database_url)
    with monkeypatch.context() as broken:
        broken.setattr("alembic.op.create_index", _fails)
        with pytest.raises(RuntimeError, match="power cut"):
            await upgrade(database_url)
    await upgrade(database_url)
    assert await difference(database_url) is None


def _fails(*_: object, **__: object) -> None:
    raise RuntimeError("power cut")


async def test_a_cache_in_memory_has_the_same_tables() -> None:
    database = open_database("sqlite://")
    rows = await database.fetch(
        text("SELECT name FROM sqlite_master WHERE type = 'table'").columns(desk.c.name)
    )
    assert {row[0] for row in rows} >= set(metadata.tables)
    await database.close()


async def test_an_unknown_database_is_told_clearly() -> None:
    with pytest.raises(ConfigurationError, match=r"sqlite:///cache\.sqlite"):
        await upgrade("mysql://host/name")


def test_the_command_migrates_and_checks(
    tmp_path: object, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{tmp_path}/new.sqlite"
    assert main(["upgrade", "--url", url]) == 0
    assert main(["check", "--url", url]) == 0
    assert "agree" in capsys.readouterr().err
    assert main(["downgrade", "--url", url]) == 0
    assert main(["check"]) == 0
