"""Updating tickets: fields, tags, custom fields, safe updates, what is refused."""

from __future__ import annotations

import pytest

from tests.emulator.zendesk.account import Account, Json, story


def test_update_answers_with_ticket_and_audit(account: Account) -> None:
    ticket = account.new_ticket()
    account.pass_time(5)
    reply = account.update(ticket["id"], priority="urgent", subject="New")
    assert reply.status == 200
    assert reply.json["ticket"]["priority"] == "urgent"
    assert reply.json["ticket"]["updated_at"] == "2026-09-21T14:13:25Z"
    events = reply.json["audit"]["events"]
    assert {(e["field_name"], e["value"], e["previous_value"]) for e in events} == {
        ("priority", "urgent", None),
        ("subject", "New", "Printer on fire"),
    }


def test_update_that_changes_nothing_leaves_the_ticket_alone(account: Account) -> None:
    ticket = account.new_ticket(priority="low")
    account.pass_time(5)
    reply = account.update(ticket["id"], priority="low")
    assert reply.json["ticket"]["updated_at"] == ticket["updated_at"]
    assert reply.json["audit"]["events"] == []


def test_comment_is_a_ticket_update(account: Account) -> None:
    ticket = account.new_ticket()
    reply = account.update(ticket["id"], comment={"body": "note", "public": False})
    event = reply.json["audit"]["events"][0]
    assert (event["type"], event["public"], event["body"]) == ("Comment", False, "note")
    comments = account.get(f"tickets/{ticket['id']}/comments.json").json["comments"]
    assert [row["id"] for row in comments][1] == event["id"]


@pytest.mark.parametrize("is_public", [True, False])
def test_comment_without_a_word_is_as_public_as_the_first(
    account: Account, is_public: bool
) -> None:
    """'`comment.public` has no fixed default (inherits from the ticket's first comment'."""
    ticket = account.new_ticket(comment={"body": "x", "public": is_public})
    reply = account.update(ticket["id"], comment={"body": "y"})
    assert reply.json["audit"]["events"][0]["public"] is is_public


def test_metadata_is_kept_in_the_audit(account: Account) -> None:
    """'a marker in `metadata` → audit.metadata.custom'."""
    ticket = account.new_ticket()
    reply = account.update(ticket["id"], comment={"body": "y"}, metadata={"op": "17"})
    assert reply.json["audit"]["metadata"]["custom"] == {"op": "17"}
    audits = account.get(f"tickets/{ticket['id']}/audits.json").json["audits"]
    assert audits[-1]["metadata"]["custom"] == {"op": "17"}


def test_assignee_opens_a_new_ticket_and_brings_a_group(account: Account) -> None:
    ticket = account.new_ticket()
    after = account.update(ticket["id"], assignee_id=account.agent_id()).json["ticket"]
    assert after["status"] == "open"
    assert after["group_id"] is not None
    assert after["custom_status_id"] != ticket["custom_status_id"]


def test_solving_needs_an_assignee(account: Account) -> None:
    """'Solving needs an assignee and the required fields, else 422 `details.base[]`'."""
    ticket = account.new_ticket()
    reply = account.update(ticket["id"], status="solved")
    assert reply.status == 422
    assert "Assignee" in reply.json["details"]["base"][0]["description"]
    solved = account.update(ticket["id"], status="solved", assignee_id=account.agent_id())
    assert solved.json["ticket"]["status"] == "solved"


def test_closed_ticket_takes_no_update(account: Account) -> None:
    """'`{"status":[{"description":"closed prevents ticket update"}]}`'."""
    ticket = account.new_ticket()
    account.update(ticket["id"], status="closed", assignee_id=account.agent_id())
    for fields in ({"status": "open"}, {"comment": {"body": "x"}}, {"priority": "low"}):
        reply = account.update(ticket["id"], **fields)
        assert reply.status == 422
        assert reply.json["details"] == {
            "status": [{"description": "closed prevents ticket update"}]
        }
    assert account.put(f"tickets/{ticket['id']}/tags.json", {"tags": ["x"]}).status == 422


