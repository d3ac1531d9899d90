"""Desks: where tickets live, how well we follow them, and what they can do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
from sqlalchemy import select

from db import tables
from db.database import AnyRow
from domain.errors import InvalidInputError
from domain.words import Capability, DeskState, PersonRole, Purpose
from integrations.ticketing.dictionary import ProviderDictionary
from integrations.ticketing.dictionary import WordPair as NativeWord
from schema.declare import Columns, Record, Related, column, loaded, relation
from schema.ids import reads_id
from schema.load import Loader, Pick
from schema.relations import derived, of_desk
from schema.scalars import URL, optional_moment
from schema.types.node import Node
from schema.words import Provider

if TYPE_CHECKING:
    from schema.types.custom_fields import TicketField
    from schema.types.people import Agent, Team


@strawberry.type(description="What went wrong last, and what to do about it.")
class DeskProblem:
    code: str = strawberry.field(description="A stable code; see the docs.")
    message: str = strawberry.field(description="What happened.")
    hint: str = strawberry.field(description="What to do about it.")
    since: datetime = strawberry.field(description="When it began (our clock).")

    @classmethod
    def of(
        cls, code: str | None, message: str | None, hint: str | None, since: float | None
    ) -> DeskProblem | None:
        began = optional_moment(since)
        if code is None or began is None:
            return None
        return cls(code=code, message=message or "", hint=hint or "", since=began)


@strawberry.type(description="One of our words and the provider's word for it.")
class WordPair:
    unified: str = strawberry.field(description="Our word.")
    native: str = strawberry.field(description="The provider's word.")
    note: str | None = strawberry.field(description="What is lost on the way, if anything.")

    @classmethod
    def of(cls, pair: NativeWord) -> WordPair:
        return cls(unified=pair.unified, native=pair.native, note=pair.note)


@strawberry.type(description="How our words map to a provider's.")
class Vocabulary:
    statuses: list[WordPair] = strawberry.field(description="Words for `Ticket.status`.")
    priorities: list[WordPair] = strawberry.field(description="Words for `Ticket.priority`.")


@strawberry.type(description="What one purpose has used of a rate budget.")
class BudgetShare:
    purpose: Purpose = strawberry.field(description="Who spent it.")
    used: int = strawberry.field(description="Requests in the current window.")


@strawberry.type(
    description="A desk's rate budget, shared by everything we do there; people go before robots."
)
class RateBudget:
    limit: int = strawberry.field(description="Requests that one window admits.")
    window_seconds: float = strawberry.field(description="The window's length.")
    used: int = strawberry.field(
        description="Requests in the current window, those of other programs included."
    )
    by_purpose: list[BudgetShare] = strawberry.field(description="Our own requests by purpose.")


@strawberry.type(description="How far a long-running copy is.")
class Progress:
    phase: str = strawberry.field(description="What is being copied: `tickets`, or `done`.")
    done: int = strawberry.field(description="Rows so far.")
    total: int | None = strawberry.field(
        description="Rows in all, where the provider tells their number."
    )
    per_second: float = strawberry.field(description="Rows per second since the start.")
    eta_seconds: float | None = strawberry.field(
        description="Seconds to the end; null where the total is not known."
    )
    started_at: datetime = strawberry.field(description="When it began (our clock).")

    @classmethod
    def of(cls, row: AnyRow) -> Progress | None:
        started = optional_moment(row.started_at)
        if started is None:
            return None
        seconds = (row.finished_at or row.ran_at or row.started_at) - row.started_at
        rate = row.done / seconds if seconds > 0 else 0.0
        is_done = row.finished_at is not None
        return cls(
            phase="done" if is_done else "tickets",
            done=row.done,
            total=row.total,
            per_second=round(rate, 3),
            eta_seconds=0.0 if is_done else _eta(row.done, row.total, rate),
            started_at=started,
        )


def _eta(done: int, total: int | None, rate: float) -> float | None:
    if total is None or rate == 0:
        return None
    return round(max(0, total - done) / rate, 1)


@strawberry.type(description="How the copy of a desk is kept.")
class DeskSync(Related):
    backfill: Progress | None = loaded("The first copy; null before it has begun.")


async def load_sync(loader: Loader, records: Sequence[Record], pick: Pick) -> None:
    lane = tables.lane.c
    statement = select(
        lane.desk, lane.started_at, lane.finished_at, lane.ran_at, lane.done, lane.total
    ).where(lane.name == "backfill", lane.desk.in_([record.row.key for record in records]))
    progress = {row.desk: Progress.of(row) for row in await loader.fetch(statement)}
    inner = [one.key for one in loader.picks(pick.nodes, "DeskSync")]
    for record in records:
        state = DeskSync.__new__(DeskSync)
        state.related = dict.fromkeys(inner, progress.get(record.row.key))
        record.related[pick.key] = state


def _dictionary(loader: Loader, row: AnyRow) -> ProviderDictionary | None:
    try:
        return loader.context.engine.dictionary(row.key)
    except InvalidInputError:
        return None  # a detached desk: readable, and nothing more is known of it


def _lag(loader: Loader, row: AnyRow) -> float | None:
    if row.caught_up_at is None:
        return None
    return max(0.0, round(loader.context.clock.now() - float(row.caught_up_at), 3))


def _capabilities(loader: Loader, row: AnyRow) -> list[Capability]:
    dictionary = _dictionary(loader, row)
    return [] if dictionary is None else [c for c in Capability if c in dictionary.capabilities]


def _vocabulary(loader: Loader, row: AnyRow) -> Vocabulary | None:
    dictionary = _dictionary(loader, row)
    if dictionary is None:
        return None
    words = dictionary.vocabulary
    return Vocabulary(
        statuses=[WordPair.of(pair) for pair in words.statuses],
        priorities=[WordPair.of(pair) for pair in words.priorities],
    )


def _budget(loader: Loader, row: AnyRow) -> RateBudget | None:
    if _dictionary(loader, row) is None:
        return None
    budget = loader.context.engine.budget(row.key)
    shares = [(purpose, budget.by_purpose.get(purpose, 0)) for purpose in Purpose]
    return RateBudget(
        limit=budget.limit,
        window_seconds=budget.window_seconds,
        used=budget.used,
        by_purpose=[BudgetShare(purpose=purpose, used=used) for purpose, used in shares],
    )


@strawberry.type(
    description="One connected help desk: a Zendesk subdomain or a Gorgias domain. "
    "Two Zendesk subdomains are two desks."
)
class Desk(Node):
    of = Columns(tables.desk, identity="key", desk="key")

    id: strawberry.ID = column("key", doc="An opaque id.", read=reads_id("Desk"))
    key: str = column("key", doc="The desk's short name in the settings, e.g. `acme`.")
    name: str = column("name", doc="The desk's name for people.")
    provider: Provider = column("provider", doc="Whose help desk it is.", read=Provider)
    url: URL = column("url", doc="Where agents open it.")
    state: DeskState = column(
        "state", doc="Whether the copy follows it, and if not, why.", read=DeskState
    )
    lag_seconds: float | None = derived(
        _lag,
        "caught_up_at",
        doc="Seconds since the copy was last caught up with the desk; null before the first time.",
    )
    problem: DeskProblem | None = column(
        "problem_code",
        "problem_message",
        "problem_hint",
        "problem_since",
        doc="What went wrong last and what to do about it; null when healthy.",
        read=DeskProblem.of,
    )
    capabilities: list[Capability] = derived(
        _capabilities, doc="What it can do; empty for a detached desk."
    )
    vocabulary: Vocabulary | None = derived(
        _vocabulary,
        doc="How unified words map to the provider's, and what is lost; null when detached.",
    )
    budget: RateBudget | None = derived(
        _budget, doc="The rate budget of this server; null for a detached desk."
    )
    sync: DeskSync = relation(load_sync, doc="How the copy is kept.")
    fields: list[Annotated[TicketField, strawberry.lazy("schema.types.custom_fields")]] = of_desk(
        "TicketField",
        "The custom fields in use.",
        size=20,
        where=lambda record: record.of.table.c.active,
    )
    agents: list[Annotated[Agent, strawberry.lazy("schema.types.people")]] = of_desk(
        "Agent",
        "Everybody who answers here, the inactive ones included.",
        size=50,
        where=lambda record: record.of.table.c.role == PersonRole.AGENT.value,
    )
    teams: list[Annotated[Team, strawberry.lazy("schema.types.people")]] = of_desk(
        "Team", "The teams in use.", size=20, where=lambda record: record.of.table.c.active
    )
