"""Where each lane goes on, and when it stops: never a loop, never a skip."""

from __future__ import annotations

import pytest

from domain.errors import ForbiddenError, RateLimitedError
from domain.observation import Cursor
from integrations.ticketing.dictionary import Window
from tests.providers.zendesk.shapes import WEB, ZENDESK, Json, lane, listing, reply, ticket, user

SECOND = 1_000_000
START = 1_772_352_000
"""2026-03-01T08:00:00Z"""


def at(ticket_id: int, second: int) -> Json:
    minutes, seconds = divmod(second, 60)
    return ticket(ticket_id, updated_at=f"2026-03-01T08:{minutes:02}:{seconds:02}Z")


def version(second: int) -> int:
    return (START + second) * SECOND


def query(name: str, cursor: Cursor | None, since: float | None = None) -> dict[str, str]:
    return dict(lane(name, since).build(cursor).query)


def test_the_live_lanes_come_first_and_one_of_them_proves_convergence() -> None:
    lanes = ZENDESK.lanes(Window())
    assert [one.name for one in lanes][:3] == ["tail", "export", "comment_feed"]
    live = [one for one in lanes if one.stands_in_for is None]
    assert [one.name for one in live if one.is_convergence] == ["export"]
    assert [one.name for one in live if one.period_seconds is None] == ["backfill"]
    assert {one.name for one in live if one.marks_new_comments} == {"tail"}
    windowed = ZENDESK.lanes(Window(since=float(START)))
    assert {one.name for one in windowed if one.marks_new_comments} == {"tail", "export", "walk"}


def test_every_lane_that_a_role_may_be_refused_has_its_stand_in_or_only_speeds_up() -> None:
    lanes = ZENDESK.lanes(Window())
    refused = {one.name for one in lanes if one.may_be_refused}
    stand_ins = {one.stands_in_for: one for one in lanes if one.stands_in_for}
    assert refused - set(stand_ins) == {"comment_feed"}
    assert stand_ins["export"].is_convergence
    assert not any(one.may_be_refused for one in stand_ins.values())


def test_a_refused_export_says_so() -> None:
    body: Json = {"error": {"title": "Forbidden", "message": "You do not have access"}}
    with pytest.raises(ForbiddenError, match="Failed to export tickets: 403 Forbidden"):
        lane("export").parse(None, reply(body, 403))


def test_the_list_is_asked_for_in_its_own_dialect() -> None:
    asked = query("tail", None)
    assert asked["sort"] == "-updated_at"
    assert asked["page[size]"] == "100"
    assert asked["support_type_scope"] == "all"
    assert "sort_by" not in asked


def test_a_first_tail_reads_one_page() -> None:
    page = lane("tail").parse(None, reply(listing(at(1, 9), at(2, 5), after="p2", users=[user()])))
    assert not page.more
    assert page.cursor == {"watermark": version(9), "next": None, "after": None}
    assert len(page.people) == 1


def test_a_tail_reads_the_last_five_seconds_again() -> None:
    cursor: Cursor = {"watermark": version(9), "next": None, "after": None}
    late = lane("tail").parse(cursor, reply(listing(at(1, 9), at(2, 9), at(3, 4), after="p2")))
    assert late.more
    older = lane("tail").parse(cursor, reply(listing(at(1, 9), at(3, 3), after="p2")))
    assert not older.more


def test_a_new_watermark_counts_only_when_the_walk_has_ended() -> None:
    tail, cursor = lane("tail"), {"watermark": version(0), "next": None, "after": None}
    first = tail.parse(cursor, reply(listing(at(1, 50), at(2, 40), after="p2")))
    assert first.more
    assert first.cursor == {"watermark": version(0), "next": version(50), "after": "p2"}
    assert query("tail", first.cursor)["page[after]"] == "p2"
    # A ticket has moved up meanwhile: its version is for the next walk.
    second = tail.parse(first.cursor, reply(listing(at(3, 59), at(4, 30), after="p3")))
    assert second.cursor == {"watermark": version(0), "next": version(50), "after": "p3"}
    last = tail.parse(second.cursor, reply(listing(at(5, 20))))
    assert not last.more
    assert last.cursor == {"watermark": version(50), "next": None, "after": None}


def test_an_empty_desk_has_a_tail_too() -> None:
    page = lane("tail").parse(None, reply(listing()))
    assert (page.tickets, page.more) == ((), False)
    later = lane("tail").parse(page.cursor, reply(listing(at(1, 3))))
    assert later.cursor == {"watermark": version(3), "next": None, "after": None}


