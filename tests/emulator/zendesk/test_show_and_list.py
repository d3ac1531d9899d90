"""Reading tickets: keys, both pagings, sorting, side-loads."""

from __future__ import annotations

from random import Random

import pytest

from emulator.kernel.http import Request
from emulator.zendesk.service import ZendeskService
from tests.emulator.zendesk.account import Account, StandingClock, story


@pytest.fixture
def filled() -> Account:
    return Account(stories=[story(number) for number in range(1, 8)])


def test_path_works_with_and_without_json(filled: Account) -> None:
    assert filled.get("tickets/1.json").json == filled.get("tickets/1").json


def test_shown_ticket_has_fields_as_an_alias_and_no_audit(filled: Account) -> None:
    """'`fields` is an alias of `custom_fields`'; 'A GET must not contain `audit`'."""
    body = filled.get("tickets/1.json").json
    assert list(body) == ["ticket"]
    assert body["ticket"]["fields"] == body["ticket"]["custom_fields"]
    assert "generated_timestamp" not in body["ticket"]


def test_cursor_list_lacks_fields_and_generated_timestamp(filled: Account) -> None:
    """'`GET /tickets.json?page[size]=…` in recordings lacks both'."""
    row = filled.get("tickets.json?page[size]=1").json["tickets"][0]
    assert "fields" not in row
    assert "generated_timestamp" not in row
    assert row["custom_fields"]


def test_unknown_ticket_is_a_missing_record(filled: Account) -> None:
    reply = filled.get("tickets/999.json")
    assert reply.status == 404
    assert reply.json == {"error": "RecordNotFound", "description": "Not found"}


def test_unknown_path_is_a_missing_endpoint(filled: Account) -> None:
    reply = filled.get("no_such_thing.json")
    assert reply.status == 404
    assert reply.json == {"error": "InvalidEndpoint", "description": "Not found"}


def test_cursor_walk_sees_every_ticket_once_and_links_even_at_the_end(filled: Account) -> None:
    """'non-null `after_cursor` and `links.next` even on the last page'."""
    seen, target = [], "tickets.json?page[size]=3&sort=-updated_at"
    while True:
        body = filled.get(target).json
        seen += [row["id"] for row in body["tickets"]]
        assert body["links"]["next"] is not None
        if not body["meta"]["has_more"]:
            break
        target = body["links"]["next"].removeprefix("http://desk.test")
    assert seen == [7, 6, 5, 4, 3, 2, 1]


def test_empty_cursor_page_has_null_links(filled: Account) -> None:
    after = filled.get("tickets.json?page[size]=100").json["meta"]["after_cursor"]
    body = filled.send("GET", "tickets.json", **{"page[size]": 5, "page[after]": after}).json
    assert body["tickets"] == []
    assert body["links"] == {"prev": None, "next": None}
    assert body["meta"] == {"has_more": False, "after_cursor": None, "before_cursor": None}


def test_cursor_goes_back(filled: Account) -> None:
    first = filled.get("tickets.json?page[size]=2").json
    second = filled.get(first["links"]["next"].removeprefix("http://desk.test")).json
    back = filled.get(second["links"]["prev"].removeprefix("http://desk.test")).json
    assert back["tickets"] == first["tickets"]


def test_cursor_belongs_to_its_sort(filled: Account) -> None:
    """'Recorded cursors … opaque, bound to the sort'."""
    after = filled.get("tickets.json?page[size]=2&sort=id").json["meta"]["after_cursor"]
    query = {"page[size]": 2, "page[after]": after, "sort": "-updated_at"}
    reply = filled.send("GET", "tickets.json", **query)
    assert reply.status == 400
    assert reply.json["errors"][0]["code"] == "InvalidPaginationParameter"


@pytest.mark.parametrize(
    "target",
    [
        "tickets.json?page[size]=101",
        "tickets.json?page[size]=0",
        "tickets.json?page[size]=x",
        "tickets.json?page[size]=2&page[after]=nonsense",
        "tickets.json?page[size]=2&sort=created_at",
        "tickets.json?page=x",
        "tickets.json?sort_by=colour",
    ],
)
def test_bad_paging_is_refused(filled: Account, target: str) -> None:
    reply = filled.get(target)
    assert reply.status == 400
    assert reply.json["errors"][0]["code"] == "InvalidPaginationParameter"


def test_sort_by_is_dropped_in_silence_under_a_cursor(filled: Account) -> None:
    """'Mixing styles returns 200 and drops the sort'."""
    body = filled.get("tickets.json?page[size]=2&sort_by=updated_at&sort_order=desc").json
    assert [row["id"] for row in body["tickets"]] == [1, 2]


