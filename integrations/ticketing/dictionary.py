"""The port that every provider file fills: our words into requests, its replies into our words.

A dictionary is pure: no I/O, no clock, no state. `base.py` and the sync module do the talking.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from domain.errors import ProviderError
from domain.http import Request, Response
from domain.observation import Cursor, LanePage, TicketSeen
from domain.words import Capability, Priority, Purpose, Status, SyncSource
from domain.writes import AuditReading, Step, TicketDraft, TicketPatch


@dataclass(frozen=True, slots=True)
class WordPair:
    unified: str
    native: str
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Both ways between our words and the provider's. Total: an unknown native word is OPEN."""

    statuses: Sequence[WordPair]
    priorities: Sequence[WordPair]
    status_of: Mapping[str, Status]
    native_status_of: Mapping[Status, str]
    priority_of: Mapping[str, Priority]
    native_priority_of: Mapping[Priority, str]


@dataclass(frozen=True, slots=True)
class Limit:
    """A rate limit: `units` requests in any window of `seconds`."""

    units: int
    seconds: float


@dataclass(frozen=True, slots=True)
class BudgetReading:
    """What one reply's headers say about a rate bucket ("account" or an endpoint family)."""

    family: str
    limit: int | None = None
    remaining: int | None = None
    resets_in_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Lane:
    """One stream of pages that keeps the cache true. `build` and `parse` are pure."""

    name: str
    purpose: Purpose
    source: SyncSource
    build: Callable[[Cursor | None], Request]
    """From the stored cursor (None: from the beginning)."""
    parse: Callable[[Cursor | None, Response], LanePage]
    """With the cursor that the request was built from. Raises `ProviderError` for error replies."""
    period_seconds: float | None = None
    """None: a lane that ends (the backfill) once a page says there is no more."""
    is_convergence: bool = False
    """True for the lane that proves that every change was seen."""
    begins_when_first_read: bool = False
    """True for a feed that tells nothing older than its first reading: what is read once must wait
    for that, or the changes between the two would be nobody's."""
    marks_new_comments: bool = False
    """True where a ticket that moved shall have its comments read (the live lanes)."""
    may_be_refused: bool = False
    """True where a valid credential may get a 403: the lane then rests, and the desk says so."""
    stands_in_for: str | None = None
    """The name of another lane: this one runs only while that one is refused."""


@dataclass(frozen=True, slots=True)
class Window:
    """How far back to sync: a setting of the desk. Seconds since the epoch; None: everything."""

    since: float | None = None


class ProviderDictionary(Protocol):
    """One provider's language."""

    name: str
    capabilities: frozenset[Capability]
    vocabulary: Vocabulary
    limits: Mapping[str, Limit]
    """By family; "account" is always there. Corrected by the headers of replies."""
    comments_ride_along: bool
    """True where one read of a ticket brings its comments (Gorgias); False: a list of their own."""
    key_seconds: float
    """How long the provider remembers an idempotency key; 0 where it has none."""
    merges_show_singly: bool
    """True where only a read of one ticket tells that it was merged into another, and a read by ids
    just lacks it."""
    stamp_step_seconds: float
    """The step of the version stamp's clock: 1.0 at Zendesk; 0 where nothing is stamped."""

    # --- the account
    def build_identity(self) -> Request:
        """A cheap request that fails without valid credentials."""
        ...

    def parse_identity(self, response: Response) -> str:
        """The account's identity, which a desk is bound to; raises for anonymous answers too."""
        ...

    def parse_own_user(self, response: Response) -> str | None:
        """The external id of the credentials' own user; None where the same reply tells none."""
        ...

    # --- errors and budget
    def error_of(self, response: Response, *, doing: str) -> ProviderError | None:
        """The typed error of a reply, None for success. `doing`: "create ticket"."""
        ...

    def budget_of(self, response: Response) -> Sequence[BudgetReading]: ...

    # --- reading
    def lanes(self, window: Window) -> Sequence[Lane]: ...

    def build_tickets(self, external_ids: Sequence[str]) -> Request:
        """Reads at most 100 tickets by id."""
        ...

    def parse_tickets(self, response: Response, external_ids: Sequence[str]) -> LanePage:
        """With `Gone` for each id that is missing."""
        ...

    def build_comments(self, ticket_id: str, cursor: Cursor | None) -> Request: ...

    def parse_comments(self, response: Response, ticket_id: str, cursor: Cursor | None) -> LanePage:
        """`tickets` holds one `TicketSeen` with this page's comments; `more` and `cursor` go on.

        The caller joins the pages and only then says that the list is whole.
        """
        ...

    def build_ticket(self, ticket_id: str) -> Request: ...

    def parse_ticket(self, response: Response, ticket_id: str) -> LanePage:
        """A missing ticket is `Gone`, never an error."""
        ...

    # --- writing
    def create_steps(self, draft: TicketDraft) -> Sequence[Step]: ...

    def update_steps(self, patch: TicketPatch) -> Sequence[Step]: ...

    def needs_ticket(self, step: Step) -> bool:
        """True where `build_step` wants `ticket_raw`: a public reply that must be addressed."""
        ...

    def needs_assignee(self, patch: TicketPatch, assignee_id: str | None) -> bool:
        """True where the provider refuses the change as long as the ticket, now `assignee_id`'s, is
        nobody's: as in its own interface, the credentials' user then becomes its assignee."""
        ...

    def build_step(
        self,
        step: Step,
        *,
        ticket_id: str | None,
        operation_id: str,
        stamp: int | None,
        ticket_raw: bytes | None = None,
    ) -> Request:
        """`operation_id` marks the write at the provider; `stamp` is the held version, if any.

        `ticket_raw`: the ticket's JSON in any shape, as `TicketSeen.raw` last showed it.
        """
        ...

    def parse_step(self, step: Step, response: Response) -> TicketSeen | None:
        """What the reply shows of the ticket; None where it is empty. Raises `ProviderError`."""
        ...

    def build_find(self, step: Step, *, ticket_id: str | None, operation_id: str) -> Request:
        """Looks for what an unanswered CREATE or SEND_ONCE attempt may have made."""
        ...

    def parse_find(
        self, step: Step, response: Response, *, ticket_id: str | None, operation_id: str
    ) -> TicketSeen | None:
        """The ticket that carries our mark (with the comment, for a comment); None: not there."""
        ...

    def build_audits(self, ticket_id: str) -> Request:
        """The ticket's audit log, newest first (COMPARE_AND_SET providers only)."""
        ...

    def parse_audits(
        self, response: Response, *, ticket_id: str, operation_id: str, stamp: int
    ) -> AuditReading: ...
