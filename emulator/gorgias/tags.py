"""`/api/tags`, and the tags of a ticket by id or by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from emulator.gorgias.body import Body
from emulator.gorgias.call import Call
from emulator.gorgias.changes import set_tags
from emulator.gorgias.check import Many, Shape, Text, Whole, checked_body
from emulator.gorgias.desk import Change, Desk
from emulator.gorgias.errors import answer, conflict, empty, flaw, not_found
from emulator.gorgias.records import JsonObject, Tag, Ticket
from emulator.gorgias.stamps import moment_text
from emulator.gorgias.store import Store
from emulator.gorgias.table import Key
from emulator.gorgias.words import OBJECT
from emulator.kernel.http import Response

_NAME = Text(longest=256, shortest=1, nullable=False)
_DESCRIPTION = Text(longest=1024)
TAG_IN_TICKET = Shape(
    {"id": Whole(), "name": _NAME, "decoration": OBJECT, "uri": Text()}, nullable=False
)
_CREATE = Shape(
    {"name": _NAME, "description": _DESCRIPTION, "decoration": OBJECT}, required=("name",)
)
_UPDATE = Shape({"name": _NAME, "description": _DESCRIPTION, "decoration": OBJECT})
_IDS = Shape({"ids": Many(Whole(nullable=False), fewest=1, nullable=False)}, required=("ids",))
_MERGE = Shape(
    {"source_tags_ids": Many(Whole(nullable=False), fewest=1, nullable=False)},
    required=("source_tags_ids",),
)
_BY_USAGE = ("usage:asc,name:asc", "usage:desc,name:desc")
_ORDERS = (
    "created_datetime:asc",
    "created_datetime:desc",
    "name:asc",
    "name:desc",
    *_BY_USAGE,
)


def render_tag(tag: Tag, store: Store) -> JsonObject:
    return {
        "id": tag.id,
        "name": tag.name,
        "description": tag.description,
        "decoration": tag.decoration,
        "usage": store.tickets.count("tag", tag.id),
        "created_datetime": moment_text(tag.created),
        "deleted_datetime": None,
        "uri": f"/api/tags/{tag.id}/",
    }


def list_tags(call: Call) -> Response:
    listing, query = call.listing(
        *_ORDERS, default="created_datetime:desc", filters={"search": Text()}
    )
    tags = call.store.tags
    keys = tags.keys(listing.order.name) if listing.order.name != "usage" else _by_usage(call.store)
    wanted = (query.text("search") or "").casefold()

    def is_found(tag_id: int) -> bool:
        tag = tags.get(tag_id)
        return tag is not None and wanted in tag.name.casefold()

    page = listing.page(keys, is_found if wanted else None)
    found = (tags.get(each) for each in page.ids)
    return listing.answer(page, [render_tag(each, call.store) for each in found if each])


def _by_usage(store: Store) -> list[Key]:
    """Sorted by usage, then name: as one text, because a key has one sort value."""
    return sorted(
        (f"{store.tickets.count('tag', tag.id):012d} {tag.name}", tag.id) for tag in store.tags
    )


def show_tag(call: Call) -> Response:
    return answer(render_tag(_tag(call), call.store))


def post_tag(call: Call) -> Response:
    call.caller.need_writer()
    body = checked_body(call.request, _CREATE)
    name = body.text("name") or ""
    if call.store.tags.first("name", name) is not None:
        raise conflict(f"A tag with the name {name} already exists.")
    tag = _new_tag(call.desk, name, call.change())
    tag = replace(tag, description=body.text("description"), decoration=body.raw("decoration"))
    call.store.tags.put(tag)
    return answer(render_tag(tag, call.store), 201)


def put_tag(call: Call) -> Response:
    call.caller.need_writer()
    tag = _tag(call)
    body = checked_body(call.request, _UPDATE)
    name = body.text("name") or tag.name
    holder = call.store.tags.first("name", name)
    if holder is not None and holder.id != tag.id:
        raise conflict(f"A tag with the name {name} already exists.")
    new = replace(
        tag,
        name=name,
        description=body.text("description") if "description" in body else tag.description,
        decoration=body.raw("decoration") if "decoration" in body else tag.decoration,
    )
    call.store.tags.put(new)
    call.change().log("tag-updated", "Tag", tag.id)
    return answer(render_tag(new, call.store))


def remove_tag(call: Call) -> Response:
    call.caller.need_writer()
    _delete_tag(call.desk, _tag(call), call.change())
    return empty(204)


def remove_tags(call: Call) -> Response:
    call.caller.need_writer()
    ids = checked_body(call.request, _IDS).wholes("ids")
    tags = [call.store.tags.get(each) for each in dict.fromkeys(ids)]
    if None in tags:
        raise flaw("ids", "Some tags do not exist.")
    change = call.change()
    for tag in tags:
        if tag is not None:
            _delete_tag(call.desk, tag, change)
    return empty(204)


def merge_tags(call: Call) -> Response:
    """Tickets with a source tag get the destination tag instead."""
    call.caller.need_writer()
    target = _tag(call)
    ids = checked_body(call.request, _MERGE).wholes("source_tags_ids")
    sources = [tag for tag in (call.store.tags.get(each) for each in ids) if tag is not None]
    if len(sources) != len(ids) or target in sources:
        raise flaw("source_tags_ids", "Some tags do not exist or are the destination.")
    change = call.change()
    for source in sources:
        for ticket in call.store.tickets.group("tag", source.id):
            kept = [target.id if each == source.id else each for each in ticket.tag_ids]
            call.store.tickets.put(replace(ticket, tag_ids=tuple(dict.fromkeys(kept))))
        call.store.tags.remove(source.id)
        change.log("tag-merged", "Tag", source.id)
    return answer(render_tag(target, call.store))


def list_ticket_tags(call: Call) -> Response:
    tags = (call.store.tags.get(each) for each in call.ticket().tag_ids)
    return answer({"data": [render_tag(each, call.store) for each in tags if each is not None]})


_TICKET_TAGS = Shape({"ids": Many(Whole(nullable=False)), "names": Many(_NAME)})


def add_ticket_tags(call: Call) -> Response:
    ticket, chosen, change = _ticket_tags(call, creates=True)
    set_tags(call.desk, ticket, [*ticket.tag_ids, *chosen], change)
    return empty(201)


def set_ticket_tags(call: Call) -> Response:
    ticket, chosen, change = _ticket_tags(call, creates=True)
    set_tags(call.desk, ticket, chosen, change)
    return empty(202)


def remove_ticket_tags(call: Call) -> Response:
    ticket, chosen, change = _ticket_tags(call, creates=False)
    set_tags(call.desk, ticket, [each for each in ticket.tag_ids if each not in chosen], change)
    return empty(204)


def tag_ids_of(desk: Desk, tags: Sequence[Body], change: Change) -> tuple[int, ...]:
    """The tags that a ticket's body names; unknown names become new tags."""
    ids = []
    for tag in tags:
        tag_id, name = tag.whole("id"), tag.text("name")
        if name is not None:
            ids.append(_named_tag(desk, name, change).id)
        elif tag_id is not None and desk.store.tags.get(tag_id) is not None:
            ids.append(tag_id)
        else:
            raise flaw("tags", f"Tag {tag_id} does not exist.")
    return tuple(dict.fromkeys(ids))


