"""One ticket: created, shown, changed, trashed, snoozed, deleted, merged."""

from __future__ import annotations

import pytest

from tests.emulator.gorgias.account import (
    Account,
    agent_message,
    customer_message,
    story,
    ticket_body,
)


def test_creating_answers_201_with_the_whole_ticket(account: Account) -> None:
    reply = account.post("/api/tickets", ticket_body(subject="Late", external_id="op:1"))
    assert reply.status == 201
    assert reply.body["subject"] == "Late"
    assert reply.body["external_id"] == "op:1"
    assert [message["body_text"] for message in reply.body["messages"]] == ["Where is my order?"]
    assert reply.body == {**account.get(f"/api/tickets/{reply.body['id']}").body, **reply.body}


def test_status_and_priority_have_defaults(account: Account) -> None:
    ticket = account.new_ticket()
    assert (ticket["status"], ticket["priority"]) == ("open", "normal")


def test_an_unknown_sender_becomes_the_tickets_customer(account: Account) -> None:
    ticket = account.new_ticket()
    assert ticket["customer"]["email"] == "ada@customers.example"
    assert ticket["requester"] == ticket["customer"]
    assert ticket["messages"][0]["sender"]["id"] == ticket["customer"]["id"]


def test_a_known_sender_is_not_created_twice(account: Account) -> None:
    first, second = account.new_ticket(), account.new_ticket()
    assert first["customer"]["id"] == second["customer"]["id"]


def test_more_than_an_email_updates_the_customer(account: Account) -> None:
    account.new_ticket()
    named = {"email": "ada@customers.example", "name": "Ada King"}
    ticket = account.new_ticket(customer=named)
    assert (ticket["customer"]["firstname"], ticket["customer"]["lastname"]) == ("Ada", "King")


def test_an_outgoing_first_message_takes_the_receiver_as_customer(account: Account) -> None:
    message = agent_message(receiver={"email": "bob@customers.example"})
    ticket = account.new_ticket(via="helpdesk", messages=[message])
    assert ticket["customer"]["email"] == "bob@customers.example"
    assert ticket["from_agent"] is True
    assert ticket["messages"][0]["sender"]["email"] == "owner@demo-shop.example"


def test_the_detail_lacks_what_only_rows_have(account: Account) -> None:
    ticket = account.get(f"/api/tickets/{account.new_ticket()['id']}").body
    absent = {"excerpt", "integrations", "messages_count", "last_sent_message_not_delivered"}
    assert not absent & set(ticket)
    assert {"messages", "reply_options", "satisfaction_survey", "processed_datetime"} <= set(ticket)


def test_custom_fields_are_absent_from_a_detail_without_any(account: Account) -> None:
    ticket = account.new_ticket()
    assert "custom_fields" not in ticket
    field_id = account.get("/api/custom-fields?object_type=Ticket").body["data"][0]["id"]
    account.put(f"/api/tickets/{ticket['id']}/custom-fields", [{"id": field_id, "value": "a"}])
    shown = account.get(f"/api/tickets/{ticket['id']}?relationships=custom_fields").body
    assert shown["custom_fields"] == {str(field_id): {"id": field_id, "value": "a"}}


def test_shop_data_come_with_reads_and_not_with_writes(account: Account) -> None:
    ticket = account.new_ticket()
    assert "external_data" not in ticket["customer"]
    shown = account.get(f"/api/tickets/{ticket['id']}").body
    assert shown["customer"]["external_data"] == {}


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"messages": []}, "messages"),
        ({"messages": None}, "messages"),
        ({"via": "carrier-pigeon"}, "via"),
        ({"status": "pending"}, "status"),
        ({"priority": "urgent"}, "priority"),
        ({"subject": "x" * 999}, "subject"),
        ({"external_id": "x" * 256}, "external_id"),
        ({"is_note": True}, "is_note"),
        ({"created_datetime": "yesterday"}, "created_datetime"),
        ({"assignee_user": {"id": 1}}, "assignee_user"),
        ({"assignee_team": {"id": 1}}, "assignee_team"),
        ({"customer": {"id": 1}}, "customer"),
        ({"custom_fields": [{"id": 1, "value": "x"}]}, "custom_fields"),
    ],
)
def test_a_flawed_ticket_is_a_400_that_names_the_field(
    account: Account, fields: dict[str, object], field: str
) -> None:
    reply = account.post("/api/tickets", ticket_body(**fields))
    assert (reply.status, list(reply.error["data"])) == (400, [field])


