"""What a desk holds. Every record is frozen: a change is a new record, so old states stay true.

Times are whole seconds since the epoch, as Zendesk's own stamps are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from emulator.kernel.http import JsonValue

STATUSES = ("new", "open", "pending", "hold", "solved", "closed")
PRIORITIES = ("low", "normal", "high", "urgent")
TYPES = ("problem", "incident", "question", "task")
ROLES = ("end-user", "agent", "admin")
CHANNEL_NAMES = {"api": "API", "web": "Web form", "email": "Mail", "chat": "Chat"}
"""The words of the event feed for `via.channel`."""

FieldValue = str | bool | tuple[str, ...] | None
FieldValues = Mapping[int, FieldValue]


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment. `text` is None for one that was written as HTML."""

    id: int
    audit_id: int
    author_id: int
    html: str
    text: str | None
    is_public: bool
    created_at: int
    channel: str


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that an audit tells. `kind` is Create, Change or a word of Zendesk's."""

    id: int
    kind: str
    field: str | None = None
    value: JsonValue = None
    previous: JsonValue = None
    comment_id: int | None = None


@dataclass(frozen=True, slots=True)
class Audit:
    """One write to one ticket: who, when, and what it did."""

    id: int
    ticket_id: int
    created_at: int
    author_id: int
    channel: str
    events: tuple[Event, ...]
    client: str = ""
    custom: Mapping[str, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Revisions:
    """How often each part of a ticket changed: a truth that the API does not tell."""

    core: int = 0
    tags: int = 0
    custom_fields: int = 0
    comments: int = 0


@dataclass(frozen=True, slots=True)
class Ticket:
    """One ticket with all its comments and audits."""

    id: int
    created_at: int
    updated_at: int
    generated_at: int
    subject: str
    requester_id: int
    submitter_id: int
    channel: str
    status: str = "new"
    custom_status_id: int = 0
    priority: str | None = None
    type: str | None = None
    assignee_id: int | None = None
    group_id: int | None = None
    organization_id: int | None = None
    brand_id: int = 0
    form_id: int = 0
    external_id: str | None = None
    recipient: str | None = None
    due_at: int | None = None
    problem_id: int | None = None
    satisfaction: str | None = None
    collaborator_ids: tuple[int, ...] = ()
    follower_ids: tuple[int, ...] = ()
    email_cc_ids: tuple[int, ...] = ()
    followup_ids: tuple[int, ...] = ()
    tags: tuple[str, ...] = ()
    fields: FieldValues = field(default_factory=dict)
    comments: tuple[Comment, ...] = ()
    audits: tuple[Audit, ...] = ()
    has_incidents: bool = False
    deleted_at: int | None = None
    deleted_by: int | None = None
    is_scrubbed: bool = False
    support_type: str = "agent"
    revisions: Revisions = Revisions()

    @property
    def is_public(self) -> bool:
        return any(comment.is_public for comment in self.comments)


@dataclass(frozen=True, slots=True)
class User:
    id: int
    name: str
    created_at: int
    updated_at: int
    email: str | None = None
    role: str = "end-user"
    external_id: str | None = None
    organization_id: int | None = None
    group_id: int | None = None
    phone: str | None = None
    alias: str | None = None
    details: str | None = None
    notes: str | None = None
    locale: str = "en-US"
    time_zone: str = "UTC"
    tags: tuple[str, ...] = ()
    is_verified: bool = False
    is_active: bool = True
    is_suspended: bool = False
    fields: Mapping[str, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Organization:
    id: int
    name: str
    created_at: int
    updated_at: int
    external_id: str | None = None
    domain_names: tuple[str, ...] = ()
    details: str | None = None
    notes: str | None = None
    group_id: int | None = None
    tags: tuple[str, ...] = ()
    shared_tickets: bool = False
    shared_comments: bool = False
    fields: Mapping[str, JsonValue] = field(default_factory=dict)
    deleted_at: int | None = None


@dataclass(frozen=True, slots=True)
class Group:
    id: int
    name: str
    created_at: int
    updated_at: int
    description: str = ""
    is_default: bool = False
    is_public: bool = True
    is_deleted: bool = False


@dataclass(frozen=True, slots=True)
class Membership:
    id: int
    user_id: int
    group_id: int
    is_default: bool
    created_at: int
    updated_at: int


@dataclass(frozen=True, slots=True)
class TicketField:
    """A field of the ticket form. `options` are (name, value) pairs of a list."""

    id: int
    type: str
    title: str
    position: int
    created_at: int
    updated_at: int
    is_system: bool = False
    description: str = ""
    options: tuple[tuple[str, str], ...] = ()
    is_required: bool = False
    is_active: bool = True
    tag: str | None = None
    pattern: str | None = None

    @property
    def option_values(self) -> frozenset[str]:
        return frozenset(value for _, value in self.options)


@dataclass(frozen=True, slots=True)
class CustomStatus:
    id: int
    category: str
    agent_label: str
    end_user_label: str
    created_at: int
