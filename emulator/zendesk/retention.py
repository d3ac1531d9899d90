"""What Zendesk forgets by itself: deleted tickets lose their words after thirty days."""

from __future__ import annotations

from dataclasses import replace
from itertools import takewhile

from emulator.zendesk.desk import Desk
from emulator.zendesk.ticket_write import system_update

KEPT_SECONDS = 30 * 86_400


def scrub_deleted(desk: Desk) -> None:
    """The row of a scrubbed ticket comes again in the exports, without its words and tags."""
    until = desk.second - KEPT_SECONDS
    deleted = desk.tickets.now().walk("deleted_at")
    for ticket in list(takewhile(lambda row: (row.deleted_at or 0) <= until, deleted)):
        comments = tuple(replace(row, html="X", text=None) for row in ticket.comments)
        system_update(
            desk, ticket, is_scrubbed=True, subject="SCRUBBED", tags=(), comments=comments
        )
