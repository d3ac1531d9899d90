"""Reads what something said has changed: open needs, coalesced, one flight per ticket."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

from db.write.lanes import LeaseLostError
from db.write.parts import OpenNeed, open_needs
from domain.errors import DeskgraphError, InternalError
from domain.ids import split_record_id
from domain.observation import CommentList, Cursor, LanePage, Part, TicketSeen
from domain.records import Comment
from domain.words import Purpose, SyncSource
from sync.decide import Interval, read_due
from sync.desk import Desk

log = logging.getLogger("deskgraph.sync")

COALESCE_SECONDS = 0.25
AGAIN_SECONDS = 1.0
BATCH = 100
LOOK_AHEAD = 400
COMMENT_READS = 4
"""How many comment lists are read beside each other."""
COMMENT_PAGES = 500
"""A guard against an endless list: fifty thousand comments on one ticket."""


@dataclass(slots=True)
class Refetcher:
    """Serves one desk's open needs."""

    desk: Desk
    _asked: dict[tuple[str, bool], float] = field(default_factory=dict)
    """When a ticket's (parts, comments) were last asked for: a need that stays open waits."""

    async def run(self) -> None:
        while True:
            self.desk.needs_wake.clear()
            wait = COALESCE_SECONDS
            try:
                wait = await self.run_once()
                self.desk.health.succeeded("refetch")
            except LeaseLostError:
                raise
            except DeskgraphError as error:
                self.desk.health.failed("refetch", error, now=self.desk.now())
                wait = AGAIN_SECONDS
            except Exception:
                log.exception("refetch failed", extra={"desk": self.desk.key})
                self.desk.health.failed("refetch", InternalError(), now=self.desk.now())
                wait = AGAIN_SECONDS
            await self.desk.save_health()
            await self._pause(wait)

    async def _pause(self, seconds: float) -> None:
        """Sleeps, but a new need ends the sleep after the coalescing time."""
        await self.desk.link.clock.sleep(min(seconds, COALESCE_SECONDS))
        left = seconds - COALESCE_SECONDS
        if left > 0 and not self.desk.needs_wake.is_set():
            timer = asyncio.ensure_future(self.desk.link.clock.sleep(left))
            wake = asyncio.ensure_future(self.desk.needs_wake.wait())
            try:
                await asyncio.wait((timer, wake), return_when=asyncio.FIRST_COMPLETED)
            finally:
                timer.cancel()
                wake.cancel()

    async def run_once(self) -> float:
        """Reads what is due; returns how long until something may be due again."""
        needs = await open_needs(self.desk.database, self.desk.key, limit=LOOK_AHEAD)
        now = self.desk.now()
        due = [need for need in needs if self._due_at(need) <= now]
        if not due:
            later = min((self._due_at(need) for need in needs), default=now + 5.0)
            self._forget(now)
            return max(0.0, min(later - now, 5.0))
        tickets = list(dict.fromkeys(n.ticket_id for n in due if n.part is not Part.COMMENTS))
        lists = list(dict.fromkeys(n.ticket_id for n in due if n.part is Part.COMMENTS))
        if tickets:
            await self._read_tickets(tickets[:BATCH], Purpose.WEBHOOK)
        if lists:
            await self._read_comment_lists(lists[: BATCH // COMMENT_READS])
        return 0.0

    def _due_at(self, need: OpenNeed) -> float:
        """A need of 0 only waits for a version, and may be asked for at once."""
        asked = self._asked.get((need.ticket_id, need.part is Part.COMMENTS))
        soonest = asked + AGAIN_SECONDS if asked is not None else 0.0
        return max(read_due(need.need) if need.need > 0 else 0.0, soonest)

    def _forget(self, now: float) -> None:
        self._asked = {key: at for key, at in self._asked.items() if at > now - 60.0}

    async def read_ticket(self, ticket_id: str, purpose: Purpose) -> None:
        """Reads one ticket and its comments now, for somebody who waits for it."""
        if not self.desk.link.dictionary.comments_ride_along:
            await self._read_tickets([ticket_id], purpose)
        await self.read_comments(ticket_id, purpose)

    async def _read_tickets(self, ticket_ids: Sequence[str], purpose: Purpose) -> None:
        dictionary = self.desk.link.dictionary
        external_ids = [split_record_id(ticket_id)[1] for ticket_id in ticket_ids]
        for ticket_id in ticket_ids:
            self._asked[ticket_id, False] = self.desk.now()
        request = dictionary.build_tickets(external_ids)
        answer = await self.desk.link.ask(request, purpose, doing="read tickets")
        page = dictionary.parse_tickets(answer.response, external_ids)
        await self.desk.store(
            page, answer.as_read, SyncSource.READ_THROUGH, reads_new_comments=True
        )

    async def _read_comment_lists(self, ticket_ids: Sequence[str]) -> None:
        """The first failure is raised when every list has had its turn."""
        for start in range(0, len(ticket_ids), COMMENT_READS):
            batch = ticket_ids[start : start + COMMENT_READS]
            outcomes = await asyncio.gather(
                *(self.read_comments(ticket_id, Purpose.COMMENTS) for ticket_id in batch),
                return_exceptions=True,
            )
            for outcome in outcomes:
                if isinstance(outcome, BaseException):
                    raise outcome

    async def read_comments(self, ticket_id: str, purpose: Purpose) -> None:
        """Reads a ticket's whole comment list, over as many pages as it takes."""
        dictionary = self.desk.link.dictionary
        external_id = split_record_id(ticket_id)[1]
        self._asked[ticket_id, True] = self.desk.now()
        comments: list[Comment] = []
        pages: list[LanePage] = []
        cursor: Cursor | None = None
        start: Interval | None = None
        for _ in range(COMMENT_PAGES):
            request = dictionary.build_comments(external_id, cursor)
            answer = await self.desk.link.ask(request, purpose, doing="read comments")
            page = dictionary.parse_comments(answer.response, external_id, cursor)
            start = start or answer.as_read
            pages.append(page)
            for ticket in page.tickets:
                comments.extend(ticket.comments.comments if ticket.comments else ())
            if not page.more:
                whole = _joined(external_id, pages, comments)
                interval = Interval(start.start, answer.received_at)
                await self.desk.store(
                    whole, interval, SyncSource.READ_THROUGH, reads_new_comments=True
                )
                return
            cursor = page.cursor


def _joined(external_id: str, pages: Sequence[LanePage], comments: list[Comment]) -> LanePage:
    """The pages of one list as one observation; a ticket that is gone has no list."""
    last = next((ticket for page in pages for ticket in page.tickets), TicketSeen(external_id))
    has_list = any(ticket.comments is not None for page in pages for ticket in page.tickets)
    ticket = TicketSeen(
        external_id,
        core=last.core,
        tags=last.tags,
        custom_fields=last.custom_fields,
        comments=CommentList(tuple(comments), is_whole=True) if has_list else None,
        version=last.version,
        external_reference=last.external_reference,
        raw=last.raw,
    )
    return LanePage(
        tickets=(ticket,),
        people=tuple(person for page in pages for person in page.people),
        oddities=tuple(oddity for page in pages for oddity in page.oddities),
    )
