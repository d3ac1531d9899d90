"""The endpoints of users.

https://developer.zendesk.com/api-reference/ticketing/users/users/
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from emulator.kernel.http import JsonValue, Response
from emulator.zendesk import errors, limits, paging
from emulator.zendesk.call import Call
from emulator.zendesk.desk import Desk
from emulator.zendesk.paging import FilteredListing, ListListing, TableListing
from emulator.zendesk.people import is_email, organization_of
from emulator.zendesk.records import ROLES, User
from emulator.zendesk.render import JsonObject
from emulator.zendesk.side_loads import user_sides
from emulator.zendesk.ticket_input import tag_list, whole
from emulator.zendesk.ticket_lists import count_answer

ANONYMOUS: JsonObject = {
    "id": None,
    "url": "",
    "name": "Anonymous user",
    "email": "invalid@example.com",
    "created_at": None,
    "updated_at": None,
    "time_zone": "UTC",
    "iana_time_zone": "Etc/UTC",
    "phone": None,
    "shared_phone_number": None,
    "photo": None,
    "locale_id": 1,
    "locale": "en-US",
    "organization_id": None,
    "role": "end-user",
    "verified": False,
    "authenticity_token": None,
}

_TEXTS = ("external_id", "phone", "alias", "details", "notes", "locale", "time_zone")


def show_anonymous() -> Response:
    """`GET /users/me` without a valid sign-in is no error at Zendesk."""
    return Response.of_json({"user": ANONYMOUS})


def show_me(call: Call) -> Response:
    user = call.desk.users.rows[call.who.user_id]
    shown = call.render.user(user) | {"authenticity_token": f"{user.id:040x}"}
    return Response.of_json({"user": shown} | user_sides(call, [user]))


def list_users(call: Call) -> Response:
    roles = set(call.request.all("role")) | set(call.request.all("role[]"))
    listing: paging.Listing[User] = TableListing(call.view.users)
    external_id = call.request.first("external_id")
    if external_id is not None:
        return _answer(call, call.view.users.find("external_id", external_id))
    if roles and "end-user" not in roles:
        listing = TableListing(call.view.users, "role")
    if roles:
        listing = FilteredListing(listing, lambda user: user.role in roles)
    return paging.answer(
        call, "users", listing, call.render.user, side=lambda users: user_sides(call, users)
    )


def _answer(call: Call, users: Iterable[User]) -> Response:
    listing = ListListing((user for user in users if user.is_active), lambda user: (user.id,))
    return paging.answer(
        call, "users", listing, call.render.user, side=lambda rows: user_sides(call, rows)
    )


def count_users(call: Call) -> Response:
    return count_answer(call, call.view.users.count("id"))


def show(call: Call) -> Response:
    """A deleted user is still shown, with `active: false`."""
    user = call.view.users.get(call.id())
    if user is None:
        raise errors.not_found()
    return Response.of_json({"user": call.render.user(user)} | user_sides(call, [user]))


def show_many(call: Call) -> Response:
    """By `ids` or by `external_ids`, at most a hundred."""
    external = call.request.first("external_ids")
    if external is not None:
        values = external.split(",")
        if len(values) > 100:
            raise errors.too_many_values()
        found = [user for value in values for user in call.view.users.find("external_id", value)]
    else:
        found = [
            user
            for user_id in sorted(call.many_ids())
            if (user := call.view.users.get(user_id)) is not None
        ]
    links = {"next_page": None, "previous_page": None, "count": len(found)}
    rows = [call.render.user(user) for user in found]
    return Response.of_json({"users": rows} | user_sides(call, found) | links)


def search(call: Call) -> Response:
    """By `external_id`, or by a `query`: an address, `email:…`, `external_id:…`, part of a name."""
    external_id = call.request.first("external_id")
    query = call.request.first("query")
    if external_id is None and query is None:
        raise errors.missing_parameter("query")
    users = call.view.users
    if external_id is not None:
        return _answer(call, users.find("external_id", external_id))
    return _answer(call, _matching(call, (query or "").strip()))


def _matching(call: Call, query: str) -> list[User]:
    users = call.view.users
    name, colon, value = query.partition(":")
    wanted = value.strip().strip('"') if colon else query
    if (colon and name == "email") or (not colon and is_email(query)):
        return users.find("email", wanted.lower())
    if colon and name in {"external_id", "name"}:
        return users.find(name, wanted)
    lowered = query.lower().strip('"')
    return [
        user
        for user in users.walk("id")
        if lowered in user.name.lower() or lowered in (user.email or "").lower()
    ]


def create(call: Call) -> Response:
    given = call.record("user")
    user = _created(call.desk, given)
    location = call.render.url(f"users/{user.id}")
    return Response.of_json({"user": call.render.user(user)}, 201, {"Location": location})


def create_or_update(call: Call) -> Response:
    """Finds by external id or address: 200 for a known user, 201 for a new one."""
    call.spend(limits.USER_UPDATES)
    given = call.record("user")
    known = _same_person(call.desk, given)
    if known is None:
        return create(call)
    call.spend(limits.USER_UPDATE, str(known.id))
    user = _updated(call.desk, known, given)
    return Response.of_json({"user": call.render.user(user)})


def update(call: Call) -> Response:
    call.spend(limits.USER_UPDATES)
    call.spend(limits.USER_UPDATE, str(call.id()))
    user = call.desk.users.rows.get(call.id())
    if user is None or not user.is_active:
        raise errors.not_found()
    user = _updated(call.desk, user, call.record("user"))
    return Response.of_json({"user": call.render.user(user)})


def delete(call: Call) -> Response:
    """Answers with the user, `active: false` from now on."""
    user = call.desk.users.rows.get(call.id())
    if user is None or not user.is_active:
        raise errors.not_found()
    gone = replace(user, is_active=False, email=None, updated_at=call.desk.second)
    call.desk.users.put(gone, now=call.desk.now)
    return Response.of_json({"user": call.render.user(gone)})


def _same_person(desk: Desk, given: JsonObject) -> User | None:
    users = desk.users.now()
    found: list[User] = []
    if isinstance(given.get("external_id"), str):
        found = users.find("external_id", str(given["external_id"]))
    if not found and isinstance(given.get("email"), str):
        found = users.find("email", str(given["email"]).lower())
    return next((user for user in found if user.is_active), None)


def _created(desk: Desk, given: JsonObject) -> User:
    name, email = given.get("name"), given.get("email")
    if not isinstance(name, str) or not name.strip():
        flaw = ("Name: is too short (minimum is 1 characters)", "TooShort")
        raise errors.invalid({"name": [flaw]})
    if email is not None and (not isinstance(email, str) or not is_email(email)):
        raise errors.invalid_field("email", f"Email: {email} is not properly formatted")
    if isinstance(email, str) and _same_person(desk, {"email": email}) is not None:
        words = f"Email: {email} is already being used by another user"
        raise errors.invalid_field("email", words, "DuplicateValue")
    now = desk.second
    user = User(
        id=desk.next_id(),
        name=name,
        email=email,
        created_at=now,
        updated_at=now,
        organization_id=organization_of(desk, email or ""),
    )
    user = replace(user, **_changes(desk, user, given))  # type: ignore[arg-type]  # attributes of ours
    desk.users.put(user, now=desk.now)
    return user


def _updated(desk: Desk, user: User, given: JsonObject) -> User:
    """An address in an update becomes a second identity: the first one stays."""
    changes = _changes(desk, user, given)
    user = replace(user, updated_at=desk.second, **changes)  # type: ignore[arg-type]  # attributes of ours
    desk.users.put(user, now=desk.now)
    return user


def _changes(desk: Desk, user: User, given: JsonObject) -> dict[str, object]:
    changes: dict[str, object] = {
        name: None if value is None else str(value)
        for name in _TEXTS
        if name in given and not isinstance(value := given[name], dict | list)
    }
    if isinstance(given.get("name"), str) and str(given["name"]).strip():
        changes["name"] = given["name"]
    if given.get("role") is not None:
        changes["role"] = _role(given["role"])
    if "tags" in given:
        changes["tags"] = tuple(sorted(set(tag_list(given["tags"]))))
    if isinstance(given.get("user_fields"), dict):
        changes["fields"] = {**user.fields, **_object(given["user_fields"])}
    for name, attribute in (("verified", "is_verified"), ("suspended", "is_suspended")):
        if isinstance(given.get(name), bool):
            changes[attribute] = given[name]
    if "organization_id" in given:
        changes["organization_id"] = _organization(desk, given["organization_id"])
    return changes


def _object(value: JsonValue) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _role(value: JsonValue) -> str:
    if value not in ROLES:
        raise errors.invalid_field("role", f"Role: {value} is not valid")
    return str(value)


def _organization(desk: Desk, value: JsonValue) -> int | None:
    if value is None:
        return None
    row = desk.organizations.rows.get(whole(value) or 0)
    if row is None or row.deleted_at:
        raise errors.invalid_field("organization_id", "Organization: is not valid")
    return row.id