def test_custom_status_names_the_status(account: Account) -> None:
    ticket = account.new_ticket()
    statuses = account.get("custom_statuses.json").json["custom_statuses"]
    hold = next(row for row in statuses if row["status_category"] == "hold")
    after = account.update(ticket["id"], custom_status_id=hold["id"]).json["ticket"]
    assert (after["status"], after["custom_status_id"]) == ("hold", hold["id"])


def test_tags_replace_and_additional_tags_add(account: Account) -> None:
    """'`tags` in a PUT replaces all tags'; '`additional_tags`/`remove_tags` keep other tags'."""
    ticket = account.new_ticket(tags=["a", "b"])
    assert account.update(ticket["id"], tags=["c"]).json["ticket"]["tags"] == ["c"]
    added = account.update(ticket["id"], additional_tags=["d", "e"], remove_tags=["c"])
    assert added.json["ticket"]["tags"] == ["d", "e"]


def test_tag_endpoints_set_add_and_remove(account: Account) -> None:
    """'on tickets POST=set, PUT=add, DELETE=remove'."""
    path = f"tickets/{account.new_ticket(tags=['a'])['id']}/tags.json"
    assert account.put(path, {"tags": ["b"]}).json == {"tags": ["a", "b"]}
    posted = account.post(path, {"tags": ["c", "d"]})
    assert (posted.status, posted.json) == (201, {"tags": ["c", "d"]})
    assert account.send("DELETE", path, {"tags": ["c"]}).json == {"tags": ["d"]}
    assert account.delete(path, tags="d,x").json == {"tags": []}
    assert account.get(path).json == {"tags": []}


def test_stale_safe_update_is_a_conflict(account: Account) -> None:
    """'→ 409 when stale'."""
    ticket = account.new_ticket()
    account.pass_time(2)
    seen = ticket["updated_at"]
    first = account.update(ticket["id"], priority="low", safe_update=True, updated_stamp=seen)
    assert first.status == 200
    late = account.update(ticket["id"], priority="high", safe_update=True, updated_stamp=seen)
    assert late.status == 409
    assert late.json["error"] == "UpdateConflict"
    assert account.get(f"tickets/{ticket['id']}.json").json["ticket"]["priority"] == "low"


def test_stale_safe_update_of_tags_is_a_conflict(account: Account) -> None:
    """'the fields sit at top level and `safe_update` is the string "true"'."""
    ticket = account.new_ticket()
    path = f"tickets/{ticket['id']}/tags.json"
    body = {"tags": ["x"], "safe_update": "true", "updated_stamp": ticket["updated_at"]}
    account.pass_time(2)
    assert account.put(path, body).status == 200
    assert account.put(path, body | {"tags": ["y"]}).status == 409


def test_two_writes_of_one_second_cannot_be_told_apart(account: Account) -> None:
    """'updated_at has 1-second resolution'."""
    ticket = account.new_ticket()
    for priority in ("low", "high"):
        reply = account.update(
            ticket["id"],
            priority=priority,
            safe_update=True,
            updated_stamp=ticket["updated_at"],
        )
        assert reply.status == 200


def test_bad_stamp_is_refused(account: Account) -> None:
    ticket = account.new_ticket()
    reply = account.update(ticket["id"], safe_update=True, updated_stamp="yesterday")
    assert reply.status == 400


def value_of(ticket: Json, field_id: int) -> object:
    return next(row["value"] for row in ticket["custom_fields"] if row["id"] == field_id)


@pytest.mark.parametrize(
    ("title", "value", "kept"),
    [
        ("Product", "mailer", "mailer"),
        ("Steps to reproduce", "one\ntwo", "one\ntwo"),
        ("VIP", True, True),
        ("Promised on", "2026-02-28", "2026-02-28"),
        ("Seats", 12, "12"),
        ("Refund", "12.50", "12.50"),
        ("Order number", "AB-1234", "AB-1234"),
        ("Preferred contact", "contact_mail", "contact_mail"),
        ("Areas", ["area_updates", "area_addons"], ["area_updates", "area_addons"]),
        ("Product", None, None),
    ],
)
def test_custom_field_of_each_type_keeps_its_value(
    account: Account, title: str, value: object, kept: object
) -> None:
    field_id = account.field_id(title)
    ticket = account.new_ticket(custom_fields=[{"id": field_id, "value": value}])
    assert value_of(ticket, field_id) == kept


