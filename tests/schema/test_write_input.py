"""Input of mutations that cannot be used: told as data, with the way to it, and nothing is sent."""

from __future__ import annotations

from typing import Any

import pytest

from domain.ids import node_id
from schema.context import Scope
from tests.schema.live import Live, live

ERRORS = "errors { __typename code message hint path }"
LONG = "x" * 65_536


def refused(
    mutation: str, given: dict[str, Any], code: str, path: list[str] | None, **settings: Any
) -> None:
    async def scenario(world: Live) -> None:
        tickets = {desk: await world.first_ticket(desk) for desk in ("acme", "shop")}
        filled = {
            key: tickets[value[1:]] if isinstance(value, str) and value.startswith("@") else value
            for key, value in given.items()
        }
        world.scopes = settings.get("scopes", world.scopes)
        world.desks = settings.get("desks")
        name = mutation[0].upper() + mutation[1:]
        payload = await world.write(mutation, f"{name}Input", ERRORS, **filled)
        [error] = payload["errors"]
        assert (error["code"], error["path"]) == (code, path), error
        rows = await world.database.fetch(operation_count())
        assert rows[0][0] == 0

    live(scenario)


def operation_count() -> Any:
    from sqlalchemy import func, select

    from db.tables import operation

    return select(func.count()).select_from(operation)


COMMENT = {"ticket": "@shop", "body": "Hello", "idempotencyKey": "k"}


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"body": ""}, ["body"]),
        ({"body": " \n"}, ["body"]),
        ({"body": LONG}, ["body"]),
        ({"body": "a\0b"}, ["body"]),
        ({"body": "\ud800"}, ["body"]),
        ({"idempotencyKey": ""}, ["idempotencyKey"]),
        ({"idempotencyKey": "k" * 256}, ["idempotencyKey"]),
        ({"idempotencyKey": "\0"}, ["idempotencyKey"]),
        ({"ticket": "nonsense"}, ["ticket"]),
        ({"ticket": ""}, ["ticket"]),
        ({"ticket": node_id("Customer", "shop/1")}, ["ticket"]),
        ({"ticket": node_id("Ticket", "shop")}, None),
    ],
)
def test_comment_that_cannot_be_written(changes: dict[str, Any], path: list[str] | None) -> None:
    refused("addComment", COMMENT | changes, "BAD_USER_INPUT", path)


def test_comment_to_a_ticket_that_is_not_there() -> None:
    unknown = node_id("Ticket", "shop/99999999")
    refused("addComment", COMMENT | {"ticket": unknown}, "NOT_FOUND", None)


def test_comment_at_a_desk_that_is_hidden_is_not_found() -> None:
    refused("addComment", COMMENT, "NOT_FOUND", ["ticket"], desks=frozenset({"acme"}))


def test_writing_needs_its_scope() -> None:
    scopes = frozenset(Scope) - {Scope.TICKETS_WRITE}
    refused("addComment", COMMENT, "FORBIDDEN", None, scopes=scopes)


TICKET = {"desk": "shop", "subject": "S", "body": "B", "idempotencyKey": "k"}


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"subject": ""}, ["subject"]),
        ({"subject": "s" * 999}, ["subject"]),
        ({"tags": [""]}, ["tags"]),
        ({"tags": ["t"] * 101}, ["tags"]),
        ({"requester": {"name": "Nobody"}}, ["requester", "email"]),
        ({"requester": {"email": "not an address"}}, ["requester", "email"]),
        ({"customFields": [{"key": "no-such", "value": 1}]}, ["customFields", "key"]),
        ({"assignee": node_id("Agent", "acme/1")}, ["assignee"]),
        ({"assignee": node_id("Team", "shop/1")}, ["assignee"]),
        ({"team": node_id("Agent", "shop/1")}, ["team"]),
    ],
)
def test_ticket_that_cannot_be_made(changes: dict[str, Any], path: list[str]) -> None:
    refused("createTicket", TICKET | changes, "BAD_USER_INPUT", path)


@pytest.mark.parametrize("desk", ["nowhere", "", "Ünknown", "../shop"])
def test_ticket_at_no_desk(desk: str) -> None:
    code = "BAD_USER_INPUT" if desk == "nowhere" else "NOT_FOUND"
    refused("createTicket", TICKET | {"desk": desk}, code, ["desk"])


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({}, None),
        ({"comment": {"body": "B"}}, ["idempotencyKey"]),
        ({"comment": {"body": ""}, "idempotencyKey": "k"}, ["comment", "body"]),
        ({"addTags": ["a"], "removeTags": ["a"]}, ["removeTags"]),
        ({"subject": " "}, ["subject"]),
    ],
)
def test_change_that_cannot_be_made(changes: dict[str, Any], path: list[str] | None) -> None:
    refused("updateTicket", {"id": "@acme"} | changes, "BAD_USER_INPUT", path)


def test_what_a_provider_cannot_do_is_told() -> None:
    given = {"id": "@acme", "snoozedUntil": "2030-01-01T00:00:00Z"}
    refused("updateTicket", given, "UNSUPPORTED", None)


def test_closing_with_a_reason_needs_a_key() -> None:
    given = {"id": "@acme", "reason": "Done."}
    refused("closeTicket", given, "BAD_USER_INPUT", ["idempotencyKey"])
