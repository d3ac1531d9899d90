"""The endpoint over a toy schema, called in-process."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest_asyncio
from starlette.types import ASGIApp

from db.database import Database
from db.open import open_database
from tests.api.toy import toy_app, toy_gateway


def client_of(app: ASGIApp, *, peer: str = "127.0.0.1") -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, client=(peer, 40_000), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000")


@pytest_asyncio.fixture
async def empty_database() -> AsyncIterator[Database]:
    database = open_database("sqlite://")
    yield database
    await database.close()


@pytest_asyncio.fixture
async def toy(empty_database: Database) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(toy_app(toy_gateway(empty_database))) as client:
        yield client
