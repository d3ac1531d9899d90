"""What a user wants changed, and the steps that change it at a provider."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from domain.records import Comment, JsonValue
from domain.words import Priority, Status, Visibility


class Unset(StrEnum):
    """Told apart from null, which clears a value."""

    UNSET = "unset"


UNSET = Unset.UNSET


@dataclass(frozen=True, slots=True)
class CommentDraft:
    body: str
    visibility: Visibility = Visibility.INTERNAL
    body_html: str | None = None


@dataclass(frozen=True, slots=True)
class Requester:
    """Whom a ticket is for: one identifier is enough."""

    email: str | None = None
    name: str | None = None
    external_reference: str | None = None
    external_id: str | None = None


@dataclass(frozen=True, slots=True)
class TicketDraft:
    """A ticket to create."""

    subject: str
    body: str
    visibility: Visibility = Visibility.PUBLIC
    requester: Requester | None = None
    priority: Priority | None = None
    status: Status | None = None
    tags: tuple[str, ...] = ()
    custom_fields: Mapping[str, JsonValue] = field(default_factory=dict)
    """By the field's external id."""
    assignee_id: str | None = None
    team_id: str | None = None


@dataclass(frozen=True, slots=True)
class TicketPatch:
    """Changes to a ticket. What is UNSET stays."""

    subject: str | Unset = UNSET
    status: Status | Unset = UNSET
    priority: Priority | Unset | None = UNSET
    assignee_id: str | Unset | None = UNSET
    team_id: str | Unset | None = UNSET
    snoozed_until: datetime | Unset | None = UNSET
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()
    custom_fields: Mapping[str, JsonValue] = field(default_factory=dict)
    comment: CommentDraft | None = None


class StepKind(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    COMMENT = "comment"
    ADD_TAGS = "add_tags"
    REMOVE_TAGS = "remove_tags"
    CUSTOM_FIELDS = "custom_fields"


class Safety(StrEnum):
    """How a provider lets a step be repeated after an unanswered attempt (docs/sync.md)."""

    KEYED = "keyed"
    """It deduplicates by our key, for a limited time; afterwards we look before we send."""
    COMPARE_AND_SET = "compare_and_set"
    """It refuses an outdated stamp: of many attempts with one stamp, at most one wins."""
    SEND_ONCE = "send_once"
    """It would do it twice: we send once and then only look."""
    REPEATABLE = "repeatable"
    """It sets a value: doing it again changes nothing."""


@dataclass(frozen=True, slots=True)
class Step:
    """One request's worth of a write."""

    kind: StepKind
    safety: Safety
    draft: TicketDraft | None = None
    patch: TicketPatch | None = None
    comment: CommentDraft | None = None
    tags: tuple[str, ...] = ()
    custom_fields: Mapping[str, JsonValue] = field(default_factory=dict)


class AuditVerdict(StrEnum):
    """What a ticket's audit log says about an attempt that met a conflict."""

    WON = "won"
    LOST = "lost"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class AuditReading:
    verdict: AuditVerdict
    comment: Comment | None = None
    """The comment that our winning attempt wrote, where it wrote one."""


class OperationState(StrEnum):
    PENDING = "pending"
    SENDING = "sending"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    UNKNOWN = "unknown"

    @property
    def is_final(self) -> bool:
        return self in (OperationState.CONFIRMED, OperationState.REFUSED, OperationState.UNKNOWN)
