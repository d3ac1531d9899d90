"""`TicketingSystem`: what every help desk can do, over plain dicts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self, TypedDict

from integrations.ticketing.churn import churn_ticket


class CreatedTicket(TypedDict):
    """Times are ISO 8601 in UTC: `2025-10-17T09:00:00Z`."""

    id: str
    url: str
    status: str
    """new, open, pending, on_hold, solved or closed."""
    priority: str | None
    """urgent, high, medium, low; None where the ticket has none."""
    created_at: str


class TicketSummary(CreatedTicket):
    subject: str
    tags: list[str]
    updated_at: str


class TicketDetails(TicketSummary):
    description: str


class TicketComment(TypedDict):
    id: str
    body: str
    author_id: str
    """Empty where the help desk does not tell who wrote it."""
    created_at: str
    public: bool
    """False: an internal note, which the customer never sees."""


class TicketThread(TicketDetails):
    comments: list[TicketComment]
    """Oldest first. The opening message is one of them."""


class TicketingSystem(ABC):
    """One help desk. A provider fills the abstract methods; nothing else is needed.

    Every method raises a `domain.errors.DeskgraphError`: `InvalidInputError` for data that cannot
    be used, a `ProviderError` ("Failed to create ticket: 401 Unauthorized") with a hint for what
    the help desk refused, `NotSentError` when it cannot be reached, `OutcomeUnknownError` when a
    write left and nobody can tell what became of it.
    """

    @abstractmethod
    async def create_ticket(self, data: Mapping[str, object]) -> CreatedTicket:
        """`subject` and `description`; optional: `priority` (urgent, high, medium, low), `tags`,
        `custom_fields` (by key), `status` (open), `customer_email`, `customer_name`,
        `assignee_id`, `team_id`, and `internal` (False; True keeps the description from the
        customer).
        """

    @abstractmethod
    async def get_ticket(self, ticket_id: str) -> TicketDetails:
        """Raises `NotFoundError` for a ticket that is not there (any more)."""

    @abstractmethod
    async def list_tickets(
        self,
        status: str | None = None,
        tags: Sequence[str] | None = None,
        priority: str | None = None,
        limit: int = 25,
    ) -> list[TicketSummary]:
        """Those that moved last come first. A ticket must have all of the tags."""

    @abstractmethod
    async def get_ticket_with_comments(self, ticket_id: str) -> TicketThread:
        """With every comment, however long the thread is."""

    @abstractmethod
    async def update_ticket(self, ticket_id: str, data: Mapping[str, object]) -> TicketDetails:
        """Any of `subject`, `status`, `priority`, `tags` (all that the ticket shall have),
        `custom_fields`, `assignee_id`, `team_id`, and `comment` (an internal note, unless
        `internal` is False). Returns the ticket as it is then.
        """

    @abstractmethod
    async def close_ticket(self, ticket_id: str, reason: str) -> TicketDetails:
        """Solves the ticket; the reason stays with it as an internal note."""

    @abstractmethod
    async def add_comment(
        self, ticket_id: str, comment: str, internal: bool = True
    ) -> TicketComment:
        """`internal=False` shows it to the customer, and may send it to them."""

    async def create_churn_ticket(self, customer_data: Mapping[str, object]) -> CreatedTicket:
        """A ticket about a customer who may leave, never shown to that customer.

        `customer_id`, and `churn_risk` (0 to 1) or `risk_level` (critical, high, medium, low);
        optional: `ltv`, `days_since_purchase`, `customer_email`, `customer_name`.
        """
        return await self.create_ticket(churn_ticket(customer_data))

    async def aclose(self) -> None:
        """Ends the connections. `async with` does it for you."""
        return

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        del kind, error, trace
        await self.aclose()
