"""The promised verbs over any provider's dictionary: this is where the library does its I/O."""

from __future__ import annotations

import secrets
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from domain.errors import DeskgraphError
from domain.http import HttpClient
from domain.observation import Cursor, TicketSeen
from domain.ports import Clock
from domain.records import Comment, JsonValue, TicketField
from domain.words import Status, Visibility
from domain.writes import UNSET, CommentDraft, Step, StepKind, TicketPatch
from integrations.ticketing.base import (
    CreatedTicket,
    TicketComment,
    TicketDetails,
    TicketingSystem,
    TicketSummary,
    TicketThread,
)
from integrations.ticketing.dictionary import ProviderDictionary
from integrations.ticketing.verbs import custom_fields, inputs, listing, merge, outputs
from integrations.ticketing.verbs.custom_fields import ResolvedFields
from integrations.ticketing.verbs.exchange import (
    Exchange,
    Held,
    core_of,
    held_after,
    only_ticket,
)
from integrations.ticketing.verbs.merge import Written
from integrations.ticketing.verbs.patience import Patience, WallClock
from integrations.ticketing.verbs.recent import RecentWrites
from integrations.ticketing.verbs.steps import write_step

MARK: Final = "dg_"
"""Begins the id under which a write can be found again at the provider."""


class NoteNotAddedWarning(UserWarning):
    """The write was done; the note about its unknown custom fields was not added."""


