"""The emulator's clock: the machine's, moved forward on request."""

from __future__ import annotations

import time


class MovableClock:
    """One for all services of a process, so that they agree."""

    def __init__(self) -> None:
        self._ahead_seconds = 0.0

    def now(self) -> float:
        return time.time() + self._ahead_seconds

    def forward(self, seconds: float) -> None:
        self._ahead_seconds += seconds
