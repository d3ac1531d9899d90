"""What a Gorgias account holds: frozen records, so that an older state can be shown again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from emulator.gorgias.stamps import Micros
from emulator.kernel.http import JsonValue

JsonObject = dict[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Ticket:
    """A conversation. Tag ids and field values keep the order in which they were given."""

    id: int
    created: Micros
    updated: Micros
    customer_id: int | None
    status: str = "open"
    priority: str = "normal"
    channel: str = "email"
    via: str = "email"
    from_agent: bool | None = False
    subject: str | None = None
    language: str | None = None
    external_id: str | None = None
    meta: JsonValue = None
    assignee_user_id: int | None = None
    assignee_team_id: int | None = None
    tag_ids: tuple[int, ...] = ()
    field_values: Mapping[int, JsonValue] = field(default_factory=dict)
    is_unread: bool = True
    spam: bool = False
    imported: bool | None = False
    processed: Micros | None = None
    opened: Micros | None = None
    last_message: Micros | None = None
    last_received_message: Micros | None = None
    closed: Micros | None = None
    snoozed_until: Micros | None = None
    trashed: Micros | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One message or internal note. A missing `body_text` is derived from `body_html`."""

    id: int
    ticket_id: int
    created: Micros
    channel: str
    via: str
    from_agent: bool
    public: bool = True
    sender_id: int | None = None
    receiver_id: int | None = None
    subject: str | None = None
    body_text: str | None = None
    body_html: str | None = None
    stripped_text: str | None = None
    stripped_html: str | None = None
    stripped_signature: str | None = None
    source: JsonValue = None
    integration_id: int | None = None
    rule_id: int | None = None
    external_id: str | None = None
    message_id: str | None = None
    attachments: JsonValue = None
    macros: JsonValue = None
    headers: JsonValue = None
    meta: JsonValue = None
    imported: bool = False
    processed: Micros | None = None
    sent: Micros | None = None
    failed: Micros | None = None
    opened: Micros | None = None
    deleted: Micros | None = None
    sending_error: JsonValue = None


@dataclass(frozen=True, slots=True)
class Channel:
    """An address through which a customer can be reached."""

    id: int
    type: str
    address: str
    preferred: bool
    created: Micros
    updated: Micros


@dataclass(frozen=True, slots=True)
class Customer:
    id: int
    created: Micros
    updated: Micros
    email: str | None = None
    name: str | None = None
    firstname: str = ""
    lastname: str = ""
    external_id: str | None = None
    language: str | None = None
    timezone: str | None = None
    note: str | None = None
    meta: JsonValue = None
    data: JsonValue = None
    data_version: Micros | None = None
    channels: tuple[Channel, ...] = ()
    field_values: Mapping[int, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who works at the desk. Users and customers share one sequence of ids."""

    id: int
    created: Micros
    updated: Micros
    email: str
    name: str
    firstname: str
    lastname: str
    role: str
    active: bool = True
    bio: str | None = None
    external_id: str | None = None
    language: str | None = "en"
    country: str | None = None
    timezone: str | None = "UTC"
    meta: JsonValue = None


@dataclass(frozen=True, slots=True)
class Team:
    id: int
    created: Micros
    name: str
    description: str | None
    decoration: JsonValue
    member_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Tag:
    id: int
    created: Micros
    name: str
    description: str | None = None
    decoration: JsonValue = None


@dataclass(frozen=True, slots=True)
class CustomField:
    """The definition of a field; the values stand in the tickets and customers."""

    id: int
    created: Micros
    updated: Micros
    object_type: str
    label: str
    definition: JsonObject
    description: str | None = None
    external_id: str | None = None
    priority: int = 0
    required: bool = False
    managed_type: str | None = None
    deactivated: Micros | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """A line of the account's log. It can be listed from `visible` on."""

    id: int
    created: Micros
    visible: Micros
    context: str
    type: str
    object_type: str
    object_id: int
    user_id: int | None = None
    data: JsonValue = None


@dataclass(frozen=True, slots=True)
class Integration:
    """A channel of the desk or, with `http`, a webhook."""

    id: int
    created: Micros
    updated: Micros
    type: str
    name: str
    description: str | None = None
    http: JsonObject | None = None
    hmac_secret: str | None = None
    address: str | None = None
    user_id: int | None = None
    business_hours_id: int | None = None
    deactivated: Micros | None = None


@dataclass(frozen=True, slots=True)
class Survey:
    """A satisfaction survey of a ticket; `score` is 1 to 5, None until answered."""

    id: int
    ticket_id: int
    customer_id: int | None
    created: Micros
    sent: Micros | None = None
    scored: Micros | None = None
    score: int | None = None
    body_text: str | None = None


@dataclass(frozen=True, slots=True)
class Merge:
    """A record that lives on in another: `id` is the one that went."""

    id: int
    target_id: int
