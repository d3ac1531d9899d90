"""One rate budget per desk: people go before robots, and a provider's headers correct it."""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from domain.ports import Clock
from domain.words import Purpose
from integrations.ticketing.dictionary import BudgetReading, Limit

SHARES = {
    Purpose.INTERACTIVE: 1.0,
    Purpose.WEBHOOK: 0.8,
    Purpose.TAIL: 0.8,
    Purpose.EXPORT: 0.8,
    Purpose.COMMENTS: 0.75,
    Purpose.BACKFILL: 0.7,
    Purpose.AUDIT: 0.65,
}
"""Up to which share of a window each purpose may fill it: only people use the last fifth."""
IDLE_SHARE = 0.3
MOST_BUCKETS = 1_000


@dataclass(slots=True)
class Bucket:
    """A sliding window over our own sends, and what others were seen to use of it.

    A sliding window never overfills a fixed one, nor a leaky bucket of the same size.
    """

    limit: Limit
    sends: deque[tuple[float, Purpose]] = field(default_factory=deque)
    others: float = 0.0
    others_until: float = 0.0
    blocked_until: float = 0.0

    def forget(self, now: float) -> None:
        while self.sends and self.sends[0][0] <= now - self.limit.seconds:
            self.sends.popleft()
        if self.others_until <= now:
            self.others = 0.0

    def wait_seconds(self, purpose: Purpose, now: float) -> float:
        """0 when a request may leave now."""
        self.forget(now)
        if self.blocked_until > now:
            return self.blocked_until - now
        ceiling = max(1.0, self.limit.units * SHARES[purpose])
        excess = len(self.sends) + self.others + 1 - ceiling
        if excess <= 0:
            return 0.0
        return max(0.01, self._free_in(excess, now))

    def _free_in(self, excess: float, now: float) -> float:
        """Seconds until enough of our own sends, or the others' window, have run out."""
        own = math.ceil(excess)
        ours = math.inf
        if own <= len(self.sends):
            ours = self.sends[own - 1][0] + self.limit.seconds - now
        theirs = self.others_until - now if self.others else math.inf
        return min(ours, theirs, self.limit.seconds)

    def correct(self, reading: BudgetReading, now: float) -> None:
        if reading.limit is not None and reading.limit != self.limit.units:
            self.limit = Limit(reading.limit, self.limit.seconds)
        if reading.remaining is None:
            return
        self.forget(now)
        used = self.limit.units - reading.remaining
        self.others = max(0.0, float(used - len(self.sends)))
        self.others_until = now + (reading.resets_in_seconds or self.limit.seconds)


@dataclass(frozen=True, slots=True)
class BudgetSnapshot:
    """How much of the account's window is used, and by whom."""

    limit: int
    window_seconds: float
    used: int
    by_purpose: Mapping[Purpose, int]
    blocked_seconds: float


class Budget:
    """Hands out sends. Ceilings make the order: a window that a backfill may no longer fill still
    has room for live lanes, and after them for people."""

    def __init__(self, limits: Mapping[str, Limit], clock: Clock) -> None:
        self._clock = clock
        self._limits = dict(limits)
        self._buckets = {name: Bucket(limit) for name, limit in limits.items()}
        self.refusals = 0
        """How many 429 the provider answered: each one is a defect of this budget."""

    async def acquire(self, family: str, purpose: Purpose) -> None:
        """Waits until a request may leave, then counts it."""
        buckets = self._of(family)
        while wait := max(bucket.wait_seconds(purpose, self._clock.now()) for bucket in buckets):
            await self._clock.sleep(min(wait, 1.0))
        now = self._clock.now()
        for bucket in buckets:
            bucket.sends.append((now, purpose))

    def _of(self, family: str) -> list[Bucket]:
        account = self._buckets["account"]
        if family == "account":
            return [account]
        if family not in self._buckets:
            limit = self._limits.get(family.partition(":")[0])
            if limit is None:
                return [account]
            if len(self._buckets) > MOST_BUCKETS:
                self._forget_unused()
            self._buckets[family] = Bucket(limit)
        return [account, self._buckets[family]]

    def _forget_unused(self) -> None:
        """Some families are one ticket's each: those of which nothing is left say nothing."""
        now = self._clock.now()
        for bucket in self._buckets.values():
            bucket.forget(now)
        self._buckets = {
            family: bucket
            for family, bucket in self._buckets.items()
            if family in self._limits or bucket.sends or bucket.others or bucket.blocked_until > now
        }

    def correct(self, readings: Sequence[BudgetReading]) -> None:
        """Takes over what the headers of a reply say."""
        now = self._clock.now()
        for reading in readings:
            if bucket := self._buckets.get(reading.family):
                bucket.correct(reading, now)

    def refuse(self, family: str, retry_after_seconds: float) -> None:
        """The provider said 429: nothing leaves for that long."""
        self.refusals += 1
        until = self._clock.now() + retry_after_seconds
        for bucket in self._of(family)[-1:]:
            bucket.blocked_until = max(bucket.blocked_until, until)

    def is_idle(self) -> bool:
        """True while most of the account's window is unused: what is only nice to have may go."""
        snapshot = self.snapshot()
        return snapshot.used < IDLE_SHARE * snapshot.limit and not snapshot.blocked_seconds

    def snapshot(self) -> BudgetSnapshot:
        account = self._buckets["account"]
        now = self._clock.now()
        account.forget(now)
        return BudgetSnapshot(
            account.limit.units,
            account.limit.seconds,
            len(account.sends) + int(account.others),
            Counter(purpose for _, purpose in account.sends),
            max(0.0, account.blocked_until - now),
        )
