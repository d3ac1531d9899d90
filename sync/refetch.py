"""Reads what something said has changed: open needs, coalesced, one flight per ticket."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest

from db.database import Transaction
from db.write.lanes import LeaseLostError
from db.write.parts import OpenNeed, open_needs, want
from db.write.tickets import living_among
from domain.errors import DeskgraphError, InternalError
from domain.ids import record_id, split_record_id
from domain.observation import CommentList, Cursor, Gone, LanePage, Part, TicketSeen
from domain.records import Comment
from domain.words import Purpose, SyncSource
from sync.apply import Applied
from sync.decide import Interval, read_due
from sync.desk import Desk
from sync.health import RETRY_SECONDS

log = logging.getLogger("deskgraph.sync")

COALESCE_SECONDS = 0.25
AGAIN_SECONDS = 1.0
SHUT_OUT_SECONDS = 5.0
REFUSED_SECONDS = 30.0
"""How long a ticket waits whose read fails while others work."""
BATCH = 100
LOOK_AHEAD = 400
LISTS = 25
READS_AT_ONCE = 5
"""How many requests of one round leave beside each other."""
LONE_READS = 10
"""How many of the tickets that a bulk read lacks are read singly at once."""
COMMENT_PAGES = 500
"""A guard against an endless list: fifty thousand comments on one ticket."""


@dataclass(frozen=True, slots=True)
class _Read:
    """One turn: some tickets at once, or the comments of one. Keys are (ticket id, comments?)."""

    keys: tuple[tuple[str, bool], ...]

    @property
    def is_of_comments(self) -> bool:
        return self.keys[0][1]


def _key_of(need: OpenNeed) -> tuple[str, bool]:
    return need.ticket_id, need.part is Part.COMMENTS


@dataclass(slots=True)
class Refetcher:
    """Serves one desk's open needs."""

    desk: Desk
    _soonest: dict[tuple[str, bool], float] = field(default_factory=dict)
    """When a ticket (or its comments) may be asked for again: a need that stays open waits."""
    _looked: dict[tuple[str, bool], float] = field(default_factory=dict)
    """The newest need for which somebody has had a look, proof or not."""
    _failing: set[tuple[str, bool]] = field(default_factory=set)
    _failures: int = 0

    async def run(self) -> None:
        while True:
            self.desk.needs_wake.clear()
            try:
                wait = await self.run_once()
            except LeaseLostError:
                raise
            except DeskgraphError as error:
                wait = self._note_failure(error)
            except Exception:
                log.exception("refetch failed", extra={"desk": self.desk.key})
                wait = self._note_failure(InternalError())
            await self.desk.save_health()
            await self._pause(wait)

    def _note_failure(self, error: DeskgraphError) -> float:
        self.desk.health.failed("refetch", error, now=self.desk.now())
        self._failures += 1
        return RETRY_SECONDS[min(self._failures, len(RETRY_SECONDS)) - 1]

    async def _pause(self, seconds: float) -> None:
        """Sleeps, but a new need ends the sleep after the coalescing time."""
        await self.desk.link.clock.sleep(min(seconds, COALESCE_SECONDS))
        left = seconds - COALESCE_SECONDS
        if left > 0 and not self.desk.needs_wake.is_set():
            await self.desk.sleep_or(self.desk.needs_wake, left)

    async def run_once(self) -> float:
        """Reads what is due; returns how long until something may be due again."""
        if self.desk.health.is_shut_out("refetch"):
            return SHUT_OUT_SECONDS
        needs = await self._needs()
        now = self.desk.now()
        due = [need for need in needs if self._due_at(need) <= now]
        if not due:
            later = min((self._due_at(need) for need in needs), default=now + 5.0)
            self._forget(now)
            if not needs:
                self._failing.clear()
                self.desk.health.succeeded("refetch")
            return max(0.0, min(later - now, 5.0))
        tickets = list(dict.fromkeys(n.ticket_id for n in due if n.part is not Part.COMMENTS))
        lists = list(dict.fromkeys(n.ticket_id for n in due if n.part is Part.COMMENTS))
        reads = [_Read(((ticket_id, True),)) for ticket_id in lists[:LISTS]]
        if tickets:
            reads.insert(0, _Read(tuple((ticket_id, False) for ticket_id in tickets[:BATCH])))
        looked_at = {key for read in reads for key in read.keys}
        self._looked |= {_key_of(n): n.need for n in due if _key_of(n) in looked_at}
        await self._all(reads)
        return 0.0

    async def _needs(self) -> list[OpenNeed]:
        """The newest and the oldest in turn: neither news nor backlog starves."""
        database, key = self.desk.database, self.desk.key
        oldest = await open_needs(database, key, limit=LOOK_AHEAD)
        newest = oldest[::-1]
        if len(oldest) == LOOK_AHEAD:
            newest = await open_needs(database, key, limit=BATCH, newest_first=True)
        mixed = [need for pair in zip_longest(newest, oldest) for need in pair if need is not None]
        return list(dict.fromkeys(mixed))

    def _due_at(self, need: OpenNeed) -> float:
        """A need of 0 only waits for a version, and may be asked for at once.

        Any other is proven by a read that starts L + E later; while the budget is idle, a first
        look at once shows the news that much sooner.
        """
        soonest = self._soonest.get(_key_of(need), 0.0)
        looked = self._looked.get(_key_of(need), 0.0)
        if need.need == 0.0 or (looked < need.need and self.desk.link.budget.is_idle()):
            return soonest
        return max(read_due(need.need), soonest)

    def _forget(self, now: float) -> None:
        self._soonest = {key: at for key, at in self._soonest.items() if at > now}
        self._looked = {key: need for key, need in self._looked.items() if need > now - 60.0}

    async def read_ticket(self, ticket_id: str, purpose: Purpose) -> None:
        """Reads one ticket and its comments now, for somebody who waits for it."""
        if not self.desk.link.dictionary.comments_ride_along:
            await self.read_tickets([ticket_id], purpose)
        await self.read_comments(ticket_id, purpose)

    async def read_tickets(
        self,
        ticket_ids: Sequence[str],
        purpose: Purpose,
        *,
        source: SyncSource = SyncSource.READ_THROUGH,
    ) -> Applied:
        """Reads up to a hundred tickets in one request.

        Where a merge shows only singly, a ticket that we hold and that the answer lacks is not
        buried by it. Once its absence is certain, a request of its own tells what became of it;
        what is not certain yet, or too much for now, is a need.
        """
        dictionary = self.desk.link.dictionary
        external_ids = [split_record_id(ticket_id)[1] for ticket_id in ticket_ids]
        request = dictionary.build_tickets(external_ids)
        answer = await self.desk.link.ask(request, purpose, doing="read tickets")
        page = dictionary.parse_tickets(answer.response, external_ids)
        missing = await self._missing(page)
        certain = [one for one, seen_to in missing.items() if seen_to <= answer.as_read.start]
        now, later = certain[:LONE_READS], certain[LONE_READS:]

        async def ask_later(tx: Transaction, applied: Applied) -> None:
            applied.drifted |= dict.fromkeys(later)
            for ticket_id in [one for one in missing if one not in now]:
                await want(
                    tx, self.desk.key, ticket_id, Part.CORE, need=answer.sent_at, version=None
                )

        lost = {split_record_id(ticket_id)[1] for ticket_id in missing}
        seen = tuple(ticket for ticket in page.tickets if ticket.external_id not in lost)
        stored = await self.desk.store(
            replace(page, tickets=seen),
            answer.as_read,
            source,
            reads_new_comments=True,
            also=ask_later,
        )
        singly = [self._read_singly(ticket_id, purpose, source) for ticket_id in now]
        for applied in await asyncio.gather(*singly):
            stored = stored.with_more(applied)
        return stored

    async def _missing(self, page: LanePage) -> dict[str, float]:
        """The tickets that a bulk read lacks and that are to be read singly, and until when each
        was seen."""
        if not self.desk.link.dictionary.merges_show_singly:
            return {}
        key = self.desk.key
        gone = [record_id(key, one.external_id) for one in page.tickets if one.core == Gone()]
        return await living_among(self.desk.database, gone)

    async def _read_singly(self, ticket_id: str, purpose: Purpose, source: SyncSource) -> Applied:
        dictionary = self.desk.link.dictionary
        external_id = split_record_id(ticket_id)[1]
        request = dictionary.build_ticket(external_id)
        answer = await self.desk.link.ask_parser(request, purpose, doing="read ticket")
        page = dictionary.parse_ticket(answer.response, external_id)
        return await self.desk.store(page, answer.as_read, source, reads_new_comments=True)

    async def _all(self, reads: Sequence[_Read]) -> None:
        """Each read has its turn. What fails beside others that work waits, and stops nobody."""
        places = asyncio.Semaphore(READS_AT_ONCE)

        async def placed(read: _Read) -> None:
            async with places:
                await self._do(read)

        outcomes = await asyncio.gather(*map(placed, reads), return_exceptions=True)
        self._note_outcomes(dict(zip(reads, outcomes, strict=True)))

    def _note_outcomes(self, outcomes: Mapping[_Read, BaseException | None]) -> None:
        """Raises a failure when there was nothing else, or when it is not the provider's."""
        failures = {read: error for read, error in outcomes.items() if error is not None}
        nothing_worked = len(failures) == len(outcomes)
        wait = RETRY_SECONDS[min(self._failures, 5)] if nothing_worked else REFUSED_SECONDS
        for read, error in outcomes.items():
            self._failing -= set(read.keys)
            if error is None:
                continue
            if not isinstance(error, DeskgraphError) or isinstance(error, LeaseLostError):
                raise error
            self._failing |= set(read.keys)
            self._soonest |= dict.fromkeys(read.keys, self.desk.now() + wait)
            self.desk.health.failed("refetch", error, now=self.desk.now())
        if nothing_worked:
            raise next(iter(failures.values()))
        self._failures = 0
        if not self._failing:
            self.desk.health.succeeded("refetch")

    async def _do(self, read: _Read) -> None:
        self._soonest |= dict.fromkeys(read.keys, self.desk.now() + AGAIN_SECONDS)
        ticket_ids = [ticket_id for ticket_id, _ in read.keys]
        if read.is_of_comments:
            await self.read_comments(ticket_ids[0], Purpose.COMMENTS)
        else:
            await self.read_tickets(ticket_ids, Purpose.WEBHOOK)

    async def read_comments(self, ticket_id: str, purpose: Purpose) -> None:
        """Reads a ticket's whole comment list, over as many pages as it takes."""
        dictionary = self.desk.link.dictionary
        external_id = split_record_id(ticket_id)[1]
        comments: list[Comment] = []
        pages: list[LanePage] = []
        cursor: Cursor | None = None
        start: Interval | None = None
        for _ in range(COMMENT_PAGES):
            request = dictionary.build_comments(external_id, cursor)
            answer = await self.desk.link.ask_parser(request, purpose, doing="read comments")
            page = dictionary.parse_comments(answer.response, external_id, cursor)
            start = start or answer.as_read
            pages.append(page)
            for ticket in page.tickets:
                comments.extend(ticket.comments.comments if ticket.comments else ())
            if not page.more:
                can_vanish = dictionary.comments_ride_along
                whole = _joined(external_id, pages, comments, can_vanish=can_vanish)
                if any(
                    ticket.comments and not ticket.comments.is_whole for ticket in whole.tickets
                ):
                    # A row of it cannot be read: the need stays, and asking soon would not help.
                    self._soonest[ticket_id, True] = self.desk.now() + REFUSED_SECONDS
                interval = Interval(start.start, answer.received_at)
                await self.desk.store(
                    whole, interval, SyncSource.READ_THROUGH, reads_new_comments=True
                )
                return
            cursor = page.cursor


def _joined(
    external_id: str, pages: Sequence[LanePage], comments: list[Comment], *, can_vanish: bool
) -> LanePage:
    """The pages of one list as one observation; a ticket that is gone has no list."""
    last = next((ticket for page in pages for ticket in page.tickets), TicketSeen(external_id))
    lists = [ticket.comments for page in pages for ticket in page.tickets if ticket.comments]
    # Where comments can vanish, a list with an unreadable row proves no absence.
    is_whole = not can_vanish or all(listed.is_whole for listed in lists)
    ticket = TicketSeen(
        external_id,
        core=last.core,
        tags=last.tags,
        custom_fields=last.custom_fields,
        comments=CommentList(tuple(comments), is_whole=is_whole) if lists else None,
        version=last.version,
        external_reference=last.external_reference,
        raw=last.raw,
    )
    return LanePage(
        tickets=(ticket,),
        people=tuple(person for page in pages for person in page.people),
        touched=tuple(dict.fromkeys(touched for page in pages for touched in page.touched)),
        oddities=tuple(oddity for page in pages for oddity in page.oddities),
    )
