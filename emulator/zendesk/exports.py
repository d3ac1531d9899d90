"""Incremental exports: everything that changed, a minute late, for admins.

https://developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports/
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, takewhile
from typing import Generic

from emulator.kernel.http import Response
from emulator.zendesk import errors, limits
from emulator.zendesk.call import Call
from emulator.zendesk.event_feed import feed_event
from emulator.zendesk.paging import link
from emulator.zendesk.records import Audit, Organization, Ticket, User
from emulator.zendesk.render import JsonObject, Shape
from emulator.zendesk.side_loads import ticket_row, ticket_sides, user_sides
from emulator.zendesk.table import Key, Row, View

LAG_SECONDS = 60
MAX_PAGE = 1_000
SAMPLE_PAGE = 50
_CURSOR = re.compile(r"(\d+)\.0\|\|(\d+)\|")


def _keeps_all(_: object) -> bool:
    return True


def _no_side(_: object) -> JsonObject:
    return {}


@dataclass(frozen=True, slots=True)
class Feed(Generic[Row]):
    """What an export sends. Its order's keys are (second, id)."""

    name: str
    view: View[Row]
    order: str
    render: Callable[[Row], JsonObject]
    side: Callable[[Sequence[Row]], JsonObject] = _no_side
    keeps: Callable[[Row], bool] = _keeps_all

    def second(self, row: Row) -> int:
        return int(self.view.key(self.order, row)[0])

    def beyond(self, after: Key, *, until: float) -> Iterator[Row]:
        rows = self.view.walk(self.order, after=after)
        return filter(self.keeps, takewhile(lambda row: self.second(row) <= until, rows))


def tickets_by_cursor(call: Call) -> Response:
    return _by_cursor(call, _tickets(call))


def tickets_by_time(call: Call) -> Response:
    return _by_time(call, _tickets(call))


def tickets_sample(call: Call) -> Response:
    """`/incremental/tickets/sample`: the first fifty rows, on a budget of its own."""
    return _sample(call, _tickets(call))


def users_sample(call: Call) -> Response:
    return _sample(call, _users(call))


def users_by_cursor(call: Call) -> Response:
    return _by_cursor(call, _users(call))


def users_by_time(call: Call) -> Response:
    return _by_time(call, _users(call))


def organizations_by_time(call: Call) -> Response:
    def row(organization: Organization) -> JsonObject:
        return call.render.organization(organization, is_exported=True)

    return _by_time(call, Feed("organizations", call.view.organizations, "updated_at", row))


def ticket_events(call: Call) -> Response:
    """Every audit of every ticket. Comments come with `include=comment_events` only."""
    has_comments = "comment_events" in call.include()
    tickets = call.view.tickets

    def row(audit: Audit) -> JsonObject:
        return feed_event(audit, tickets.get(audit.ticket_id), has_comments=has_comments)

    return _by_time(call, Feed("ticket_events", call.view.audits, "created_at", row))


def _tickets(call: Call) -> Feed[Ticket]:
    """Deleted tickets are rows like any other, unless the request leaves them out."""
    if "last_audits" in call.include():
        raise errors.bad_value("include", "last_audits is not supported here")
    scope = call.request.first("support_type_scope") or "agent"
    skips_deleted = call.request.first("exclude_deleted") == "true"
    return Feed(
        "tickets",
        call.view.tickets,
        "generated_at",
        render=lambda ticket: ticket_row(call, ticket, Shape.EXPORTED),
        side=lambda tickets: ticket_sides(call, tickets),
        keeps=lambda ticket: (
            scope in {"all", ticket.support_type} and not (skips_deleted and ticket.deleted_at)
        ),
    )


def _users(call: Call) -> Feed[User]:
    return Feed(
        "users",
        call.view.users,
        "updated_at",
        render=call.render.user,
        side=lambda users: user_sides(call, users),
    )


def _by_cursor(call: Call, feed: Feed[Row]) -> Response:
    """Resumes exactly behind the cursor's row: nothing comes twice."""
    call.spend(limits.INCREMENTAL)
    token = call.request.first("cursor")
    after = _key_of(token) if token else (_start_time(call), -1)
    until = call.desk.now - LAG_SECONDS
    size = _page_size(call)
    found = list(islice(feed.beyond(after, until=until), size + 1))
    rows = found[:size]
    cursor = token
    if rows:
        cursor = _cursor(feed.second(rows[-1]), rows[-1].id)
    elif token is None:
        cursor = _cursor(int(after[0]), 0)
    body: JsonObject = {
        feed.name: [feed.render(row) for row in rows],
        "after_url": _after_url(call, cursor),
        "before_url": None,
        "after_cursor": cursor,
        "before_cursor": None,
        "end_of_stream": len(found) <= size,
    }
    return Response.of_json(body | feed.side(rows))


def _after_url(call: Call, cursor: str | None) -> str | None:
    return None if cursor is None else link(call, {"cursor": cursor}, without="start_time")


def _by_time(call: Call, feed: Feed[Row]) -> Response:
    """A page of several seconds ends at its last one, which the next page sends again.

    A page within one second holds that second whole, however long, and ends a second later.
    """
    call.spend(limits.INCREMENTAL)
    return _time_page(call, feed, _page_size(call))


def _sample(call: Call, feed: Feed[Row]) -> Response:
    call.spend(limits.INCREMENTAL_SAMPLE)
    return _time_page(call, feed, SAMPLE_PAGE)


def _time_page(call: Call, feed: Feed[Row], size: int) -> Response:
    start = _start_time(call)
    rows: list[Row] = []
    is_last = True
    for row in feed.beyond((start, -1), until=call.desk.now - LAG_SECONDS):
        if len(rows) >= size and feed.second(row) != feed.second(rows[0]):
            is_last = False
            break
        rows.append(row)
    end_time = None
    if rows:
        is_one_second = feed.second(rows[0]) == feed.second(rows[-1])
        end_time = feed.second(rows[-1]) + is_one_second
    body: JsonObject = {feed.name: [feed.render(row) for row in rows]}
    body |= feed.side(rows)
    body |= {
        "next_page": None if end_time is None else link(call, {"start_time": str(end_time)}),
        "count": len(rows),
        "end_of_stream": is_last,
        "end_time": end_time,
    }
    return Response.of_json(body)


def _start_time(call: Call) -> int:
    start = call.whole("start_time")
    if start is None:
        raise errors.missing_parameter("start_time")
    if start > call.desk.now - LAG_SECONDS:
        why = "Too recent start_time. Use a start_time older than 60 seconds"
        raise errors.named(400, "StartTimeTooRecent", why)
    return start


def _page_size(call: Call) -> int:
    size = call.whole("per_page")
    return MAX_PAGE if size is None else min(MAX_PAGE, max(1, size))


def _cursor(second: int, row_id: int) -> str:
    return base64.b64encode(f"{second}.0||{row_id}|".encode()).decode()


def _key_of(token: str) -> Key:
    try:
        text = base64.b64decode(token, validate=True).decode()
    except (binascii.Error, ValueError):
        text = ""
    match = _CURSOR.fullmatch(text)
    if match is None:
        raise errors.bad_value("cursor", "is not a cursor of this export")
    return int(match[1]), int(match[2])
