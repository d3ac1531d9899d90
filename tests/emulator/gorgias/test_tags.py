"""Tags: of the account and of a ticket."""

from __future__ import annotations

import pytest

from tests.emulator.gorgias.account import Account


@pytest.fixture
def path(account: Account) -> str:
    ticket = account.new_ticket(tags=[{"name": "late"}, {"name": "vip"}])
    return f"/api/tickets/{ticket['id']}/tags"


def names(account: Account, path: str) -> list[str]:
    return [tag["name"] for tag in account.get(path).body["data"]]


def tag_id(account: Account, name: str) -> int:
    return int(account.get(f"/api/tags?search={name}").body["data"][0]["id"])


def test_adding_answers_201_with_nothing(account: Account, path: str) -> None:
    reply = account.post(path, {"names": ["refund", "vip"]})
    assert (reply.status, reply.raw) == (201, b"")
    assert names(account, path) == ["late", "vip", "refund"]


def test_setting_answers_202_and_replaces(account: Account, path: str) -> None:
    reply = account.put(path, {"ids": [tag_id(account, "vip")]})
    assert (reply.status, reply.raw) == (202, b"")
    assert names(account, path) == ["vip"]


def test_setting_an_empty_object_clears(account: Account, path: str) -> None:
    account.put(path, {})
    assert names(account, path) == []


def test_removing_takes_a_json_body(account: Account, path: str) -> None:
    reply = account.delete(path, {"ids": [tag_id(account, "vip")]})
    assert (reply.status, reply.raw) == (204, b"")
    assert names(account, path) == ["late"]


def test_removing_a_tag_that_is_not_there_changes_nothing(account: Account, path: str) -> None:
    assert account.delete(path, {"names": ["other"]}).status == 204
    assert names(account, path) == ["late", "vip"]


def test_names_are_case_sensitive(account: Account, path: str) -> None:
    account.post(path, {"names": ["VIP"]})
    assert names(account, path) == ["late", "vip", "VIP"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"tags": ["vip"]}, "tags"),
        ({"ids": ["vip"]}, "ids"),
        ({"ids": [5]}, "ids"),
        ({"names": [""]}, "names"),
        ({"names": ["x" * 257]}, "names"),
    ],
)
def test_a_flawed_tag_body_is_a_400(
    account: Account, path: str, body: dict[str, object], field: str
) -> None:
    reply = account.post(path, body)
    assert (reply.status, list(reply.error["data"])) == (400, [field])
    assert names(account, path) == ["late", "vip"]


def test_a_tag_write_does_not_move_the_ticket_but_is_logged(account: Account, path: str) -> None:
    ticket_id = int(path.split("/")[3])
    before = account.row(ticket_id)
    account.clock.move(60)
    account.post(path, {"names": ["refund"]})
    after = account.row(ticket_id)
    assert after["updated_datetime"] == before["updated_datetime"]
    assert len(after["tags"]) == 3
    types = [event["type"] for event in account.events(object_id=ticket_id)]
    assert types[-1] == "ticket-tags-added"


def test_an_account_tag_is_created_shown_changed_and_deleted(account: Account) -> None:
    made = account.post("/api/tags", {"name": "gift", "decoration": {"color": "#F58D86"}})
    assert (made.status, made.body["usage"]) == (201, 0)
    tag_path = f"/api/tags/{made.body['id']}"
    assert account.put(tag_path, {"name": "present"}).body["decoration"] == {"color": "#F58D86"}
    assert account.get(tag_path).body["name"] == "present"
    assert account.delete(tag_path).status == 204
    assert account.get(tag_path).status == 404


def test_a_taken_tag_name_is_a_409(account: Account, path: str) -> None:
    assert account.post("/api/tags", {"name": "vip"}).status == 409
    assert account.put(f"/api/tags/{tag_id(account, 'late')}", {"name": "vip"}).status == 409


def test_deleting_a_tag_takes_it_off_its_tickets(account: Account, path: str) -> None:
    account.delete(f"/api/tags/{tag_id(account, 'vip')}")
    assert names(account, path) == ["late"]


def test_merging_tags_moves_their_tickets(account: Account, path: str) -> None:
    late, vip = tag_id(account, "late"), tag_id(account, "vip")
    assert account.put(f"/api/tags/{late}/merge", {"source_tags_ids": [vip]}).status == 200
    assert names(account, path) == ["late"]
    assert account.get(f"/api/tags/{vip}").status == 404


def test_many_tags_can_be_deleted_at_once(account: Account, path: str) -> None:
    ids = [tag_id(account, "late"), tag_id(account, "vip")]
    assert account.delete("/api/tags", {"ids": ids}).status == 204
    assert account.get("/api/tags").body["data"] == []


def test_tags_are_listed_by_usage_and_name(account: Account, path: str) -> None:
    account.new_ticket(tags=[{"name": "vip"}])
    account.post("/api/tags", {"name": "zebra"})

    def listed(order: str) -> list[str]:
        return [row["name"] for row in account.walk(f"/api/tags?limit=1&order_by={order}")]

    assert listed("name:asc") == ["late", "vip", "zebra"]
    assert listed("usage:desc,name:desc") == ["vip", "late", "zebra"]
