"""Incremental exports: the cursor and the time based form, events, people."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest

from emulator.kernel.world import Post, Story
from tests.emulator.zendesk.account import START, Account, Json, story

CURSOR = "incremental/tickets/cursor.json"
TIMED = "incremental/tickets.json"
EVENTS = "incremental/ticket_events.json"


def at(number: int, moment: float) -> Story:
    """A story that ended at a moment."""
    return replace(story(number), updated_at=moment)


@pytest.fixture
def seconds() -> Account:
    """Tickets 1 to 6, whose last changes lie in three seconds: 100, 100, 200, 200, 200, 300."""
    base = START - 10_000
    ends = (100, 100, 200, 200, 200, 300)
    return Account(stories=[at(n, base + end) for n, end in enumerate(ends, start=1)])


def ids(body: Json) -> list[int]:
    return [row["id"] for row in body["tickets"]]


def test_last_minute_is_never_exported(account: Account) -> None:
    """'the last minute is never returned'."""
    ticket = account.new_ticket()
    account.pass_time(59)
    assert ids(account.get(CURSOR, start_time=0).json) == []
    account.pass_time(1)
    assert ids(account.get(CURSOR, start_time=0).json) == [ticket["id"]]


def test_cursor_text_is_the_recorded_one(seconds: Account) -> None:
    """'cursor decodes to `1707271741.0||4045|` = last record's `generated_timestamp` and id'."""
    body = seconds.get(CURSOR, start_time=0, per_page=2).json
    last = body["tickets"][-1]
    text = base64.b64decode(body["after_cursor"]).decode()
    assert text == f"{last['generated_timestamp']}.0||{last['id']}|"
    assert body["before_cursor"] is body["before_url"] is None
    assert body["after_url"].startswith("http://desk.test/api/v2/incremental/tickets/cursor.json?")


def test_cursor_walk_repeats_nothing_and_ends(seconds: Account) -> None:
    """'Cursor-based exports do not repeat'; 'keep `after_cursor` even at end_of_stream'."""
    body = seconds.get(CURSOR, start_time=0, per_page=2).json
    seen = ids(body)
    while not body["end_of_stream"]:
        body = seconds.get(CURSOR, cursor=body["after_cursor"], per_page=2).json
        seen += ids(body)
    assert seen == [1, 2, 3, 4, 5, 6]
    resumed = seconds.get(CURSOR, cursor=body["after_cursor"]).json
    assert (ids(resumed), resumed["end_of_stream"]) == ([], True)
    assert resumed["after_cursor"] == body["after_cursor"]


def test_changed_ticket_comes_again_behind_the_cursor(seconds: Account) -> None:
    cursor = seconds.get(CURSOR, start_time=0).json["after_cursor"]
    seconds.update(2, priority="urgent")
    seconds.pass_time(60)
    body = seconds.get(CURSOR, cursor=cursor).json
    assert [(row["id"], row["priority"]) for row in body["tickets"]] == [(2, "urgent")]


def test_page_of_several_seconds_ends_at_its_last_one(seconds: Account) -> None:
    """'a page that spans two or more seconds has `end_time` = its last second … re-sends'."""
    body = seconds.get(TIMED, start_time=0, per_page=3).json
    assert ids(body) == [1, 2, 3]
    assert body["count"] == 3
    assert body["end_time"] == body["tickets"][-1]["generated_timestamp"]
    assert body["end_of_stream"] is False
    assert body["next_page"].endswith(f"start_time={body['end_time']}")
    following = seconds.get(TIMED, start_time=body["end_time"], per_page=4).json
    assert ids(following) == [3, 4, 5, 6]


def test_page_within_one_second_is_whole_and_ends_a_second_later(seconds: Account) -> None:
    """'a page that lies within one second returns the second whole … `end_time` = second + 1'."""
    start = int(START) - 10_000 + 200
    body = seconds.get(TIMED, start_time=start, per_page=1).json
    assert ids(body) == [3, 4, 5]
    assert body["end_time"] == start + 1
    assert body["end_of_stream"] is False
    last = seconds.get(TIMED, start_time=body["end_time"], per_page=1).json
    assert (ids(last), last["end_of_stream"]) == ([6], True)


