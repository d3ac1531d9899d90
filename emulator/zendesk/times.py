"""Zendesk's time stamps: ISO 8601, UTC, whole seconds."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import lru_cache


@lru_cache(maxsize=65_536)
def stamp(seconds: int) -> str:
    """`2026-01-01T00:00:00Z` of seconds since the epoch."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def stamp_or_none(seconds: int | None) -> str | None:
    return None if seconds is None else stamp(seconds)


def seconds_of(text: str) -> int:
    """The moment that a stamp or a date names, without a zone in UTC; raises `ValueError`."""
    moment = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