def _ticket_tags(call: Call, *, creates: bool) -> tuple[Ticket, list[int], Change]:
    """The ticket, the tags that the body names by id or name, and the change to come."""
    call.caller.need_writer()
    ticket = call.ticket()
    body = checked_body(call.request, _TICKET_TAGS)
    change = call.change()
    chosen = body.wholes("ids")
    unknown = [each for each in chosen if call.store.tags.get(each) is None]
    if unknown and creates:
        raise flaw("ids", f"Tags do not exist: {', '.join(map(str, unknown))}.")
    for name in body.texts("names"):
        known = call.store.tags.first("name", name)
        if known is None and creates:
            known = _named_tag(call.desk, name, change)
        if known is not None:
            chosen.append(known.id)
    return ticket, chosen, change


def _named_tag(desk: Desk, name: str, change: Change) -> Tag:
    known = desk.store.tags.first("name", name)
    if known is not None:
        return known
    tag = _new_tag(desk, name, change)
    desk.store.tags.put(tag)
    return tag


def _new_tag(desk: Desk, name: str, change: Change) -> Tag:
    tag = Tag(id=desk.store.ids.take("tag"), created=change.stamp(), name=name)
    change.log("tag-created", "Tag", tag.id)
    return tag


def _delete_tag(desk: Desk, tag: Tag, change: Change) -> None:
    """Takes the tag off its tickets, whose `updated` stays."""
    for ticket in desk.store.tickets.group("tag", tag.id):
        kept = tuple(each for each in ticket.tag_ids if each != tag.id)
        desk.store.tickets.put(replace(ticket, tag_ids=kept))
    desk.store.tags.remove(tag.id)
    change.log("tag-deleted", "Tag", tag.id)


def _tag(call: Call) -> Tag:
    tag = call.store.tags.get(call.path_id("tag_id"))
    if tag is None:
        raise not_found()
    return tag