def test_a_list_that_repeats_its_cursor_ends_without_a_new_watermark() -> None:
    cursor: Cursor = {"watermark": version(0), "next": version(50), "after": "p2"}
    page = lane("tail").parse(cursor, reply(listing(at(1, 40), after="p2")))
    assert not page.more
    assert page.cursor == {"watermark": version(0), "next": None, "after": None}
    assert [oddity.code for oddity in page.oddities] == ["cursor_pinned"]


@pytest.mark.parametrize("name", ["backfill", "walk"])
@pytest.mark.parametrize("after", ["p2", None])
def test_a_walk_that_is_not_told_where_to_go_on_is_stuck_and_not_finished(
    name: str, after: str | None
) -> None:
    """The cursor that it was asked with and `more`: the runner takes that for an error."""
    cursor: Cursor = {"after": after}
    body: Json = {"tickets": [], "meta": {"has_more": True, "after_cursor": after}}
    page = lane(name).parse(cursor, reply(body))
    assert (page.more, page.cursor) == (True, cursor)
    assert [oddity.code for oddity in page.oddities] == ["cursor_pinned"]


@pytest.mark.parametrize("name", ["tail", "backfill", "walk", "export", "people", "reference"])
def test_a_cursor_that_zendesk_forgot_starts_again(name: str) -> None:
    held: Cursor = {"after": "old", "cursor": "old", "resource": "groups", "watermark": version(1)}
    body: Json = {"errors": [{"code": "InvalidPaginationParameter", "title": "no"}]}
    page = lane(name).parse(held, reply(body, 400))
    assert page.tickets == ()
    # One that is refused time and again is asked once a period; the backfill has none.
    assert page.more == (name == "backfill")
    again = query(name, page.cursor)
    assert "page[after]" not in again
    assert "cursor" not in again
    if name == "tail":
        assert page.cursor is not None
        assert page.cursor["watermark"] == version(1)


def test_a_backfill_walks_to_the_end_or_to_its_window() -> None:
    page = lane("backfill").parse(None, reply(listing(at(1, 9), after="p2")))
    assert (page.more, page.cursor) == (True, {"after": "p2"})
    assert not lane("backfill").parse(page.cursor, reply(listing(at(2, 1)))).more
    windowed = lane("backfill", since=START + 5.0)
    assert windowed.parse(None, reply(listing(at(1, 9), after="p2"))).more
    assert not windowed.parse(None, reply(listing(at(1, 4), after="p2"))).more


def test_an_agents_walk_begins_again_after_its_end() -> None:
    assert query("walk", None)["sort"] == "id"
    last = lane("walk").parse({"after": "p9"}, reply(listing(at(1, 9))))
    assert (last.more, last.cursor) == (False, {"after": None})


def export_page(*rows: Json, after: str | None = "c2", ends: bool = False) -> Json:
    return {"tickets": list(rows), "after_cursor": after, "end_of_stream": ends}


def test_an_export_starts_at_the_window_and_goes_on_from_its_cursor() -> None:
    assert query("export", None)["start_time"] == "0"
    assert query("export", None, since=float(START))["start_time"] == str(START)
    page = lane("export").parse(None, reply(export_page(at(1, 9))))
    assert (page.more, page.cursor) == (True, {"cursor": "c2"})
    asked = query("export", page.cursor)
    assert asked["cursor"] == "c2"
    assert asked["support_type_scope"] == "all"
    assert "start_time" not in asked


def test_an_export_keeps_its_cursor_at_the_end_of_the_stream() -> None:
    page = lane("export").parse({"cursor": "c1"}, reply(export_page(at(1, 9), ends=True)))
    assert (page.more, page.cursor) == (False, {"cursor": "c2"})
    quiet = lane("export").parse(page.cursor, reply(export_page(after="c2", ends=True)))
    assert (quiet.more, quiet.cursor, quiet.oddities) == (False, {"cursor": "c2"}, ())
    silent = lane("export").parse(page.cursor, reply(export_page(after=None, ends=True)))
    assert silent.cursor == {"cursor": "c2"}


@pytest.mark.parametrize("ends", [True, False])
def test_an_export_that_repeats_its_cursor_with_rows_is_an_error_and_no_loop(ends: bool) -> None:
    page = lane("export").parse(
        {"cursor": "c2"}, reply(export_page(at(1, 9), after="c2", ends=ends))
    )
    assert not page.more
    assert [oddity.code for oddity in page.oddities] == ["cursor_pinned"]
    assert len(page.tickets) == 1


