"""The machine's own time."""

from __future__ import annotations

import asyncio
import time


class SystemClock:
    """Implements `domain.ports.Clock`."""

    def now(self) -> float:
        return time.time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
