"""An event loop whose time jumps to the next thing to do: hours pass in milliseconds."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")
START = 1_790_000_000.0
"""The simulation's first moment: seconds since the epoch, in September 2026."""


class NothingScheduledError(Exception):
    """Every task waits for something that nobody will ever do."""


class _JumpingSelector(selectors.SelectSelector):
    """Instead of waiting, moves the time on."""

    def __init__(self) -> None:
        super().__init__()
        self.time = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise NothingScheduledError
        self.time += max(timeout, 0.0)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.time


class VirtualClock:
    """Our clock and the provider's, both on the loop's time; each may be off by an offset."""

    def __init__(self, loop: asyncio.AbstractEventLoop, offset: float = 0.0) -> None:
        self._loop = loop
        self._offset = offset

    def now(self) -> float:
        return START + self._loop.time() + self._offset

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def run_virtually(main: Coroutine[Any, Any, Result]) -> Result:
    """Runs to the end in virtual time, without threads."""
    loop = VirtualLoop()
    try:
        return loop.run_until_complete(main)
    finally:
        loop.close()
