"""The decision: does what a reply shows replace what we hold? Pure; see docs/sync.md."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, auto

LAG_SECONDS = 3.0
"""L: the longest replica lag that we believe in."""
CLOCKS_SECONDS = 1.0
"""E: how far the clocks of our own processes may differ."""

NEVER = -1.0
UNSEEN = b""
"""The digest of a ticket that is only known by name: anything replaces it."""
GONE = b"gone"


@dataclass(frozen=True, slots=True)
class Evidence:
    """A value's digest, the provider's version of it, and when the provider was in that state.

    `seen_from` and `seen_to` are seconds of our own clock around the moment in which the provider
    showed the value; a version is the provider's, and the two are never compared.
    """

    digest: bytes
    version: int | None
    seen_from: float
    seen_to: float

    @property
    def is_gone(self) -> bool:
        return self.digest == GONE


NOTHING_HELD = Evidence(UNSEEN, None, NEVER, NEVER)


class Decision(Enum):
    PUT = auto()
    """It is newer: store it."""
    WIDEN = auto()
    """It is what we hold: only the evidence grows."""
    DROP = auto()
    """It is older."""
    KEEP = auto()
    """Nobody can tell yet: one more read will."""


def decide(held: Evidence, seen: Evidence) -> Decision:
    """Orders two states of one value by version, then by the intervals they were seen in.

    A version never falls while a ticket lives, so a lower one is an earlier state. A tombstone has
    no version: only the interval decides about it. Provider versions have steps of up to a second,
    so an equal version with another content is neither older nor newer.
    """
    if held.digest == UNSEEN:
        return Decision.PUT
    versions_order = None not in (held.version, seen.version) and held.version != seen.version
    if versions_order and not held.is_gone and not seen.is_gone:
        return Decision.PUT if (seen.version or 0) > (held.version or 0) else Decision.DROP
    if seen.digest == held.digest:
        return Decision.WIDEN
    if seen.seen_from >= held.seen_to:
        return Decision.PUT
    if seen.seen_to <= held.seen_from:
        return Decision.DROP
    return Decision.KEEP


def merged(held: Evidence, seen: Evidence, decision: Decision) -> Evidence:
    """What is held after the decision."""
    if decision is Decision.PUT:
        return seen if seen.version is not None else replace(seen, version=held.version)
    if decision is Decision.WIDEN:
        versions = [version for version in (held.version, seen.version) if version is not None]
        return Evidence(
            held.digest,
            max(versions, default=None),
            max(held.seen_from, seen.seen_from),
            max(held.seen_to, seen.seen_to),
        )
    return held


@dataclass(frozen=True, slots=True)
class Interval:
    """Our clock around the moment in which the provider was in the state that a reply shows."""

    start: float
    end: float

    @classmethod
    def of_read(cls, sent_at: float, received_at: float) -> Interval:
        """A replica may have answered: it may be up to L behind."""
        return cls(sent_at - LAG_SECONDS - CLOCKS_SECONDS, received_at)

    @classmethod
    def of_write(cls, sent_at: float, received_at: float) -> Interval:
        """The primary answers writes."""
        return cls(sent_at, received_at)


def read_due(need: float) -> float:
    """When to send a read so that it proves the state at `need`."""
    return need + LAG_SECONDS + CLOCKS_SECONDS
