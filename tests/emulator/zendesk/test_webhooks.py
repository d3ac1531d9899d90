"""Webhooks: their endpoints, and signed deliveries of ticket events."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence

import orjson
import pytest

from emulator.kernel.service import Delivery
from tests.emulator.zendesk.account import Account, Json, story

EVENTS = ("ticket.created", "ticket.comment_added", "ticket.status_changed")


def subscribed(account: Account, *events: str, **fields: object) -> Json:
    given = {
        "name": "Hook",
        "endpoint": "http://127.0.0.1:9/hook",
        "http_method": "POST",
        "request_format": "json",
        "status": "active",
        "subscriptions": [f"zen:event-type:{event}" for event in events],
    }
    reply = account.post("webhooks", {"webhook": given | fields})
    assert reply.status == 201, reply.json
    return reply.json["webhook"]


def sent(account: Account) -> Sequence[Delivery]:
    account.pass_time(5)
    return account.service.take_deliveries()


def told(delivery: Delivery) -> Json:
    return orjson.loads(delivery.body)


def test_webhook_lives_and_dies(account: Account) -> None:
    """'CRUD (201 create, **204** on update, patch, delete)'; 'ULID ids'."""
    hook = subscribed(account, *EVENTS)
    path = f"webhooks/{hook['id']}"
    assert len(hook["id"]) == 26
    assert account.get(path).json["webhook"] == hook
    changed = account.put(path, {"webhook": {"name": "Renamed", "status": "inactive"}})
    assert (changed.status, changed.response.body) == (204, b"")
    assert account.get(path).json["webhook"]["name"] == "Renamed"
    assert account.send("PATCH", path, {"webhook": {"status": "active"}}).status == 204
    assert account.delete(path).status == 204
    assert account.get(path).status == 404


def test_webhooks_are_listed_newest_first_and_filtered(account: Account) -> None:
    """Recorded: `{"meta":{"has_more":false},"webhooks":[…]}`."""
    for number in range(3):
        subscribed(account, *EVENTS, name=f"Hook {number}")
        account.pass_time(1)
    body = account.get("webhooks?page[size]=2").json
    assert [row["name"] for row in body["webhooks"]] == ["Hook 2", "Hook 1"]
    rest = account.get(f"webhooks?page[after]={body['meta']['after_cursor']}").json
    assert [row["name"] for row in rest["webhooks"]] == ["Hook 0"]
    assert rest["meta"] == {"has_more": False}
    only = account.get("webhooks?filter[name_contains]=hook+1").json
    assert [row["name"] for row in only["webhooks"]] == ["Hook 1"]


@pytest.mark.parametrize(
    "fields",
    [
        {"endpoint": "nowhere"},
        {"http_method": "TRACE"},
        {"status": "maybe"},
        {"name": ""},
        {"name": 1},
        {"subscriptions": ["conditional_ticket_events", "zen:event-type:ticket.created"]},
        {"subscriptions": ["ticket.created"]},
    ],
)
def test_bad_webhooks_are_refused(account: Account, fields: dict[str, object]) -> None:
    """'Two exclusive kinds'."""
    given = {
        "name": "Hook",
        "endpoint": "http://127.0.0.1:9/hook",
        "http_method": "POST",
        "request_format": "json",
        "status": "active",
    }
    assert account.post("webhooks", {"webhook": given | fields}).status == 400


def test_webhook_cannot_switch_its_kind(account: Account) -> None:
    """'A webhook cannot switch kind'."""
    path = f"webhooks/{subscribed(account, *EVENTS)['id']}"
    change = {"webhook": {"subscriptions": ["conditional_ticket_events"]}}
    assert account.put(path, change).status == 400


def test_agent_may_not_see_webhooks(account: Account) -> None:
    account.user = "agent@example.com"
    assert account.get("webhooks").status == 403


def test_passwords_are_never_shown(account: Account) -> None:
    """Recorded: `"authentication":{"type":"basic_auth","data":{"username":…},"add_position"`."""
    data = {"username": "u", "password": "p"}
    auth = {"type": "basic_auth", "data": data, "add_position": "header"}
    hook = subscribed(account, *EVENTS, authentication=auth)
    assert hook["authentication"] == auth | {"data": {"username": "u"}}
    account.new_ticket()
    pair = base64.b64encode(b"u:p").decode()
    assert ("Authorization", f"Basic {pair}") in sent(account)[0].headers


def test_deliveries_are_signed_over_stamp_and_body(account: Account) -> None:
    """'base64(HMAC-SHA256(secret, timestamp + raw body))', 'ISO 8601, not epoch'."""
    hook = subscribed(account, "ticket.created")
    secret = account.get(f"webhooks/{hook['id']}/signing_secret").json["signing_secret"]
    account.new_ticket()
    (delivery,) = sent(account)
    headers = dict(delivery.headers)
    stamp = headers["X-Zendesk-Webhook-Signature-Timestamp"]
    assert stamp == "2026-09-21T14:13:25Z"
    digest = hmac.new(secret["secret"].encode(), stamp.encode() + delivery.body, hashlib.sha256)
    assert headers["X-Zendesk-Webhook-Signature"] == base64.b64encode(digest.digest()).decode()
    assert secret["algorithm"] == "SHA256"
    assert headers["X-Zendesk-Webhook-Id"] == delivery.hook_id == hook["id"]
    assert headers["User-Agent"] == "Zendesk Webhook"


def test_secret_can_be_made_anew(account: Account) -> None:
    path = f"webhooks/{subscribed(account, *EVENTS)['id']}/signing_secret"
    old = account.get(path).json
    new = account.post(path, {})
    assert new.status == 201
    assert new.json != old
    assert account.get(path).json == new.json


def test_event_tells_the_ticket_in_text_ids(account: Account) -> None:
    """'ids are **strings**, null ids are `"0"`'; 'status/priority … in another case'."""
    subscribed(account, "ticket.created")
    ticket = account.new_ticket(priority="high", tags=["a"])
    event = told(sent(account)[0])
    assert event["type"] == "zen:event-type:ticket.created"
    assert event["subject"] == f"zen:ticket:{ticket['id']}"
    assert event["zendesk_event_version"] == "2022-11-06"
    detail = event["detail"]
    assert (detail["id"], detail["assignee_id"]) == (str(ticket["id"]), "0")
    assert (detail["status"], detail["priority"], detail["tags"]) == ("NEW", "HIGH", ["a"])


def test_one_update_tells_each_of_its_changes(account: Account) -> None:
    events = (
        *("comment_added", "status_changed", "tags_changed", "agent_assignment_changed"),
        *("priority_changed", "subject_changed", "custom_field_changed", "email_ccs_changed"),
    )
    subscribed(account, *(f"ticket.{event}" for event in events))
    ticket = account.new_ticket(tags=["a"])
    sent(account)
    account.update(
        ticket["id"],
        comment={"body": "Hi", "public": False},
        status="pending",
        tags=["b"],
        assignee_id=account.agent_id(),
        priority="low",
        subject="New",
        custom_fields=[{"id": account.field_id("Product"), "value": "x"}],
        email_ccs=[{"user_email": "cc@shop.test"}],
    )
    by_type = {told(row)["type"].rpartition(".")[2]: told(row)["event"] for row in sent(account)}
    assert by_type.keys() == set(events)
    comment = by_type["comment_added"]["comment"]
    assert (comment["body"], comment["is_public"]) == ("Hi", False)
    assert comment["author"]["is_staff"] is True
    status = by_type["status_changed"]
    assert (status["previous"], status["current"]) == ("NEW", "PENDING")
    assert by_type["tags_changed"]["tags_added"] == ["b"]
    assert by_type["tags_changed"]["tags_removed"] == ["a"]
    sequences = {event["meta"]["sequence"]["id"] for event in by_type.values()}
    assert len(sequences) == 1


def test_deletion_and_restoration_are_told(account: Account) -> None:
    subscribed(account, "ticket.soft_deleted", "ticket.undeleted")
    ticket = account.new_ticket()
    account.delete(f"tickets/{ticket['id']}.json")
    assert told(sent(account)[0])["detail"]["status"] == "DELETED"
    account.put(f"deleted_tickets/{ticket['id']}/restore.json", {})
    assert told(sent(account)[0])["type"] == "zen:event-type:ticket.undeleted"


def test_history_is_not_told() -> None:
    account = Account()
    subscribed(account, *EVENTS)
    account.service.load([story()])
    assert not sent(account)


def test_nothing_is_due_before_its_time(account: Account) -> None:
    subscribed(account, "ticket.created")
    account.new_ticket()
    assert not account.service.take_deliveries()
    assert len(sent(account)) == 1


def test_bodiless_methods_send_no_body(account: Account) -> None:
    """'GET/DELETE deliveries have an empty body'."""
    subscribed(account, "ticket.created", http_method="GET")
    account.new_ticket()
    (delivery,) = sent(account)
    assert (delivery.method, delivery.body) == ("GET", b"")


@pytest.mark.parametrize(
    ("status", "retry_after", "attempts"),
    [
        *((200, None, 1), (500, None, 1), (404, None, 1), (409, None, 4), (None, None, 5)),
        *((429, 5.0, 4), (429, 60.0, 1), (503, None, 1), (503, 5.0, 4)),
    ],
)
def test_retries_follow_the_answer(
    account: Account, status: int | None, retry_after: float | None, attempts: int
) -> None:
    """'409 up to 3 times, 429/503 only when Retry-After is under 60 s, timeouts up to 5'."""
    subscribed(account, "ticket.created")
    account.new_ticket()
    numbers = []
    for _ in range(40):
        for delivery in sent(account):
            numbers.append(delivery.attempt)
            account.service.delivered(delivery, status, retry_after)
    assert numbers == list(range(1, attempts + 1))


def test_circuit_breaks_when_most_requests_fail(account: Account) -> None:
    """'opens when ≥ 70 % of a webhook's requests fail in 5 minutes'."""
    hook = subscribed(account, "ticket.created")
    for _ in range(10):
        account.new_ticket()
    for delivery in sent(account):
        account.service.delivered(delivery, 500, None)
    account.new_ticket()
    account.pass_time(3)
    assert not account.service.take_deliveries()
    path = f"webhooks/{hook['id']}/invocations"
    rows = account.get(path).json["invocations"]
    assert [row["status"] for row in rows].count("circuit broken") == 1
    account.pass_time(3)
    account.new_ticket()
    assert len(sent(account)) == 1


def test_attempts_are_recorded(account: Account) -> None:
    hook = subscribed(account, "ticket.created")
    account.new_ticket()
    (delivery,) = sent(account)
    account.service.delivered(delivery, 403, None)
    (row,) = account.get(f"webhooks/{hook['id']}/invocations").json["invocations"]
    assert (row["status"], row["status_code"]) == ("terminated", 403)
    attempts = account.get(f"webhooks/{hook['id']}/invocations/{row['id']}/attempts").json
    assert attempts["attempts"][0]["request"]["payload"] == delivery.body.decode()
    assert account.get(f"webhooks/{hook['id']}/invocations/nope/attempts").status == 404


def test_report_of_an_unknown_delivery_is_ignored(account: Account) -> None:
    stray = Delivery("hook", "POST", "http://127.0.0.1:9/", (), b"", "nobody")
    account.service.delivered(stray, 200, None)


def test_inactive_webhook_hears_nothing(account: Account) -> None:
    hook = subscribed(account, "ticket.created")
    account.put(f"webhooks/{hook['id']}", {"webhook": {"status": "inactive"}})
    account.new_ticket()
    assert not sent(account)
