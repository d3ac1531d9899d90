"""The records that Deskgraph keeps: provider JSON becomes these before it travels any further."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from domain.words import (
    Channel,
    Delivery,
    FieldType,
    PersonRole,
    Priority,
    Status,
    Visibility,
)

JsonScalar = str | int | float | bool | None
JsonValue = JsonScalar | list["JsonValue"] | dict[str, "JsonValue"]
NOTHING: Mapping[str, JsonValue] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class TicketCore:
    """A ticket's own fields, without tags, custom fields and comments. Times are aware, UTC."""

    status: Status
    native_status: str
    created_at: datetime
    updated_at: datetime
    subject: str | None = None
    description: str | None = None
    priority: Priority | None = None
    native_priority: str | None = None
    channel: Channel = Channel.OTHER
    requester_id: str | None = None
    assignee_id: str | None = None
    team_id: str | None = None
    organization_id: str | None = None
    solved_at: datetime | None = None
    due_at: datetime | None = None
    snoozed_until: datetime | None = None
    waiting_since: datetime | None = None
    external_url: str | None = None
    extra: Mapping[str, JsonValue] = field(default_factory=lambda: NOTHING)
    """What only this provider knows, by our names (e.g. `brand_id`, `is_spam`)."""


@dataclass(frozen=True, slots=True)
class Attachment:
    external_id: str
    file_name: str
    content_type: str
    byte_size: int | None
    url: str


@dataclass(frozen=True, slots=True)
class Comment:
    external_id: str
    ticket_id: str
    """The ticket's external id."""
    visibility: Visibility
    body: str
    created_at: datetime
    author_id: str | None = None
    author_role: PersonRole = PersonRole.CUSTOMER
    body_html: str | None = None
    channel: Channel = Channel.OTHER
    delivery: Delivery = Delivery.RECEIVED
    attachments: tuple[Attachment, ...] = ()
    external_reference: str | None = None
    """The id that its writer gave it: ours when one of our operations wrote it."""


@dataclass(frozen=True, slots=True)
class Person:
    external_id: str
    role: PersonRole
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    organization_id: str | None = None
    external_reference: str | None = None
    team_ids: tuple[str, ...] = ()
    active: bool = True
    updated_at: datetime | None = None
    is_partial: bool = False
    """Embedded in another record: it fills a gap, and never replaces a whole one."""


@dataclass(frozen=True, slots=True)
class Organization:
    external_id: str
    name: str
    external_reference: str | None = None
    active: bool = True
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Team:
    external_id: str
    name: str
    active: bool = True
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TicketField:
    """The definition of a custom field."""

    external_id: str
    key: str
    title: str
    type: FieldType
    required: bool = False
    options: tuple[str, ...] = ()
    active: bool = True
    updated_at: datetime | None = None


Reference = Organization | Team | TicketField
