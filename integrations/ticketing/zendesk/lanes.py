"""The ordered list: the tail (what moved last), the backfill, and an agent's walk over all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from domain.http import Request, Response
from domain.observation import Cursor, LanePage, Oddity, TicketSeen
from domain.words import Purpose, SyncSource
from integrations.ticketing import cursors
from integrations.ticketing.dictionary import Lane
from integrations.ticketing.document import Document, decode, parse_rows
from integrations.ticketing.walk import LAST_PAGE, Following, TailWalk, walked_once
from integrations.ticketing.zendesk.errors import error_of
from integrations.ticketing.zendesk.people import parse_user
from integrations.ticketing.zendesk.tickets import parse_ticket

PAGE_SIZE: Final = 100
_TAIL: Final = TailWalk()


def raise_for(response: Response, *, doing: str) -> Document:
    """The decoded reply; raises the typed error of any other."""
    if error := error_of(response, doing=doing):
        raise error
    return decode(response, provider="Zendesk")


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
    following: Following

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
        return ListedPage(Document({}, "Zendesk", [refused]), (), Following(is_refused=True))
    document = raise_for(response, doing="list tickets")
    tickets = tickets_in(document, web_url=web_url)
    return ListedPage(document, tickets, next_page(document, came_from=came_from))


def next_page(document: Document, *, came_from: str | None) -> Following:
    """A last page has a cursor too, so only `has_more` counts.

    https://developer.zendesk.com/api-reference/introduction/pagination/#using-cursor-pagination
    """
    meta = document.body.get("meta")
    if not isinstance(meta, dict) or meta.get("has_more") is not True:
        return LAST_PAGE
    after = meta.get("after_cursor")
    if isinstance(after, str) and after not in ("", came_from):
        return Following(after)
    document.oddities.append(Oddity("cursor_pinned", "A list says that it goes on, but not where"))
    return Following(is_pinned=True)


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
            period_seconds=600.0,
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
        """The first tail of a desk reads one page; what is older is the backfill's."""
        came_from = cursors.text(cursor, "after")
        listed = read_listed(response, came_from=came_from, web_url=self._web_url)
        position, more = _TAIL.after(cursor, listed.versions, listed.following)
        return listed.as_page(position, more=more)

    def _parse_backfill(self, cursor: Cursor | None, response: Response) -> LanePage:
        came_from = cursors.text(cursor, "after")
        listed = read_listed(response, came_from=came_from, web_url=self._web_url)
        is_past = self._oldest is not None and any(v < self._oldest for v in listed.versions)
        position, more = walked_once(came_from, listed.following, is_past=is_past)
        return listed.as_page(position, more=more)

    def _parse_walk(self, cursor: Cursor | None, response: Response) -> LanePage:
        """Begins again after its end. A pinned list keeps its cursor: it proves nothing."""
        came_from = cursors.text(cursor, "after")
        listed = read_listed(response, came_from=came_from, web_url=self._web_url)
        if listed.following.is_pinned:
            return listed.as_page({"after": came_from}, more=True)
        after = listed.following.after
        return listed.as_page({"after": after}, more=after is not None)
