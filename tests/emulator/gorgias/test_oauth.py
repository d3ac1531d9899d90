"""OAuth: consent, tokens that expire, refresh tokens that rotate."""

from __future__ import annotations

from base64 import b64encode
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.emulator.gorgias.account import Account, Reply

CLIENT = {"client_id": "demo-client", "client_secret": "demo-secret"}


def token(account: Account, **form: str) -> Reply:
    return account.call("POST", "/oauth/token", raw=urlencode(form).encode(), sign_in=None)


def refreshed(account: Account) -> Any:
    reply = token(account, grant_type="refresh_token", refresh_token="demo-refresh-token", **CLIENT)
    assert reply.status == 200
    return reply.body


def consent(account: Account, **query: str) -> Reply:
    asked = {
        "client_id": "demo-client",
        "response_type": "code",
        "redirect_uri": "https://app.example/back?x=1",
        "scope": "openid offline write:all",
        "state": "s 1",
        **query,
    }
    return account.call("GET", f"/oauth/authorize?{urlencode(asked)}", sign_in=None)


def test_a_refresh_gives_a_bearer_token_that_works(account: Account) -> None:
    grant = refreshed(account)
    assert grant["token_type"] == "Bearer"
    reply = account.call("GET", "/api/account", sign_in=f"Bearer {grant['access_token']}")
    assert reply.status == 200


def test_a_bearer_token_expires(account: Account) -> None:
    grant = refreshed(account)
    account.clock.move(grant["expires_in"])
    reply = account.call("GET", "/api/account", sign_in=f"Bearer {grant['access_token']}")
    assert reply.status == 401


def test_a_refresh_token_works_once_and_its_successor_after_it(account: Account) -> None:
    grant = refreshed(account)
    used = token(account, grant_type="refresh_token", refresh_token="demo-refresh-token", **CLIENT)
    assert (used.status, used.body["error"]) == (400, "invalid_grant")
    next_token = grant["refresh_token"]
    again = token(account, grant_type="refresh_token", refresh_token=next_token, **CLIENT)
    assert again.status == 200


def test_consent_leads_back_with_a_code_that_buys_tokens(account: Account) -> None:
    back = consent(account)
    assert back.status == 302
    parts = urlsplit(back.headers["location"])
    query = parse_qs(parts.query)
    assert (parts.netloc, query["x"], query["state"]) == ("app.example", ["1"], ["s 1"])
    form = {"grant_type": "authorization_code", "code": query["code"][0]}
    uri = "https://app.example/back?x=1"
    assert token(account, **form, redirect_uri=uri, **CLIENT).status == 200
    second = token(account, **form, redirect_uri=uri, **CLIENT)
    assert second.body["error"] == "invalid_grant"


def test_without_the_scope_offline_there_is_no_refresh_token(account: Account) -> None:
    code = parse_qs(urlsplit(consent(account, scope="write:all").headers["location"]).query)["code"]
    reply = token(
        account,
        grant_type="authorization_code",
        code=code[0],
        redirect_uri="https://app.example/back?x=1",
        **CLIENT,
    )
    assert "refresh_token" not in reply.body


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"grant_type": "refresh_token", "refresh_token": "x", **CLIENT}, 400, "invalid_grant"),
        ({"grant_type": "password", **CLIENT}, 400, "unsupported_grant_type"),
        ({"grant_type": "refresh_token", "client_id": "demo-client"}, 401, "invalid_client"),
        ({}, 401, "invalid_client"),
    ],
)
def test_a_bad_token_request_is_refused_in_oauths_words(
    account: Account, form: dict[str, str], status: int, error: str
) -> None:
    reply = token(account, **form)
    assert (reply.status, reply.body["error"]) == (status, error)


def test_the_client_may_sign_in_by_basic(account: Account) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": "demo-refresh-token"}
    sign_in = "Basic " + b64encode(b"demo-client:demo-secret").decode()
    reply = account.call("POST", "/oauth/token", raw=urlencode(form).encode(), sign_in=sign_in)
    assert reply.status == 200


def test_an_unknown_client_gets_no_consent(account: Account) -> None:
    assert consent(account, client_id="other").status == 401
    assert consent(account, redirect_uri="").status == 400
