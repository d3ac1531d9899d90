"""Deskgraph in one process: the cache open, the desks connected, the engine running."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import SystemRandom

from api.clock import SystemClock
from api.settings import Settings
from api.tokens import open_token_store
from db.database import Database
from db.migrate import is_current, upgrade
from db.open import open_database
from domain.errors import ConfigurationError
from domain.ports import TokenStore
from integrations.ticketing.factory import (
    DeskSettings,
    desks_from_environment,
    desks_from_toml,
    open_desk,
)
from sync.engine import Connection, Engine

log = logging.getLogger("deskgraph.api")


@dataclass(frozen=True, slots=True)
class Service:
    """What requests are answered from. `draining` is set once the process is to end."""

    settings: Settings
    desks: Sequence[DeskSettings]
    database: Database
    engine: Engine
    clock: SystemClock
    draining: asyncio.Event = field(default_factory=asyncio.Event)


@asynccontextmanager
async def open_service(settings: Settings) -> AsyncIterator[Service]:
    """Starts everything, and stops it on the way out.

    Raises `ConfigurationError` for settings that cannot be used and `DatabaseUnavailableError`.
    """
    desks = desk_settings(settings)
    await migrate(settings.database_url)
    database = open_database(settings.database_url)
    try:
        clock = SystemClock()
        tokens = open_token_store(settings.secret, desks, database=database, clock=clock)
        engine = open_engine(settings, desks, database=database, clock=clock, tokens=tokens)
        await _start(engine, database)
        try:
            yield Service(settings, desks, database, engine, clock)
        finally:
            await engine.stop()
    finally:
        await database.close()


def open_engine(
    settings: Settings,
    desks: Sequence[DeskSettings],
    *,
    database: Database,
    clock: SystemClock,
    tokens: TokenStore,
) -> Engine:
    return Engine(
        database,
        [connection_of(desk, tokens=tokens) for desk in desks],
        clock=clock,
        random=SystemRandom(),
        writes=settings.writes,
        is_only_process=database.dialect_name == "sqlite",
    )


def connection_of(desk: DeskSettings, *, tokens: TokenStore) -> Connection:
    dictionary, client = open_desk(desk, tokens=tokens)
    return Connection(desk.key, desk.name, desk.web_url, dictionary, client, desk.window)


def desk_settings(settings: Settings) -> Sequence[DeskSettings]:
    """From `desks.toml` where one is named, else from the environment."""
    if settings.desks_file is not None:
        return desks_from_toml(settings.desks_file, settings.environment)
    return desks_from_environment(settings.environment)


async def migrate(database_url: str) -> None:
    """SQLite is migrated here. PostgreSQL is shared: its migrations are a step of their own."""
    if database_url.startswith("sqlite:"):
        if not await is_current(database_url):
            await upgrade(database_url)
    elif not await is_current(database_url):
        raise ConfigurationError(
            "The database has not had all migrations",
            hint="Run `deskgraph db upgrade` with the same DATABASE_URL first",
        )


async def _start(engine: Engine, database: Database) -> None:
    if not engine.desks:
        log.warning("no desk has settings: set ZENDESK_... or GORGIAS_... (.env.example)")
    if database.is_read_only:
        log.warning("another process writes this cache: this one only reads, and syncs nothing")
    else:
        await engine.start()
