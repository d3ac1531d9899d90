"""What a list may be asked for: filters, order, one page by key. Never by offset."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from domain.words import Channel, Priority, Status, Visibility

PAGE_DEFAULT = 25
PAGE_LARGEST = 100
TOTAL_EXACT_TO = 10_000


@dataclass(frozen=True, slots=True)
class IdsFilter:
    """Record ids (`<desk>/<external id>`), or desk keys for the desk filter."""

    include: tuple[str, ...] | None = None
    exclude: tuple[str, ...] | None = None
    is_null: bool | None = None


@dataclass(frozen=True, slots=True)
class TextFilter:
    equals: str | None = None
    any_of: tuple[str, ...] | None = None
    contains: str | None = None
    is_null: bool | None = None


@dataclass(frozen=True, slots=True)
class TimeFilter:
    """From `gte` (inclusive) to `lt` (exclusive)."""

    gte: datetime | None = None
    lt: datetime | None = None
    is_null: bool | None = None


@dataclass(frozen=True, slots=True)
class TagFilter:
    any_of: tuple[str, ...] | None = None
    all_of: tuple[str, ...] | None = None
    none_of: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class PriorityFilter:
    any_of: tuple[Priority, ...] | None = None
    at_least: Priority | None = None
    is_null: bool | None = None


@dataclass(frozen=True, slots=True)
class TicketFilter:
    """All given conditions hold together. Empty: every ticket that is not gone."""

    all_of: tuple[TicketFilter, ...] = ()
    any_of: tuple[TicketFilter, ...] = ()
    none_of: TicketFilter | None = None
    desk: IdsFilter | None = None
    provider: tuple[str, ...] | None = None
    status: tuple[Status, ...] | None = None
    priority: PriorityFilter | None = None
    channel: tuple[Channel, ...] | None = None
    assignee: IdsFilter | None = None
    team: IdsFilter | None = None
    requester: IdsFilter | None = None
    requester_email: TextFilter | None = None
    tags: TagFilter | None = None
    external_id: TextFilter | None = None
    created_at: TimeFilter | None = None
    updated_at: TimeFilter | None = None
    solved_at: TimeFilter | None = None


class TicketOrderField(StrEnum):
    UPDATED_AT = "updated_at"
    CREATED_AT = "created_at"
    PRIORITY = "priority"


@dataclass(frozen=True, slots=True)
class TicketOrder:
    field: TicketOrderField = TicketOrderField.UPDATED_AT
    descending: bool = True


@dataclass(frozen=True, slots=True)
class PageRequest:
    """`first` after a cursor, or `last` before one; never both. Raises in `checked()`."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None


@dataclass(frozen=True, slots=True)
class TicketQuery:
    page: PageRequest = field(default_factory=PageRequest)
    where: TicketFilter = field(default_factory=TicketFilter)
    order: TicketOrder = field(default_factory=TicketOrder)


@dataclass(frozen=True, slots=True)
class CommentQuery:
    page: PageRequest = field(default_factory=PageRequest)
    visibility: Visibility | None = None
