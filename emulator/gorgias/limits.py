"""The account's leaky buckets: one for API keys, one for OAuth apps."""

from __future__ import annotations

import math
from dataclasses import dataclass

from emulator.gorgias.errors import Refusal
from emulator.kernel.service import Clock

HEADER = "X-Gorgias-Account-Api-Call-Limit"
_CALLS = {"api_key": 40, "oauth": 80}
_WINDOW_SECONDS = 20.0
_ENTERPRISE_WINDOW_SECONDS = 10.0


@dataclass(slots=True)
class _Bucket:
    size: int
    leak_per_second: float
    level: float = 0.0
    since: float = 0.0


class RateLimits:
    """Counts calls; a full bucket refuses with the whole seconds until there is room again."""

    def __init__(self, clock: Clock, *, plan: str, is_on: bool) -> None:
        window = _ENTERPRISE_WINDOW_SECONDS if plan == "enterprise" else _WINDOW_SECONDS
        self._clock = clock
        self._is_on = is_on
        self._buckets = {kind: _Bucket(size, size / window) for kind, size in _CALLS.items()}

    def spend(self, kind: str) -> str:
        """Counts one call and returns the header's `used/limit`; raises the 429."""
        bucket = self._buckets[kind]
        if not self._is_on:
            return f"1/{bucket.size}"
        now = self._clock.now()
        leaked = max(0.0, now - bucket.since) * bucket.leak_per_second
        bucket.level, bucket.since = max(0.0, bucket.level - leaked), now
        if bucket.level + 1 > bucket.size:
            wait = (bucket.level + 1 - bucket.size) / bucket.leak_per_second
            raise Refusal(
                429,
                "Too many requests.",
                headers={
                    "Retry-after": str(max(1, math.ceil(wait))),
                    HEADER: f"{bucket.size}/{bucket.size}",
                },
            )
        bucket.level += 1
        return f"{math.ceil(bucket.level)}/{bucket.size}"
