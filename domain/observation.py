"""What one provider reply says, part by part. See docs/sync.md: a part it does not carry stays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from domain.records import Comment, JsonValue, Person, Reference, TicketCore


class Part(StrEnum):
    """The pieces of a ticket that a reply may or may not cover."""

    CORE = "core"
    TAGS = "tags"
    CUSTOM_FIELDS = "custom_fields"
    COMMENTS = "comments"


@dataclass(frozen=True, slots=True)
class Gone:
    """The ticket is not there: deleted, purged or merged away."""

    merged_into: str | None = None


@dataclass(frozen=True, slots=True)
class CommentList:
    """Comments of one ticket. `is_whole`: every comment the provider has, so absence means gone."""

    comments: tuple[Comment, ...]
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class TicketSeen:
    """One ticket as one reply showed it; None in a part means "this reply does not say"."""

    external_id: str
    core: TicketCore | Gone | None = None
    tags: tuple[str, ...] | None = None
    custom_fields: Mapping[str, JsonValue] | None = None
    """By the field's external id. Fields without a value may be left out."""
    comments: CommentList | None = None
    version: int | None = None
    """The provider's last update in microseconds since the epoch; None where the reply has none."""
    external_reference: str | None = None
    """The id that its creator gave it: ours when one of our operations created it."""
    raw: bytes | None = None
    """The provider's JSON as received."""


@dataclass(frozen=True, slots=True)
class Oddity:
    """Something in a reply that no rule covers; told as a desk problem, never an exception."""

    code: str
    message: str
    external_id: str | None = None
    raw: bytes | None = None


Cursor = Mapping[str, JsonValue]
"""A lane's position: opaque to everyone but the provider's dictionary."""


@dataclass(frozen=True, slots=True)
class LanePage:
    """One parsed page of a lane. Rows and `cursor` are stored in one transaction."""

    tickets: tuple[TicketSeen, ...] = ()
    comments: tuple[Comment, ...] = ()
    """Single comments, each told by its own feed row."""
    people: tuple[Person, ...] = ()
    references: tuple[Reference, ...] = ()
    touched: tuple[str, ...] = ()
    """Tickets that some event names: each part needs evidence from now on."""
    touched_comments: tuple[str, ...] = ()
    """Comments that some event names without their ticket: the ticket that holds one is touched."""
    cursor: Cursor | None = None
    more: bool = False
    """True: another page can be had at once."""
    total: int | None = None
    """How many rows the lane expects in all, where the provider says so."""
    oddities: tuple[Oddity, ...] = ()
