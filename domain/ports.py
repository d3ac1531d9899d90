"""The ports through which layers meet without importing each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class Clock(Protocol):
    """Our time: seconds since the epoch, UTC. A simulation passes one that it moves itself."""

    def now(self) -> float: ...

    async def sleep(self, seconds: float) -> None: ...


@dataclass(frozen=True, slots=True)
class TokenPair:
    """An OAuth grant. Times are seconds since the epoch."""

    access_token: str
    expires_at: float
    refresh_token: str | None = None
    refresh_expires_at: float | None = None
    scope: str = ""


class TokenStore(Protocol):
    """Keeps one grant per desk. A rotated pair is stored before it is used."""

    async def load(self, desk: str) -> TokenPair | None: ...

    async def save(self, desk: str, tokens: TokenPair) -> None: ...