@pytest.mark.parametrize(
    ("title", "value"),
    [
        ("VIP", "maybe"),
        ("Promised on", "2026-02-30"),
        ("Seats", "many"),
        ("Refund", "12,50"),
        ("Order number", "1234"),
        ("Preferred contact", "by_pigeon"),
        ("Areas", ["area_updates", "x"]),
        ("Product", {"a": 1}),
    ],
)
def test_custom_field_refuses_what_its_type_does_not_take(
    account: Account, title: str, value: object
) -> None:
    field_id = account.field_id(title)
    ticket = account.new_ticket()
    reply = account.update(ticket["id"], custom_fields=[{"id": field_id, "value": value}])
    assert reply.status == 422
    assert title in reply.json["details"]["base"][0]["description"]


def test_unknown_custom_field_is_left_out_in_silence(account: Account) -> None:
    ticket = account.new_ticket(custom_fields=[{"id": 1, "value": "x"}])
    assert 1 not in {row["id"] for row in ticket["custom_fields"]}


def test_fields_of_lists_are_tags_too(account: Account) -> None:
    contact, areas = account.field_id("Preferred contact"), account.field_id("Areas")
    ticket = account.new_ticket(
        custom_fields=[
            {"id": contact, "value": "contact_mail"},
            {"id": areas, "value": ["area_addons"]},
        ]
    )
    assert ticket["tags"] == ["area_addons", "contact_mail"]
    after = account.update(ticket["id"], tags=["contact_phone"]).json["ticket"]
    assert value_of(after, contact) == "contact_phone"
    assert value_of(after, areas) == []


def test_delete_is_soft(account: Account) -> None:
    """'DELETE ticket 204 empty'; '/deleted_tickets/{id}/restore 200 {}'."""
    ticket = account.new_ticket()
    path = f"tickets/{ticket['id']}.json"
    gone = account.delete(path)
    assert (gone.status, gone.response.body) == (204, b"")
    assert account.get(path).status == 404
    assert account.update(ticket["id"], priority="low").status == 404
    assert account.delete(path).status == 404
    assert account.get("tickets.json").json["tickets"] == []
    row = account.get("deleted_tickets.json").json["deleted_tickets"][0]
    assert (row["id"], row["previous_state"]) == (ticket["id"], "new")
    restored = account.put(f"deleted_tickets/{ticket['id']}/restore.json", {})
    assert (restored.status, restored.json) == (200, {})
    assert account.get(path).status == 200


def test_problem_marks_its_incidents_without_moving(account: Account) -> None:
    problem = account.new_ticket(type="problem")
    account.pass_time(10)
    account.new_ticket(type="incident", problem_id=problem["id"])
    incident = account.new_ticket()
    account.update(incident["id"], problem_id=problem["id"])
    shown = account.get(f"tickets/{problem['id']}.json").json["ticket"]
    assert shown["has_incidents"] is True
    assert shown["updated_at"] == problem["updated_at"]


def test_people_in_copy_are_added_and_taken_away(account: Account) -> None:
    ticket = account.new_ticket(email_ccs=[{"user_email": "cc@shop.test"}])
    (copied,) = ticket["email_cc_ids"]
    after = account.update(
        ticket["id"],
        email_ccs=[
            {"user_id": str(copied), "action": "delete"},
            {"user_email": "new@shop.test", "action": "put"},
        ],
    ).json["ticket"]
    assert len(after["email_cc_ids"]) == 1
    assert after["email_cc_ids"] != [copied]


def test_group_without_the_assignee_takes_the_ticket() -> None:
    account = Account(stories=[story()])
    ticket = account.get("tickets/1.json").json["ticket"]
    groups = account.get("groups.json").json["groups"]
    default = next(row["id"] for row in groups if row["default"])
    other = next(row["id"] for row in groups if row["id"] not in {ticket["group_id"], default})
    after = account.update(1, group_id=other).json["ticket"]
    assert (after["group_id"], after["assignee_id"]) == (other, None)
