"""Where each lane goes on, and when it stops: never a loop, never a skip."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from domain.errors import ForbiddenError, RateLimitedError
from domain.http import Request
from domain.observation import Cursor, LanePage
from domain.records import JsonValue
from integrations.ticketing.dictionary import Window
from tests.providers.gorgias.shapes import (
    GORGIAS,
    WEB,
    Json,
    custom_field,
    customer,
    event,
    lane,
    listed,
    listing,
    message,
    reply,
    row,
    user,
)

START = int(datetime(2026, 3, 1, 8, tzinfo=UTC).timestamp())


def at(ticket_id: int, second: float) -> Json:
    return row(ticket_id, updated_datetime=iso(second))


def iso(second: float) -> str:
    return datetime.fromtimestamp(START + second, UTC).isoformat(timespec="microseconds")


def version(second: float) -> int:
    return round((START + second) * 1_000_000)


def query(name: str, cursor: Cursor | None, since: float | None = None) -> dict[str, str]:
    return dict(lane(name, since).build(cursor).query)


def tail(cursor: Cursor | None, *rows: Json, after: str | None = None) -> LanePage:
    return lane("tail").parse(cursor, reply(listing(*rows, after=after)))


def test_the_live_lanes_come_first_and_one_of_them_proves_convergence() -> None:
    lanes = GORGIAS.lanes(Window())
    assert [one.name for one in lanes][:2] == ["tail", "events"]
    assert [one.name for one in lanes if one.is_convergence] == ["events"]
    assert [one.name for one in lanes if one.period_seconds is None] == ["backfill", "messages"]
    assert {one.name for one in lanes if one.marks_new_comments} == {"tail"}
    assert not any(one.may_be_refused or one.stands_in_for for one in lanes)


def test_a_window_reads_each_tickets_messages_instead_of_all_messages() -> None:
    lanes = {one.name: one for one in GORGIAS.lanes(Window(since=1.0))}
    assert "messages" not in lanes
    assert lanes["backfill"].marks_new_comments


@pytest.mark.parametrize("name", [one.name for one in GORGIAS.lanes(Window())])
def test_every_lane_asks_for_full_pages_of_one_list(name: str) -> None:
    request = lane(name).build(None)
    assert (request.method, request.body) == ("GET", None)
    assert request.path.startswith("/api/")
    assert dict(request.query)["limit"] == "100"
    assert "cursor" not in dict(request.query)


def test_the_list_is_asked_for_newest_first_with_the_trash() -> None:
    for name in ("tail", "backfill"):
        asked = query(name, None)
        assert asked == {"limit": "100", "order_by": "updated_datetime:desc", "trashed": "true"}


def test_a_first_tail_reads_one_page() -> None:
    page = tail(None, at(1, 9), at(2, 5), after="p2")
    assert not page.more
    assert page.cursor == {"watermark": version(9), "next": None, "after": None}
    assert [person.external_id for person in page.people] == ["601", "501"]


def test_a_tail_reads_the_last_five_seconds_again() -> None:
    cursor: Cursor = {"watermark": version(9), "next": None, "after": None}
    assert tail(cursor, at(1, 9), at(2, 4), after="p2").more
    assert not tail(cursor, at(1, 9), at(2, 3.999999), after="p2").more


def test_a_new_watermark_counts_only_when_the_walk_has_ended() -> None:
    cursor: Cursor = {"watermark": version(0), "next": None, "after": None}
    first = tail(cursor, at(1, 50), at(2, 40), after="p2")
    assert first.more
    assert first.cursor == {"watermark": version(0), "next": version(50), "after": "p2"}
    assert query("tail", first.cursor)["cursor"] == "p2"
    # A ticket has moved up meanwhile: its version is for the next walk.
    second = tail(first.cursor, at(3, 59), at(4, 30), after="p3")
    assert second.cursor == {"watermark": version(0), "next": version(50), "after": "p3"}
    last = tail(second.cursor, at(5, -20), after="p4")
    assert (last.more, last.cursor) == (
        False,
        {"watermark": version(50), "next": None, "after": None},
    )


def test_an_empty_desk_has_a_tail_too() -> None:
    page = tail(None)
    assert (page.tickets, page.more) == ((), False)
    assert tail(page.cursor, at(1, 3)).cursor == {
        "watermark": version(3),
        "next": None,
        "after": None,
    }


@pytest.mark.parametrize("pinned", ["p2", 7, ""])
def test_a_tail_that_is_not_told_where_to_go_on_keeps_its_watermark(pinned: JsonValue) -> None:
    cursor: Cursor = {"watermark": version(0), "next": version(50), "after": "p2"}
    body = listing(at(1, 40)) | {"meta": {"next_cursor": pinned}}
    page = lane("tail").parse(cursor, reply(body))
    assert not page.more
    assert page.cursor == {"watermark": version(0), "next": None, "after": None}
    assert [oddity.code for oddity in page.oddities] == ["cursor_pinned"]
    assert len(page.tickets) == 1


@pytest.mark.parametrize("name", ["backfill", "messages"])
def test_a_walk_that_is_not_told_where_to_go_on_is_stuck_and_not_finished(name: str) -> None:
    """The cursor that it was asked with and `more`: the runner takes that for an error."""
    for cursor in ({"after": "p2"}, {"after": None}):
        body = listing() | {"meta": {"next_cursor": cursor["after"] or ""}}
        page = lane(name).parse(cursor, reply(body))
        assert (page.more, page.cursor) == (True, cursor)


@pytest.mark.parametrize("name", [one.name for one in GORGIAS.lanes(Window())])
def test_a_cursor_that_gorgias_forgot_starts_again(name: str) -> None:
    held: Cursor = {
        "after": "old",
        "resource": "teams",
        "watermark": version(1),
        "from": version(1),
        "newest": version(1),
    }
    refused: Json = {"error": {"msg": "Bad cursor", "data": {"cursor": ["invalid"]}}}
    page = lane(name).parse(held, reply(refused, 400))
    assert page.tickets == ()
    # One that is refused time and again is asked once a period; some lanes have none.
    assert page.more == (lane(name).period_seconds is None)
    assert "cursor" not in query(name, page.cursor)
    for key in ("watermark", "from", "newest"):
        if page.cursor and key in page.cursor:
            assert page.cursor[key] == version(1)


def test_a_backfill_walks_to_the_end_or_to_its_window() -> None:
    page = lane("backfill").parse(None, reply(listing(at(1, 9), after="p2")))
    assert (page.more, page.cursor) == (True, {"after": "p2"})
    assert not lane("backfill").parse(page.cursor, reply(listing(at(2, 1)))).more
    windowed = lane("backfill", since=START + 5.0)
    assert windowed.parse(None, reply(listing(at(1, 9), after="p2"))).more
    assert not windowed.parse(None, reply(listing(at(1, 4), after="p2"))).more


def events(cursor: Cursor | None, *rows: Json, after: str | None = None) -> LanePage:
    return lane("events").parse(cursor, reply(listing(*rows, after=after)))


def asked_for_events(cursor: Cursor | None) -> dict[str, str]:
    request: Request = lane("events").build(cursor)
    return dict(request.query)


def test_the_first_events_are_the_newest_page() -> None:
    asked = asked_for_events(None)
    assert asked == {"limit": "100", "order_by": "created_datetime:desc"}
    page = events(None, event(3, "08:00:20"), event(2, "08:00:10", object_id=42), after="p2")
    assert not page.more
    assert page.touched == ("41", "42")
    assert page.cursor == {
        "from": version(20),
        "newest": version(20),
        "after": None,
        "seen": {"3": version(20)},
    }
    # Nothing has ever happened there: it is asked again.
    quiet = events(None)
    assert asked_for_events(quiet.cursor) == asked


def test_later_events_are_read_upwards_from_five_seconds_before_the_newest() -> None:
    first = events(None, event(3, "08:00:20"))
    asked = asked_for_events(first.cursor)
    assert asked["created_datetime[gte]"] == "2026-03-01T08:00:15+00:00"
    assert asked["order_by"] == "created_datetime:asc"
    # One that became visible late, one that is known, and a new one.
    late, known, new = (
        event(9, "08:00:17", object_id=43),
        event(3, "08:00:20"),
        event(10, "08:00:23", object_id=44),
    )
    page = events(first.cursor, late, known, new)
    assert page.touched == ("43", "44")
    again = events(page.cursor, known, new)
    assert again.touched == ()
    assert again.cursor == page.cursor


def test_a_long_walk_over_events_stays_in_its_frame_until_its_end() -> None:
    first = events(None, event(1, "08:00:20"))
    page = events(first.cursor, event(2, "08:00:30"), event(3, "08:00:40"), after="p2")
    assert page.more
    asked = asked_for_events(page.cursor)
    assert asked["cursor"] == "p2"
    assert asked["created_datetime[gte]"] == "2026-03-01T08:00:15+00:00"
    last = events(page.cursor, event(4, "08:00:50"))
    assert not last.more
    assert asked_for_events(last.cursor)["created_datetime[gte]"] == "2026-03-01T08:00:45+00:00"


def test_a_feed_that_is_not_told_where_to_go_on_begins_the_walk_again() -> None:
    first = events(None, event(1, "08:00:20"))
    page = events(first.cursor, event(2, "08:00:30"), after="p2")
    pinned = events(page.cursor, event(3, "08:00:31", object_id=45), after="p2")
    assert not pinned.more
    assert pinned.touched == ("45",)
    assert [oddity.code for oddity in pinned.oddities] == ["cursor_pinned"]
    asked = asked_for_events(pinned.cursor)
    assert asked["created_datetime[gte]"] == "2026-03-01T08:00:15+00:00"
    assert "cursor" not in asked


def test_only_events_of_tickets_touch_a_ticket() -> None:
    page = events(
        None,
        event(1, "08:00:01", object_type="TicketMessage", object_id=901),
        event(2, "08:00:02", object_type="Rule"),
        event(3, "08:00:03", object_type=None),
        event(4, "08:00:04", type="ticket-deleted", object_id=46),
        event(5, "08:00:05", object_id=None),
    )
    assert page.touched == ("46",)
    assert page.touched_comments == ("901",)
    assert page.oddities == ()


def test_an_event_that_cannot_be_read_costs_no_other() -> None:
    page = events(
        None,
        event(1, "08:00:01", created_datetime="soon"),
        event(2, "08:00:02"),
        event(3, "08:00:03", object_id="x"),
    )
    assert page.touched == ("41",)
    assert [oddity.code for oddity in page.oddities] == ["malformed_row"] * 2


def test_an_event_before_all_time_asks_for_everything() -> None:
    page = events(None, event(1, "", created_datetime="0001-01-01T00:00:00+00:00"))
    asked = asked_for_events(page.cursor)
    assert asked.get("created_datetime[gte]", "1970-01-01T00:00:00+00:00")[:4] == "1970"


def test_a_cursor_remembers_only_what_the_next_walk_meets_again() -> None:
    burst = [event(number, "08:00:20") for number in range(3_000)]
    page = events(None, event(9_999, "08:00:10"), *burst)
    assert page.cursor is not None
    seen = page.cursor["seen"]
    assert isinstance(seen, dict)
    assert "9999" not in seen
    assert len(seen) == 2_000


def test_messages_are_walked_once_with_the_people_who_wrote_them() -> None:
    assert query("messages", None)["order_by"] == "created_datetime:desc"
    rows = [listed(message(901, 41)), listed(message(902, 42))]
    page = lane("messages").parse(None, reply(listing(*rows, after="p2")))
    assert [(one.external_id, one.ticket_id) for one in page.comments] == [
        ("901", "41"),
        ("902", "42"),
    ]
    assert (page.more, page.cursor) == (True, {"after": "p2"})
    assert [person.external_id for person in page.people] == ["501"]
    last = lane("messages").parse(page.cursor, reply(listing()))
    assert not last.more


def test_reference_data_is_one_list_after_the_other() -> None:
    reference = lane("reference")
    assert reference.build(None).path == "/api/users"
    users = reference.parse(None, reply(listing(user(), after="u2")))
    assert (len(users.people), query("reference", users.cursor)["cursor"]) == (1, "u2")
    users = reference.parse(users.cursor, reply(listing()))
    assert reference.build(users.cursor).path == "/api/teams"
    teams = reference.parse(users.cursor, reply(listing()))
    assert teams.more
    asked = reference.build(teams.cursor)
    assert asked.path == "/api/custom-fields"
    assert dict(asked.query) == {"limit": "100", "object_type": "Ticket"}
    fields = reference.parse(teams.cursor, reply(listing(custom_field())))
    assert not fields.more
    assert reference.build(fields.cursor).path == "/api/users"


def people(cursor: Cursor | None, *seconds: float, after: str | None = None) -> LanePage:
    rows = [customer(500 + n, updated_datetime=iso(second)) for n, second in enumerate(seconds)]
    return lane("people").parse(cursor, reply(listing(*rows, after=after)))


def test_customers_are_read_to_the_end_once_and_then_by_what_moved() -> None:
    assert query("people", None)["order_by"] == "updated_datetime:desc"
    first = people(None, 50, -9_000, after="p2")
    assert first.more
    last = people(first.cursor, -90_000)
    assert last.cursor == {"watermark": version(50), "next": None, "after": None}
    assert people(last.cursor, 60, 46, after="p2").more
    moved = people(last.cursor, 60, 44, after="p2")
    assert (moved.more, moved.cursor) == (
        False,
        {"watermark": version(60), "next": None, "after": None},
    )


def test_no_lane_follows_an_address_that_a_reply_holds() -> None:
    for one in GORGIAS.lanes(Window()):
        request = one.build({"after": "https://evil.test/x", "resource": "users", "from": 1})
        assert request.path.startswith("/api/")
        assert WEB not in request.path


def test_a_refusal_is_typed_in_every_lane() -> None:
    for one in GORGIAS.lanes(Window()):
        with pytest.raises(ForbiddenError):
            one.parse(None, reply({"error": {"msg": "no"}}, 403))
        with pytest.raises(RateLimitedError) as caught:
            one.parse(None, reply({"error": {"msg": "slow"}}, 429, {"retry-after": "17"}))
        assert caught.value.retry_after_seconds == 17.0


def test_a_refused_first_page_is_an_error_and_no_new_start() -> None:
    for one in GORGIAS.lanes(Window()):
        with pytest.raises(Exception, match="400 Bad Request"):
            one.parse(None, reply({"error": {"msg": "no"}}, 400))


def test_the_first_tail_only_notes_where_it_begins() -> None:
    first = tail(None, row(2), row(1))
    assert first.tickets == ()
    later = tail(first.cursor, row(2), row(1))
    assert [seen.external_id for seen in later.tickets] == ["2", "1"]
