"""The log: what is in it, when it shows, how it is asked."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote

import pytest

from tests.emulator.gorgias.account import Account, customer_message, story


def moment(account: Account, seconds: float = 0.0) -> str:
    return quote(datetime.fromtimestamp(account.clock.now() + seconds, UTC).isoformat())


def types(rows: list[dict[str, object]]) -> list[object]:
    return [row["type"] for row in rows]


def test_a_change_is_visible_within_two_seconds_and_not_at_once(account: Account) -> None:
    since = moment(account)
    account.new_ticket()
    target = f"/api/events?created_datetime[gte]={since}"
    seen_at_once = account.get(target).body["data"]
    account.clock.move(2)
    assert len(account.get(target).body["data"]) > len(seen_at_once)
    assert set(types(account.get(target).body["data"])) == {
        "customer-created",
        "ticket-created",
        "ticket-message-created",
    }


def test_events_of_one_request_share_a_context_and_an_author(account: Account) -> None:
    me = account.get("/api/users/0").body["id"]
    ticket = account.new_ticket()
    account.put(f"/api/tickets/{ticket['id']}", {"assignee_user": {"id": me}})
    rows = account.events(object_id=ticket["id"])
    assert types(rows) == ["ticket-created", "ticket-assigned", "ticket-updated"]
    assert rows[1]["context"] == rows[2]["context"] != rows[0]["context"]
    assert {row["user_id"] for row in rows} == {me}
    assert rows[1]["data"] == {"assignee_user_id": me}


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"status": "closed"}, "ticket-closed"),
        ({"spam": True}, "ticket-marked-spam"),
        ({"trashed_datetime": "2026-01-01T00:00:00Z"}, "ticket-trashed"),
        ({"snooze_datetime": "2027-01-01T00:00:00Z"}, "ticket-snoozed"),
        ({"subject": "Other"}, "ticket-subject-updated"),
        ({"customer": {"email": "bob@x.example"}}, "ticket-customer-updated"),
        ({"tags": [{"name": "vip"}]}, "ticket-tags-added"),
    ],
)
def test_each_change_has_its_type(account: Account, body: dict[str, object], kind: str) -> None:
    ticket_id = account.new_ticket()["id"]
    account.put(f"/api/tickets/{ticket_id}", body)
    assert set(types(account.events(object_id=ticket_id))[1:]) == {kind, "ticket-updated"}


def test_a_deletion_is_in_the_log(account: Account) -> None:
    ticket_id = account.new_ticket()["id"]
    account.delete(f"/api/tickets/{ticket_id}")
    assert types(account.events(object_id=ticket_id))[-1] == "ticket-deleted"


def test_a_message_is_logged_under_its_own_id(account: Account) -> None:
    ticket = account.new_ticket()
    message = account.post(f"/api/tickets/{ticket['id']}/messages", customer_message()).body
    event = account.events(object_id=message["id"], object_type="TicketMessage")[0]
    assert event["type"] == "ticket-message-created"


def test_the_window_takes_its_bounds_literally(account: Account) -> None:
    account.service.load(story(number) for number in range(1, 6))
    stamps = [row["created_datetime"] for row in account.events(types="ticket-created")]
    third = quote(stamps[2])

    def count(bound: str) -> int:
        target = f"/api/events?limit=100&types=ticket-created&created_datetime[{bound}]={third}"
        return len(account.get(target).body["data"])

    assert [count(bound) for bound in ("gt", "gte", "lt", "lte")] == [2, 3, 2, 3]


def test_both_bounds_together_and_pages_inside_them(account: Account) -> None:
    account.service.load(story(number) for number in range(1, 30))
    rows = account.events(types="ticket-created")
    start, end = quote(rows[5]["created_datetime"]), quote(rows[20]["created_datetime"])
    window = f"created_datetime[gte]={start}&created_datetime[lt]={end}&types=ticket-created"
    target = f"/api/events?limit=4&order_by=created_datetime:desc&{window}"
    assert account.walk(target) == rows[5:20][::-1]


def test_types_and_users_may_repeat(account: Account) -> None:
    ticket = account.new_ticket()
    account.delete(f"/api/tickets/{ticket['id']}")
    account.clock.move(5)
    for name in ("types", "types[]"):
        rows = account.walk(f"/api/events?{name}=ticket-created&{name}=ticket-deleted")
        assert types(rows) == ["ticket-deleted", "ticket-created"]
    assert account.walk("/api/events?user_ids=5") == []


@pytest.mark.parametrize(
    "query",
    [
        "object_type=Ticket",
        "object_type=Robot&object_id=1",
        "order_by=updated_datetime:asc",
        "created_datetime=2026-01-01",
        "created_datetime[gte]=soon",
        "limit=500",
    ],
)
def test_a_wrong_query_is_a_400(account: Account, query: str) -> None:
    assert account.get(f"/api/events?{query}").status == 400


def test_one_event_is_shown_by_its_id(account: Account) -> None:
    account.new_ticket()
    event = account.events()[0]
    assert account.get(f"/api/events/{event['id']}").body == event
    assert account.get("/api/events/5").status == 404


def test_ids_ascend_with_time(account: Account) -> None:
    account.service.load(story(number) for number in range(9, 0, -1))
    account.new_ticket()
    ids = [row["id"] for row in account.events()]
    assert ids == sorted(ids)
