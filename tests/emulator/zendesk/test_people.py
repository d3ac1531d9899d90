"""Users, organizations, groups and memberships."""

from __future__ import annotations

import pytest

from tests.emulator.zendesk.account import Account, Json, story


def new_user(account: Account, **fields: object) -> Json:
    reply = account.post("users.json", {"user": {"name": "Ann", **fields}})
    assert reply.status == 201, reply.json
    return reply.json["user"]


def test_me_is_the_signed_in_user(account: Account) -> None:
    user = account.get("users/me.json").json["user"]
    assert (user["email"], user["role"]) == ("owner@example.com", "admin")


@pytest.mark.parametrize("authorization", ["", "Basic eDp5", "Bearer nonsense"])
def test_me_without_a_right_sign_in_is_anonymous(account: Account, authorization: str) -> None:
    """'`GET /api/v2/users/me` answers 200 "Anonymous user" for no or wrong credentials'."""
    reply = account.send("GET", "users/me.json", headers={"Authorization": authorization})
    assert reply.status == 200
    assert (reply.json["user"]["id"], reply.json["user"]["name"]) == (None, "Anonymous user")


def test_users_are_listed_and_filtered_by_role() -> None:
    account = Account(stories=[story()])
    body = account.get("users.json?role[]=agent&role[]=admin&page[size]=100").json
    assert {row["role"] for row in body["users"]} == {"agent", "admin"}
    customers = account.get("users.json?role=end-user").json["users"]
    assert [row["name"] for row in customers] == ["Cora"]


def test_user_is_found_by_address_and_external_id(account: Account) -> None:
    user = new_user(account, email="Ann@shop.test", external_id="u-1")
    for query in ({"query": "ann@shop.test"}, {"query": "email:ANN@shop.test"}):
        assert account.get("users/search.json", **query).json["users"] == [user]
    assert account.get("users/search.json", external_id="u-1").json["users"] == [user]
    assert account.get("users/search.json", query="an").json["count"] >= 1
    assert account.get("users/search.json", query="x@y.test").json["users"] == []
    assert account.get("users/search.json").status == 400
    many = account.get("users/show_many.json", external_ids="u-1,u-2").json["users"]
    assert many == [user]


def test_create_or_update_tells_new_from_known(account: Account) -> None:
    """'200 existing / 201 new, matched by email or external_id'."""
    body = {"user": {"name": "Ann", "email": "ann@shop.test"}}
    made = account.post("users/create_or_update.json", body)
    account.pass_time(1)
    known = account.post(
        "users/create_or_update.json",
        {"user": {"name": "Anna", "email": "ann@shop.test", "phone": "1"}},
    )
    assert (made.status, known.status) == (201, 200)
    assert known.json["user"]["id"] == made.json["user"]["id"]
    assert (known.json["user"]["name"], known.json["user"]["phone"]) == ("Anna", "1")


def test_address_is_writable_on_create_only(account: Account) -> None:
    """'`email` is writable on create only (an update adds a secondary identity)'."""
    user = new_user(account, email="ann@shop.test")
    reply = account.put(f"users/{user['id']}.json", {"user": {"email": "b@shop.test"}})
    assert reply.json["user"]["email"] == "ann@shop.test"


@pytest.mark.parametrize(
    ("fields", "detail"),
    [
        ({"name": ""}, "name"),
        ({"name": "Ann", "email": "nowhere"}, "email"),
        ({"name": "Ann", "email": "ann@shop.test"}, "email"),
        ({"name": "Ann", "role": "king"}, "role"),
        ({"name": "Ann", "organization_id": 1}, "organization_id"),
    ],
)
def test_bad_users_are_refused(account: Account, fields: dict[str, object], detail: str) -> None:
    new_user(account, email="ann@shop.test")
    reply = account.post("users.json", {"user": fields})
    assert reply.status == 422
    assert detail in reply.json["details"]


