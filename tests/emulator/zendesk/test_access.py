"""Signing in with token and OAuth; scopes; what is refused."""

from __future__ import annotations

import base64

import pytest

from tests.emulator.zendesk.account import Account, Json

CLIENT = {"client_id": "demo-client", "client_secret": "demo-secret"}


def basic(pair: str) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}


def granted(account: Account, **fields: object) -> Json:
    body = {"grant_type": "client_credentials", "scope": "read write"} | CLIENT | fields
    reply = account.send("POST", "/oauth/tokens", body)
    assert reply.status == 201, reply.json
    return reply.json


def with_token(account: Account, token: str, method: str = "GET", path: str = "tickets.json"):  # type: ignore[no-untyped-def]
    return account.send(method, path, {}, headers={"Authorization": f"Bearer {token}"})


@pytest.mark.parametrize(
    "authorization",
    [
        {"Authorization": ""},
        basic("owner@example.com:demo-token"),
        basic("owner@example.com/token:wrong"),
        basic("/token:demo-token"),
        basic("owner@example.com/password:demo-token"),
        {"Authorization": "Basic not-base64!"},
        {"Authorization": "Digest x"},
    ],
)
def test_anything_but_the_token_is_refused(account: Account, authorization: dict[str, str]) -> None:
    """'bad token → 401 {"error":"Couldn't authenticate you"}'; passwords ended 2025-12-31."""
    reply = account.send("GET", "tickets.json", headers=authorization)
    assert reply.status == 401
    assert reply.json == {"error": "Couldn't authenticate you"}


def test_client_credentials_grant_a_pair(account: Account) -> None:
    """'Reply is 201 {"access_token","token_type":"bearer","scope", …}'."""
    grant = granted(account)
    assert (grant["token_type"], grant["scope"]) == ("bearer", "read write")
    assert (grant["expires_in"], grant["refresh_token_expires_in"]) == (1_800, 2_592_000)
    assert with_token(account, grant["access_token"]).status == 200
    me = with_token(account, grant["access_token"], path="users/me.json").json["user"]
    assert me["role"] == "admin"


def test_access_token_ends_after_half_an_hour(account: Account) -> None:
    """'access default 30 min for new global clients'."""
    grant = granted(account)
    account.pass_time(1_800)
    reply = with_token(account, grant["access_token"])
    assert (reply.status, reply.json["error"]) == (401, "invalid_token")


def test_refreshing_replaces_the_pair(account: Account) -> None:
    """'refresh **rotates** (the old pair is deleted)'."""
    old = granted(account)
    body = {"grant_type": "refresh_token", "refresh_token": old["refresh_token"]} | CLIENT
    new = account.send("POST", "/oauth/tokens", body).json
    assert with_token(account, old["access_token"]).status == 401
    assert with_token(account, new["access_token"]).status == 200
    again = account.send("POST", "/oauth/tokens", body)
    assert (again.status, again.json["error"]) == (400, "invalid_grant")


def test_refresh_token_ends_after_thirty_days(account: Account) -> None:
    old = granted(account)
    account.pass_time(2_592_000)
    body = {"grant_type": "refresh_token", "refresh_token": old["refresh_token"]} | CLIENT
    assert account.send("POST", "/oauth/tokens", body).status == 400


def test_public_client_refreshes_without_its_secret(account: Account) -> None:
    """'Refresh of a public client works without the secret'."""
    body = {
        "grant_type": "refresh_token",
        "refresh_token": granted(account)["refresh_token"],
        "client_id": "demo-client",
    }
    assert account.send("POST", "/oauth/tokens", body).status == 201


@pytest.mark.parametrize(
    ("fields", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "other"}, 401, "invalid_client"),
        ({"client_secret": None}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": "authorization_code", "code": "x"}, 400, "invalid_grant"),
        ({"expires_in": 299}, 400, "invalid_request"),
        ({"expires_in": 172_801}, 400, "invalid_request"),
        ({"refresh_token_expires_in": 1}, 400, "invalid_request"),
    ],
)
def test_bad_grants_are_refused(
    account: Account, fields: dict[str, object], status: int, error: str
) -> None:
    """'`expires_in` (300 … 172,800 s), `refresh_token_expires_in` (604,800 … 7,776,000 s'."""
    body = {"grant_type": "client_credentials"} | CLIENT | fields
    reply = account.send("POST", "/oauth/tokens", body)
    assert (reply.status, reply.json["error"]) == (status, error)


def test_grant_takes_a_form_too(account: Account) -> None:
    raw = b"grant_type=client_credentials&client_id=demo-client&client_secret=demo-secret"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert account.send("POST", "/oauth/tokens", raw=raw, headers=headers).status == 201
    assert account.send("POST", "/oauth/tokens", raw=b"{").status == 400


def test_unknown_scope_is_granted_and_then_forbidden_everywhere(account: Account) -> None:
    """'A token for an unknown … scope is issued anyway, then every call is "Forbidden"'."""
    grant = granted(account, scope="everything")
    assert grant["scope"] == "everything"
    reply = with_token(account, grant["access_token"])
    assert (reply.status, reply.json["error"]["title"]) == (403, "Forbidden")


@pytest.mark.parametrize(
    ("scope", "method", "path", "status"),
    [
        ("read", "GET", "tickets.json", 200),
        ("read", "PUT", "tickets/1.json", 403),
        ("tickets:read", "GET", "tickets.json", 200),
        ("tickets:read", "GET", "incremental/tickets.json?start_time=0", 200),
        ("tickets:read", "GET", "users.json", 403),
        ("tickets:write", "DELETE", "tickets/1.json", 204),
        ("tickets:read users:read", "GET", "users.json", 200),
    ],
)
def test_scopes_bound_what_a_token_may_do(
    account: Account, scope: str, method: str, path: str, status: int
) -> None:
    """'scopes `read`, `write`, …, or `tickets:read`'; '`tickets:write` includes DELETE'."""
    account.new_ticket()
    token = granted(account, scope=scope)["access_token"]
    assert with_token(account, token, method, path).status == status


def test_token_shows_and_revokes_itself(account: Account) -> None:
    token = granted(account)["access_token"]
    shown = with_token(account, token, path="oauth/tokens/current.json").json["token"]
    assert shown["token"] == token[:10]
    assert with_token(account, token, "DELETE", "oauth/tokens/current.json").status == 204
    assert with_token(account, token).status == 401


def test_agents_user_record_is_an_agent(account: Account) -> None:
    account.user = "agent-smith"
    user = account.get("users/me.json").json["user"]
    assert (user["role"], user["email"]) == ("agent", "agent-smith@example.com")