def test_a_flaw_inside_a_message_says_where(account: Account) -> None:
    broken = {"channel": "api", "from_agent": False}
    reply = account.post("/api/tickets", ticket_body(messages=[customer_message(), broken]))
    assert reply.error["data"] == {"messages": {"1": {"via": ["Missing data for required field."]}}}


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"null", b'"x"', b'{"via":"\\ud800"}', b"\xff"])
def test_a_body_that_is_no_object_is_a_400(account: Account, raw: bytes) -> None:
    assert account.call("POST", "/api/tickets", raw=raw).status == 400


def test_a_ticket_without_any_customer_is_refused(account: Account) -> None:
    message = customer_message(sender=None)
    reply = account.post("/api/tickets", ticket_body(messages=[message]))
    assert (reply.status, list(reply.error["data"])) == (400, ["sender"])


def test_an_update_changes_only_what_it_names(account: Account) -> None:
    ticket = account.new_ticket(subject="Late", priority="low")
    account.clock.move(60)
    changed = account.put(f"/api/tickets/{ticket['id']}", {"subject": "Very late"}).body
    differing = {key for key in ticket if ticket[key] != changed[key]}
    assert differing == {"subject", "updated_datetime"}


def test_an_update_always_moves_the_stamp(account: Account) -> None:
    ticket = account.new_ticket()
    changed = account.put(f"/api/tickets/{ticket['id']}", {"status": "open"}).body
    assert changed["updated_datetime"] > ticket["updated_datetime"]


def test_two_changes_never_share_a_stamp(account: Account) -> None:
    ticket_id = account.new_ticket()["id"]
    stamps = {
        account.put(f"/api/tickets/{ticket_id}", {"priority": word}).body["updated_datetime"]
        for word in ("low", "high", "low")
    }
    assert len(stamps) == 3


def test_closing_sets_a_time_that_a_second_close_keeps(account: Account) -> None:
    path = f"/api/tickets/{account.new_ticket()['id']}"
    first = account.put(path, {"status": "closed"}).body
    account.clock.move(60)
    second = account.put(path, {"status": "closed"}).body
    assert first["closed_datetime"] is not None
    assert second["closed_datetime"] == first["closed_datetime"]
    assert second["updated_datetime"] > first["updated_datetime"]


def test_reopening_forgets_the_closing_time(account: Account) -> None:
    path = f"/api/tickets/{account.new_ticket(status='closed')['id']}"
    assert account.put(path, {"status": "open"}).body["closed_datetime"] is None


def test_created_datetime_cannot_be_changed(account: Account) -> None:
    path = f"/api/tickets/{account.new_ticket()['id']}"
    reply = account.put(path, {"created_datetime": "2020-01-01T00:00:00Z"})
    assert (reply.status, list(reply.error["data"])) == (400, ["created_datetime"])


def test_an_assignee_comes_and_goes(account: Account) -> None:
    path = f"/api/tickets/{account.new_ticket()['id']}"
    user_id = account.get("/api/users").body["data"][0]["id"]
    assigned = account.put(path, {"assignee_user": {"id": user_id}}).body
    assert (assigned["assignee_user_id"], assigned["assignee_user"]["id"]) == (user_id, user_id)
    assert account.put(path, {"assignee_user": {"id": None}}).body["assignee_user"] is None
    account.put(path, {"assignee_user": {"id": user_id}})
    assert account.put(path, {"assignee_user": None}).body["assignee_user_id"] is None


def test_tags_in_an_update_replace_the_whole_set(account: Account) -> None:
    ticket = account.new_ticket(tags=[{"name": "vip"}, {"name": "late"}])
    changed = account.put(f"/api/tickets/{ticket['id']}", {"tags": [{"name": "refund"}]}).body
    assert [tag["name"] for tag in changed["tags"]] == ["refund"]


