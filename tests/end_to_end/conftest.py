"""Fresh desks for every test: what one test writes there, another must not find."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from api.demo.desks import EmulatedDesks, emulated_desks
from tests.end_to_end.product import DESKS, SMALL, Provider, provider_of


@pytest.fixture
async def emulated() -> AsyncIterator[EmulatedDesks]:
    async with emulated_desks(SMALL) as desks:
        yield desks


@pytest.fixture
async def providers(emulated: EmulatedDesks) -> AsyncIterator[dict[str, Provider]]:
    async with AsyncExitStack() as stack:
        yield {name: await stack.enter_async_context(provider_of(emulated, name)) for name in DESKS}
