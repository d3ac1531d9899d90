"""Every provider that the conformance suite runs over."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from emulator.kernel.service import Behaviour
from integrations.ticketing import TicketingSystem
from tests.providers.emulated import emulated
from tests.providers.toy import ToyTicketing

PROVIDERS = ("zendesk", "gorgias", "toy")


@pytest.fixture(params=PROVIDERS)
async def system(request: pytest.FixtureRequest) -> AsyncIterator[TicketingSystem]:
    """An empty help desk. Rate limits have tests of their own."""
    if request.param == "toy":
        async with ToyTicketing() as toy:
            yield toy
    else:
        async with emulated(request.param, behaviour=Behaviour(limits_on=False)) as desk:
            yield desk.system


@pytest.fixture(params=["zendesk", "gorgias"])
async def lagging(request: pytest.FixtureRequest) -> AsyncIterator[TicketingSystem]:
    """Every read shows the help desk as it was two seconds ago."""
    behind = Behaviour(replica_lag_seconds=2.0, replica_lag_share=1.0)
    async with emulated(request.param, behaviour=behind) as desk:
        yield desk.system