def test_fifteen_hundred_rows_of_one_second_come_in_one_page() -> None:
    moment = START - 5_000
    account = Account(stories=[at(number, moment) for number in range(1, 1_501)])
    body = account.get(TIMED, start_time=0).json
    assert (body["count"], body["end_time"]) == (1_500, int(moment) + 1)
    paged = account.get(CURSOR, start_time=0).json
    assert (len(paged["tickets"]), paged["end_of_stream"]) == (1_000, False)


def test_deleted_ticket_comes_as_an_ordinary_row(seconds: Account) -> None:
    """'Deletions appear as ordinary records with `status:"deleted"`, keeping subject'."""
    seconds.delete("tickets/3.json")
    seconds.pass_time(60)
    row = seconds.get(CURSOR, start_time=int(START) - 1).json["tickets"][0]
    assert (row["id"], row["status"], row["subject"]) == (3, "deleted", "Subject 3")
    kept = seconds.get(CURSOR, start_time=int(START) - 1, exclude_deleted="true").json
    assert kept["tickets"] == []


def test_deleted_ticket_is_scrubbed_after_thirty_days(seconds: Account) -> None:
    """'after ~30 days … `"SCRUBBED"`, `description:"X"`, tags empty'."""
    seconds.delete("tickets/3.json")
    seconds.pass_time(30 * 86_400 + 1)
    seconds.service.advance()
    seconds.pass_time(60)
    row = seconds.get(CURSOR, start_time=int(START) + 86_400).json["tickets"][0]
    assert (row["subject"], row["raw_subject"], row["description"]) == ("SCRUBBED", "SCRUBBED", "X")
    assert (row["status"], row["tags"]) == ("deleted", [])
    assert seconds.put("deleted_tickets/3/restore.json", {}).status == 404


def test_restored_ticket_comes_again_alive(seconds: Account) -> None:
    """'Restored tickets come again with a live status'."""
    seconds.delete("tickets/3.json")
    seconds.put("deleted_tickets/3/restore.json", {})
    seconds.pass_time(60)
    row = seconds.get(CURSOR, start_time=int(START) - 1).json["tickets"][0]
    assert (row["id"], row["status"]) == (3, "pending")


def test_system_change_moves_the_export_but_not_updated_at() -> None:
    """'`generated_timestamp`, which system updates also bump: … an old `updated_at`'."""
    account = Account(stories=[story(status="closed")])
    account.new_ticket(via_followup_source_id=1)
    account.pass_time(60)
    rows = account.get(CURSOR, start_time=int(START) - 1).json["tickets"]
    source = next(row for row in rows if row["id"] == 1)
    assert source["generated_timestamp"] == int(START)
    assert source["updated_at"] < "2026-09-20"


@pytest.mark.parametrize(
    "target",
    [
        TIMED,
        CURSOR,
        f"{TIMED}?start_time=x",
        f"{TIMED}?start_time={int(START)}",
        f"{CURSOR}?cursor=nonsense",
        f"{CURSOR}?start_time=0&include=last_audits",
    ],
)
def test_bad_questions_are_refused(seconds: Account, target: str) -> None:
    """'`start_time` ≥ 1 min in the past'; '`last_audits` is refused on incremental exports'."""
    assert seconds.get(target).status == 400


def test_agent_may_not_export(seconds: Account) -> None:
    """'Incremental exports …: admins only'."""
    seconds.user = "agent-smith@example.com"
    reply = seconds.get(CURSOR, start_time=0)
    assert reply.status == 403
    assert reply.json["error"]["title"] == "Forbidden"
    assert seconds.get("tickets.json").status == 200


def test_export_side_loads(seconds: Account) -> None:
    body = seconds.get(CURSOR, start_time=0, include="users,groups").json
    assert body["tickets"][0]["requester_id"] in {row["id"] for row in body["users"]}
    assert len(body["groups"]) == 1


