"""Search: the query language, its limits, its lag, its export."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.zendesk.account import Account, Json, story


@pytest.fixture
def filled() -> Account:
    return Account(
        stories=[
            story(1, subject="Printer jam", status="open", priority="urgent", tags=("churn",)),
            story(2, subject="Invoice missing", status="solved", priority="low", tags=("billing",)),
            story(3, subject="Printer offline", status="pending", priority=None, tags=()),
        ]
    )


def found(account: Account, query: str, **more: Any) -> list[int]:
    reply = account.get("search.json", query=query, **more)
    assert reply.status == 200, reply.json
    return sorted(row["id"] for row in reply.json["results"])


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("type:ticket", [1, 2, 3]),
        ("type:ticket status<solved", [1, 3]),
        ("type:ticket status>=solved", [2]),
        ("type:ticket status:open status:pending", [1, 3]),
        ("type:ticket -status:solved", [1, 3]),
        ("type:ticket priority:urgent", [1]),
        ("type:ticket priority>low", [1]),
        ("type:ticket priority:none", [3]),
        ("type:ticket tags:churn tags:billing", [1, 2]),
        ("type:ticket tags:none", [3]),
        ("type:ticket -tags:churn", [2, 3]),
        ("type:ticket printer", [1, 3]),
        ("type:ticket print*", [1, 3]),
        ("type:ticket prin", []),
        ('type:ticket "printer jam"', [1]),
        ("type:ticket subject:invoice", [2]),
        ("type:ticket description:question", [1, 2, 3]),
        ("type:ticket requester:cora@example.com", [1, 2, 3]),
        ("type:ticket requester:nobody@example.com", []),
        ("type:ticket assignee:none", []),
        ("type:ticket created<2026-01-01", []),
        ("type:ticket created:2026-09-19", [1, 2, 3]),
        ("type:ticket created>=2026-09-19 created<=2026-09-19", [1, 2, 3]),
        ("type:ticket updated>2026-09-19", []),
        ("type:ticket updated<2026-09-20T00:00:00Z", [1, 2, 3]),
        ("type:ticket created>3days", [1, 2, 3]),
        ("type:ticket created>1hours", []),
        ("type:ticket group:support via:web", [1, 2, 3]),
        ("type:ticket colour:red", []),
        ("type:ticket via:email", []),
    ],
)
def test_query_finds(filled: Account, query: str, ids: list[int]) -> None:
    assert found(filled, query) == ids


def test_rows_name_their_kind(filled: Account) -> None:
    """'reply `results[…result_type], count, next_page, previous_page, facets`'."""
    body = filled.get("search.json", query="Cora").json
    assert {row["result_type"] for row in body["results"]} == {"user"}
    assert body["facets"] is None
    assert (body["count"], body["next_page"], body["previous_page"]) == (1, None, None)


@pytest.mark.parametrize("query", ["type:ticket order_by:created sort:asc", "type:ticket"])
def test_order_comes_from_the_query_or_beside_it(filled: Account, query: str) -> None:
    more = {} if "order_by" in query else {"sort_by": "created_at", "sort_order": "asc"}
    body = filled.get("search.json", query=query, **more).json
    assert [row["id"] for row in body["results"]] == [1, 2, 3]


def test_search_sorts_by_priority(filled: Account) -> None:
    body = filled.get("search.json", query="type:ticket", sort_by="priority").json
    assert [row["id"] for row in body["results"]] == [1, 2, 3]


def test_nobody_finds_what_they_have_just_written(filled: Account) -> None:
    """'Index lag "up to a few minutes" → never read your own write through search'."""
    ticket = filled.new_ticket(subject="Quokka")
    assert found(filled, "quokka") == []
    filled.pass_time(45)
    assert found(filled, "quokka") == [ticket["id"]]


def test_hits_come_from_the_index_but_rows_from_the_database(filled: Account) -> None:
    filled.update(1, status="pending")
    body = filled.get("search.json", query="type:ticket status:open").json
    assert [(row["id"], row["status"]) for row in body["results"]] == [(1, "pending")]
    filled.delete("tickets/1.json")
    stale = filled.get("search.json", query="type:ticket status:open").json
    assert (stale["results"], stale["count"]) == ([], 1)


def test_search_stops_after_a_thousand_results_but_counts_all() -> None:
    """'`count` is the true total; `page*per_page > 1000` → 422'."""
    account = Account(stories=[story(number) for number in range(1, 1_051)])
    last = account.get("search.json", query="type:ticket", page=10).json
    assert (last["count"], last["next_page"]) == (1_050, None)
    beyond = account.get("search.json", query="type:ticket", page=11)
    assert beyond.status == 422
    assert beyond.json["error"] == "invalid"
    assert "Search Response Limits" in beyond.json["description"]
    assert account.get("search/count.json", query="type:ticket").json == {"count": 1_050}


def test_search_knows_page_numbers_only(filled: Account) -> None:
    """'offset only, `page[size]` → 400 "page must be an integer"'."""
    reply = filled.get("search.json?query=x&page[size]=2")
    assert reply.status == 400
    assert reply.json["description"] == "page must be an integer"


@pytest.mark.parametrize(
    ("query", "status"), [("type:car", 422), ("type:ticket created>someday", 422), (None, 400)]
)
def test_bad_queries_are_refused(filled: Account, query: str | None, status: int) -> None:
    more = {} if query is None else {"query": query}
    assert filled.get("search.json", **more).status == status


def export(account: Account, **more: Any) -> Json:
    return account.send(
        "GET", "search/export.json", **({"query": "printer*", "filter[type]": "ticket"} | more)
    )


def test_export_walks_by_cursor(filled: Account) -> None:
    """'ordered by created_at, no count, `links.prev` null'."""
    first = export(filled, **{"page[size]": 1}).json
    assert [row["id"] for row in first["results"]] == [3]
    assert first["meta"]["has_more"] is True
    assert first["links"]["prev"] is None
    assert "count" not in first
    second = export(filled, **{"page[size]": 1, "page[after]": first["meta"]["after_cursor"]}).json
    assert [row["id"] for row in second["results"]] == [1]
    assert second["meta"]["has_more"] is False


def test_export_cursor_lives_for_an_hour(filled: Account) -> None:
    """'after_cursor expires in 1 hour'."""
    cursor = export(filled).json["meta"]["after_cursor"]
    filled.pass_time(3_601)
    assert export(filled, **{"page[after]": cursor}).status == 400


def test_export_needs_its_type(filled: Account) -> None:
    """'`filter[type]` required'; a `type:` term beside it 'gets 200'."""
    assert filled.get("search/export.json", query="x").status == 400
    reply = filled.get("search/export.json?filter[type]=user", query="type:user Cora")
    assert [row["name"] for row in reply.json["results"]] == ["Cora"]


def test_search_index_forgets_deleted_tickets(filled: Account) -> None:
    filled.delete("tickets/1.json")
    filled.pass_time(60)
    assert found(filled, "type:ticket printer") == [3]