def test_offset_page_counts_and_links(filled: Account) -> None:
    body = filled.get("tickets.json?page=2&per_page=3&sort_by=updated_at&sort_order=desc").json
    assert [row["id"] for row in body["tickets"]] == [4, 3, 2]
    assert body["count"] == 7
    assert "page=3" in body["next_page"]
    assert "page=1" in body["previous_page"]


def test_offset_pages_end_at_ten_thousand_records(filled: Account) -> None:
    """'beyond 10,000 records (page 100x100) → 400 InvalidPaginationDepth'."""
    assert filled.get("tickets.json?page=100").status == 200
    reply = filled.get("tickets.json?page=101")
    assert reply.status == 400
    assert reply.json["errors"][0]["code"] == "InvalidPaginationDepth"


def test_sort_by_assignee_name_sorts_by_people() -> None:
    account = Account(stories=[story(1, assignee=5), story(2, assignee=1), story(3, assignee=3)])
    body = account.get("tickets.json?sort_by=assignee.name").json
    assert [row["id"] for row in body["tickets"]] == [2, 3, 1]


def test_show_many_leaves_missing_ids_out(filled: Account) -> None:
    body = filled.get("tickets/show_many.json?ids=3,1,99").json
    assert [row["id"] for row in body["tickets"]] == [1, 3]


def test_show_many_takes_a_hundred_ids(filled: Account) -> None:
    """'`TooManyValues` … max_count 100'."""
    reply = filled.get("tickets/show_many.json", ids=",".join(map(str, range(101))))
    assert reply.status == 400
    assert reply.json["error"] == "TooManyValues"
    assert reply.json["max_count"] == 100


@pytest.mark.parametrize("target", ["tickets/show_many.json", "tickets/show_many.json?ids=a,b"])
def test_show_many_without_ids_is_refused(filled: Account, target: str) -> None:
    assert filled.get(target).status == 400


def test_side_loads_are_sibling_arrays(filled: Account) -> None:
    body = filled.get("tickets/1.json?include=users,groups,organizations,comment_count").json
    ids = {row["id"] for row in body["users"]}
    assert {body["ticket"]["requester_id"], body["ticket"]["assignee_id"]} <= ids
    assert [row["id"] for row in body["groups"]] == [body["ticket"]["group_id"]]
    assert body["ticket"]["comment_count"] == 3


def test_tickets_are_found_by_external_id(filled: Account) -> None:
    for _ in range(2):
        filled.new_ticket(external_id="order-7")
    body = filled.get("tickets.json?external_id=order-7").json
    assert [row["id"] for row in body["tickets"]] == [8, 9]


def test_ai_agents_tickets_are_left_out_unless_asked_for() -> None:
    """'AI-agent tickets are silently left out unless `all` is asked for'."""
    account = Account(stories=[story(number) for number in range(1, 30)])
    said = ""
    while "AI agent" not in said:
        account.pass_time(1)
        said = account.service.act()
    number = int(said.partition("#")[2].partition(":")[0])
    account.pass_time(61)
    newest = "tickets.json?page[size]=100&sort=-id"
    assert number not in _ids(account.get(newest).json)
    assert number in _ids(account.get(newest + "&support_type_scope=all").json)
    export = "incremental/tickets/cursor.json?start_time=0"
    assert number not in _ids(account.get(export).json)
    assert number in _ids(account.get(export + "&support_type_scope=all").json)


def _ids(body: dict[str, list[dict[str, int]]]) -> list[int]:
    return [row["id"] for row in body["tickets"]]


def test_count_is_of_live_tickets(filled: Account) -> None:
    filled.delete("tickets/1.json")
    count = filled.get("tickets/count.json").json["count"]
    assert count == {"value": 6, "refreshed_at": "2026-09-21T14:13:20Z"}


def test_tickets_of_a_person_and_of_an_organization(filled: Account) -> None:
    ticket = filled.get("tickets/1.json").json["ticket"]
    requested = filled.get(f"users/{ticket['requester_id']}/tickets/requested.json").json
    assigned = filled.get(f"users/{ticket['assignee_id']}/tickets/assigned.json").json
    assert len(requested["tickets"]) == len(assigned["tickets"]) == 7
    assert filled.get("organizations/1/tickets.json").json["tickets"] == []


def test_links_follow_the_host_without_a_base_url() -> None:
    service = ZendeskService(clock=StandingClock(), random=Random(1))
    service.load([story()])
    headers = Account().sign_in() | {"Host": "127.0.0.1:8123"}
    body = service.handle(Request.of("GET", "/api/v2/tickets/1.json", headers)).body
    assert b"http://127.0.0.1:8123/api/v2/tickets/1.json" in body
