"""The leaky buckets of the account."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from emulator.kernel.service import Behaviour
from tests.emulator.gorgias.account import Account, Reply


def limited(plan: str = "professional") -> Account:
    return Account(behaviour=Behaviour(limits_on=True), plan=plan)


def spend(account: Account, calls: int) -> Reply:
    replies = [account.get("/api/account") for _ in range(calls)]
    return replies[-1]


def test_every_answer_tells_how_full_the_bucket_is() -> None:
    account = limited()
    assert spend(account, 1).headers["x-gorgias-account-api-call-limit"] == "1/40"
    assert spend(account, 9).headers["x-gorgias-account-api-call-limit"] == "10/40"
    missing = account.get("/api/tickets/5")
    assert missing.headers["x-gorgias-account-api-call-limit"] == "11/40"


def test_the_forty_first_call_is_a_429_with_whole_seconds_to_wait() -> None:
    account = limited()
    assert spend(account, 40).status == 200
    refused = spend(account, 1)
    assert (refused.status, refused.error["msg"]) == (429, "Too many requests.")
    assert refused.headers["retry-after"] == "1"
    assert refused.headers["x-gorgias-account-api-call-limit"] == "40/40"


@pytest.mark.parametrize(("plan", "per_second"), [("professional", 2), ("enterprise", 4)])
def test_the_bucket_leaks_at_the_plans_rate(plan: str, per_second: int) -> None:
    account = limited(plan)
    spend(account, 40)
    account.clock.move(1)
    assert [spend(account, 1).status for _ in range(per_second)] == [200] * per_second
    assert spend(account, 1).status == 429


def test_a_refused_call_is_not_counted() -> None:
    account = limited()
    spend(account, 60)
    account.clock.move(20)
    assert spend(account, 1).headers["x-gorgias-account-api-call-limit"] == "1/40"


def test_oauth_has_a_bucket_of_eighty() -> None:
    account = limited()
    form = {
        "grant_type": "refresh_token",
        "refresh_token": "demo-refresh-token",
        "client_id": "demo-client",
        "client_secret": "demo-secret",
    }
    grant = account.call("POST", "/oauth/token", raw=urlencode(form).encode(), sign_in=None).body
    spend(account, 40)
    bearer = f"Bearer {grant['access_token']}"
    reply = account.call("GET", "/api/account", sign_in=bearer)
    assert reply.headers["x-gorgias-account-api-call-limit"] == "1/80"


def test_without_limits_nothing_is_refused(account: Account) -> None:
    assert spend(account, 200).status == 200
