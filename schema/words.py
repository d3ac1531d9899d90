"""The vocabulary as GraphQL enums: domain words, described value by value."""

from __future__ import annotations

from enum import Enum, StrEnum
from typing import TypeVar

import strawberry
from strawberry.types.enum import StrawberryEnumDefinition

from domain.queries import TicketOrderField
from domain.words import (
    Capability,
    ChangeKind,
    Channel,
    Delivery,
    DeskState,
    FieldType,
    Freshness,
    Priority,
    Purpose,
    Status,
    SyncSource,
    Visibility,
)
from domain.writes import OperationState
from integrations.ticketing.churn import RiskLevel

Word = TypeVar("Word", bound=Enum)


def _describe(kind: type[Word], name: str, description: str, **values: str) -> type[Word]:
    """Makes a GraphQL enum of a Python one; raises KeyError for a value without a description."""
    strawberry.enum(kind, name=name, description=description)
    definition: StrawberryEnumDefinition = kind.__strawberry_definition__  # type: ignore[attr-defined]  # set by strawberry.enum
    for value in definition.values:
        value.description = values[value.name]
    return kind


_describe(
    Status,
    "TicketStatus",
    "Where a ticket stands, in words that mean the same at every desk.",
    NEW="Nobody has taken it up yet.",
    OPEN="It is being worked on. A word of the provider that we do not know is shown as this.",
    PENDING="It waits for the customer.",
    ON_HOLD="It waits for somebody else.",
    SOLVED="It is answered; a reply opens it again.",
    CLOSED="It is finished for good.",
)
_describe(
    Priority,
    "TicketPriority",
    "How urgent a ticket is, in words that mean the same at every desk.",
    LOW="It can wait.",
    MEDIUM="The usual case; some providers say normal.",
    HIGH="It comes before most others.",
    URGENT="It comes first.",
)
_describe(
    Channel,
    "Channel",
    "The way a message came.",
    EMAIL="By e-mail.",
    CHAT="In a chat or a messenger inside a web site or app.",
    PHONE="By telephone.",
    WEB="Through a form or a help centre.",
    API="Through the provider's API.",
    SMS="As a text message.",
    SOCIAL="Through a social network or a public messenger.",
    OTHER="Some other way, or one that the provider does not name.",
)
_describe(
    Visibility,
    "Visibility",
    "Who can read a comment.",
    PUBLIC="The customer too.",
    INTERNAL="Colleagues only.",
)
_describe(
    Delivery,
    "Delivery",
    "What became of a comment on its way to the customer.",
    RECEIVED="It came in, or it is not sent to anybody.",
    SENDING="It is on its way.",
    SENT="The provider has handed it over.",
    FAILED="It could not be delivered.",
)
_describe(
    FieldType,
    "FieldType",
    "What a custom field holds.",
    TEXT="Text.",
    NUMBER="A number.",
    BOOLEAN="Yes or no.",
    DATE="A day.",
    CHOICE="One of the field's options.",
    MULTI_CHOICE="Any of the field's options.",
    OTHER="Something that only the provider knows how to read.",
)
_describe(
    Capability,
    "Capability",
    "What a desk's provider can do.",
    TAGS="Tickets have tags.",
    CUSTOM_FIELDS="Tickets have custom fields.",
    INTERNAL_NOTES="Comments can be hidden from the customer.",
    MACROS="There are macros.",
    SLA="There are service level targets.",
    SATISFACTION="Customers can rate an answer.",
    AUTOMATIONS="There are triggers or rules.",
    STORE_CONTEXT="Customers come with their orders.",
    ATTACHMENTS="Comments can carry files.",
    REOPEN="A closed ticket can be opened again.",
    FOLLOW_UP="A closed ticket can be followed up by a new one.",
    BULK="Many tickets can be changed in one call.",
)
_describe(
    DeskState,
    "DeskState",
    "How it goes between us and a desk.",
    CONNECTING="We have not been answered yet.",
    BACKFILLING="The first copy is being made; lists may still lack old tickets.",
    LIVE="The copy follows the desk.",
    THROTTLED="The provider has asked us to slow down.",
    DEGRADED="Part of it fails; `problem` says what.",
    UNAUTHORIZED="The provider refuses our credentials.",
    UNREACHABLE="The provider cannot be reached.",
    PAUSED="Somebody has paused the synchronisation.",
    DETACHED="The desk is not in the settings any more; what was copied stays readable.",
)
_describe(
    SyncSource,
    "SyncSource",
    "Which way the newest copy of a record came.",
    WEBHOOK="A webhook asked for it.",
    TAIL="The list of what moved last.",
    EXPORT="The provider's export of changes.",
    EVENTS="The provider's event feed.",
    BACKFILL="The first copy.",
    WRITE="The reply to a write of ours.",
    AUDIT="A comparison with the provider.",
    READ_THROUGH="A read for somebody, or for an event that named it.",
)
_describe(
    Freshness,
    "Freshness",
    "How far a copy can be trusted, computed when answering.",
    LIVE="Seen, or known to be unchanged, within the last 10 seconds.",
    FRESH="Within the last 60 seconds.",
    STALE="Longer ago.",
    SETTLING="It shows a write of ours that the provider has not confirmed yet.",
    UNKNOWN="The desk cannot be reached, and nobody can tell.",
)
_describe(
    ChangeKind,
    "ChangeKind",
    "What happened to a ticket.",
    CREATED="It is new to us.",
    UPDATED="Some of its fields changed.",
    COMMENTED="Only its comments changed.",
    CLOSED="It was solved or closed.",
    REOPENED="It was solved or closed before.",
    MERGED="It lives on as another ticket.",
    DELETED="It is gone.",
    RESYNC="The cursor was too old: read the lists again and go on from this cursor.",
)
_describe(
    OperationState,
    "OperationState",
    "How a write of ours stands.",
    PENDING="It is recorded and waits its turn.",
    SENDING="It has left, or is about to.",
    CONFIRMED="The provider has done it.",
    REFUSED="The provider, or we, refused it; `error` says why. Nothing was changed.",
    UNKNOWN="No answer came, and nobody can tell. It is confirmed if it turns up later.",
)
_describe(
    Purpose,
    "BudgetPurpose",
    "Who spends a desk's rate budget, the most urgent first.",
    INTERACTIVE="People: writes, and reads that somebody waits for.",
    WEBHOOK="Reads that an event asked for.",
    TAIL="Following what moves.",
    EXPORT="Following the exports and event feeds.",
    COMMENTS="Reading comments of tickets that moved.",
    AUDIT="Comparing the copy with the provider.",
    BACKFILL="Making the first copy.",
)
_describe(
    TicketOrderField,
    "TicketOrderField",
    "What a list of tickets is ordered by. Ties are ordered by id.",
    UPDATED_AT="The provider's last update.",
    CREATED_AT="The time of creation.",
    PRIORITY="The priority; tickets without one come last either way.",
)


