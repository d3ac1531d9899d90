"""What a reply showed, as the plain dicts that the library promises."""

from __future__ import annotations

from datetime import datetime

from domain.observation import TicketSeen
from domain.records import Comment, TicketCore
from domain.words import Visibility
from integrations.ticketing.base import (
    CreatedTicket,
    TicketComment,
    TicketDetails,
    TicketSummary,
    TicketThread,
)


def iso(moment: datetime) -> str:
    """`2025-10-17T09:00:00Z`; with microseconds where there are any."""
    return moment.isoformat().replace("+00:00", "Z")


def created_ticket(seen: TicketSeen, core: TicketCore) -> CreatedTicket:
    return {
        "id": seen.external_id,
        "url": core.external_url or "",
        "status": core.status.value,
        "priority": None if core.priority is None else core.priority.value,
        "created_at": iso(core.created_at),
    }


def ticket_summary(seen: TicketSeen, core: TicketCore) -> TicketSummary:
    return {
        **created_ticket(seen, core),
        "subject": core.subject or "",
        "tags": list(seen.tags or ()),
        "updated_at": iso(core.updated_at),
    }


def ticket_details(seen: TicketSeen, core: TicketCore) -> TicketDetails:
    """Where a ticket has no description of its own, its opening message is that."""
    description = core.description
    if description is None and seen.comments is not None:
        opening = min(seen.comments.comments, key=lambda one: one.created_at, default=None)
        description = opening.body if opening else None
    return {**ticket_summary(seen, core), "description": description or ""}


def ticket_comment(comment: Comment) -> TicketComment:
    return {
        "id": comment.external_id,
        "body": comment.body,
        "author_id": comment.author_id or "",
        "created_at": iso(comment.created_at),
        "public": comment.visibility is Visibility.PUBLIC,
    }


def ticket_thread(seen: TicketSeen, core: TicketCore, comments: list[Comment]) -> TicketThread:
    ordered = sorted(comments, key=lambda comment: comment.created_at)
    return {
        **ticket_details(seen, core),
        "comments": [ticket_comment(comment) for comment in ordered],
    }
