"""Users and teams."""

from __future__ import annotations

from tests.emulator.gorgias.account import Account


def test_users_come_by_name_page_by_page(account: Account) -> None:
    names = [row["name"] for row in account.walk("/api/users?limit=5")]
    assert names == sorted(names)
    assert len(names) == 13


def test_a_user_is_created_changed_and_deleted(account: Account) -> None:
    body = {"email": "new@x.example", "name": "Ned New", "role": {"name": "agent"}}
    made = account.post("/api/users", body)
    assert (made.status, made.body["lastname"]) == (201, "New")
    path = f"/api/users/{made.body['id']}"
    assert account.put(path, {"role": {"name": "lite-agent"}}).body["role"]["name"] == "lite-agent"
    assert account.post("/api/users", body).status == 409
    assert account.delete(path).status == 204
    assert account.get(path).status == 404


def test_an_unknown_role_is_refused(account: Account) -> None:
    body = {"email": "new@x.example", "name": "Ned", "role": {"name": "king"}}
    assert account.post("/api/users", body).status == 400


def test_a_deleted_user_leaves_their_tickets_unassigned(account: Account) -> None:
    user_id = account.walk("/api/users?limit=1")[0]["id"]
    ticket = account.new_ticket(assignee_user={"id": user_id})
    account.delete(f"/api/users/{user_id}")
    assert account.get(f"/api/tickets/{ticket['id']}").body["assignee_user_id"] is None


def test_teams_list_their_members(account: Account) -> None:
    rows = account.get("/api/teams?order_by=name:asc").body["data"]
    assert [(row["name"], len(row["members"])) for row in rows] == [
        ("First line", 8),
        ("Specialists", 4),
    ]


def test_a_ticket_goes_to_a_team_and_loses_a_deleted_one(account: Account) -> None:
    made = account.post("/api/teams", {"name": "Night", "decoration": {"emoji": "🌙"}}).body
    ticket = account.new_ticket(assignee_team={"id": made["id"]})
    assert ticket["assignee_team"] == {
        "id": made["id"],
        "name": "Night",
        "decoration": {"emoji": "🌙"},
    }
    account.delete(f"/api/teams/{made['id']}")
    assert account.row(ticket["id"])["assignee_team"] is None


def test_a_team_of_unknown_members_is_refused(account: Account) -> None:
    reply = account.post("/api/teams", {"name": "Night", "members": [{"id": 5}]})
    assert (reply.status, list(reply.error["data"])) == (400, ["members"])


def test_account_settings_are_one_unpaged_list(account: Account) -> None:
    rows = account.get("/api/account/settings").body
    assert list(rows) == ["data"]
    assert {"business-hours", "auto-merge"} <= {row["type"] for row in rows["data"]}
    one = account.get("/api/account/settings?type=auto-merge").body["data"]
    assert one[0]["data"]["tickets"]["enabled"] is False
