from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from db.database import Database
from db.open import open_inline
from tests.schema.world import World


@pytest.fixture
def world(database: Database) -> World:
    """Over each of both databases."""
    return World(database)


@pytest.fixture
async def small_world() -> AsyncIterator[World]:
    """For what no database could do differently."""
    database = open_inline()
    yield World(database)
    await database.close()
