"""The vocabulary that every desk's words are translated into."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    NEW = "new"
    OPEN = "open"
    PENDING = "pending"
    ON_HOLD = "on_hold"
    SOLVED = "solved"
    CLOSED = "closed"

    @property
    def is_done(self) -> bool:
        return self in (Status.SOLVED, Status.CLOSED)


class Priority(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    URGENT = "urgent"

    @property
    def rank(self) -> int:
        """1 (low) to 4 (urgent): the order in which lists sort."""
        return list(Priority).index(self) + 1


class Channel(StrEnum):
    EMAIL = "email"
    CHAT = "chat"
    PHONE = "phone"
    WEB = "web"
    API = "api"
    SMS = "sms"
    SOCIAL = "social"
    OTHER = "other"


class Visibility(StrEnum):
    PUBLIC = "public"
    INTERNAL = "internal"


class Delivery(StrEnum):
    """What became of a comment on its way to the customer."""

    RECEIVED = "received"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"


class PersonRole(StrEnum):
    CUSTOMER = "customer"
    AGENT = "agent"
    BOT = "bot"


class FieldType(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    CHOICE = "choice"
    MULTI_CHOICE = "multi_choice"
    OTHER = "other"


class Capability(StrEnum):
    TAGS = "tags"
    CUSTOM_FIELDS = "custom_fields"
    INTERNAL_NOTES = "internal_notes"
    MACROS = "macros"
    SLA = "sla"
    SATISFACTION = "satisfaction"
    AUTOMATIONS = "automations"
    STORE_CONTEXT = "store_context"
    ATTACHMENTS = "attachments"
    REOPEN = "reopen"
    FOLLOW_UP = "follow_up"
    BULK = "bulk"


class DeskState(StrEnum):
    CONNECTING = "connecting"
    BACKFILLING = "backfilling"
    LIVE = "live"
    THROTTLED = "throttled"
    DEGRADED = "degraded"
    UNAUTHORIZED = "unauthorized"
    UNREACHABLE = "unreachable"
    PAUSED = "paused"
    DETACHED = "detached"


class SyncSource(StrEnum):
    """Which way the newest copy of a record came."""

    WEBHOOK = "webhook"
    TAIL = "tail"
    EXPORT = "export"
    EVENTS = "events"
    BACKFILL = "backfill"
    WRITE = "write"
    AUDIT = "audit"
    READ_THROUGH = "read_through"


class Purpose(StrEnum):
    """Who spends a desk's rate budget, the most urgent first."""

    INTERACTIVE = "interactive"
    WEBHOOK = "webhook"
    TAIL = "tail"
    EXPORT = "export"
    COMMENTS = "comments"
    BACKFILL = "backfill"
    AUDIT = "audit"


class Freshness(StrEnum):
    LIVE = "live"
    FRESH = "fresh"
    STALE = "stale"
    SETTLING = "settling"
    UNKNOWN = "unknown"


class ChangeKind(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    COMMENTED = "commented"
    CLOSED = "closed"
    REOPENED = "reopened"
    MERGED = "merged"
    DELETED = "deleted"
    RESYNC = "resync"
