"""Our answers beside real ones, where somebody has them: same keys, same kinds of values.

`RECORDED_SAMPLES` names a folder of providers' samples, which is not part of this repository.
"""

from __future__ import annotations

import json
import os
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.emulator.zendesk.account import Account, Json, story

FOLDER = os.environ.get("RECORDED_SAMPLES")
pytestmark = pytest.mark.skipif(FOLDER is None, reason="RECORDED_SAMPLES is not set")

Kinds = dict[str, set[str]]

OURS_ONLY: dict[str, dict[str, str]] = {
    "ticket": {
        "encoded_id": "newer than the recordings; in the OpenAPI document of 2026",
        "support_type": "newer than the recordings; in the OpenAPI document of 2026",
    },
    "ticket_field": {
        "custom_field_options": "of lists only",
        "custom_statuses": "of the status field only",
        "system_field_options": "of system fields only",
    },
    "webhook": {"custom_headers": "of webhooks that have some"},
}
RECORDED_ONLY: dict[str, dict[str, str]] = {
    "ticket": {"comment_count": "with a side-load only"},
    "user": {
        "authenticity_token": "of users/me only",
        "abilities": "with a side-load only",
        "permanently_deleted": "of purged users only",
    },
}
NOT_RECORDED_KINDS = {
    ("ticket", "satisfaction_rating"): "the recorded account had no ratings, the facts tell them",
    ("user", "phone"): "no recorded user has one",
}


@cache
def exchanges() -> tuple[tuple[str, str, Json], ...]:
    """(method, path, body) of each exchange: `tickets by cursor` is `tickets.json?page[size]=…`."""
    found = []
    for file in sorted(Path(FOLDER or "").glob("zendesk/recorded/zenpy/*.json")):
        for exchange in json.loads(file.read_text())["http_interactions"]:
            request, told = exchange["request"], exchange["response"]
            parts = urlsplit(request["uri"])
            if told["status"] in {200, 201} and told["body"]:
                path = parts.path.removeprefix("/api/v2/").removesuffix(".json")
                path += " by cursor" if "page%5B" in parts.query else ""
                found.append((request["method"], path, json.loads(told["body"])))
    return tuple(found)


def recorded(pattern: str, key: str, method: str = "GET") -> Iterator[Json]:
    """The rows or the record under `key` of the exchanges whose path matches."""
    for sent, path, body in exchanges():
        if sent == method and re.fullmatch(pattern, path) and key in body:
            value = body[key]
            yield from value if isinstance(value, list) else [value]


def kinds_of(rows: Iterator[Json] | list[Json]) -> Kinds:
    kinds: Kinds = defaultdict(set)
    for row in rows:
        for key, value in row.items():
            kinds[key].add(_kind(value))
    return kinds


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", value):
        return "time"
    if isinstance(value, int | float):
        return "number"
    return type(value).__name__


def compare(name: str, theirs: Kinds, ours: Kinds) -> list[str]:
    """What differs without a reason."""
    missing = theirs.keys() - ours.keys() - RECORDED_ONLY.get(name, {}).keys()
    extra = ours.keys() - theirs.keys() - OURS_ONLY.get(name, {}).keys()
    flaws = [f"missing {key}" for key in missing] + [f"extra {key}" for key in extra]
    for key in theirs.keys() & ours.keys():
        told = theirs[key] - {"NoneType"}
        new = ours[key] - {"NoneType"} - told
        if new and told and (name, key) not in NOT_RECORDED_KINDS:
            flaws.append(f"{key}: {new}, recorded {told}")
    return flaws


@pytest.fixture(scope="module")
def account() -> Account:
    account = Account(
        plan="team", stories=[story(n, channel=c) for n, c in enumerate(("web", "email"), 1)]
    )
    account.new_ticket(requester={"name": "Ann", "email": "ann@shop.test"}, external_id="x")
    account.delete("tickets/2.json")
    account.pass_time(100)
    return account


def test_there_are_recordings() -> None:
    assert len(exchanges()) > 500