def test_events_tell_audits_with_comments_on_demand() -> None:
    account = Account(stories=[story()])
    told = account.get(EVENTS, start_time=0, include="comment_events").json
    assert (told["count"], told["end_of_stream"]) == (4, True)
    first = told["ticket_events"][0]
    assert first["event_type"] == "Audit"
    assert first["via"] == "Web form"
    assert isinstance(first["timestamp"], int)
    comment = first["child_events"][0]
    assert comment["event_type"] == comment["type"] == "Comment"
    assert (comment["html_body"], comment["public"]) == ("<p>Question 1</p>", True)
    assert comment["via"]["channel"] == "web"
    bare = account.get(EVENTS, start_time=0).json["ticket_events"][0]["child_events"][0]
    assert (bare["comment_present"], bare["comment_public"]) == (True, True)
    assert "body" not in bare


def test_events_tell_changes(account: Account) -> None:
    ticket = account.new_ticket(tags=["a"])
    account.pass_time(1)
    field_id = account.field_id("Product")
    account.update(
        ticket["id"], status="open", tags=["b"], custom_fields=[{"id": field_id, "value": "x"}]
    )
    account.pass_time(61)
    event = account.get(EVENTS, start_time=int(START) + 1).json["ticket_events"][0]
    children = event["child_events"]
    assert {"status": "open", "previous_value": "new"}.items() <= children[0].items()
    tags = next(child for child in children if "added_tags" in child)
    assert (tags["added_tags"], tags["removed_tags"]) == (["b"], ["a"])
    assert any(child.get("custom_ticket_fields") == {str(field_id): "x"} for child in children)


def test_comment_of_a_deleted_ticket_stays_in_the_events() -> None:
    account = Account(stories=[story()])
    account.delete("tickets/1.json")
    account.pass_time(60)
    body = account.get(EVENTS, start_time=0, include="comment_events").json
    assert body["ticket_events"][0]["child_events"][0]["body"] == "Question 1"


def test_users_are_exported_both_ways(account: Account) -> None:
    account.new_ticket(requester={"name": "Ann", "email": "ann@shop.test"})
    account.pass_time(60)
    by_cursor = account.get("incremental/users/cursor.json", start_time=int(START)).json
    by_time = account.get("incremental/users.json", start_time=int(START)).json
    assert "ann@shop.test" in {row["email"] for row in by_cursor["users"]}
    assert by_cursor["users"] == by_time["users"]
    assert by_time["end_time"] == int(START) + 1


def test_deleted_user_is_exported_inactive(account: Account) -> None:
    """'active (false = deleted)'."""
    ticket = account.new_ticket(requester={"name": "Ann", "email": "ann@shop.test"})
    account.delete(f"users/{ticket['requester_id']}.json")
    account.pass_time(60)
    rows = account.get("incremental/users/cursor.json", start_time=int(START)).json["users"]
    row = next(row for row in rows if row["id"] == ticket["requester_id"])
    assert row["active"] is False


def test_organizations_are_exported_with_their_end(account: Account) -> None:
    """'and `deleted_at` in incremental'."""
    row = account.get("organizations.json").json["organizations"][0]
    assert "deleted_at" not in row
    account.delete(f"organizations/{row['id']}.json")
    account.pass_time(60)
    body = account.get("incremental/organizations.json", start_time=int(START)).json
    assert body["organizations"][0]["deleted_at"] == "2026-09-21T14:13:20Z"


def test_sample_has_its_own_budget(seconds: Account) -> None:
    """'`/incremental/{resource}/sample`: 10 per 20 minutes, 50 results'."""
    for _ in range(10):
        assert seconds.get("incremental/tickets/sample.json", start_time=0).status == 200
    assert seconds.get("incremental/tickets/sample.json", start_time=0).status == 429
    assert seconds.get(CURSOR, start_time=0).status == 200


def test_bodies_of_300_kilobytes_survive() -> None:
    html = "<p>" + "long é " * 50_000 + "</p>"
    account = Account(stories=[story(posts=(Post("Cora", True, START - 9_000, html),))])
    body = account.get(EVENTS, start_time=0, include="comment_events").json
    assert body["ticket_events"][0]["child_events"][0]["html_body"] == html
    assert account.get("tickets/1/comments.json").json["comments"][0]["html_body"] == html
