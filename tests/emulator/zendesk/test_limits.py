"""Rate limits: headers, the account's budget, the tighter ones of endpoints."""

from __future__ import annotations

import pytest

from emulator.kernel.service import Behaviour
from tests.emulator.zendesk.account import Account

CURSOR = "incremental/tickets/cursor.json?start_time=0"


@pytest.mark.parametrize(
    ("plan", "total"), [("enterprise", 700), ("professional", 400), ("team", 200)]
)
def test_plan_names_the_budget(plan: str, total: int) -> None:
    """'Support Team 200 … Professional 400 … Enterprise 700' requests a minute."""
    account = Account(plan=plan)
    headers = account.get("tickets.json").headers
    assert headers["x-rate-limit"] == headers["ratelimit-limit"] == str(total)
    assert headers["x-rate-limit-remaining"] == headers["ratelimit-remaining"] == str(total - 1)
    assert 1 <= int(headers["ratelimit-reset"]) <= 60


def test_account_budget_ends_and_comes_back_with_the_minute() -> None:
    """'On 429: `Retry-After` seconds'."""
    account = Account(plan="team")
    for _ in range(200):
        assert account.get("tickets/count.json").status == 200
    refused = account.get("tickets/count.json")
    assert refused.status == 429
    assert refused.json == {
        "error": "APIRateLimitExceeded",
        "description": "Number of allowed API requests per minute exceeded",
    }
    wait = int(refused.headers["retry-after"])
    assert refused.headers["ratelimit-reset"] == str(wait)
    account.pass_time(wait)
    assert account.get("tickets/count.json").status == 200


def test_exports_have_ten_a_minute_together(account: Account) -> None:
    """'`incremental/*` 10/min'; 'One budget shared by tickets, users, orgs and events'."""
    first = account.get(CURSOR)
    bucket = first.headers["zendesk-ratelimit-incremental-exports"]
    assert bucket.startswith("total=10; remaining=9; resets=")
    for _ in range(3):
        account.get("incremental/users/cursor.json?start_time=0")
        account.get("incremental/ticket_events.json?start_time=0")
        account.get("incremental/organizations.json?start_time=0")
    refused = account.get(CURSOR)
    assert refused.status == 429
    assert refused.json == {
        "error": "APIRateLimitExceeded",
        "description": ("Number of allowed incremental export API requests per minute exceeded"),
    }
    assert "retry-after" in refused.headers
    assert int(refused.headers["x-rate-limit-remaining"]) > 600
    account.pass_time(60)
    assert account.get(CURSOR).status == 200


def test_ticket_takes_thirty_updates_in_ten_minutes(account: Account) -> None:
    """'30 per 10 min per user per ticket'; 'total=30; remaining=29; resets=…'."""
    ticket, other = account.new_ticket()["id"], account.new_ticket()["id"]
    first = account.update(ticket, subject="0")
    assert first.headers["zendesk-ratelimit-per-ticket-updates"] == (
        "total=30; remaining=29; resets=600"
    )
    for number in range(1, 30):
        assert account.update(ticket, subject=str(number)).status == 200
    assert account.update(ticket, subject="x").status == 429
    assert account.update(other, subject="x").status == 200
    account.user = "somebody.else@example.com"
    assert account.update(ticket, subject="y").status == 200
    account.user = "owner@example.com"
    account.pass_time(600)
    assert account.update(ticket, subject="z").status == 200


def test_account_takes_a_hundred_ticket_updates_a_minute(account: Account) -> None:
    """'account 100/min' for 'any PUT that updates it'."""
    tickets = [account.new_ticket()["id"] for _ in range(101)]
    replies = [account.update(ticket, subject="x") for ticket in tickets]
    assert [reply.status for reply in replies] == [200] * 100 + [429]


def test_tags_count_as_updates(account: Account) -> None:
    ticket = account.new_ticket()["id"]
    reply = account.put(f"tickets/{ticket}/tags.json", {"tags": ["a"]})
    assert "zendesk-ratelimit-per-ticket-updates" in reply.headers


def test_user_takes_five_updates_a_minute_one_a_second(account: Account) -> None:
    """'users PUT, create_or_update: 5/min per user, 1/s account'."""
    user = account.post("users.json", {"user": {"name": "Ann"}}).json["user"]
    path = f"users/{user['id']}.json"
    assert account.put(path, {"user": {"notes": "1"}}).status == 200
    refused = account.put(path, {"user": {"notes": "2"}})
    assert (refused.status, refused.headers["retry-after"]) == (429, "1")
    assert refused.json["errors"][0]["code"] == "TooManyRequests"
    statuses = []
    for number in range(5):
        account.pass_time(1)
        statuses.append(account.put(path, {"user": {"notes": str(number)}}).status)
    assert statuses == [200, 200, 200, 200, 429]


def test_organization_takes_five_updates_a_minute(account: Account) -> None:
    """'organization PUT 5/min per org: 429 {"errors":[{"code":"TooManyRequests", …'."""
    row = account.get("organizations.json").json["organizations"][0]
    path, body = f"organizations/{row['id']}.json", {"organization": {"notes": "x"}}
    assert [account.put(path, body).status for _ in range(6)] == [200] * 5 + [429]


def test_deleted_list_and_tags_list_have_their_own_budgets(account: Account) -> None:
    """'deleted_tickets list 10 … per min'; 'tags list: recorded total=100'."""
    assert [account.get("deleted_tickets.json").status for _ in range(11)][-2:] == [200, 429]
    assert "total=100" in account.get("tags.json").headers["zendesk-ratelimit-tags-index"]


def test_search_has_twenty_five_hundred_a_minute(account: Account) -> None:
    """'search / search export: 2,500/min / 100/min'."""
    headers = account.get("search.json?query=x").headers
    assert headers["zendesk-ratelimit-search-index"].startswith("total=2500; remaining=2499")


def test_webhooks_have_their_own_budget(account: Account) -> None:
    """'webhooks API: own `x-rate-limit: 100`'."""
    headers = account.get("webhooks").headers
    assert (headers["x-rate-limit"], headers["x-rate-limit-remaining"]) == ("100", "99")
    assert "ratelimit-limit" not in headers
    assert account.get("tickets.json").headers["x-rate-limit-remaining"] == "699"


def test_limits_can_be_off() -> None:
    account = Account(behaviour=Behaviour(limits_on=False))
    replies = [account.get(CURSOR) for _ in range(800)]
    assert {reply.status for reply in replies} == {200}
    assert not [name for name in replies[0].headers if "rate" in name]


def test_headers_can_have_their_old_names() -> None:
    """'2023-09…2024-02 `Rate-Limit`, `Rate-Limit-Remaining`, … `Zendesk-Rate-Limit-<bucket>`'."""
    account = Account(behaviour=Behaviour(extra={"rate_headers": "old"}))
    headers = account.get("tickets.json").headers
    assert {"rate-limit", "rate-limit-remaining", "rate-limit-reset"} <= headers.keys()
    assert "zendesk-rate-limit-tickets-index" in headers
    assert "x-rate-limit" in headers


def test_every_reply_names_its_version_and_request(account: Account) -> None:
    """'Other headers seen on every API reply': version, request id, weak ETag."""
    first, second = account.get("tickets.json"), account.get("tickets.json")
    assert first.headers["x-zendesk-api-version"] == "v2"
    assert first.headers["etag"].startswith('W/"')
    assert first.headers["etag"] == second.headers["etag"]
    assert first.headers["x-request-id"] != second.headers["x-request-id"]
