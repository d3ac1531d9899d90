"""Whatever is sent, the answer is the provider's, never a failure of ours."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.gorgias.routes import endpoints
from emulator.gorgias.words import MESSAGE_FIELDS
from tests.emulator.gorgias.account import Account, agent_message, story

ROUTES = [(method, pattern) for method, pattern, _ in endpoints()]
NAMES = [
    *MESSAGE_FIELDS,
    *("messages", "status", "priority", "tags", "custom_fields", "assignee_user", "customer"),
    *("assignee_team", "snooze_datetime", "ids", "names", "name", "email", "http", "type", "id"),
    *("value", "definition", "object_type", "label", "role", "members", "data", "version"),
    *("source_tags_ids", "deactivated_datetime", "triggers", "url", "method", "form", "address"),
    *("input_settings", "data_type", "request_content_type", "response_content_type"),
]
QUERIES = [
    *("cursor", "limit", "order_by", "ticket_ids", "trashed", "customer_id", "external_id"),
    *("view_id", "object_id", "object_type", "types", "created_datetime[gte]", "source_id"),
    *("target_id", "email", "channel_address", "search", "type", "action", "relationships"),
]
WORDS = st.sampled_from(
    ["open", "email", "api", "internal-note", "2026-01-01T00:00:00Z", "a@b.c", "Ticket", "http"]
)
LEAVES = st.none() | st.booleans() | st.integers(-1, 12) | st.floats(allow_nan=False) | WORDS
TEXTS = st.text(st.characters(codec="utf-8"), max_size=5)
VALUES = st.recursive(
    LEAVES | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(NAMES) | TEXTS, inner, max_size=6)
    ),
    max_leaves=12,
)
BODIES = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=6) | VALUES


@settings(max_examples=120, deadline=None)
@given(st.data())
def test_no_request_makes_the_service_fail(data: st.DataObject) -> None:
    account = Account(seed=1)
    account.service.load([story(number) for number in range(1, 4)])
    for _ in range(4):
        method, pattern = data.draw(st.sampled_from(ROUTES))
        path = re.sub(r"\{\w+:int\}", lambda _: str(data.draw(st.integers(0, 5))), pattern)
        pairs = data.draw(st.lists(st.tuples(st.sampled_from(QUERIES), WORDS | TEXTS), max_size=2))
        query = "&".join(f"{name}={quote(value)}" for name, value in pairs)
        reply = account.call(method, f"{path}?{query}", data.draw(BODIES))
        assert reply.status < 500, (method, path, query)
        account.clock.move(3)
        account.service.take_deliveries()


def valid_requests(account: Account) -> list[tuple[str, str, object]]:
    """A request that succeeds for each kind of write."""
    user = account.get("/api/users/0").body["id"]
    fields = account.get("/api/custom-fields?object_type=Ticket").body["data"]
    customer = account.get("/api/tickets/1").body["customer"]["id"]
    message = account.get("/api/tickets/1").body["messages"][1]["id"]
    value = {"id": fields[0]["id"], "value": "x"}
    person = {"id": customer, "name": "Ada King", "channels": [{"type": "sms", "address": "1"}]}
    source = {"type": "email", "to": [{"name": "", "address": "a@x.invalid"}]}
    reply = agent_message(source=source, receiver=person, attachments=None, meta={"a": 1})
    hook = {
        "url": "https://hooks.example/{{ticket.id}}",
        "method": "POST",
        "request_content_type": "application/json",
        "response_content_type": "application/json",
        "headers": {"X-Token": "{{event.type}}"},
        "form": {"a": ["{{ticket.messages[0].id}}"]},
        "hmac_secret": "hush",
        "triggers": {"ticket-updated": True, "ticket-message-created": True},
    }
    definition = {"data_type": "text", "input_settings": {"choices": ["x"]}}
    field = {"object_type": "Ticket", "label": "Colour", "definition": definition}
    changes = {
        "status": "closed",
        "assignee_user": {"id": user},
        "customer": person,
        "tags": [{"name": "vip"}],
        "custom_fields": [value],
        "snooze_datetime": "2027-01-01T00:00:00Z",
        "meta": {"a": [1]},
    }
    return [
        ("POST", "/api/integrations", {"name": "a", "type": "http", "http": hook}),
        ("POST", "/api/tickets", {"via": "api", "messages": [reply], **changes}),
        ("PUT", "/api/tickets/1", changes),
        ("POST", "/api/tickets/1/messages", reply),
        ("PUT", f"/api/tickets/1/messages/{message}", reply),
        ("PUT", "/api/tickets/1/tags", {"names": ["vip"]}),
        ("PUT", "/api/tickets/1/custom-fields", [value]),
        (
            "PUT",
            f"/api/customers/{customer}",
            {"email": "b@x.example", "note": "kind", "channels": person["channels"]},
        ),
        ("PUT", f"/api/customers/{customer}/data", {"data": [], "version": "2026-01-01"}),
        ("POST", "/api/custom-fields", field),
        ("PUT", f"/api/custom-fields/{fields[1]['id']}", field),
        ("POST", "/api/teams", {"name": "a", "members": [{"id": user}]}),
        ("PUT", f"/api/users/{user}", {"role": {"name": "agent"}, "name": "A"}),
    ]


def with_one_change(value: object, data: st.DataObject) -> object:
    """The same JSON with one of its parts replaced."""
    if isinstance(value, dict) and value and data.draw(st.booleans()):
        name = data.draw(st.sampled_from(sorted(value)))
        return {**value, name: with_one_change(value[name], data)}
    if isinstance(value, list) and value and data.draw(st.booleans()):
        return [with_one_change(value[0], data), *value[1:]]
    return data.draw(VALUES)


@settings(max_examples=250, deadline=None)
@given(st.data())
def test_a_nearly_valid_write_is_taken_or_refused(data: st.DataObject) -> None:
    account = Account(seed=1)
    account.service.load([story(1), story(2)])
    writes = valid_requests(account)
    method, path, body = writes[0]
    assert account.call(method, path, body).status == 201
    method, path, body = data.draw(st.sampled_from(writes))
    reply = account.call(method, path, with_one_change(body, data))
    assert reply.status < 500, (method, path)
    account.put("/api/tickets/1", {"priority": "low"})
    account.clock.move(10)
    account.service.take_deliveries()
    for target in ("/api/tickets", "/api/messages", "/api/customers", "/api/integrations"):
        assert account.get(target).status == 200


def test_the_valid_writes_are_valid(account: Account) -> None:
    account.service.load([story(1), story(2)])
    for method, path, body in valid_requests(account):
        assert account.call(method, path, body).status < 300, path


@pytest.mark.parametrize("size", [20_000_001])
def test_a_body_beyond_the_limit_is_a_413(account: Account, size: int) -> None:
    assert account.call("POST", "/api/tickets", raw=b" " * size).status == 413
