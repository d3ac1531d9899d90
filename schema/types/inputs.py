"""What lists may be asked for, and how it reads as a query over the cache."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, TypeVar

import strawberry

from domain import queries
from domain.errors import InvalidInputError
from domain.ids import DESK_KEY, record_id
from domain.text import require_storable
from domain.words import Channel, Priority, Status
from schema.ids import desk_key_of, record_of
from schema.words import Direction, Provider

Member = TypeVar("Member")


@strawberry.input(description="By ids. All given conditions hold together.")
class IdFilter:
    in_: list[strawberry.ID] | None = strawberry.field(
        name="in", description="One of these.", default=None
    )
    not_in: list[strawberry.ID] | None = strawberry.field(
        description="None of these; it may be nobody.", default=None
    )
    is_null: bool | None = strawberry.field(
        description="true: there is none. false: there is one.", default=None
    )


@strawberry.input(description="By priority. All given conditions hold together.")
class PriorityFilter:
    in_: list[Priority] | None = strawberry.field(
        name="in", description="One of these.", default=None
    )
    at_least: Priority | None = strawberry.field(
        description="This one or a more urgent one.", default=None
    )
    is_null: bool | None = strawberry.field(
        description="true: it has none. false: it has one.", default=None
    )


@strawberry.input(description="By text. All given conditions hold together.")
class StringFilter:
    eq: str | None = strawberry.field(description="Exactly this.", default=None)
    in_: list[str] | None = strawberry.field(name="in", description="One of these.", default=None)
    contains: str | None = strawberry.field(description="This is a part of it.", default=None)
    is_null: bool | None = strawberry.field(
        description="true: it is missing. false: it is there.", default=None
    )


@strawberry.input(description="By tags. All given conditions hold together.")
class TagFilter:
    any_of: list[str] | None = strawberry.field(description="At least one of these.", default=None)
    all_of: list[str] | None = strawberry.field(description="Every one of these.", default=None)
    none_of: list[str] | None = strawberry.field(description="None of these.", default=None)


@strawberry.input(description="By time. All given conditions hold together.")
class TimeFilter:
    gte: datetime | None = strawberry.field(description="At this time or later.", default=None)
    lt: datetime | None = strawberry.field(description="Before this time.", default=None)
    is_null: bool | None = strawberry.field(
        description="true: it has not happened. false: it has.", default=None
    )


@strawberry.input(
    description="Which tickets. All given conditions hold together; lists take at most 100 "
    "values, and a filter at most 50 filters inside it."
)
class TicketFilter:
    and_: list[TicketFilter] | None = strawberry.field(
        name="and", description="All of these hold.", default=None
    )
    or_: list[TicketFilter] | None = strawberry.field(
        name="or", description="At least one of these holds.", default=None
    )
    not_: TicketFilter | None = strawberry.field(
        name="not", description="This does not hold.", default=None
    )
    desk: IdFilter | None = strawberry.field(
        description="By desk; a desk's key is taken as well as its id.", default=None
    )
    provider: list[Provider] | None = strawberry.field(
        description="One of these providers.", default=None
    )
    status: list[Status] | None = strawberry.field(
        description="One of these statuses.", default=None
    )
    priority: PriorityFilter | None = strawberry.field(description="By priority.", default=None)
    channel: list[Channel] | None = strawberry.field(
        description="One of these channels.", default=None
    )
    assignee: IdFilter | None = strawberry.field(
        description="By the agent that it is assigned to (`assignee.id`).", default=None
    )
    team: IdFilter | None = strawberry.field(
        description="By the team that it is assigned to (`team.id`).", default=None
    )
    requester: IdFilter | None = strawberry.field(
        description="By who asked, as a customer (`requester.id`).", default=None
    )
    requester_email: StringFilter | None = strawberry.field(
        description="By the e-mail address of who asked, without regard to case; needs the scope "
        "customers:pii.",
        default=None,
    )
    tags: TagFilter | None = strawberry.field(description="By tags.", default=None)
    external_id: StringFilter | None = strawberry.field(
        description="By the id at the desk.", default=None
    )
    created_at: TimeFilter | None = strawberry.field(
        description="By the time of creation.", default=None
    )
    updated_at: TimeFilter | None = strawberry.field(
        description="By the provider's last update.", default=None
    )
    solved_at: TimeFilter | None = strawberry.field(
        description="By the time of the solution, where the provider tells it.", default=None
    )

    def reads_email(self) -> bool:
        inner = [*(self.and_ or ()), *(self.or_ or ()), *([self.not_] if self.not_ else ())]
        return self.requester_email is not None or any(one.reads_email() for one in inner)

    def query(self) -> queries.TicketFilter:
        """Raises `InvalidInputError` for an id of another type."""
        return queries.TicketFilter(
            all_of=tuple(one.query() for one in self.and_ or ()),
            any_of=_any_of(self.or_),
            none_of=self.not_.query() if self.not_ else None,
            desk=_desks(self.desk),
            provider=_words(self.provider),
            status=_words(self.status),
            priority=_priority(self.priority),
            channel=_words(self.channel),
            assignee=_ids(self.assignee, "Agent", "assignee"),
            team=_ids(self.team, "Team", "team"),
            requester=_ids(self.requester, "Customer", "requester"),
            requester_email=_text(self.requester_email),
            tags=_tags(self.tags),
            external_id=_text(self.external_id),
            created_at=_time(self.created_at),
            updated_at=_time(self.updated_at),
            solved_at=_time(self.solved_at),
        )


def _any_of(filters: Sequence[TicketFilter] | None) -> tuple[queries.TicketFilter, ...]:
    if filters is not None and not filters:
        raise InvalidInputError(
            "`or` without any filter admits nothing", hint="Leave it out.", path=("filter", "or")
        )
    return tuple(one.query() for one in filters or ())


def _words(given: Sequence[Member] | None) -> tuple[Member, ...] | None:
    return None if given is None else tuple(given)


def _desks(given: IdFilter | None) -> queries.IdsFilter | None:
    if given is None:
        return None
    return queries.IdsFilter(
        _each(given.in_, lambda one: desk_key_of(one, "filter", "desk")),
        _each(given.not_in, lambda one: desk_key_of(one, "filter", "desk")),
        given.is_null,
    )


def _ids(given: IdFilter | None, type_name: str, name: str) -> queries.IdsFilter | None:
    if given is None:
        return None
    return queries.IdsFilter(
        _each(given.in_, lambda one: record_of(one, type_name, "filter", name)),
        _each(given.not_in, lambda one: record_of(one, type_name, "filter", name)),
        given.is_null,
    )


def _each(given: list[strawberry.ID] | None, read: Callable[[str], str]) -> tuple[str, ...] | None:
    return None if given is None else tuple(read(one) for one in given)


def _priority(given: PriorityFilter | None) -> queries.PriorityFilter | None:
    if given is None:
        return None
    return queries.PriorityFilter(_words(given.in_), given.at_least, given.is_null)


def _text(given: StringFilter | None) -> queries.TextFilter | None:
    if given is None:
        return None
    return queries.TextFilter(given.eq, _words(given.in_), given.contains, given.is_null)


def _tags(given: TagFilter | None) -> queries.TagFilter | None:
    if given is None:
        return None
    return queries.TagFilter(_words(given.any_of), _words(given.all_of), _words(given.none_of))


def _time(given: TimeFilter | None) -> queries.TimeFilter | None:
    return None if given is None else queries.TimeFilter(given.gte, given.lt, given.is_null)


@strawberry.input(description="The order of a list of tickets; ties are ordered by id.")
class TicketOrder:
    field: queries.TicketOrderField = strawberry.field(description="What it is ordered by.")
    direction: Direction = strawberry.field(description="Which end comes first.")

    def query(self) -> queries.TicketOrder:
        return queries.TicketOrder(self.field, descending=self.direction is Direction.DESC)


@strawberry.input(description="A ticket by the name that its desk gave it.")
class ExternalRef:
    desk: str = strawberry.field(description="The desk's key.")
    external_id: str = strawberry.field(description="The ticket's id at the desk.")


@strawberry.input(one_of=True, description="One ticket, named in one way.")
class TicketRef:
    id: strawberry.Maybe[strawberry.ID] = strawberry.field(description="By its id in this API.")
    external: strawberry.Maybe[ExternalRef] = strawberry.field(description="By its id at its desk.")

    def record(self) -> str:
        """The record id; raises `InvalidInputError`."""
        if self.external is None:
            return record_of(self.id.value if self.id else "", "Ticket", "by", "id")
        named = self.external.value
        if not DESK_KEY.fullmatch(named.desk):
            raise InvalidInputError(
                f"{named.desk[:80]!r} is no desk key",
                hint="Query desks { key } for the keys.",
                path=("by", "external", "desk"),
            )
        external_id = require_storable(named.external_id, "by", "external", "externalId")
        return record_id(named.desk, external_id)


TicketFilterArgument = Annotated[
    TicketFilter | None,
    strawberry.argument(name="filter", description="Which tickets; all without it."),
]
TicketOrderArgument = Annotated[
    TicketOrder | None, strawberry.argument(description="In which order; newest update first.")
]
