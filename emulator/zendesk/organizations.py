"""The endpoints of organizations.

https://developer.zendesk.com/api-reference/ticketing/organizations/organizations/
"""

from __future__ import annotations

from dataclasses import replace

from emulator.kernel.http import JsonValue, Response
from emulator.zendesk import errors, limits, paging
from emulator.zendesk.call import Call
from emulator.zendesk.desk import Desk
from emulator.zendesk.paging import ListListing, TableListing
from emulator.zendesk.records import Organization
from emulator.zendesk.render import JsonObject
from emulator.zendesk.ticket_input import tag_list
from emulator.zendesk.ticket_lists import count_answer


def list_organizations(call: Call) -> Response:
    listing = TableListing(call.view.organizations)
    return paging.answer(call, "organizations", listing, call.render.organization)


def count_organizations(call: Call) -> Response:
    return count_answer(call, call.view.organizations.count("id"))


def show(call: Call) -> Response:
    row = _found(call.view.organizations.get(call.id()))
    return Response.of_json({"organization": call.render.organization(row)})


def show_many(call: Call) -> Response:
    rows = (call.view.organizations.get(row_id) for row_id in sorted(call.many_ids()))
    shown = [
        call.render.organization(row) for row in rows if row is not None and not row.deleted_at
    ]
    links = {"next_page": None, "previous_page": None, "count": len(shown)}
    return Response.of_json({"organizations": shown} | links)


def search(call: Call) -> Response:
    """By `external_id` or by the whole `name`."""
    view = call.view.organizations
    external_id, name = call.request.first("external_id"), call.request.first("name")
    if external_id is not None:
        rows = view.find("external_id", external_id)
    elif name is not None:
        rows = view.find("name", name.lower())
    else:
        raise errors.missing_parameter("external_id or name")
    listing = ListListing(rows, lambda row: (row.id,))
    return paging.answer(call, "organizations", listing, call.render.organization)


def user_organizations(call: Call) -> Response:
    user = call.view.users.get(call.id())
    row = call.view.organizations.get(user.organization_id) if user else None
    listing = ListListing([row] if row else [], lambda row: (row.id,))
    return paging.answer(call, "organizations", listing, call.render.organization)


def organization_users(call: Call) -> Response:
    rows = call.view.users.find("organization_id", call.id())
    listing = ListListing((row for row in rows if row.is_active), lambda row: (row.id,))
    return paging.answer(call, "users", listing, call.render.user)


def create(call: Call) -> Response:
    given = call.record("organization")
    row = _created(call.desk, given)
    location = call.render.url(f"organizations/{row.id}")
    shown = {"organization": call.render.organization(row)}
    return Response.of_json(shown, 201, {"Location": location})


def create_or_update(call: Call) -> Response:
    """Known by `id`, external id or name: 200 for a known one, 201 for a new one."""
    given = call.record("organization")
    view = call.desk.organizations.now()
    found = view.find("external_id", str(given.get("external_id") or ""))
    found = found or view.find("name", str(given.get("name") or "").lower())
    return _update(call, found[0], given) if found else create(call)


def update(call: Call) -> Response:
    row = _found(call.desk.organizations.rows.get(call.id()))
    return _update(call, row, call.record("organization"))


def _update(call: Call, row: Organization, given: JsonObject) -> Response:
    call.spend(limits.ORGANIZATION_UPDATE, str(row.id))
    changes = _changes(call.desk, row, given)
    row = replace(row, updated_at=call.desk.second, **changes)  # type: ignore[arg-type]  # attributes of ours
    call.desk.organizations.put(row, now=call.desk.now)
    return Response.of_json({"organization": call.render.organization(row)})


def delete(call: Call) -> Response:
    row = _found(call.desk.organizations.rows.get(call.id()))
    now = call.desk.second
    call.desk.organizations.put(replace(row, deleted_at=now, updated_at=now), now=call.desk.now)
    for user in call.desk.users.now().find("organization_id", row.id):
        call.desk.users.put(replace(user, organization_id=None, updated_at=now), now=call.desk.now)
    return Response(204)


def show_tags(call: Call) -> Response:
    return _tags(_found(call.view.organizations.get(call.id())), 200)


def set_tags(call: Call) -> Response:
    return _write_tags(call, lambda _, given: given, 201)


def add_tags(call: Call) -> Response:
    return _write_tags(call, lambda held, given: held | given, 200)


def remove_tags(call: Call) -> Response:
    return _write_tags(call, lambda held, given: held - given, 200)


def _write_tags(call: Call, combine, status: int) -> Response:  # type: ignore[no-untyped-def]
    row = _found(call.desk.organizations.rows.get(call.id()))
    given = set(tag_list(call.body().get("tags", call.request.first("tags"))))
    tags = tuple(sorted(combine(set(row.tags), given)))
    row = replace(row, tags=tags, updated_at=call.desk.second)
    call.desk.organizations.put(row, now=call.desk.now)
    return _tags(row, status)


def _tags(row: Organization, status: int) -> Response:
    return Response.of_json({"tags": list(row.tags)}, status)


def _found(row: Organization | None) -> Organization:
    if row is None or row.deleted_at:
        raise errors.not_found()
    return row


def _created(desk: Desk, given: JsonObject) -> Organization:
    now = desk.second
    row = Organization(id=desk.next_id(), name="", created_at=now, updated_at=now)
    changes = _changes(desk, row, {"name": None} | given)
    row = replace(row, **changes)  # type: ignore[arg-type]  # attributes of ours
    desk.organizations.put(row, now=desk.now)
    return row


def _changes(desk: Desk, row: Organization, given: JsonObject) -> dict[str, object]:
    changes: dict[str, object] = {
        name: None if given[name] is None else str(given[name])
        for name in ("external_id", "details", "notes")
        if name in given
    }
    if "name" in given:
        changes["name"] = _name(desk, row, given["name"])
    for name in ("domain_names", "tags"):
        if name in given:
            changes[name] = tuple(sorted(set(tag_list(given[name]))))
    for name in ("shared_tickets", "shared_comments"):
        if isinstance(given.get(name), bool):
            changes[name] = given[name]
    if isinstance(fields := given.get("organization_fields"), dict):
        changes["fields"] = {**row.fields, **fields}
    return changes


def _name(desk: Desk, row: Organization, value: JsonValue) -> str:
    if not isinstance(value, str) or not value.strip():
        raise errors.invalid_field("name", "Name: cannot be blank", "BlankValue")
    same = desk.organizations.now().find("name", value.lower())
    if any(other.id != row.id for other in same):
        words = f"Name: {value} has already been taken"
        raise errors.invalid_field("name", words, "DuplicateValue")
    return value
