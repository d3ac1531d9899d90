"""What the layers above ask of the sync module, and what they get back."""

from __future__ import annotations

from dataclasses import dataclass

from domain.http import Request
from domain.writes import OperationState, TicketDraft, TicketPatch


@dataclass(frozen=True, slots=True)
class Write:
    """One mutation: either a `draft` for a desk, or a `patch` for a ticket."""

    key: str
    """The idempotency key, unique to its caller: the same key means the same write."""
    desk: str
    actor: str
    draft: TicketDraft | None = None
    ticket_id: str | None = None
    """A record id, `<desk>/<external id>`."""
    patch: TicketPatch | None = None
    expected_version: int | None = None
    """Refuse with CONFLICT unless the ticket's version (microseconds) is still this one."""


@dataclass(frozen=True, slots=True)
class WriteProblem:
    """Why a write was refused, as data. `code` is one of the public error codes."""

    code: str
    message: str
    hint: str | None = None
    path: tuple[str, ...] = ()
    retry_after_seconds: float | None = None
    provider_code: str | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class WriteOutcome:
    """How a write stands when the answer is due: CONFIRMED, REFUSED, UNKNOWN, or still SENDING."""

    operation_id: str
    state: OperationState
    ticket_id: str | None = None
    comment_id: str | None = None
    problems: tuple[WriteProblem, ...] = ()
    replayed: bool = False
    planned: tuple[Request, ...] = ()
    """A dry run's requests, as they would be sent."""
