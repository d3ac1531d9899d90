"""`GET /api/tickets`: its rows, its order, its pages and its few filters."""

from __future__ import annotations

from base64 import b64decode
from json import loads

import pytest

from tests.emulator.gorgias.account import Account, story

ROW_KEYS = {
    "id",
    "uri",
    "external_id",
    "language",
    "status",
    "priority",
    "channel",
    "via",
    "from_agent",
    "customer",
    "assignee_user",
    "assignee_team",
    "subject",
    "summary",
    "excerpt",
    "integrations",
    "meta",
    "tags",
    "messages_count",
    "is_unread",
    "spam",
    "created_datetime",
    "opened_datetime",
    "last_received_message_datetime",
    "last_message_datetime",
    "updated_datetime",
    "closed_datetime",
    "snooze_datetime",
    "trashed_datetime",
    "last_sent_message_not_delivered",
    "custom_fields",
}


@pytest.fixture
def filled(account: Account) -> Account:
    account.service.load(story(number) for number in range(1, 8))
    return account


def ids(account: Account, target: str) -> list[int]:
    return [row["id"] for row in account.walk(target)]


def test_a_row_has_an_excerpt_and_a_count_but_no_messages(filled: Account) -> None:
    row = filled.get("/api/tickets?limit=1").body["data"][0]
    assert set(row) == ROW_KEYS
    assert (row["excerpt"], row["messages_count"]) == ("Update it", 2)
    assert row["created_datetime"].endswith(".000000+00:00")


def test_custom_fields_of_a_row_are_a_map_even_when_empty(account: Account) -> None:
    ticket = account.new_ticket()
    assert account.row(ticket["id"])["custom_fields"] == {}


def test_the_envelope_names_the_request_and_no_total(filled: Account) -> None:
    page = filled.get("/api/tickets?limit=3&order_by=updated_datetime%3Aasc").body
    assert page["object"] == "list"
    assert page["uri"] == "/api/tickets?limit=3&order_by=updated_datetime%3Aasc"
    assert page["meta"]["prev_cursor"] is None
    assert page["meta"]["total_resources"] is None


def test_newest_created_comes_first_by_default(filled: Account) -> None:
    assert ids(filled, "/api/tickets") == [7, 6, 5, 4, 3, 2, 1]


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
def test_pages_join_to_the_whole_list(filled: Account, limit: int) -> None:
    target = f"/api/tickets?limit={limit}&order_by=created_datetime:asc"
    assert ids(filled, target) == [1, 2, 3, 4, 5, 6, 7]


def test_a_cursor_is_the_sort_value_and_id_of_the_last_row(filled: Account) -> None:
    page = filled.get("/api/tickets?limit=2&order_by=created_datetime:asc").body
    last = page["data"][-1]
    assert loads(b64decode(page["meta"]["next_cursor"])) == [
        "next",
        last["created_datetime"].removesuffix("+00:00"),
        last["id"],
    ]


def test_the_previous_cursor_leads_back(filled: Account) -> None:
    first = filled.get("/api/tickets?limit=2").body
    second = filled.get(f"/api/tickets?limit=2&cursor={first['meta']['next_cursor']}").body
    back = filled.get(f"/api/tickets?limit=2&cursor={second['meta']['prev_cursor']}").body
    assert back["data"] == first["data"]
    assert back["meta"]["prev_cursor"] is None


def test_an_insert_does_not_shift_the_pages(filled: Account) -> None:
    first = filled.get("/api/tickets?limit=3").body
    filled.new_ticket()
    second = filled.get(f"/api/tickets?limit=3&cursor={first['meta']['next_cursor']}").body
    assert [row["id"] for row in second["data"]] == [4, 3, 2]


def test_a_cursor_of_another_order_is_refused(filled: Account) -> None:
    cursor = filled.get("/api/tickets?limit=2").body["meta"]["next_cursor"]
    reply = filled.get(f"/api/tickets?order_by=updated_datetime:desc&cursor={cursor}")
    assert (reply.status, list(reply.error["data"])) == (400, ["cursor"])


@pytest.mark.parametrize("cursor", ["", "x", "WyJuZXh0Il0=", "eyJhIjoxfQ==", "%00", "MQ=="])
def test_a_broken_cursor_is_refused(filled: Account, cursor: str) -> None:
    assert filled.get(f"/api/tickets?cursor={cursor}").status == 400


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=101", "limit"),
        ("limit=0", "limit"),
        ("limit=many", "limit"),
        ("order_by=status:asc", "order_by"),
        ("status=open", "status"),
        ("updated_datetime[gte]=2026-01-01", "updated_datetime[gte]"),
        ("customer_id=x", "customer_id"),
        ("trashed=perhaps", "trashed"),
        ("ticket_ids=" + "&ticket_ids=".join(map(str, range(1, 102))), "ticket_ids"),
        ("view_id=9", "view_id"),
    ],
)
def test_a_wrong_or_unknown_parameter_is_a_400_that_names_it(
    filled: Account, query: str, field: str
) -> None:
    reply = filled.get(f"/api/tickets?{query}")
    assert (reply.status, list(reply.error["data"])) == (400, [field])


def test_filter_by_customer(filled: Account) -> None:
    mine = filled.new_ticket()
    assert ids(filled, f"/api/tickets?customer_id={mine['customer']['id']}") == [mine["id"]]


def test_an_external_id_finds_every_ticket_that_has_it(filled: Account) -> None:
    twins = [filled.new_ticket(external_id="op:1")["id"] for _ in range(2)]
    assert sorted(ids(filled, "/api/tickets?external_id=op:1")) == twins


def test_ticket_ids_leave_out_what_is_gone(filled: Account) -> None:
    filled.delete("/api/tickets/3")
    target = "/api/tickets?ticket_ids=2&ticket_ids=3&ticket_ids=4&order_by=created_datetime:asc"
    assert ids(filled, target) == [2, 4]


def test_trashed_tickets_are_listed_unless_asked_not_to(filled: Account) -> None:
    filled.put("/api/tickets/3", {"trashed_datetime": "2026-09-01T00:00:00Z"})
    assert 3 in ids(filled, "/api/tickets")
    assert 3 not in ids(filled, "/api/tickets?trashed=false")
    assert 3 not in ids(filled, "/api/tickets?trashed=false&ticket_ids=3&ticket_ids=4")


def test_a_change_moves_a_ticket_to_the_front_of_the_updated_order(filled: Account) -> None:
    filled.put("/api/tickets/2", {"priority": "high"})
    assert ids(filled, "/api/tickets?order_by=updated_datetime:desc")[0] == 2
