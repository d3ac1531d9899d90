from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.emulator.kernel.tiny import Running


@pytest.fixture
async def tiny() -> AsyncIterator[Running]:
    async with Running() as running:
        yield running
