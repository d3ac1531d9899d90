"""Custom fields: their definitions, and the values of a ticket."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.gorgias.account import Account


def fields(account: Account) -> dict[str, Any]:
    rows = account.get("/api/custom-fields?object_type=Ticket").body["data"]
    return {row["label"]: row for row in rows}


@pytest.fixture
def path(account: Account) -> str:
    return f"/api/tickets/{account.new_ticket()['id']}/custom-fields"


def test_the_object_type_is_required(account: Account) -> None:
    reply = account.get("/api/custom-fields")
    assert (reply.status, list(reply.error["data"])) == (400, ["object_type"])
    customers = account.get("/api/custom-fields?object_type=Customer").body["data"]
    assert [row["label"] for row in customers] == ["Loyalty level"]


def test_definitions_come_by_priority(account: Account) -> None:
    priorities = [row["priority"] for row in fields(account).values()]
    assert priorities == sorted(priorities)


def test_values_merge_and_come_back_with_their_definition(account: Account, path: str) -> None:
    product, value = fields(account)["Product"], fields(account)["Order value"]
    account.put(path, [{"id": product["id"], "value": "Lamp"}])
    reply = account.put(path, [{"id": value["id"], "value": 12.5}])
    assert reply.body == {"data": [{"field": value, "prediction": None, "value": 12.5}]}
    rows = account.get(path).body["data"]
    assert [(row["field"]["label"], row["value"]) for row in rows] == [
        ("Product", "Lamp"),
        ("Order value", 12.5),
    ]


def test_null_takes_a_value_away(account: Account, path: str) -> None:
    product = fields(account)["Product"]["id"]
    account.put(path, [{"id": product, "value": "Lamp"}])
    account.put(path, [{"id": product, "value": None}])
    assert account.get(path).body["data"] == []


def test_a_single_value_is_put_and_deleted_under_its_field(account: Account, path: str) -> None:
    product = fields(account)["Product"]["id"]
    assert account.put(f"{path}/{product}", {"value": "Lamp"}).status == 200
    assert account.delete(f"{path}/{product}").status == 204
    assert account.delete(f"{path}/{product}").status == 404


def test_a_value_write_does_not_move_the_ticket_but_is_logged(account: Account, path: str) -> None:
    ticket_id = int(path.split("/")[3])
    before = account.row(ticket_id)
    account.clock.move(60)
    product = fields(account)["Product"]["id"]
    account.put(path, [{"id": product, "value": "Lamp"}])
    after = account.row(ticket_id)
    assert after["custom_fields"] == {str(product): {"id": product, "value": "Lamp"}}
    assert after["updated_datetime"] == before["updated_datetime"]
    assert account.events(object_id=ticket_id)[-1]["type"] == "ticket-updated"


@pytest.mark.parametrize(
    ("label", "value"),
    [
        ("Product", 5),
        ("Order value", "5"),
        ("Order value", True),
        ("Needs follow-up", "yes"),
        ("Contact reason", "Nothing::Of::This"),
    ],
)
def test_a_value_of_another_type_is_refused(
    account: Account, path: str, label: str, value: object
) -> None:
    assert account.put(path, [{"id": fields(account)[label]["id"], "value": value}]).status == 400
    assert account.get(path).body["data"] == []


@pytest.mark.parametrize("body", [{"id": 1, "value": "x"}, [{"id": 1}], [{"id": 1, "value": "x"}]])
def test_a_flawed_body_is_a_400(account: Account, path: str, body: object) -> None:
    assert account.put(path, body).status == 400


def test_a_definition_is_created_changed_and_logged(account: Account) -> None:
    settings = {"data_type": "text", "input_settings": {"input_type": "input"}}
    body = {"object_type": "Ticket", "label": "Colour", "definition": settings}
    made = account.post("/api/custom-fields", body)
    assert (made.status, made.body["requirement_type"]) == (201, "visible")
    path = f"/api/custom-fields/{made.body['id']}"
    gone = account.put(path, {**body, "deactivated_datetime": "2026-01-01T00:00:00Z"})
    assert gone.body["deactivated_datetime"] == "2026-01-01T00:00:00.000000+00:00"
    types = [event["type"] for event in account.events(object_id=made.body["id"])]
    assert types == ["custom-field-created", "custom-field-updated"]


def test_many_definitions_are_changed_by_a_bare_list(account: Account) -> None:
    product = fields(account)["Product"]["id"]
    reply = account.put("/api/custom-fields", [{"id": product, "priority": 99}])
    assert reply.body["data"][0]["priority"] == 99
    assert list(fields(account))[-1] == "Product"


def test_a_definition_needs_its_three_fields(account: Account) -> None:
    reply = account.post("/api/custom-fields", {"label": "Colour"})
    assert set(reply.error["data"]) == {"object_type", "definition"}
