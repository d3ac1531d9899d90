"""How far a copy can be trusted: worked out when answering, never stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
from sqlalchemy import select

from db import tables
from db.database import AnyRow
from db.read.operations import pending_writes
from domain.words import DeskState, Freshness, SyncSource
from schema.declare import Record, Related, loaded
from schema.load import Loader, Pick
from schema.scalars import moment

if TYPE_CHECKING:
    from schema.types.operation import Operation

LIVE_SECONDS = 10.0
FRESH_SECONDS = 60.0
UNREACHED = frozenset({DeskState.UNREACHABLE, DeskState.UNAUTHORIZED, DeskState.DETACHED})
SEEN_TO = "seen_to"
NEED = "need"
"""Columns of the records that the desk's list of what moved vouches for; see `load_sync`."""
INCOMPLETE = UNREACHED | {DeskState.CONNECTING, DeskState.BACKFILLING, DeskState.PAUSED}


@dataclass(frozen=True, slots=True)
class DeskClock:
    """What a desk's row says about time: when it was last caught up, and how it is."""

    key: str
    provider: str
    state: DeskState
    caught_up_at: float | None

    def lag_seconds(self, now: float) -> float | None:
        return None if self.caught_up_at is None else max(0.0, now - self.caught_up_at)

    def is_behind(self, now: float) -> bool:
        """Its part of a list may lack changes of the last minute."""
        lag = self.lag_seconds(now)
        return self.state in INCOMPLETE or lag is None or lag > FRESH_SECONDS


async def desk_clocks(loader: Loader) -> Mapping[str, DeskClock]:
    """The visible desks by key, read once for a field."""
    clocks: Mapping[str, DeskClock] = await loader.kept("desks", _read_desks)
    return clocks


async def _read_desks(loader: Loader) -> Mapping[str, DeskClock]:
    desk = tables.desk.c
    statement = select(desk.key, desk.provider, desk.state, desk.caught_up_at)
    if (visible := loader.context.viewer.desks) is not None:
        statement = statement.where(desk.key.in_(sorted(visible)))
    rows = await loader.fetch(statement.order_by(desk.key))
    return {
        row.key: DeskClock(row.key, row.provider, DeskState(row.state), row.caught_up_at)
        for row in rows
    }


def freshness(seen_at: float, desk: DeskClock | None, *, now: float) -> Freshness:
    """By the last moment in which the copy was, or was proven to be, the provider's state."""
    age = now - seen_at
    if age <= LIVE_SECONDS:
        return Freshness.LIVE
    if desk is None or desk.state in UNREACHED:
        return Freshness.UNKNOWN
    return Freshness.FRESH if age <= FRESH_SECONDS else Freshness.STALE


@strawberry.type(description="How far the copy of one record can be trusted.")
class SyncState(Related):
    observed_at: datetime = strawberry.field(
        description="When we last saw the provider's state of it (our clock)."
    )
    provider_updated_at: datetime | None = strawberry.field(
        description="The provider's own time of its last change, where it tells one."
    )
    source: SyncSource = strawberry.field(description="Which way the newest copy came.")
    freshness: Freshness = strawberry.field(
        description="Worked out for this answer. Tickets and comments are as fresh as the desk's "
        "list of what moved; people, organizations and teams as the page that brought their last "
        "change, though they may well be unchanged since."
    )
    pending_write: Annotated[Operation, strawberry.lazy("schema.types.operation")] | None = loaded(
        "A write of ours to this ticket that the provider has not confirmed yet."
    )


async def load_sync(loader: Loader, records: Sequence[Record], pick: Pick) -> None:
    """Records that are read again by need have `SEEN_TO` and `NEED`: tickets and comments."""
    picks = loader.picks(pick.nodes, "SyncState")
    names = {inner.name for inner in picks}
    desks = await desk_clocks(loader) if "freshness" in names else {}
    writes = await _pending(loader, records) if names & {"freshness", "pending_write"} else {}
    now = loader.context.clock.now()
    for record in records:
        row = record.row
        state = SyncState.__new__(SyncState)
        state.related = {}
        state.observed_at = moment(_seen_at(row))
        state.provider_updated_at = getattr(row, "updated_at", None)
        state.source = SyncSource(row.source)
        state.freshness = (
            Freshness.SETTLING
            if row._mapping.get("id") in writes
            else freshness(_proven_at(row, desks.get(row.desk)), desks.get(row.desk), now=now)
        )
        record.related[pick.key] = state
    for inner in picks:
        if inner.name == "pending_write":
            await _load_writes(loader, records, pick, inner, writes)


def _seen_at(row: AnyRow) -> float:
    """A read that shows an unchanged record widens its evidence only."""
    seen: float = row.observed_at
    return max(seen, row._mapping.get(SEEN_TO) or 0.0)


def _proven_at(row: AnyRow, desk: DeskClock | None) -> float:
    """A desk that is caught up proves its tickets and their comments unchanged, but not those of
    a ticket that an event named."""
    seen_at = _seen_at(row)
    follows_tail = NEED in row._mapping
    if desk is None or desk.caught_up_at is None or not follows_tail or row.need is not None:
        return seen_at
    return max(seen_at, desk.caught_up_at)


async def _pending(loader: Loader, records: Sequence[Record]) -> Mapping[str, str]:
    """The oldest open write of each ticket: its first step's id, by ticket id."""
    if records[0].of.table is not tables.ticket:
        return {}
    rows = await loader.fetch(pending_writes([record.row.id for record in records]))
    return {row.ticket_id: row.operation_id for row in reversed(rows)}


async def _load_writes(
    loader: Loader,
    records: Sequence[Record],
    outer: Pick,
    inner: Pick,
    writes: Mapping[str, str],
) -> None:
    found = await loader.by_ids(
        loader.record_type("Operation"),
        set(writes.values()),
        loader.picks(inner.nodes, "Operation"),
    )
    for record in records:
        operation_id = writes.get(record.row.id, "")
        record.related[outer.key].related[inner.key] = found.get(operation_id)
