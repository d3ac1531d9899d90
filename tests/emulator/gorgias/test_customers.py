"""Customers: found, created, changed, deleted, merged."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.gorgias.account import Account, story


def made(account: Account, **fields: object) -> Any:
    reply = account.post("/api/customers", fields)
    assert reply.status == 201, reply.body
    return reply.body


def found(account: Account, query: str) -> list[Any]:
    rows = account.get(f"/api/customers?{query}").body["data"]
    return [row["email"] for row in rows]


def test_a_customer_gets_an_email_channel_and_a_split_name(account: Account) -> None:
    customer = made(account, email="ada@x.example", name="Ada King Lovelace")
    assert (customer["firstname"], customer["lastname"]) == ("Ada", "King Lovelace")
    channel = customer["channels"][0]
    assert (channel["type"], channel["address"]) == ("email", "ada@x.example")
    assert account.get(f"/api/customers/{customer['id']}").body == customer


def test_a_customer_without_any_field_is_allowed(account: Account) -> None:
    assert made(account)["email"] is None


def test_an_email_in_use_is_a_409_whatever_its_case(account: Account) -> None:
    made(account, email="ada@x.example")
    assert account.post("/api/customers", {"email": "Ada@X.example"}).status == 409


def test_customers_are_found_by_email_external_id_and_name(account: Account) -> None:
    made(account, email="ada@x.example", name="Ada", external_id="7", language="fr")
    made(account, email="bob@x.example", name="Bob", external_id="8", language="fr")
    assert found(account, "email=ada%40x.example") == ["ada@x.example"]
    assert found(account, "external_id=8") == ["bob@x.example"]
    assert found(account, "name=Ada&language=fr") == ["ada@x.example"]
    assert found(account, "name=Ada&language=de") == []
    assert found(account, "language=fr&order_by=created_datetime:asc") == [
        "ada@x.example",
        "bob@x.example",
    ]


def test_a_customer_is_found_by_another_address(account: Account) -> None:
    phone = {"type": "phone", "address": "+15550100"}
    made(account, email="ada@x.example", channels=[phone])
    assert found(account, "channel_type=phone&channel_address=%2B15550100") == ["ada@x.example"]


def test_an_empty_search_is_an_empty_list(account: Account) -> None:
    page = account.get("/api/customers?email=no%40x.example").body
    assert page == {
        "data": [],
        "object": "list",
        "uri": "/api/customers?email=no%40x.example",
        "meta": {"prev_cursor": None, "next_cursor": None},
    }


@pytest.mark.parametrize(
    "fields",
    [{"email": "no-at"}, {"email": "a@b c"}, {"colour": "red"}, {"channels": [{"type": "phone"}]}],
)
def test_a_flawed_customer_is_a_400(account: Account, fields: dict[str, object]) -> None:
    reply = account.post("/api/customers", fields)
    assert (reply.status, list(reply.error["data"])) == (400, list(fields))


def test_an_update_is_partial_and_moves_the_customer(account: Account) -> None:
    customer = made(account, email="ada@x.example", note="kind")
    account.clock.move(60)
    changed = account.put(f"/api/customers/{customer['id']}", {"name": "Ada"}).body
    assert (changed["note"], changed["name"]) == ("kind", "Ada")
    assert changed["updated_datetime"] > customer["updated_datetime"]


def test_an_update_to_an_email_in_use_is_a_409(account: Account) -> None:
    made(account, email="ada@x.example")
    bob = made(account, email="bob@x.example")
    assert account.put(f"/api/customers/{bob['id']}", {"email": "ada@x.example"}).status == 409


def test_a_deleted_customer_leaves_the_tickets(account: Account) -> None:
    ticket = account.new_ticket()
    path = f"/api/customers/{ticket['customer']['id']}"
    assert account.delete(path).status == 204
    assert account.get(path).status == 404
    assert account.get(f"/api/tickets/{ticket['id']}").body["customer"] is None


def test_several_customers_are_deleted_together_or_not_at_all(account: Account) -> None:
    first, second = made(account)["id"], made(account)["id"]
    assert account.delete("/api/customers", {"ids": [first, 5]}).status == 400
    assert account.get(f"/api/customers/{first}").status == 200
    assert account.delete("/api/customers", {"ids": [first, second]}).status == 204


def test_a_merge_moves_tickets_and_answers_301_for_the_source(account: Account) -> None:
    ticket = account.new_ticket()
    source, target = ticket["customer"]["id"], made(account, email="bob@x.example")["id"]
    reply = account.put(f"/api/customers/merge?source_id={source}&target_id={target}")
    assert reply.status == 200
    assert {channel["address"] for channel in reply.body["channels"]} == {
        "bob@x.example",
        "ada@customers.example",
    }
    shown = account.get(f"/api/tickets/{ticket['id']}").body
    assert shown["customer"]["id"] == shown["messages"][0]["sender"]["id"] == target
    gone = account.get(f"/api/customers/{source}")
    assert (gone.status, gone.error["msg"]) == (301, "customer_merged")
    assert gone.headers["location"] == f"/api/customers/{target}/"


def test_a_merge_wants_its_ids_in_the_query(account: Account) -> None:
    one = made(account)["id"]
    assert account.put("/api/customers/merge", {"source_id": one, "target_id": one}).status == 400
    assert account.put(f"/api/customers/merge?source_id={one}&target_id={one}").status == 400
    assert account.put(f"/api/customers/merge?source_id=5&target_id={one}").status == 404


def test_older_customer_data_are_ignored_in_silence(account: Account) -> None:
    path = f"/api/customers/{made(account)['id']}"
    newer = {"data": {"plan": "gold"}, "version": "2026-02-01T00:00:00Z"}
    older = {"data": {"plan": "tin"}, "version": "2026-01-01T00:00:00Z"}
    assert account.put(f"{path}/data", newer).status == 202
    assert account.put(f"{path}/data", older).status == 202
    assert account.get(path).body["data"] == {"plan": "gold"}


def test_a_customers_field_value_is_set_and_taken_away(account: Account) -> None:
    customer = made(account)
    rows = account.get("/api/custom-fields?object_type=Customer").body["data"]
    path = f"/api/customers/{customer['id']}/custom-fields"
    assert account.put(f"{path}/{rows[0]['id']}", {"value": "gold"}).status == 200
    assert account.get(path).body["data"][0]["value"] == "gold"
    assert account.delete(f"{path}/{rows[0]['id']}").status == 204


def test_requesters_of_stories_become_customers(account: Account) -> None:
    account.service.load([story(1), story(2)])
    assert found(account, "name=user-1") == ["user-1@customers.example"]