class DictionaryTicketing(TicketingSystem):
    """A help desk as its provider's dictionary describes it."""

    def __init__(
        self, dictionary: ProviderDictionary, client: HttpClient, *, clock: Clock | None = None
    ) -> None:
        self._dictionary = dictionary
        self._client = client
        self._clock = clock or WallClock()
        self._recent = RecentWrites()
        self._own_user_id: str | None = None
        self._definitions: tuple[float, Sequence[TicketField]] | None = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._client!r})"

    async def aclose(self) -> None:
        await self._client.close()

    def _exchange(self, doing: str) -> Exchange:
        patience = Patience(self._clock)
        return Exchange(self._dictionary, self._client, patience, doing, self._recent)

    # --- reading
    async def get_ticket(self, ticket_id: str) -> TicketDetails:
        held = await self._exchange("get ticket").held(inputs.ticket_id_of(ticket_id))
        return outputs.ticket_details(held.seen, held.core)

    async def get_ticket_with_comments(self, ticket_id: str) -> TicketThread:
        exchange = self._exchange("get ticket")
        held = await exchange.held(inputs.ticket_id_of(ticket_id))
        comments = await self._comments(exchange, held.seen)
        return outputs.ticket_thread(held.seen, held.core, comments)

    async def _comments(self, exchange: Exchange, seen: TicketSeen) -> list[Comment]:
        if seen.comments is not None and seen.comments.is_whole:
            return list(seen.comments.comments)
        found: dict[str, Comment] = {}
        cursor: Cursor | None = None
        while True:
            page = await exchange.comments(seen.external_id, cursor)
            part = only_ticket(page, doing=exchange.doing).comments
            # Each once: a page may repeat what has moved on from the one before.
            for comment in part.comments if part else ():
                found[comment.external_id] = comment
            if not page.more:
                return list(found.values())
            cursor = page.cursor

    async def list_tickets(
        self,
        status: str | None = None,
        tags: Sequence[str] | None = None,
        priority: str | None = None,
        limit: int = 25,
    ) -> list[TicketSummary]:
        asked = listing.wanted(
            inputs.status_of(status),
            inputs.tags_of(tags),
            inputs.priority_of(priority),
            self._dictionary.vocabulary,
        )
        exchange = self._exchange("list tickets")
        found = await listing.newest_tickets(exchange, asked, limit=inputs.limit_of(limit))
        return [outputs.ticket_summary(seen, core) for seen, core in found]

    # --- writing
    async def create_ticket(self, data: Mapping[str, object]) -> CreatedTicket:
        new = inputs.new_ticket(data)
        exchange = self._exchange("create ticket")
        resolved = await self._resolved(exchange, new.custom_fields)
        opening = CommentDraft(new.draft.body, new.draft.visibility)
        noted = resolved.noted_in(opening)
        draft = replace(new.draft, body=(noted or opening).body, custom_fields=resolved.by_id)
        seen = (await self._run(exchange, self._dictionary.create_steps(draft))).seen
        if noted is None:
            await self._note_afterwards(seen.external_id, resolved.note)
        return outputs.created_ticket(seen, core_of(seen, doing=exchange.doing))

    async def _note_afterwards(self, ticket_id: str, note: str) -> None:
        """The write is done: no failure of its note may look like a failure of it."""
        patch = TicketPatch(comment=CommentDraft(note, Visibility.INTERNAL))
        steps = self._dictionary.update_steps(patch)
        try:
            await self._run(self._exchange("add comment"), steps, ticket_id=ticket_id)
        except DeskgraphError as error:
            warnings.warn(
                f"Ticket {ticket_id} lacks this note: {note} ({error})",
                NoteNotAddedWarning,
                stacklevel=3,
            )

    async def update_ticket(self, ticket_id: str, data: Mapping[str, object]) -> TicketDetails:
        change = inputs.ticket_change(data)
        exchange = self._exchange("update ticket")
        resolved = await self._resolved(exchange, change.custom_fields)
        noted = resolved.noted_in(change.patch.comment)
        patch = replace(
            change.patch, comment=noted or change.patch.comment, custom_fields=resolved.by_id
        )
        details = await self._update(exchange, ticket_id, patch, change.tags)
        if resolved.unknown and noted is None:
            await self._note_afterwards(details["id"], resolved.note)
        return details

    async def close_ticket(self, ticket_id: str, reason: str) -> TicketDetails:
        note = inputs.comment_draft(reason, Visibility.INTERNAL, path="reason")
        patch = TicketPatch(status=Status.SOLVED, comment=note)
        return await self._update(self._exchange("close ticket"), ticket_id, patch, None)

    async def _update(
        self,
        exchange: Exchange,
        ticket_id: str,
        patch: TicketPatch,
        tags: tuple[str, ...] | None,
    ) -> TicketDetails:
        held = await exchange.held(inputs.ticket_id_of(ticket_id))
        if self._dictionary.needs_assignee(patch, held.core.assignee_id):
            patch = replace(patch, assignee_id=await self._own_user(exchange) or UNSET)
        if tags is not None:
            add, remove = merge.tag_changes(held.seen.tags or (), tags)
            patch = replace(patch, add_tags=add, remove_tags=remove)
        steps = self._dictionary.update_steps(patch)
        written = await self._run(exchange, steps, held=held)
        seen = written.seen
        if written.hides_core:
            seen = (await exchange.held(seen.external_id)).seen
        return outputs.ticket_details(seen, core_of(seen, doing=exchange.doing))

    async def _own_user(self, exchange: Exchange) -> str | None:
        if self._own_user_id is None:
            identity = self._dictionary.build_identity()
            self._own_user_id = await exchange.read(identity, self._dictionary.parse_own_user)
        return self._own_user_id

    async def add_comment(
        self, ticket_id: str, comment: str, internal: bool = True
    ) -> TicketComment:
        draft = inputs.comment_draft(comment, inputs.visibility(internal), path="comment")
        exchange = self._exchange("add comment")
        steps = self._dictionary.update_steps(TicketPatch(comment=draft))
        written = await self._run(exchange, steps, ticket_id=inputs.ticket_id_of(ticket_id))
        if written.comment is not None:
            return outputs.ticket_comment(written.comment)
        # It was done, but no reply shows it: it is the newest of that text.
        comments = await self._comments(exchange, TicketSeen(written.seen.external_id))
        same = [one for one in comments if one.body.strip() == comment.strip()] or comments
        return outputs.ticket_comment(max(same, key=lambda one: one.created_at))

    async def _run(
        self,
        exchange: Exchange,
        steps: Sequence[Step],
        *,
        ticket_id: str | None = None,
        held: Held | None = None,
    ) -> Written:
        """The steps in their order, and what they left. A failure tells what came before."""
        seen = held.seen if held else None
        ticket_id = seen.external_id if seen else ticket_id
        operation_id = f"{MARK}{secrets.token_hex(12)}"
        done: list[StepKind] = []
        comment, hides_core = None, False
        for number, step in enumerate(steps):
            step_id = operation_id if number == 0 else f"{operation_id}_{number}"
            try:
                shown = await write_step(
                    exchange, step, ticket_id=ticket_id, operation_id=step_id, held=held
                )
            except DeskgraphError as error:
                error.hint = _after(error.hint, ticket_id, done)
                raise
            seen = merge.after_step(seen, step, shown)
            comment = merge.written_comment(step, shown) or comment
            hides_core |= merge.hides_core(step, shown)
            ticket_id = seen.external_id if seen else ticket_id
            held = held_after(shown)
            done.append(step.kind)
        return Written(seen or TicketSeen(ticket_id or ""), comment, hides_core)

    async def _resolved(self, exchange: Exchange, given: Mapping[str, JsonValue]) -> ResolvedFields:
        if not given:
            return ResolvedFields({}, {})
        now = self._clock.now()
        if self._definitions is None or now > self._definitions[0] + custom_fields.KEPT_SECONDS:
            self._definitions = (now, await custom_fields.read_definitions(exchange))
        return custom_fields.resolve(given, self._definitions[1])


def _after(hint: str | None, ticket_id: str | None, done: Sequence[StepKind]) -> str | None:
    """A failure halfway: what the help desk has already done."""
    if not done:
        return hint
    words = ", ".join(kind.value.replace("_", " ") for kind in done)
    return f"{hint + '. ' if hint else ''}Already done on ticket {ticket_id}: {words}"