def test_deleted_user_is_shown_inactive(account: Account) -> None:
    """'DELETE user 200 with the user'; 'active (false = deleted)'."""
    user = new_user(account, email="ann@shop.test")
    path = f"users/{user['id']}.json"
    gone = account.delete(path)
    assert (gone.status, gone.json["user"]["active"]) == (200, False)
    assert account.get(path).json["user"]["active"] is False
    assert account.delete(path).status == 404
    assert account.put(path, {"user": {"name": "x"}}).status == 404
    listed = account.get("users.json?page[size]=100").json["users"]
    assert user["id"] not in {row["id"] for row in listed}


def test_agent_may_not_delete_users(account: Account) -> None:
    user = new_user(account)
    account.user = "agent@example.com"
    assert account.delete(f"users/{user['id']}.json").status == 403


def test_organization_lives_and_dies(account: Account) -> None:
    body = {"organization": {"name": "Acme", "domain_names": ["acme.test"], "external_id": "o1"}}
    made = account.post("organizations.json", body)
    row = made.json["organization"]
    assert (made.status, row["domain_names"]) == (201, ["acme.test"])
    path = f"organizations/{row['id']}.json"
    assert account.get(path).json["organization"] == row
    assert account.get("organizations/search.json?external_id=o1").json["organizations"] == [row]
    changed = account.put(path, {"organization": {"notes": "VIP"}}).json["organization"]
    assert changed["notes"] == "VIP"
    assert account.delete(path).status == 204
    assert account.get(path).status == 404


def test_organization_names_are_unique(account: Account) -> None:
    """Recorded: `"Name has already been taken","error":"DuplicateValue"`."""
    for expected in (201, 422):
        reply = account.post("organizations.json", {"organization": {"name": "Acme"}})
        assert reply.status == expected
    assert reply.json["details"]["name"][0]["error"] == "DuplicateValue"


def test_known_organization_is_updated(account: Account) -> None:
    body = {"organization": {"name": "Acme"}}
    assert account.post("organizations/create_or_update.json", body).status == 201
    assert account.post("organizations/create_or_update.json", body).status == 200


def test_organization_tags(account: Account) -> None:
    row = account.get("organizations.json").json["organizations"][0]
    path = f"organizations/{row['id']}/tags.json"
    assert account.post(path, {"tags": ["a", "b"]}).json == {"tags": ["a", "b"]}
    assert account.put(path, {"tags": ["c"]}).json == {"tags": ["a", "b", "c"]}
    assert account.send("DELETE", path, {"tags": ["a"]}).json == {"tags": ["b", "c"]}
    assert account.get(path).json == {"tags": ["b", "c"]}


def test_group_lives_and_dies(account: Account) -> None:
    made = account.post("groups.json", {"group": {"name": "Night shift"}})
    group = made.json["group"]
    path = f"groups/{group['id']}.json"
    assert (made.status, group["default"], group["deleted"]) == (201, False, False)
    renamed = account.put(path, {"group": {"name": "Late shift"}}).json["group"]
    assert renamed["name"] == "Late shift"
    assert account.delete(path).status == 204
    assert account.get(path).status == 404
    assert account.post("groups.json", {"group": {}}).status == 422


def test_memberships_join_agents_and_groups(account: Account) -> None:
    group = account.post("groups.json", {"group": {"name": "Night"}}).json["group"]
    given = {"group_membership": {"user_id": account.agent_id(), "group_id": group["id"]}}
    made = account.post("group_memberships.json", given)
    assert made.status == 201
    row = made.json["group_membership"]
    assert account.post("group_memberships.json", given).status == 422
    members = account.get(f"groups/{group['id']}/memberships.json").json["group_memberships"]
    assert members == [row]
    assert len(account.get(f"groups/{group['id']}/users.json").json["users"]) == 1
    own = account.get(f"users/{row['user_id']}/group_memberships.json").json
    assert row in own["group_memberships"]
    path = f"group_memberships/{row['id']}.json"
    assert account.get(path).json["group_membership"] == row
    assert (account.delete(path).status, account.delete(path).status) == (204, 404)
