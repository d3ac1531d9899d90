"""How long the library waits, and how often it tries again."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from domain.errors import DeskgraphError, ProviderError, RateLimitedError
from domain.ports import Clock

TRIES: Final = 4
FIRST_WAIT_SECONDS: Final = 0.5
LONGEST_CALL_SECONDS: Final = 90.0
"""All waits of one call together. A minute is the longest that a help desk asks us to wait."""


class WallClock:
    """The time of this machine: the library's own front door has no other to be given."""

    def now(self) -> float:
        return time.time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@dataclass(slots=True)
class Patience:
    """Of one call. Waits as long as the provider asks, else twice as long each time."""

    clock: Clock
    spread: Callable[[], float] = random.random
    """From 0 to 1: callers that were refused together shall not come back together."""
    left_seconds: float = LONGEST_CALL_SECONDS
    _waits: int = 0
    _failures: int = 0

    async def wait(self, error: DeskgraphError) -> None:
        """Returns when it is time to try again; raises the error when it never will be."""
        self._failures += not isinstance(error, RateLimitedError)
        seconds = self._seconds(error)
        # A refusal for the rate costs the provider nothing: only the time bounds those.
        if self._failures >= TRIES or seconds > self.left_seconds:
            raise error
        self._waits += 1
        self.left_seconds -= seconds
        await self.clock.sleep(seconds)

    def renew(self) -> None:
        """A page has come: the next one may be tried as often."""
        self._waits = self._failures = 0

    def _seconds(self, error: DeskgraphError) -> float:
        asked = error.retry_after_seconds if isinstance(error, ProviderError) else None
        wait = FIRST_WAIT_SECONDS * 2**self._waits if asked is None else max(asked, 0.1)
        return wait * (1.0 + 0.25 * self.spread())
