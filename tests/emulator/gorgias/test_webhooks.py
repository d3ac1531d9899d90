"""HTTP integrations: what they are told, how it is signed, what happens when nobody listens."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from typing import Any

import pytest

from emulator.kernel.service import Delivery
from tests.emulator.gorgias.account import Account, agent_message, customer_message


def http(**fields: object) -> dict[str, object]:
    return {
        "url": "https://hooks.example/in?ticket={{ticket.id}}",
        "method": "POST",
        "request_content_type": "application/json",
        "response_content_type": "application/json",
        "headers": {"X-Token": "s3cret"},
        "form": {"ticket": "{{ticket.id}}", "event": "{{event.type}}", "message": "{{message.id}}"},
        "triggers": {"ticket-updated": True},
        **fields,
    }


def hook(account: Account, **fields: object) -> Any:
    body = {"name": "Ours", "type": "http", "http": http(**fields)}
    reply = account.post("/api/integrations", body)
    assert reply.status == 201, reply.body
    return reply.body


def deliveries(account: Account) -> Sequence[Delivery]:
    account.clock.move(2)
    return account.service.take_deliveries()


def test_a_change_is_delivered_with_the_template_filled_by_texts(account: Account) -> None:
    ticket_id = account.new_ticket()["id"]
    hook(account)
    account.put(f"/api/tickets/{ticket_id}", {"priority": "high"})
    (sent,) = deliveries(account)
    assert (sent.method, sent.url) == ("POST", f"https://hooks.example/in?ticket={ticket_id}")
    assert dict(sent.headers) == {"X-Token": "s3cret", "Content-Type": "application/json"}
    assert json.loads(sent.body) == {
        "ticket": str(ticket_id),
        "event": "ticket-updated",
        "message": "",
    }


def test_values_of_other_types_become_their_python_texts(account: Account) -> None:
    ticket_id = account.new_ticket()["id"]
    hook(
        account,
        form={"a": "{{ticket.spam}}", "b": "{{ticket.language}}|{{ticket.closed_datetime}}"},
    )
    account.put(f"/api/tickets/{ticket_id}", {"spam": True})
    (sent,) = deliveries(account)
    assert json.loads(sent.body) == {"a": "True", "b": "en|None"}


def test_the_whole_context_can_be_asked_for(account: Account) -> None:
    hook(account, form="{{context}}", triggers={"ticket-created": True})
    ticket = account.new_ticket()
    (sent,) = deliveries(account)
    context = json.loads(sent.body)
    assert context["ticket"]["id"] == ticket["id"]
    assert context["ticket"]["customer_id"] == ticket["customer"]["id"]


def test_nothing_is_due_at_once(account: Account) -> None:
    hook(account, triggers={"ticket-created": True})
    account.new_ticket()
    assert list(account.service.take_deliveries()) == []


def test_without_a_secret_nothing_is_signed_with_one_the_raw_body_is(account: Account) -> None:
    made = hook(account, triggers={"ticket-created": True}, hmac_secret="hush")
    account.new_ticket()
    (sent,) = deliveries(account)
    digest = hmac.new(b"hush", sent.body, hashlib.sha256).hexdigest()
    assert dict(sent.headers)["X-Gorgias-Signature"] == digest
    assert "hush" not in json.dumps(account.get(f"/api/integrations/{made['id']}").body)


@pytest.mark.parametrize(
    ("trigger", "changes"),
    [
        ("ticket-status-updated", {"status": "closed"}),
        ("ticket-assignment-updated", {"assignee_user": {"email": "agent2@demo-shop.example"}}),
    ],
)
def test_a_trigger_hears_only_its_own_kind(
    account: Account, trigger: str, changes: dict[str, object]
) -> None:
    ticket_id = account.new_ticket()["id"]
    hook(account, triggers={trigger: True})
    account.put(f"/api/tickets/{ticket_id}", {"priority": "low"})
    assert list(deliveries(account)) == []
    account.put(f"/api/tickets/{ticket_id}", changes)
    assert [json.loads(sent.body)["event"] for sent in deliveries(account)] == [trigger]


def test_a_new_message_is_told_with_its_id(account: Account) -> None:
    path = f"/api/tickets/{account.new_ticket()['id']}/messages"
    hook(account, triggers={"ticket-message-created": True})
    message = account.post(path, customer_message()).body
    (sent,) = deliveries(account)
    assert json.loads(sent.body)["message"] == str(message["id"])


def test_a_failed_sending_is_told(account: Account) -> None:
    path = f"/api/tickets/{account.new_ticket()['id']}/messages"
    hook(account, triggers={"ticket-message-failed": True})
    source = {"type": "email", "to": [{"name": "", "address": "x@nowhere.invalid"}]}
    account.post(path, agent_message(source=source))
    account.clock.move(5)
    assert len([*deliveries(account), *deliveries(account)]) == 1


def test_the_end_of_a_snooze_is_told(account: Account) -> None:
    path = f"/api/tickets/{account.new_ticket()['id']}"
    hook(account, triggers={"ticket-self-unsnoozed": True})
    account.put(path, {"snooze_datetime": "2026-12-01T00:00:00Z"})
    account.clock.move(100 * 86_400)
    assert len([*deliveries(account), *deliveries(account)]) == 1


def test_a_tag_change_is_told_and_a_deletion_is_not(account: Account) -> None:
    ticket_id = account.new_ticket()["id"]
    hook(account)
    account.post(f"/api/tickets/{ticket_id}/tags", {"names": ["vip"]})
    assert len(deliveries(account)) == 1
    account.delete(f"/api/tickets/{ticket_id}")
    assert list(deliveries(account)) == []


def test_a_refused_delivery_is_tried_three_times_in_all(account: Account) -> None:
    hook(account, triggers={"ticket-created": True})
    account.new_ticket()
    attempts = []
    for _ in range(10):
        account.clock.move(60)
        for sent in account.service.take_deliveries():
            attempts.append(sent.attempt)
            account.service.delivered(sent, 500, None)
    assert attempts == [1, 2, 3]


def test_an_accepted_delivery_is_not_repeated(account: Account) -> None:
    hook(account, triggers={"ticket-created": True})
    account.new_ticket()
    (sent,) = deliveries(account)
    account.service.delivered(sent, 204, None)
    account.clock.move(600)
    assert list(account.service.take_deliveries()) == []


def test_a_deactivated_integration_is_silent_until_switched_on(account: Account) -> None:
    made = hook(account, triggers={"ticket-created": True})
    path = f"/api/integrations/{made['id']}"
    account.put(path, {"name": "Ours", "deactivated_datetime": "2026-01-01T00:00:00Z"})
    account.new_ticket()
    assert list(deliveries(account)) == []
    account.put(path, {"name": "Ours", "deactivated_datetime": None})
    account.new_ticket()
    assert len(deliveries(account)) == 1


def test_a_get_hook_carries_its_form_in_the_query(account: Account) -> None:
    hook(
        account,
        url="https://hooks.example/in",
        method="GET",
        form={"t": "{{ticket.id}}"},
        triggers={"ticket-created": True},
    )
    ticket_id = account.new_ticket()["id"]
    (sent,) = deliveries(account)
    assert (sent.url, sent.body) == (f"https://hooks.example/in?t={ticket_id}", b"")


def test_an_integration_is_listed_changed_and_deleted(account: Account) -> None:
    made = hook(account)
    rows = account.get("/api/integrations?type=http").body["data"]
    assert [row["id"] for row in rows] == [made["id"]]
    path = f"/api/integrations/{made['id']}"
    assert account.put(path, {"name": "Mine"}).body["name"] == "Mine"
    assert account.delete(path).status == 204
    assert account.get(path).status == 404


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"type": "email"}, "type"),
        ({"http": None}, "http"),
        ({"http": http(method="SHOUT")}, "http"),
        ({"http": http(triggers={"ticket_created": True})}, "http"),
        ({"name": ""}, "name"),
    ],
)
def test_a_flawed_integration_is_a_400(
    account: Account, fields: dict[str, object], field: str
) -> None:
    body = {"name": "Ours", "type": "http", "http": http(), **fields}
    reply = account.post("/api/integrations", body)
    assert (reply.status, list(reply.error["data"])) == (400, [field])
