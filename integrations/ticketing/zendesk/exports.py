"""The incremental exports: every change of tickets, comments, users and organizations.

https://developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports/
They never show the last minute, are for admins, and share ten requests a minute.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from domain.http import Request, Response
from domain.observation import Cursor, LanePage, Oddity
from domain.words import Purpose, SyncSource
from integrations.ticketing import cursors
from integrations.ticketing.dictionary import Lane
from integrations.ticketing.document import Document, parse_rows
from integrations.ticketing.zendesk.comments import parse_event_comments
from integrations.ticketing.zendesk.lanes import raise_for, tickets_in
from integrations.ticketing.zendesk.limits import INCREMENTAL
from integrations.ticketing.zendesk.people import parse_organization, parse_user

PER_PAGE: Final = "1000"


@dataclass(frozen=True, slots=True)
class Exports:
    """The four feeds. `since`: seconds since the epoch, for the first request of each."""

    web_url: str
    since: int
    period_seconds: float = 30.0

    def tickets(self) -> Lane:
        return Lane(
            "export",
            Purpose.EXPORT,
            SyncSource.EXPORT,
            self._build_tickets,
            self._parse_tickets,
            period_seconds=self.period_seconds,
            is_convergence=True,
            # Of all tickets, the comment feed tells what was said, a thousand events a request. A
            # window cuts the feed off as well, so that each of its tickets is asked for its list.
            marks_new_comments=self.since > 0,
            may_be_refused=True,
        )

    def comments(self) -> Lane:
        return Lane(
            "comment_feed",
            Purpose.COMMENTS,
            SyncSource.EVENTS,
            self._build_comments,
            self._parse_comments,
            period_seconds=self.period_seconds,
            may_be_refused=True,
        )

    def people(self) -> Lane:
        return Lane(
            "people",
            Purpose.AUDIT,
            SyncSource.EXPORT,
            self._build_people,
            self._parse_people,
            period_seconds=60.0,
            may_be_refused=True,
        )

    def organizations(self) -> Lane:
        return Lane(
            "organizations",
            Purpose.AUDIT,
            SyncSource.EXPORT,
            self._build_organizations,
            self._parse_organizations,
            period_seconds=300.0,
            may_be_refused=True,
        )

    def _build_tickets(self, cursor: Cursor | None) -> Request:
        # Tickets of AI agents are left out in silence without the scope.
        more = (("support_type_scope", "all"), ("include", "users"))
        path = "/api/v2/incremental/tickets/cursor"
        return Request("GET", path, (*self._from(cursor), *more), family=INCREMENTAL)

    def _build_people(self, cursor: Cursor | None) -> Request:
        path = "/api/v2/incremental/users/cursor"
        return Request("GET", path, self._from(cursor), family=INCREMENTAL)

    def _from(self, cursor: Cursor | None) -> tuple[tuple[str, str], ...]:
        """The kept cursor goes on where the last page ended, also after the end of the stream."""
        held = cursors.text(cursor, "cursor")
        start = ("start_time", str(self.since)) if held is None else ("cursor", held)
        return (start, ("per_page", PER_PAGE))

    def _build_comments(self, cursor: Cursor | None) -> Request:
        more = (("include", "comment_events"), ("support_type_scope", "all"))
        path = "/api/v2/incremental/ticket_events"
        return Request("GET", path, (*self._from_time(cursor), *more), family=INCREMENTAL)

    def _build_organizations(self, cursor: Cursor | None) -> Request:
        path = "/api/v2/incremental/organizations"
        return Request("GET", path, self._from_time(cursor), family=INCREMENTAL)

    def _from_time(self, cursor: Cursor | None) -> tuple[tuple[str, str], ...]:
        start = cursors.whole(cursor, "start_time")
        return (
            ("start_time", str(self.since if start is None else start)),
            ("per_page", PER_PAGE),
        )

    def _parse_tickets(self, cursor: Cursor | None, response: Response) -> LanePage:
        if _is_refused(cursor, response):
            return _start_again()
        document = raise_for(response, doing="export tickets")
        tickets = tickets_in(document, web_url=self.web_url)
        users = document.side_rows("users")
        people = parse_rows(document, users, parse_user, kind="user")
        has_rows = bool(document.rows("tickets"))
        next_cursor, more = _cursor_after(cursor, document, has_rows=has_rows)
        return LanePage(
            tickets=tickets,
            people=tuple(people),
            cursor=next_cursor,
            more=more,
            oddities=tuple(document.oddities),
        )

    def _parse_people(self, cursor: Cursor | None, response: Response) -> LanePage:
        if _is_refused(cursor, response):
            return _start_again()
        document = raise_for(response, doing="export users")
        rows = document.rows("users")
        people = parse_rows(document, rows, parse_user, kind="user")
        next_cursor, more = _cursor_after(cursor, document, has_rows=bool(rows))
        return LanePage(
            people=tuple(people),
            cursor=next_cursor,
            more=more,
            oddities=tuple(document.oddities),
        )

    def _parse_comments(self, cursor: Cursor | None, response: Response) -> LanePage:
        document = raise_for(response, doing="export ticket events")
        rows = document.rows("ticket_events")
        grouped = parse_rows(document, rows, parse_event_comments, kind="ticket event")
        next_cursor, more = self._time_after(cursor, document, "ticket_events")
        return LanePage(
            comments=tuple(comment for group in grouped for comment in group),
            cursor=next_cursor,
            more=more,
            oddities=tuple(document.oddities),
        )

    def _parse_organizations(self, cursor: Cursor | None, response: Response) -> LanePage:
        document = raise_for(response, doing="export organizations")
        rows = document.rows("organizations")
        organizations = parse_rows(document, rows, parse_organization, kind="organization")
        next_cursor, more = self._time_after(cursor, document, "organizations")
        return LanePage(
            references=tuple(organizations),
            cursor=next_cursor,
            more=more,
            oddities=tuple(document.oddities),
        )

    def _time_after(
        self, cursor: Cursor | None, document: Document, key: str
    ) -> tuple[Cursor | None, bool]:
        """`end_time` is the page's last second, which the next page shows again.

        A page within one second shows all of that second, also beyond a thousand rows, and ends
        at the second after it. So a time that does not move on, with rows and without the end of
        the stream, would loop over the same rows or skip others: it is an error of the feed.
        """
        held = cursors.whole(cursor, "start_time")
        start = self.since if held is None else held
        end = document.body.get("end_time")
        goes_on = _goes_on(document, key)
        if not isinstance(end, int) or isinstance(end, bool):
            end = start
        if end < start or (end == start and goes_on):
            _note_pinned(document, f"start_time {start}")
            return {"start_time": start}, False
        return {"start_time": end}, goes_on and end > start


def _goes_on(document: Document, key: str) -> bool:
    """`end_of_stream`; an older form lacks it, and there a full page means that there is more."""
    ends = document.body.get("end_of_stream")
    if isinstance(ends, bool):
        return not ends
    return len(document.rows(key)) >= int(PER_PAGE)


def _is_refused(cursor: Cursor | None, response: Response) -> bool:
    return response.status == 400 and cursors.text(cursor, "cursor") is not None


def _start_again() -> LanePage:
    """Zendesk no longer knows our cursor. From the start: long, and the only way without a gap.

    At the next period: a server that refuses each new cursor as well must not be asked in a loop.
    """
    refused = Oddity("cursor_refused", "Zendesk no longer knows the cursor of an export")
    return LanePage(cursor={"cursor": None}, oddities=(refused,))


def _cursor_after(
    cursor: Cursor | None, document: Document, *, has_rows: bool
) -> tuple[Cursor | None, bool]:
    """The last cursor stays, also at the end of the stream: the next poll goes on from it."""
    held = cursors.text(cursor, "cursor")
    after = document.body.get("after_cursor")
    goes_on = document.body.get("end_of_stream") is False
    if not isinstance(after, str) or not after:
        if goes_on:
            _note_pinned(document, "no cursor at all")
        return cursor, False
    if after == held:
        if has_rows or goes_on:
            _note_pinned(document, "the cursor that it was asked with")
        return cursor, False
    return {"cursor": after}, goes_on


def _note_pinned(document: Document, where: str) -> None:
    document.oddities.append(
        Oddity("cursor_pinned", f"An export shows rows and does not move on: {where}")
    )
