"""The ordered list: the tail (what moved last) and the backfill; and how any list goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from domain.http import Request, Response
from domain.observation import Cursor, LanePage, Oddity, TicketSeen
from domain.records import JsonValue
from domain.words import Purpose, SyncSource
from integrations.ticketing import cursors
from integrations.ticketing.dictionary import Lane
from integrations.ticketing.document import Document, decode, parse_rows
from integrations.ticketing.gorgias.errors import error_of
from integrations.ticketing.gorgias.people import people_in
from integrations.ticketing.gorgias.tickets import parse_ticket
from integrations.ticketing.walk import LAST_PAGE, Following, TailWalk, walked_once

PAGE_SIZE: Final = 100
_TAIL: Final = TailWalk()


def raise_for(response: Response, *, doing: str) -> Document:
    """The decoded reply; raises the typed error of any other."""
    if error := error_of(response, doing=doing):
        raise error
    return decode(response, provider="Gorgias")


def list_request(
    resource: str, after: str | None, *, more: Sequence[tuple[str, str]] = ()
) -> Request:
    """https://developers.gorgias.com/reference/pagination

    A parameter that a list does not know is refused: none is sent on chance.
    """
    query = [("limit", str(PAGE_SIZE)), *more]
    if after is not None:
        query.append(("cursor", after))
    return Request("GET", f"/api/{resource}", tuple(query))


@dataclass(frozen=True, slots=True)
class ListedPage:
    """One page of any list, before a lane says what it means for its cursor."""

    document: Document
    rows: Sequence[JsonValue] = ()
    following: Following = LAST_PAGE


def read_listed(response: Response, *, came_from: str | None, doing: str) -> ListedPage:
    if response.status == 400 and came_from is not None:
        # A page cursor is short-lived: the walk starts again.
        refused = Oddity("cursor_refused", "Gorgias no longer knows the cursor of a list")
        document = Document({}, "Gorgias", [refused])
        return ListedPage(document, following=Following(is_refused=True))
    document = raise_for(response, doing=doing)
    return ListedPage(document, document.rows("data"), _following(document, came_from))


def _following(document: Document, came_from: str | None) -> Following:
    meta = document.body.get("meta")
    after = meta.get("next_cursor") if isinstance(meta, dict) else None
    if after is None:
        return LAST_PAGE
    if isinstance(after, str) and after not in ("", came_from):
        return Following(after)
    document.oddities.append(Oddity("cursor_pinned", "A list says that it goes on, but not where"))
    return Following(is_pinned=True)


def tickets_in(
    document: Document, rows: Sequence[JsonValue], *, web_url: str
) -> tuple[TicketSeen, ...]:
    return tuple(parse_rows(document, rows, partial(parse_ticket, web_url=web_url), kind="ticket"))


class TicketList:
    """The two lanes over `GET /api/tickets`."""

    def __init__(self, *, web_url: str, since: float | None) -> None:
        self._web_url = web_url
        self._oldest = None if since is None else int(since * 1_000_000)

    def tail(self) -> Lane:
        return Lane(
            "tail",
            Purpose.TAIL,
            SyncSource.TAIL,
            self._build,
            self._parse_tail,
            period_seconds=5.0,
            marks_new_comments=True,
        )

    def backfill(self) -> Lane:
        """With a window it asks for each ticket's messages: no list of them ends at the window."""
        return Lane(
            "backfill",
            Purpose.BACKFILL,
            SyncSource.BACKFILL,
            self._build,
            self._parse_backfill,
            marks_new_comments=self._oldest is not None,
        )

    def _build(self, cursor: Cursor | None) -> Request:
        """Trashed ones as well: that a ticket went there is news."""
        order = (("order_by", "updated_datetime:desc"), ("trashed", "true"))
        return list_request("tickets", cursors.text(cursor, "after"), more=order)

    def _parse_tail(self, cursor: Cursor | None, response: Response) -> LanePage:
        """The first tail of a desk only notes where it begins.

        The tickets themselves are the backfill's, which brings messages by the hundred: here each
        of them would have its detail read, and two requests a second is all that a key may send.
        """
        listed, tickets = self._read(cursor, response)
        versions = [ticket.version for ticket in tickets if ticket.version is not None]
        position, more = _TAIL.after(cursor, versions, listed.following)
        news = tickets if cursors.whole(cursor, "watermark") is not None else ()
        return _page(listed, news, position, more=more)

    def _parse_backfill(self, cursor: Cursor | None, response: Response) -> LanePage:
        listed, tickets = self._read(cursor, response)
        versions = [ticket.version for ticket in tickets if ticket.version is not None]
        is_past = self._oldest is not None and any(v < self._oldest for v in versions)
        came_from = cursors.text(cursor, "after")
        position, more = walked_once(came_from, listed.following, is_past=is_past)
        return _page(listed, tickets, position, more=more)

    def _read(
        self, cursor: Cursor | None, response: Response
    ) -> tuple[ListedPage, tuple[TicketSeen, ...]]:
        came_from = cursors.text(cursor, "after")
        listed = read_listed(response, came_from=came_from, doing="list tickets")
        return listed, tickets_in(listed.document, listed.rows, web_url=self._web_url)


def _page(
    listed: ListedPage, tickets: tuple[TicketSeen, ...], cursor: Cursor, *, more: bool
) -> LanePage:
    return LanePage(
        tickets=tickets,
        people=people_in(listed.rows),
        cursor=cursor,
        more=more,
        oddities=tuple(listed.document.oddities),
    )