def events(*seconds: int, end: int | None, ends: bool) -> Json:
    rows: list[Json] = [
        {
            "id": 100 + number,
            "ticket_id": 41,
            "created_at": "2026-03-01T08:30:00Z",
            "child_events": [
                {
                    "id": 900 + number,
                    "event_type": "Comment",
                    "type": "Comment",
                    "author_id": 7,
                    "body": f"{second}",
                    "public": True,
                    "created_at": "2026-03-01T08:30:00Z",
                }
            ],
        }
        for number, second in enumerate(seconds)
    ]
    return {"ticket_events": [*rows], "end_time": end, "end_of_stream": ends}


def test_the_comment_feed_reads_its_last_second_again() -> None:
    feed = lane("comment_feed")
    page = feed.parse(None, reply(events(5, 9, end=START + 9, ends=False)))
    assert (page.more, page.cursor) == (True, {"start_time": START + 9})
    assert [comment.body for comment in page.comments] == ["5", "9"]
    asked = query("comment_feed", page.cursor)
    assert asked["start_time"] == str(START + 9)
    assert asked["include"] == "comment_events"
    quiet = feed.parse(page.cursor, reply(events(9, end=START + 10, ends=True)))
    assert (quiet.more, quiet.cursor) == (False, {"start_time": START + 10})
    empty = feed.parse(quiet.cursor, reply(events(end=None, ends=True)))
    assert (empty.cursor, empty.oddities) == ({"start_time": START + 10}, ())


def test_a_whole_page_within_one_second_moves_on_by_that_second() -> None:
    rows = [START] * 1_500
    page = lane("comment_feed").parse(
        {"start_time": START}, reply(events(*rows, end=START + 1, ends=False))
    )
    assert (page.more, page.cursor) == (True, {"start_time": START + 1})
    assert len(page.comments) == 1_500


@pytest.mark.parametrize("end", [START, START - 1])
def test_a_feed_that_does_not_move_on_is_an_error_and_no_loop(end: int) -> None:
    page = lane("comment_feed").parse({"start_time": START}, reply(events(1, end=end, ends=False)))
    assert (page.more, page.cursor) == (False, {"start_time": START})
    assert [oddity.code for oddity in page.oddities] == ["cursor_pinned"]


def test_organizations_come_by_time_and_may_be_deleted() -> None:
    rows: list[Json] = [
        {"id": 1, "name": "A", "external_id": "crm-1", "updated_at": "2026-03-01T08:30:00Z"},
        {"id": 2, "name": "B", "deleted_at": "2026-03-01T08:30:00Z"},
    ]
    body: Json = {"organizations": [*rows], "end_time": START, "count": 2}
    page = lane("organizations").parse(None, reply(body))
    assert [(record.external_id, record.active) for record in page.references] == [
        ("1", True),
        ("2", False),
    ]
    assert (page.more, page.cursor) == (False, {"start_time": START})


def test_reference_data_is_one_list_after_the_other() -> None:
    reference = lane("reference")
    assert reference.build(None).path == "/api/v2/groups"
    groups = reference.parse(None, reply(listing({"id": 1, "name": "G"}, key="groups", after="g")))
    assert query("reference", groups.cursor)["page[after]"] == "g"
    groups = reference.parse(groups.cursor, reply(listing(key="groups")))
    assert groups.more
    assert reference.build(groups.cursor).path == "/api/v2/ticket_fields"
    fields = reference.parse(groups.cursor, reply(listing(key="ticket_fields")))
    assert not fields.more
    assert reference.build(fields.cursor).path == "/api/v2/groups"


def test_no_lane_follows_an_address_that_a_reply_holds() -> None:
    body = listing(at(1, 9), after="p2")
    body["links"] = {"next": "https://evil.test/steal"}
    for one in ZENDESK.lanes(Window()):
        request = one.build({"after": "p2", "cursor": "c", "start_time": 1, "resource": "users"})
        assert request.path.startswith("/api/v2/")
        assert WEB not in request.path


def test_a_429_says_how_long_to_wait() -> None:
    body: Json = {"error": "APIRateLimitExceeded", "description": "too many"}
    with pytest.raises(RateLimitedError) as caught:
        lane("export").parse(None, reply(body, 429, {"retry-after": "17"}))
    assert caught.value.retry_after_seconds == 17.0
