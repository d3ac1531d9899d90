"""The ordered list: the tail (what moved last), the backfill, and an agent's walk over all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from domain.http import Request, Response
from domain.observation import Cursor, LanePage, Oddity, TicketSeen
from domain.words import Purpose, SyncSource
from integrations.ticketing.dictionary import Lane
from integrations.ticketing.zendesk import cursors
from integrations.ticketing.zendesk.document import Document, decode, parse_rows
from integrations.ticketing.zendesk.errors import error_of
from integrations.ticketing.zendesk.people import parse_user
from integrations.ticketing.zendesk.tickets import parse_ticket

PAGE_SIZE: Final = 100
STEP_MICROS: Final = 1_000_000
"""The step of Zendesk's clock: rows of one second have no order among each other."""


def raise_for(response: Response, *, doing: str) -> Document:
    """The decoded reply; raises the typed error of any other."""
    if error := error_of(response, doing=doing):
        raise error
    return decode(response)


def tickets_in(document: Document, *, web_url: str) -> tuple[TicketSeen, ...]:
    parse = partial(parse_ticket, web_url=web_url)
    return tuple(parse_rows(document, document.rows("tickets"), parse, kind="ticket"))


def list_request(order: str, after: str | None, *, more: Sequence[tuple[str, str]] = ()) -> Request:
    """https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/#list-tickets

    `sort_by` would be dropped in silence beside `page[size]`; and without the scope `all`, tickets
    of AI agents would be left out in silence.
    """
    query = [("sort", order), ("page[size]", str(PAGE_SIZE)), ("support_type_scope", "all"), *more]
    if after is not None:
        query.append(("page[after]", after))
    return Request("GET", "/api/v2/tickets", tuple(query))


@dataclass(frozen=True, slots=True)
class ListedPage:
    """One page of the list, before a lane says what it means for its cursor."""

    document: Document
    tickets: tuple[TicketSeen, ...]
    after: str | None
    """The page that follows; None: this is the last."""
    is_cut: bool = False
    """The list does not say where it goes on: what it did not show is not known."""

    @property
    def versions(self) -> list[int]:
        return [ticket.version for ticket in self.tickets if ticket.version is not None]

    def as_page(self, cursor: Cursor, *, more: bool) -> LanePage:
        users = self.document.side_rows("users")
        return LanePage(
            tickets=self.tickets,
            people=tuple(parse_rows(self.document, users, parse_user, kind="user")),
            cursor=cursor,
            more=more,
            oddities=tuple(self.document.oddities),
        )


def read_listed(response: Response, *, came_from: str | None, web_url: str) -> ListedPage:
    if response.status == 400 and came_from is not None:
        # A page cursor can expire while we are away: the walk starts again.
        refused = Oddity("cursor_refused", "Zendesk no longer knows the cursor of a list")
        return ListedPage(Document({}, [refused]), (), None, is_cut=True)
    document = raise_for(response, doing="list tickets")
    tickets = tickets_in(document, web_url=web_url)
    after, is_cut = next_page(document, came_from=came_from)
    return ListedPage(document, tickets, after, is_cut)


def next_page(document: Document, *, came_from: str | None) -> tuple[str | None, bool]:
    """The cursor of the next page, and whether it is missing. A last page has one too.

    https://developer.zendesk.com/api-reference/introduction/pagination/#using-cursor-pagination
    """
    meta = document.body.get("meta")
    if not isinstance(meta, dict) or meta.get("has_more") is not True:
        return None, False
    after = meta.get("after_cursor")
    if not isinstance(after, str) or after == came_from:
        document.oddities.append(
            Oddity("cursor_pinned", "A list says that it goes on, but not where")
        )
        return None, True
    return after, False


class TicketList:
    """The three lanes over `GET /tickets`."""

    def __init__(self, *, web_url: str, since: float | None) -> None:
        self._web_url = web_url
        self._oldest = None if since is None else int(since * 1_000_000)

    def tail(self) -> Lane:
        return Lane(
            "tail",
            Purpose.TAIL,
            SyncSource.TAIL,
            self._build_newest,
            self._parse_tail,
            period_seconds=5.0,
            marks_new_comments=True,
        )

    def backfill(self) -> Lane:
        return Lane(
            "backfill",
            Purpose.BACKFILL,
            SyncSource.BACKFILL,
            self._build_newest,
            self._parse_backfill,
        )

    def walk(self, *, stands_in_for: str) -> Lane:
        """For credentials without the export. By id, an order in which no change moves a row."""
        return Lane(
            "walk",
            Purpose.AUDIT,
            SyncSource.AUDIT,
            self._build_walk,
            self._parse_walk,
            period_seconds=900.0,
            is_convergence=True,
            marks_new_comments=True,
            stands_in_for=stands_in_for,
        )

    def _build_newest(self, cursor: Cursor | None) -> Request:
        after = cursors.text(cursor, "after")
        return list_request("-updated_at", after, more=[("include", "users")])

    def _build_walk(self, cursor: Cursor | None) -> Request:
        return list_request("id", cursors.text(cursor, "after"))

    def _parse_tail(self, cursor: Cursor | None, response: Response) -> LanePage:
        """Walks down until a row is older than the watermark by more than the clock's step.

        The new watermark is the newest version of the walk's first page. It counts only once the
        walk has ended: rows that move up meanwhile are above it, and the next walk meets them.
        The first tail of a desk reads one page; what is older is the backfill's.
        """
        came_from = cursors.text(cursor, "after")
        listed = read_listed(response, came_from=came_from, web_url=self._web_url)
        mark = cursors.whole(cursor, "watermark")
        if listed.is_cut:
            return listed.as_page(cursors.tail(mark), more=False)
        pending = cursors.whole(cursor, "next") if came_from is not None else None
        newest = max([*listed.versions, mark or 0]) if pending is None else pending
        has_ended = (
            mark is None
            or listed.after is None
            or any(version < mark - STEP_MICROS for version in listed.versions)
        )
        if has_ended:
            return listed.as_page(cursors.tail(newest), more=False)
        return listed.as_page(cursors.tail(mark, pending=newest, after=listed.after), more=True)

    def _parse_backfill(self, cursor: Cursor | None, response: Response) -> LanePage:
        came_from = cursors.text(cursor, "after")
        listed = read_listed(response, came_from=came_from, web_url=self._web_url)
        if listed.is_cut:
            return listed.as_page({"after": None}, more=True)
        is_past = self._oldest is not None and any(v < self._oldest for v in listed.versions)
        after = None if is_past else listed.after
        return listed.as_page({"after": after or came_from}, more=after is not None)

    def _parse_walk(self, cursor: Cursor | None, response: Response) -> LanePage:
        came_from = cursors.text(cursor, "after")
        listed = read_listed(response, came_from=came_from, web_url=self._web_url)
        return listed.as_page({"after": listed.after}, more=listed.after is not None)