class Provider(StrEnum):
    """The help desks that we speak to."""

    ZENDESK = "zendesk"
    GORGIAS = "gorgias"


_describe(
    Provider,
    "Provider",
    "Whose help desk it is.",
    ZENDESK="Zendesk Support.",
    GORGIAS="Gorgias.",
)


class Direction(StrEnum):
    ASC = "asc"
    DESC = "desc"


_describe(
    Direction,
    "Direction",
    "Which end of an order comes first.",
    ASC="The smallest or oldest.",
    DESC="The greatest or newest.",
)


_describe(
    RiskLevel,
    "RiskLevel",
    "How likely a customer is to leave, as the churn model puts it.",
    LOW="Hardly likely.",
    MEDIUM="Possible.",
    HIGH="Likely.",
    CRITICAL="About to leave.",
)


class ErrorCode(StrEnum):
    BAD_USER_INPUT = "BAD_USER_INPUT"
    NOT_FOUND = "NOT_FOUND"
    FORBIDDEN = "FORBIDDEN"
    CONFLICT = "CONFLICT"
    TICKET_CLOSED = "TICKET_CLOSED"
    UNSUPPORTED = "UNSUPPORTED"
    RATE_LIMITED = "RATE_LIMITED"
    PROVIDER_UNAUTHORIZED = "PROVIDER_UNAUTHORIZED"
    PROVIDER_UNAVAILABLE = "PROVIDER_UNAVAILABLE"
    PROVIDER_REFUSED = "PROVIDER_REFUSED"
    OUTCOME_UNKNOWN = "OUTCOME_UNKNOWN"
    WRITES_OFF = "WRITES_OFF"


_describe(
    ErrorCode,
    "ErrorCode",
    "Why a write was not done. Stable: programs may decide by it.",
    BAD_USER_INPUT="Something in the input cannot be used; `path` leads to it.",
    NOT_FOUND="There is no such record, or none that this key may see.",
    FORBIDDEN="The key lacks a scope, or the provider's role may not do it.",
    CONFLICT="The ticket has changed since it was read.",
    TICKET_CLOSED="The provider never changes a closed ticket again.",
    UNSUPPORTED="The provider has no such thing.",
    RATE_LIMITED="The provider asks to wait.",
    PROVIDER_UNAUTHORIZED="The provider refuses the desk's credentials.",
    PROVIDER_UNAVAILABLE="The provider, or this desk's connection to it, is not there just now.",
    PROVIDER_REFUSED="The provider refused it for a reason of its own.",
    OUTCOME_UNKNOWN="It left, and nobody can tell whether it was done.",
    WRITES_OFF="Writes are switched off on this server.",
)
