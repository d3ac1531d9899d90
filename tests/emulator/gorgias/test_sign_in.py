"""Who gets in, and how everybody else is refused."""

from __future__ import annotations

from base64 import b64encode

import pytest

from tests.emulator.gorgias.account import Account


def basic(name: str, key: str) -> str:
    return "Basic " + b64encode(f"{name}:{key}".encode()).decode()


def test_an_email_with_the_key_signs_in(account: Account) -> None:
    reply = account.call("GET", "/api/account", sign_in=basic("me@shop.example", "demo-token"))
    assert reply.status == 200
    assert reply.body["domain"] == "demo-shop"
    assert reply.body["status"] == {"status": "active"}


@pytest.mark.parametrize(
    "sign_in",
    [
        None,
        basic("me@shop.example", "wrong"),
        basic("", "demo-token"),
        "Basic not-base64!",
        "Basic /////w==",
        "Bearer demo-token",
        "Digest x",
    ],
)
def test_anything_else_is_a_401_in_json(account: Account, sign_in: str | None) -> None:
    reply = account.call("GET", "/api/tickets", sign_in=sign_in)
    assert (reply.status, reply.body) == (401, {"error": {"msg": "Unauthorized."}})


def test_the_401_comes_before_the_404(account: Account) -> None:
    assert account.call("GET", "/api/nothing", sign_in=None).status == 401


def test_user_zero_is_the_caller(account: Account) -> None:
    sign_in = basic("agent2@demo-shop.example", "demo-token")
    reply = account.call("GET", "/api/users/0", sign_in=sign_in)
    assert reply.body["email"] == "agent2@demo-shop.example"
    assert reply.body["role"] == {"name": "agent"}


def test_an_agent_may_not_administrate(account: Account) -> None:
    sign_in = basic("agent2@demo-shop.example", "demo-token")
    reply = account.call(
        "POST", "/api/integrations", {"name": "x", "type": "http"}, sign_in=sign_in
    )
    assert reply.status == 403
    assert reply.error == {"msg": "You do not have enough permissions to perform this action."}


def test_an_observer_may_read_but_not_write(account: Account) -> None:
    sign_in = basic("agent12@demo-shop.example", "demo-token")
    ticket_id = account.new_ticket()["id"]
    path = f"/api/tickets/{ticket_id}"
    assert account.call("GET", path, sign_in=sign_in).status == 200
    assert account.call("PUT", path, {"status": "closed"}, sign_in=sign_in).status == 403


def test_a_path_outside_the_api_is_an_html_page(account: Account) -> None:
    reply = account.call("GET", "/somewhere", sign_in=None)
    assert reply.status == 404
    assert reply.raw.startswith(b"<!doctype html>")


def test_an_unknown_path_is_a_404_and_a_wrong_method_a_405(account: Account) -> None:
    assert account.get("/api/nothing").status == 404
    wrong = account.call("PATCH", "/api/tickets")
    assert wrong.status == 405
    assert wrong.headers["allow"] == "GET, POST"


def test_a_slash_at_the_end_changes_nothing(account: Account) -> None:
    assert account.get("/api/account/").status == 200
