"""The tickets of one page while they are being decided, and the rows that follow from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from db.database import AnyRow
from db.write.feed import ChangeRow
from db.write.parts import OverlayRow, PartRow
from domain.observation import Part
from domain.words import ChangeKind, SyncSource
from sync.decide import NOTHING_HELD, UNSEEN, Decision, Evidence, Interval, decide, merged


@dataclass(frozen=True, slots=True)
class Arrival:
    """How a page came: which desk and lane, and when the provider was in that state."""

    desk: str
    source: SyncSource
    interval: Interval
    at: float
    comments_ride_along: bool
    """True where a ticket's version also dates its comments, and comments can vanish."""
    reads_new_comments: bool = False
    """True for live lanes: a ticket that moved has its comments read at once."""

    def evidence(self, digest: bytes, version: int | None) -> Evidence:
        return Evidence(digest, version, self.interval.start, self.interval.end)


def evidence_of(row: PartRow | None) -> Evidence:
    if row is None:
        return NOTHING_HELD
    return Evidence(row.digest, row.version, row.seen_from, row.seen_to)


def evidence_columns(evidence: Evidence) -> Mapping[str, object]:
    return {
        "digest": evidence.digest,
        "version": evidence.version,
        "seen_from": evidence.seen_from,
        "seen_to": evidence.seen_to,
    }


@dataclass(slots=True)
class TicketWork:
    """One ticket: what is held, what the page changes."""

    ticket_id: str
    row: AnyRow | None
    parts: dict[Part, PartRow]
    is_gone: bool
    status: str | None
    updated_at: object
    overlays: list[OverlayRow] = field(default_factory=list)
    touched_parts: set[Part] = field(default_factory=set)
    changed: set[str] = field(default_factory=set)
    kind: ChangeKind | None = None
    has_drifted: bool = False
    """Some part has changed though its version has not moved and nothing asked for a read."""

    @property
    def has_content(self) -> bool:
        return self.status is not None and not self.is_gone

    def held(self, part: Part) -> Evidence:
        return evidence_of(self.parts.get(part))

    def decide(self, part: Part, seen: Evidence) -> Decision:
        """Decides about one part and keeps the evidence; the caller stores a PUT value."""
        held = self.held(part)
        decision = decide(held, seen)
        self.has_drifted |= decision is Decision.PUT and self._is_drift(part, seen)
        self.keep(part, merged(held, seen, decision))
        if decision is Decision.KEEP:
            self.require(part, held.seen_to)
        return decision

    def _is_drift(self, part: Part, seen: Evidence) -> bool:
        old = self.parts.get(part)
        if old is None or old.digest in (UNSEEN, seen.digest) or old.is_open:
            return False
        return None in (old.version, seen.version) or old.version == seen.version

    def keep(self, part: Part, evidence: Evidence) -> None:
        """Stores a part's evidence and closes its need when the evidence answers it."""
        old = self.parts.get(part)
        row = PartRow(
            self.ticket_id,
            part,
            evidence.digest,
            evidence.version,
            evidence.seen_from,
            evidence.seen_to,
            old.need if old else None,
            old.wanted_version if old else None,
        )
        self._put(_answered(row))

    def require(self, part: Part, need: float, *, version: int | None = None) -> None:
        """Asks for evidence from `need` on, and (or) for at least a version."""
        old = self.parts.get(part) or _unseen(self.ticket_id, part)
        wanted = max((v for v in (old.wanted_version, version) if v is not None), default=None)
        row = replace(old, need=max(old.need or 0.0, need), wanted_version=wanted)
        self._put(_answered(row))

    def drop_need(self, part: Part) -> None:
        if (old := self.parts.get(part)) and old.is_open:
            self._put(replace(old, need=None, wanted_version=None))

    def _put(self, row: PartRow) -> None:
        if row != self.parts.get(row.part):
            self.parts[row.part] = row
            self.touched_parts.add(row.part)

    def settled_overlays(self) -> list[str]:
        """The overlays that held evidence confirms, or that a deleted ticket needs no more."""
        return [
            overlay.operation_id
            for overlay in self.overlays
            if self.is_gone or _confirms(self.held(overlay.part), overlay)
        ]


def _confirms(held: Evidence, overlay: OverlayRow) -> bool:
    past_stamp = (
        overlay.stamp is not None and held.version is not None and held.version > overlay.stamp
    )
    return held.seen_from >= overlay.replied_at or past_stamp


def _unseen(ticket_id: str, part: Part) -> PartRow:
    nothing = NOTHING_HELD
    return PartRow(
        ticket_id, part, nothing.digest, nothing.version, nothing.seen_from, nothing.seen_to
    )


def _answered(row: PartRow) -> PartRow:
    evidence = evidence_of(row)
    reached = row.wanted_version is None or (
        evidence.version is not None and evidence.version >= row.wanted_version
    )
    if row.need is not None and row.seen_from >= row.need and (reached or evidence.is_gone):
        return replace(row, need=None, wanted_version=None)
    return row


@dataclass(slots=True)
class PageRows:
    """Everything that one page writes, gathered so that each table is written once."""

    tickets: dict[str, Mapping[str, object]] = field(default_factory=dict)
    burials: list[Mapping[str, object]] = field(default_factory=list)
    payloads: dict[str, bytes] = field(default_factory=dict)
    tags: dict[str, tuple[str, ...]] = field(default_factory=dict)
    moved: set[str] = field(default_factory=set)
    custom_values: dict[str, Mapping[str, str]] = field(default_factory=dict)
    counters: Counter[tuple[str, str]] = field(default_factory=Counter)
    comments: dict[str, Mapping[str, object]] = field(default_factory=dict)
    attachments: dict[str, list[Mapping[str, object]]] = field(default_factory=dict)
    widened_comments: list[Mapping[str, object]] = field(default_factory=list)
    hidden_comments: list[Mapping[str, object]] = field(default_factory=list)
    changes: list[ChangeRow] = field(default_factory=list)
