"""A clock that does not wait."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class HurriedClock:
    """Sleeping only moves it on; it remembers for how long it was asked to sleep."""

    at: float = 1_000_000.0
    slept: list[float] = field(default_factory=list)

    def now(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds
