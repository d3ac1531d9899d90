"""Groups, memberships, ticket fields, tags, statuses and the account: what rarely changes.

https://developer.zendesk.com/api-reference/ticketing/groups/groups/
https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_fields/
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from emulator.kernel.http import Response
from emulator.zendesk import errors, limits, paging
from emulator.zendesk.call import Call
from emulator.zendesk.desk import ACCOUNT_ID
from emulator.zendesk.paging import ListListing, TableListing
from emulator.zendesk.records import Group, Membership, TicketField
from emulator.zendesk.render import JsonObject
from emulator.zendesk.ticket_input import whole
from emulator.zendesk.ticket_lists import count_answer

FIELD_TYPES = frozenset(
    (
        *("text", "textarea", "checkbox", "date", "integer", "decimal", "regexp"),
        *("partialcreditcard", "multiselect", "tagger", "lookup"),
    )
)


@dataclass(frozen=True, slots=True)
class _TagCount:
    id: str
    count: int


def list_groups(call: Call) -> Response:
    return paging.answer(call, "groups", TableListing(call.view.groups), call.render.group)


def count_groups(call: Call) -> Response:
    return count_answer(call, call.view.groups.count("id"))


def show_group(call: Call) -> Response:
    return Response.of_json({"group": call.render.group(_group(call.view.groups.get(call.id())))})


def _group(row: Group | None) -> Group:
    if row is None or row.is_deleted:
        raise errors.not_found()
    return row


def create_group(call: Call) -> Response:
    given = call.record("group")
    name = _required_name(given)
    now = call.desk.second
    group = Group(
        id=call.desk.next_id(),
        name=name,
        description=str(given.get("description") or ""),
        is_public=given.get("is_public") is not False,
        created_at=now,
        updated_at=now,
    )
    call.desk.groups.put(group, now=call.desk.now)
    location = call.render.url(f"groups/{group.id}")
    return Response.of_json({"group": call.render.group(group)}, 201, {"Location": location})


def update_group(call: Call) -> Response:
    group = _group(call.desk.groups.rows.get(call.id()))
    given = call.record("group")
    if "name" in given:
        group = replace(group, name=_required_name(given))
    if "description" in given:
        group = replace(group, description=str(given["description"] or ""))
    group = replace(group, updated_at=call.desk.second)
    call.desk.groups.put(group, now=call.desk.now)
    return Response.of_json({"group": call.render.group(group)})


def delete_group(call: Call) -> Response:
    group = _group(call.desk.groups.rows.get(call.id()))
    gone = replace(group, is_deleted=True, updated_at=call.desk.second)
    call.desk.groups.put(gone, now=call.desk.now)
    for row in call.desk.memberships.now().find("group_id", group.id):
        call.desk.memberships.drop(row.id, now=call.desk.now)
    return Response(204)


def _required_name(given: JsonObject) -> str:
    name = given.get("name")
    if not isinstance(name, str) or not name.strip():
        raise errors.invalid_field("name", "Name: cannot be blank", "BlankValue")
    return name


def list_memberships(call: Call) -> Response:
    listing = TableListing(call.view.memberships)
    return paging.answer(call, "group_memberships", listing, call.render.membership)


def user_memberships(call: Call) -> Response:
    return _memberships(call, call.view.memberships.find("user_id", call.id()))


def group_memberships(call: Call) -> Response:
    return _memberships(call, call.view.memberships.find("group_id", call.id()))


def _memberships(call: Call, rows: list[Membership]) -> Response:
    listing = ListListing(rows, lambda row: (row.id,))
    return paging.answer(call, "group_memberships", listing, call.render.membership)


def show_membership(call: Call) -> Response:
    row = call.view.memberships.get(call.id())
    if row is None:
        raise errors.not_found()
    return Response.of_json({"group_membership": call.render.membership(row)})


def create_membership(call: Call) -> Response:
    given = call.record("group_membership")
    user = call.desk.users.rows.get(whole(given.get("user_id")) or 0)
    group = call.desk.groups.rows.get(whole(given.get("group_id")) or 0)
    if user is None or user.role == "end-user":
        raise errors.invalid_field("user", "User: must be an agent")
    if group is None or group.is_deleted:
        raise errors.invalid_field("group", "Group: cannot be blank", "BlankValue")
    held = call.desk.memberships.now().find("user_id", user.id)
    if any(row.group_id == group.id for row in held):
        raise errors.invalid_field("user_id", "User: has already been taken", "DuplicateValue")
    now = call.desk.second
    row = Membership(call.desk.next_id(), user.id, group.id, not held, now, now)
    call.desk.memberships.put(row, now=call.desk.now)
    location = call.render.url(f"group_memberships/{row.id}")
    shown = {"group_membership": call.render.membership(row)}
    return Response.of_json(shown, 201, {"Location": location})


def delete_membership(call: Call) -> Response:
    if call.id() not in call.desk.memberships.rows:
        raise errors.not_found()
    call.desk.memberships.drop(call.id(), now=call.desk.now)
    return Response(204)


def group_users(call: Call) -> Response:
    ids = {row.user_id for row in call.view.memberships.find("group_id", call.id())}
    users = [user for user_id in ids if (user := call.view.users.get(user_id)) is not None]
    listing = ListListing(users, lambda user: (user.id,))
    return paging.answer(call, "users", listing, call.render.user)


def list_fields(call: Call) -> Response:
    """By cursor in the order of ids; otherwise every field at once, by position."""
    call.spend(limits.FIELDS_INDEX)
    if paging.uses_cursor(call):
        listing = TableListing(call.view.fields)
        return paging.answer(call, "ticket_fields", listing, call.render.field)
    rows = [call.render.field(row) for row in call.view.fields.walk("position")]
    links = {"next_page": None, "previous_page": None, "count": len(rows)}
    return Response.of_json({"ticket_fields": rows} | links)


def count_fields(call: Call) -> Response:
    return count_answer(call, call.view.fields.count("id"))


def show_field(call: Call) -> Response:
    row = call.view.fields.get(call.id())
    if row is None:
        raise errors.not_found()
    return Response.of_json({"ticket_field": call.render.field(row)})


def create_field(call: Call) -> Response:
    given = call.record("ticket_field")
    kind, title = given.get("type", "text"), given.get("title")
    if not isinstance(title, str) or not title.strip():
        raise errors.invalid_field("title", "Title: cannot be blank", "BlankValue")
    if kind not in FIELD_TYPES:
        raise errors.invalid_field("type", f"Type: {kind} is not valid")
    now = call.desk.second
    row = TicketField(
        id=call.desk.next_id(),
        type=str(kind),
        title=title,
        position=9_999,
        created_at=now,
        updated_at=now,
        description=str(given.get("description") or title),
        options=_options(given),
        tag=str(given["tag"]) if given.get("tag") else None,
        pattern=str(given["regexp_for_validation"]) if kind == "regexp" else None,
    )
    call.desk.fields.put(row, now=call.desk.now)
    location = call.render.url(f"ticket_fields/{row.id}")
    return Response.of_json({"ticket_field": call.render.field(row)}, 201, {"Location": location})


def _options(given: JsonObject) -> tuple[tuple[str, str], ...]:
    options = given.get("custom_field_options")
    if not isinstance(options, list):
        return ()
    return tuple(
        (str(option["name"]), str(option["value"]))
        for option in options
        if isinstance(option, dict) and "name" in option and "value" in option
    )


def _own_field(call: Call) -> TicketField:
    row = call.desk.fields.rows.get(call.id())
    if row is None:
        raise errors.not_found()
    return row


def update_field(call: Call) -> Response:
    row, given = _own_field(call), call.record("ticket_field")
    if given.get("title"):
        row = replace(row, title=str(given["title"]))
    if "custom_field_options" in given:
        row = replace(row, options=_options(given))
    if isinstance(given.get("active"), bool):
        row = replace(row, is_active=bool(given["active"]))
    row = replace(row, updated_at=call.desk.second)
    call.desk.fields.put(row, now=call.desk.now)
    return Response.of_json({"ticket_field": call.render.field(row)})


def delete_field(call: Call) -> Response:
    row = _own_field(call)
    if row.is_system:
        raise errors.forbidden()
    call.desk.fields.drop(row.id, now=call.desk.now)
    return Response(204)


def list_tags(call: Call) -> Response:
    """The most used tags first."""
    call.spend(limits.TAGS_INDEX)
    counts = [_TagCount(tag, count) for tag, count in call.desk.tag_counts.items() if count > 0]
    listing = ListListing(counts, lambda row: (-row.count, row.id), "score")
    return paging.answer(call, "tags", listing, lambda row: {"name": row.id, "count": row.count})


def count_tags(call: Call) -> Response:
    return count_answer(call, sum(count > 0 for count in call.desk.tag_counts.values()))


def list_statuses(call: Call) -> Response:
    """Without pagination."""
    rows = [call.render.status(row) for row in call.desk.statuses.rows.values()]
    return Response.of_json({"custom_statuses": rows})


def show_status(call: Call) -> Response:
    row = call.desk.statuses.rows.get(call.id())
    if row is None:
        raise errors.not_found()
    return Response.of_json({"custom_status": call.render.status(row)})


def show_settings(_: Call) -> Response:
    """The account's settings, the few that a client can act on."""
    settings = {
        "branding": {"header_color": "FFFFFF", "page_background_color": "FFFFFF"},
        "tickets": {
            "agent_ticket_deletion": True,
            "tagging": True,
            "is_first_comment_private_enabled": False,
            "comments_public_by_default": True,
            "custom_statuses_enabled": False,
        },
        "active_features": {
            "customer_satisfaction": True,
            "user_tagging": True,
            "on_hold_status": True,
            "organization_access_enabled": True,
        },
        "localization": {"locale_ids": [1], "time_zone": "UTC", "iana_time_zone": "Etc/UTC"},
        "api": {"accepted_api_agreement": True, "api_token_access": "true"},
        "limits": {"attachment_size": 52_428_800},
    }
    return Response.of_json({"settings": settings})


def show_account(call: Call) -> Response:
    url = call.render.url("").removesuffix("/api/v2/.json")
    account = {"id": ACCOUNT_ID, "name": "Demo", "subdomain": "demo", "url": url}
    return Response.of_json({"account": account})
