"""Times: microseconds since the epoch inside, the provider's ISO 8601 texts outside."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache

Micros = int
"""Microseconds since the epoch, UTC: exact, so that equal texts mean equal times."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def micros(seconds: float) -> Micros:
    return round(seconds * 1_000_000)


@lru_cache(maxsize=65_536)
def moment_text(at: Micros) -> str:
    """Such as `2026-08-26T18:38:33.416987+00:00`: always six digits, always an offset."""
    return (_EPOCH + timedelta(microseconds=at)).isoformat(timespec="microseconds")


def optional_text(at: Micros | None) -> str | None:
    return None if at is None else moment_text(at)


def bare_text(at: Micros) -> str:
    """Without the offset, as cursors carry it."""
    return moment_text(at).removesuffix("+00:00")


def parse_moment(text: str) -> Micros:
    """Reads ISO 8601; a time without an offset is UTC. Raises `ValueError`."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        return (moment.astimezone(UTC) - _EPOCH) // _MICROSECOND
    except OverflowError as flaw:
        raise ValueError(f"{text!r} is out of range") from flaw
