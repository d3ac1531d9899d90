"""The two feeds: events, which prove that no change was missed, and messages, read once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from domain.http import Request, Response
from domain.observation import Cursor, LanePage
from domain.records import JsonValue
from domain.words import Purpose, SyncSource
from integrations.ticketing import cursors, fields
from integrations.ticketing.dictionary import Lane
from integrations.ticketing.document import parse_rows
from integrations.ticketing.fields import Row
from integrations.ticketing.gorgias.lanes import list_request, read_listed
from integrations.ticketing.gorgias.messages import is_deleted, parse_message
from integrations.ticketing.gorgias.people import people_in_messages
from integrations.ticketing.walk import LATE_MICROS, walked_once

MOST_SEEN: Final = 2_000
"""Ids of events that a cursor remembers at most: an event that is forgotten costs one read."""


@dataclass(frozen=True, slots=True)
class Event:
    external_id: str
    at: int
    """Microseconds since the epoch."""
    ticket_id: str | None
    message_id: str | None
    """An event of a message names the message only, not its ticket."""


def events_lane() -> Lane:
    return Lane(
        "events",
        Purpose.EXPORT,
        SyncSource.EVENTS,
        build_events,
        parse_events,
        period_seconds=5.0,
        is_convergence=True,
        begins_when_first_read=True,
    )


def build_events(cursor: Cursor | None) -> Request:
    """https://developers.gorgias.com/reference/list-events: the only list with a date filter.

    The first request asks for the newest page. From then on the feed is read upwards, from a little
    before the newest event that the walk before has seen.
    """
    start = cursors.whole(cursor, "from")
    if start is None:
        return list_request("events", None, more=[("order_by", "created_datetime:desc")])
    since = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=max(0, start - LATE_MICROS))
    more = [("created_datetime[gte]", since.isoformat()), ("order_by", "created_datetime:asc")]
    return list_request("events", cursors.text(cursor, "after"), more=more)


def parse_events(cursor: Cursor | None, response: Response) -> LanePage:
    """Each event of a ticket or of a message touches the ticket: whatever we hold of it needs
    evidence from now on. An edited or deleted message moves nothing else."""
    start, came_from = cursors.whole(cursor, "from"), cursors.text(cursor, "after")
    listed = read_listed(response, came_from=came_from, doing="list events")
    events = parse_rows(listed.document, listed.rows, lambda row, _: parse_event(row), kind="event")
    seen = _seen(cursor)
    news = [event for event in events if event.external_id not in seen]
    newest = max([event.at for event in events] + [cursors.whole(cursor, "newest") or 0]) or None
    seen |= {event.external_id: event.at for event in events}
    is_cut = listed.following.is_refused or listed.following.is_pinned
    more = start is not None and listed.following.after is not None
    # A walk that was cut begins again where it began.
    begins = start if more or (is_cut and start is not None) else newest
    return LanePage(
        touched=_each_once(event.ticket_id for event in news),
        touched_comments=_each_once(event.message_id for event in news),
        cursor={
            "from": begins,
            "newest": newest,
            "after": listed.following.after if more else None,
            "seen": _recent(seen.items(), newest or 0),
        },
        more=more,
        oddities=tuple(listed.document.oddities),
    )


def parse_event(row: Row) -> Event:
    at = fields.micros(fields.needed_moment(row, "created_datetime"))
    event_id, kind = fields.needed_identifier(row, "id"), fields.text(row, "object_type")
    if kind not in ("Ticket", "TicketMessage"):
        return Event(event_id, at, None, None)
    named = fields.identifier(row, "object_id")
    return Event(event_id, at, *((named, None) if kind == "Ticket" else (None, named)))


def _each_once(external_ids: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(external_id for external_id in external_ids if external_id))


def _seen(cursor: Cursor | None) -> dict[str, int]:
    value = cursor.get("seen") if cursor else None
    held = value if isinstance(value, dict) else {}
    return {key: at for key, at in held.items() if isinstance(at, int)}


def _recent(seen: Iterable[tuple[str, int]], newest: int) -> JsonValue:
    """Those that the next walk will meet again."""
    overlapping = [(at, key) for key, at in seen if at >= newest - LATE_MICROS]
    return {key: at for at, key in sorted(overlapping)[-MOST_SEEN:]}


def messages_lane() -> Lane:
    """Once, beside the backfill: a hundred messages a request, where a detail is one ticket's."""
    return Lane(
        "messages",
        Purpose.BACKFILL,
        SyncSource.BACKFILL,
        _build_messages,
        _parse_messages,
    )


def _build_messages(cursor: Cursor | None) -> Request:
    """https://developers.gorgias.com/reference/list-messages"""
    more = [("order_by", "created_datetime:desc")]
    return list_request("messages", cursors.text(cursor, "after"), more=more)


def _parse_messages(cursor: Cursor | None, response: Response) -> LanePage:
    came_from = cursors.text(cursor, "after")
    listed = read_listed(response, came_from=came_from, doing="list messages")
    kept = [row for row in listed.rows if not (isinstance(row, dict) and is_deleted(row))]
    comments = parse_rows(listed.document, kept, parse_message, kind="message")
    position, more = walked_once(came_from, listed.following)
    return LanePage(
        comments=tuple(comments),
        people=people_in_messages(kept),
        cursor=position,
        more=more,
        oddities=tuple(listed.document.oddities),
    )