def test_custom_fields_in_an_update_replace_the_whole_set(account: Account) -> None:
    fields = account.get("/api/custom-fields?object_type=Ticket").body["data"]
    first, third = fields[0]["id"], fields[2]["id"]
    path = f"/api/tickets/{account.new_ticket(custom_fields=[{'id': first, 'value': 'a'}])['id']}"
    changed = account.put(path, {"custom_fields": [{"id": third, "value": "b"}]}).body
    assert list(changed["custom_fields"]) == [str(third)]


def test_trash_is_a_time_that_null_takes_back(account: Account) -> None:
    path = f"/api/tickets/{account.new_ticket()['id']}"
    trashed = account.put(path, {"trashed_datetime": "2026-09-01T10:00:00+02:00"}).body
    assert trashed["trashed_datetime"] == "2026-09-01T08:00:00.000000+00:00"
    assert account.get(path).status == 200
    assert account.put(path, {"trashed_datetime": None}).body["trashed_datetime"] is None


def test_a_snooze_ends_by_itself_and_reopens(account: Account) -> None:
    path = f"/api/tickets/{account.new_ticket(status='closed')['id']}"
    later = "2026-12-01T00:00:00"
    assert account.put(path, {"snooze_datetime": later}).body["snooze_datetime"] is not None
    account.clock.move(100 * 86_400)
    woken = account.get(path).body
    assert (woken["snooze_datetime"], woken["status"]) == (None, "open")


def test_a_deleted_ticket_is_gone_with_its_messages(account: Account) -> None:
    ticket = account.new_ticket()
    path = f"/api/tickets/{ticket['id']}"
    deleted = account.delete(path)
    assert (deleted.status, deleted.raw) == (204, b"")
    gone = account.get(path)
    assert (gone.status, gone.body) == (404, {"error": {"msg": "Not found."}})
    assert account.delete(path).status == 404
    assert account.get(f"/api/messages?ticket_id={ticket['id']}").body["data"] == []


def test_a_merged_ticket_answers_301_with_its_target(account: Account) -> None:
    account.service.load([story(number) for number in range(1, 30)])
    while not any(account.service.merged_into(number) for number in range(1, 30)):
        account.service.act()
    source = next(n for n in range(1, 30) if account.service.merged_into(n))
    reply = account.get(f"/api/tickets/{source}")
    assert (reply.status, reply.error["msg"]) == (301, "ticket_merged")
    assert reply.headers["location"] == f"/api/tickets/{account.service.merged_into(source)}/"
    assert account.row(source) is None
    assert account.put(f"/api/tickets/{source}/tags", {}).status == 301


def test_names_of_any_script_survive(account: Account) -> None:
    text = "退款 🎉 \u202egnp \x00 <b>"
    ticket = account.new_ticket(subject=text, messages=[customer_message(text, body_html=text)])
    shown = account.get(f"/api/tickets/{ticket['id']}").body
    assert (shown["subject"], shown["messages"][0]["body_html"]) == (text, text)


def test_a_refused_ticket_leaves_neither_customer_nor_tag(account: Account) -> None:
    body = ticket_body(
        customer={"email": "new@customers.example"},
        tags=[{"name": "brand-new"}],
        custom_fields=[{"id": 1, "value": "x"}],
    )
    assert account.post("/api/tickets", body).status == 400
    assert account.get("/api/customers?email=new%40customers.example").body["data"] == []
    assert account.get("/api/tags").body["data"] == []
    assert account.events() == []


def test_a_ticket_begun_by_the_desk_is_not_unread(account: Account) -> None:
    message = agent_message(receiver={"email": "bob@customers.example"})
    assert account.new_ticket(messages=[message])["is_unread"] is False
    assert account.new_ticket()["is_unread"] is True


def test_a_stamp_from_the_future_never_falls_again(account: Account) -> None:
    ticket = account.new_ticket(updated_datetime="2030-01-01T00:00:00Z")
    changed = account.put(f"/api/tickets/{ticket['id']}", {"priority": "low"}).body
    assert changed["updated_datetime"] == "2030-01-01T00:00:00.000001+00:00"
