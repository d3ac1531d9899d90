"""Our own users at work: they change tickets through the engine and believe what it answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

import orjson
from sqlalchemy import select

from db import tables
from db.database import Database
from domain.errors import DeskgraphError
from domain.words import Priority, Status, Visibility
from domain.writes import UNSET, CommentDraft, OperationState, Requester, TicketDraft, TicketPatch
from integrations.ticketing.dictionary import Vocabulary
from sync.engine import Engine
from sync.requests import Write, WriteOutcome
from tests.simulation.history import History
from tests.simulation.view import CORE, GONE, cached_views

TAGS = ("vip", "refund", "bug", "late", "spam")


@dataclass(slots=True)
class Writers:
    """Makes writes, and notes what was asked for under each key."""

    desk: str
    database: Database
    random: Random
    history: History
    words: Vocabulary
    asked: dict[str, Write] = field(default_factory=dict)
    answered: dict[str, WriteOutcome] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)

    async def act(self, engine: Engine) -> None:
        write = await self._some_write()
        self.asked[write.key] = write
        await self.send(engine, write)

    async def send(self, engine: Engine, write: Write) -> None:
        _, _, number = (write.ticket_id or "").partition("/")
        since = self.history.states_of(number) if number else 0
        try:
            outcome = await engine.submit(write)
        except DeskgraphError:
            # Not accepted, because the process does not hold the desk: nothing was promised.
            return
        self.answered[write.key] = outcome
        if outcome.state is OperationState.CONFIRMED and not outcome.replayed:
            await self._check_readable(write, outcome, since)

    async def _some_write(self) -> Write:
        key = f"key-{len(self.asked)}-{self.random.getrandbits(32):08x}"
        rows = await self.database.fetch(
            select(tables.ticket.c.id)
            .where(tables.ticket.c.gone.is_(False), tables.ticket.c.status != Status.CLOSED.value)
            .order_by(tables.ticket.c.id)
        )
        if not rows or self.random.random() < 0.25:
            return Write(key, self.desk, "somebody", draft=self._draft(key))
        ticket_id = self.random.choice(rows)[0]
        return Write(key, self.desk, "somebody", ticket_id=ticket_id, patch=self._patch(key))

    def _draft(self, key: str) -> TicketDraft:
        return TicketDraft(
            f"Subject {key}",
            f"Body {key}",
            requester=Requester(email=f"{key}@example.com"),
            priority=self.random.choice(list(Priority)),
            tags=(self.random.choice(TAGS),),
        )

    def _patch(self, key: str) -> TicketPatch:
        choices: tuple[Callable[[], TicketPatch], ...] = (
            lambda: TicketPatch(status=self.random.choice((Status.OPEN, Status.SOLVED))),
            lambda: TicketPatch(priority=self.random.choice(list(Priority))),
            lambda: TicketPatch(subject=f"Subject {key}"),
            lambda: TicketPatch(add_tags=(self.random.choice(TAGS),)),
            lambda: TicketPatch(remove_tags=(self.random.choice(TAGS),)),
            lambda: TicketPatch(comment=CommentDraft(f"Body {key}", Visibility.INTERNAL)),
            lambda: TicketPatch(comment=CommentDraft(f"Body {key}", Visibility.INTERNAL)),
            lambda: TicketPatch(
                subject=f"Subject {key}",
                add_tags=(self.random.choice(TAGS),),
                comment=CommentDraft(f"Body {key}", Visibility.INTERNAL),
            ),
        )
        return self.random.choice(choices)()

    async def _check_readable(self, write: Write, outcome: WriteOutcome, since: int) -> None:
        """What was acknowledged can be read: in the row, or in an overlay over it."""
        patch = write.patch
        if patch is None or outcome.ticket_id is None:
            if outcome.ticket_id is None or not await self._ticket_is_known(outcome.ticket_id):
                self.complaints.append(f"{write.key}: the created ticket cannot be read")
            return
        tags = await self._tags_read(outcome.ticket_id)
        if tags is None:
            # It went while we wrote: nothing of it is shown.
            return
        if not (set(patch.add_tags) <= tags and tags.isdisjoint(patch.remove_tags)):
            self.complaints.append(f"{write.key}: {patch} reads as {sorted(tags)}")
        await self._check_core(write.key, outcome.ticket_id, patch, since)
        if patch.comment is not None:
            c = tables.comment.c
            # A merge may have moved it meanwhile, and an agent may have edited it.
            is_ours = c.body.startswith(patch.comment.body)
            rows = await self.database.fetch(select(c.id).where(is_ours))
            if [row.id for row in rows] != [outcome.comment_id]:
                read = [row.id for row in rows]
                self.complaints.append(f"{write.key}: {outcome.comment_id} is read as {read}")

    async def _check_core(self, key: str, ticket_id: str, patch: TicketPatch, since: int) -> None:
        """Status, priority and subject: as they were written, or as somebody left them later."""
        wanted = self._told(patch)
        number = ticket_id.partition("/")[2]
        view = (await cached_views(self.database, self.desk, [number])).get(number, GONE)
        if not wanted or view is GONE:
            return

        def is_ours(core: object) -> bool:
            told = dict(zip(CORE, core, strict=True)) if isinstance(core, tuple) else {}
            return wanted.items() <= told.items()

        if not self.history.shows_write(number, is_ours, since=since, view=view):
            self.complaints.append(f"{key}: {wanted} reads as {view.core}")

    def _told(self, patch: TicketPatch) -> dict[str, object]:
        """The written values as a ticket's core tells them, in the provider's words."""
        told: dict[str, object] = {}
        if isinstance(patch.status, Status):
            told["native_status"] = self.words.native_status_of[patch.status]
        if isinstance(patch.priority, Priority):
            told["native_priority"] = self.words.native_priority_of[patch.priority]
        if patch.subject is not UNSET:
            told["subject"] = patch.subject
        return told

    async def _ticket_is_known(self, ticket_id: str) -> bool:
        rows = await self.database.fetch(
            select(tables.ticket.c.id).where(tables.ticket.c.id == ticket_id)
        )
        return bool(rows)

    async def _tags_read(self, ticket_id: str) -> set[str] | None:
        """The tags with overlays applied; None for a ticket that is gone."""
        t = tables.ticket
        gone = await self.database.fetch(select(t.c.gone).where(t.c.id == ticket_id))
        if gone[0][0]:
            return None
        rows = await self.database.fetch(
            select(tables.ticket_tag.c.tag).where(tables.ticket_tag.c.ticket_id == ticket_id)
        )
        tags = {row[0] for row in rows}
        overlays = await self.database.fetch(
            select(tables.overlay).where(
                tables.overlay.c.ticket_id == ticket_id, tables.overlay.c.part == "tags"
            )
        )
        for overlay in sorted(overlays, key=lambda row: row.replied_at):
            content = orjson.loads(overlay.content)
            tags |= set(content.get("add", ()))
            tags -= set(content.get("remove", ()))
        return tags