@pytest.mark.parametrize(
    ("name", "pattern", "key", "target"),
    [
        ("ticket", r"tickets/\d+", "ticket", "tickets/1"),
        ("ticket", r"tickets by cursor", "tickets", "tickets?page[size]=9"),
        ("ticket", r"tickets", "tickets", "tickets"),
        ("ticket", r"tickets/show_many", "tickets", "tickets/show_many?ids=1,3"),
        ("ticket", r"incremental/tickets", "tickets", "incremental/tickets?start_time=0"),
        (
            "ticket",
            r"incremental/tickets/cursor",
            "tickets",
            "incremental/tickets/cursor?start_time=0",
        ),
        (
            "comment",
            r"tickets/\d+/comments by cursor",
            "comments",
            "tickets/1/comments?page[size]=9",
        ),
        ("audit", r"ticket_audits by cursor", "audits", "ticket_audits?page[size]=9"),
        ("user", r"users by cursor|users|users/show_many", "users", "users?page[size]=100"),
        ("user", r"incremental/users/cursor", "users", "incremental/users/cursor?start_time=0"),
        ("group", r"groups by cursor", "groups", "groups?page[size]=9"),
        ("membership", r"group_memberships by cursor", "group_memberships", "group_memberships"),
        (
            "organization",
            r"organizations by cursor|organizations/show_many",
            "organizations",
            "organizations",
        ),
        ("tag", r"tags by cursor", "tags", "tags?page[size]=9"),
    ],
)
def test_rows_have_the_recorded_keys(
    account: Account, name: str, pattern: str, key: str, target: str
) -> None:
    reply = account.get(target)
    assert reply.status == 200
    value = reply.json[key]
    rows = value if isinstance(value, list) else [value]
    theirs = kinds_of(recorded(pattern, key))
    assert theirs
    assert compare(name, theirs, kinds_of(rows)) == []


def test_signed_in_user_has_the_recorded_keys(account: Account) -> None:
    theirs = kinds_of(recorded("users/me", "user"))
    ours = kinds_of([account.get("users/me").json["user"]])
    assert theirs.keys() == ours.keys()


def test_created_ticket_has_the_recorded_keys(account: Account) -> None:
    body = {"ticket": {"subject": "s", "comment": {"body": "x"}}}
    reply = account.post("tickets", body).json
    theirs = kinds_of(recorded("tickets", "ticket", "POST"))
    assert compare("ticket", theirs, kinds_of([reply["ticket"]])) == []
    audits = list(recorded("tickets", "audit", "POST"))
    assert compare("audit", kinds_of(iter(audits)), kinds_of([reply["audit"]])) == []
    comments = [event for audit in audits for event in audit["events"][:1]]
    assert compare("event", kinds_of(comments), kinds_of(reply["audit"]["events"][:1])) == []


def test_created_field_has_the_recorded_keys(account: Account) -> None:
    reply = account.post("ticket_fields", {"ticket_field": {"type": "text", "title": "Age"}})
    theirs = kinds_of(recorded("ticket_fields", "ticket_field", "POST"))
    if theirs:
        assert compare("ticket_field", theirs, kinds_of([reply.json["ticket_field"]])) == []


def test_webhook_has_the_recorded_keys(account: Account) -> None:
    given = {
        "name": "Hook",
        "description": "d",
        "endpoint": "https://hook.test",
        "http_method": "GET",
        "request_format": "json",
        "status": "active",
        "subscriptions": ["conditional_ticket_events"],
        "authentication": {"type": "basic_auth", "data": {"username": "u", "password": "p"}},
    }
    hook = account.post("webhooks", {"webhook": given}).json["webhook"]
    account.put(f"webhooks/{hook['id']}", {"webhook": {"name": "Other"}})
    ours = kinds_of(account.get("webhooks").json["webhooks"])
    assert compare("webhook", kinds_of(recorded("webhooks", "webhooks")), ours) == []


@pytest.mark.parametrize(
    ("pattern", "key", "target"),
    [
        ("incremental/tickets/cursor", "tickets", "incremental/tickets/cursor?start_time=0"),
        ("incremental/tickets", "tickets", "incremental/tickets?start_time=0"),
        ("incremental/users", "users", "incremental/users?start_time=0"),
        ("groups by cursor", "groups", "groups?page[size]=9"),
        (r"tickets/\d+/comments by cursor", "comments", "tickets/1/comments?page[size]=9"),
        (r"tickets/\d+", "ticket", "tickets/1"),
        (r"tickets/show_many", "tickets", "tickets/show_many?ids=1"),
        ("webhooks", "webhooks", "webhooks"),
    ],
)
def test_envelopes_are_the_recorded_ones(
    account: Account, pattern: str, key: str, target: str
) -> None:
    bodies = [body for sent, path, body in exchanges() if re.fullmatch(pattern, path)]
    theirs = [frozenset(body) for body in bodies if key in body]
    assert frozenset(account.get(target).json) in theirs
