"""The smallest provider that there can be: the abstract verbs over a dict, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from domain.errors import NotFoundError
from domain.words import Visibility
from domain.writes import UNSET
from integrations.ticketing.base import (
    CreatedTicket,
    TicketComment,
    TicketDetails,
    TicketingSystem,
    TicketSummary,
    TicketThread,
)
from integrations.ticketing.verbs import inputs


class ToyTicketing(TicketingSystem):
    def __init__(self) -> None:
        self._tickets: dict[str, TicketThread] = {}
        self._moments = 0

    async def create_ticket(self, data: Mapping[str, object]) -> CreatedTicket:
        draft = inputs.new_ticket(data).draft
        ticket_id, now = str(len(self._tickets) + 1), self._now()
        status = "open" if draft.status is None else draft.status.value
        self._tickets[ticket_id] = {
            "id": ticket_id,
            "url": f"https://toy.test/tickets/{ticket_id}",
            "status": status,
            "priority": None if draft.priority is None else draft.priority.value,
            "created_at": now,
            "updated_at": now,
            "subject": draft.subject,
            "description": draft.body,
            "tags": list(draft.tags),
            "comments": [],
        }
        self._write(ticket_id, draft.body, public=draft.visibility is Visibility.PUBLIC)
        held = self._tickets[ticket_id]
        return {
            "id": held["id"],
            "url": held["url"],
            "status": held["status"],
            "priority": held["priority"],
            "created_at": held["created_at"],
        }

    async def get_ticket(self, ticket_id: str) -> TicketDetails:
        held = self._held(ticket_id)
        return {
            "id": held["id"],
            "url": held["url"],
            "status": held["status"],
            "priority": held["priority"],
            "created_at": held["created_at"],
            "subject": held["subject"],
            "tags": held["tags"],
            "updated_at": held["updated_at"],
            "description": held["description"],
        }

    async def list_tickets(
        self,
        status: str | None = None,
        tags: Sequence[str] | None = None,
        priority: str | None = None,
        limit: int = 25,
    ) -> list[TicketSummary]:
        wanted = inputs.status_of(status), inputs.priority_of(priority)
        labels = set(inputs.tags_of(tags) or ())
        found: list[TicketSummary] = [
            await self.get_ticket(held["id"])
            for held in sorted(self._tickets.values(), key=lambda held: held["updated_at"])
            if wanted[0] in (None, held["status"])
            and wanted[1] in (None, held["priority"])
            and labels <= set(held["tags"])
        ]
        return [*reversed(found)][: inputs.limit_of(limit)]

    async def get_ticket_with_comments(self, ticket_id: str) -> TicketThread:
        return self._held(ticket_id)

    async def update_ticket(self, ticket_id: str, data: Mapping[str, object]) -> TicketDetails:
        change = inputs.ticket_change(data)
        held, patch = self._held(ticket_id), change.patch
        if patch.status is not UNSET:
            held["status"] = patch.status.value
        if patch.priority is not UNSET:
            held["priority"] = None if patch.priority is None else patch.priority.value
        if patch.subject is not UNSET:
            held["subject"] = patch.subject
        if change.tags is not None:
            held["tags"] = list(change.tags)
        if patch.comment is not None:
            is_public = patch.comment.visibility is Visibility.PUBLIC
            self._write(ticket_id, patch.comment.body, public=is_public)
        held["updated_at"] = self._now()
        return await self.get_ticket(ticket_id)

    async def close_ticket(self, ticket_id: str, reason: str) -> TicketDetails:
        return await self.update_ticket(ticket_id, {"status": "solved", "comment": reason})

    async def add_comment(
        self, ticket_id: str, comment: str, internal: bool = True
    ) -> TicketComment:
        draft = inputs.comment_draft(comment, inputs.visibility(internal), path="comment")
        return self._write(ticket_id, draft.body, public=not internal)

    def _held(self, ticket_id: str) -> TicketThread:
        held = self._tickets.get(inputs.ticket_id_of(ticket_id))
        if held is None:
            raise NotFoundError("Failed to get ticket: 404 Not Found", status=404)
        return held

    def _write(self, ticket_id: str, body: str, *, public: bool) -> TicketComment:
        comments = self._held(ticket_id)["comments"]
        written: TicketComment = {
            "id": f"{ticket_id}-{len(comments) + 1}",
            "body": body,
            "author_id": "toy",
            "created_at": self._now(),
            "public": public,
        }
        comments.append(written)
        return written

    def _now(self) -> str:
        self._moments += 1
        moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self._moments)
        return moment.isoformat().replace("+00:00", "Z")
