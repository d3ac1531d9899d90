"""Ticket fields, tags, statuses, settings."""

from __future__ import annotations

from tests.emulator.zendesk.account import Account, story


def test_fields_come_at_once_by_position_or_by_cursor(account: Account) -> None:
    """OpenAPI: 'If the results are not paginated, every field is returned … by position'."""
    rows = account.get("ticket_fields.json").json["ticket_fields"]
    assert [row["position"] for row in rows] == sorted(row["position"] for row in rows)
    paged = account.get("ticket_fields.json?page[size]=3").json
    assert [row["id"] for row in paged["ticket_fields"]] == sorted(row["id"] for row in rows)[:3]


def test_every_kind_of_field_is_there(account: Account) -> None:
    rows = account.get("ticket_fields.json").json["ticket_fields"]
    assert {row["type"] for row in rows} >= {
        *("subject", "description", "status", "tickettype", "priority", "group", "assignee"),
        *("custom_status", "text", "textarea", "checkbox", "date", "integer", "decimal"),
        *("regexp", "tagger", "multiselect"),
    }
    tagger = next(row for row in rows if row["type"] == "tagger")
    assert {"name", "value"} <= tagger["custom_field_options"][0].keys()
    status = next(row for row in rows if row["type"] == "custom_status")
    assert len(status["custom_statuses"]) == 5


def test_field_lives_and_dies(account: Account) -> None:
    options = [{"name": "Red", "value": "red"}]
    given = {"type": "tagger", "title": "Colour", "custom_field_options": options}
    made = account.post("ticket_fields.json", {"ticket_field": given})
    field = made.json["ticket_field"]
    path = f"ticket_fields/{field['id']}.json"
    assert (made.status, field["removable"]) == (201, True)
    ticket = account.new_ticket(custom_fields=[{"id": field["id"], "value": "red"}])
    assert ticket["tags"] == ["red"]
    changed = account.put(path, {"ticket_field": {"title": "Color"}}).json["ticket_field"]
    assert changed["title"] == "Color"
    assert account.delete(path).status == 204
    assert account.get(path).status == 404


def test_system_field_cannot_be_deleted(account: Account) -> None:
    assert account.delete(f"ticket_fields/{account.field_id('Subject')}.json").status == 403


def test_bad_fields_are_refused(account: Account) -> None:
    for given in ({"title": "x", "type": "colour"}, {"type": "text"}):
        assert account.post("ticket_fields.json", {"ticket_field": given}).status == 422


def test_agent_may_not_make_fields(account: Account) -> None:
    account.user = "agent@example.com"
    assert account.post("ticket_fields.json", {"ticket_field": {"title": "x"}}).status == 403


def test_tags_are_counted_over_live_tickets() -> None:
    """'**Tags** `/tags` `{name,count}`'."""
    account = Account(stories=[story(1, tags=("a", "b")), story(2, tags=("a",))])
    assert account.get("tags.json").json["tags"] == [
        {"name": "a", "count": 2},
        {"name": "b", "count": 1},
    ]
    account.update(2, tags=["c"])
    account.delete("tickets/1.json")
    assert account.get("tags.json?page[size]=5").json["tags"] == [{"name": "c", "count": 1}]
    assert account.get("tags/count.json").json["count"]["value"] == 1


def test_custom_statuses_have_every_category(account: Account) -> None:
    """'no pagination; categories new/open/pending/hold/solved'."""
    rows = account.get("custom_statuses.json").json["custom_statuses"]
    assert [row["status_category"] for row in rows] == ["new", "open", "pending", "hold", "solved"]
    assert account.get(f"custom_statuses/{rows[0]['id']}.json").json["custom_status"] == rows[0]
    assert account.get("custom_statuses/1.json").status == 404


def test_settings_and_account_are_told(account: Account) -> None:
    assert "active_features" in account.get("account/settings.json").json["settings"]
    assert account.get("account.json").json["account"]["url"] == "http://desk.test"
