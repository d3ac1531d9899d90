"""Tells waiting tasks of this process that committed changes are there to be read."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from db.write.feed import ChangeRow


class Feed:
    """The committed `change` rows are the truth; this only says when to look."""

    def __init__(self) -> None:
        self._news = asyncio.Event()

    def publish(self, changes: Sequence[ChangeRow]) -> None:
        if changes:
            self._news.set()
            self._news = asyncio.Event()

    async def wait(self) -> None:
        """Returns after the next publication."""
        await self._news.wait()
