"""Lists of tickets: all of them, and those of an external id, a person or an organization."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from emulator.kernel.http import Response
from emulator.zendesk import errors, limits, paging
from emulator.zendesk.call import Call
from emulator.zendesk.paging import FilteredListing, ListListing, TableListing
from emulator.zendesk.records import Ticket
from emulator.zendesk.render import Shape
from emulator.zendesk.side_loads import ticket_row, ticket_sides
from emulator.zendesk.table import Key
from emulator.zendesk.times import stamp

_CURSOR_SORTS = ("id", "updated_at", "status")
_KEPT_ORDERS = ("id", "created_at", "updated_at", "status")
_OTHER_SORTS = frozenset(["assignee", "assignee.name", "group", "locale", "requester"])
_DEEP_PAGE = 500


def list_tickets(call: Call) -> Response:
    """`GET /tickets`. Under a cursor `sort_by` is dropped without a word, as Zendesk does."""
    call.spend(limits.TICKETS_INDEX)
    external_id = call.request.first("external_id")
    if external_id is not None:
        return some_tickets(call, call.view.tickets.find("external_id", external_id))
    order, descending = _sort(call)
    if order in _OTHER_SORTS:
        rows = ListListing(call.view.tickets.walk("id"), _key_by(call, order), order)
        return _answer(call, FilteredListing(rows, _filter(call)), descending=descending)
    listing = FilteredListing(TableListing(call.view.tickets, order), _filter(call))
    return _answer(call, listing, descending=descending)


def some_tickets(call: Call, rows: Iterable[Ticket]) -> Response:
    """A page of tickets that were picked by hand, by id."""
    return _answer(call, ListListing(rows, lambda ticket: (ticket.id,)), descending=False)


def show_many(call: Call) -> Response:
    """`GET /tickets/show_many?ids=`: those of them that exist, by id."""
    ids = sorted(call.many_ids())
    found = [row for ticket_id in ids if (row := call.view.ticket(ticket_id)) is not None]
    rows = [ticket_row(call, ticket, Shape.SHOWN) for ticket in found]
    links = {"next_page": None, "previous_page": None, "count": len(rows)}
    return Response.of_json({"tickets": rows} | ticket_sides(call, found) | links)


def count_tickets(call: Call) -> Response:
    return count_answer(call, call.view.tickets.count("id"))


def count_answer(call: Call, value: int) -> Response:
    count = {"value": value, "refreshed_at": stamp(call.desk.second)}
    return Response.of_json({"count": count})


def requested_tickets(call: Call) -> Response:
    return some_tickets(call, call.view.tickets.find("requester_id", call.id()))


def assigned_tickets(call: Call) -> Response:
    return some_tickets(call, call.view.tickets.find("assignee_id", call.id()))


def copied_tickets(call: Call) -> Response:
    """Those that the user is in copy of."""
    user_id, tickets = call.id(), call.view.tickets.walk("id")
    return some_tickets(
        call, (row for row in tickets if user_id in (*row.email_cc_ids, *row.collaborator_ids))
    )


def organization_tickets(call: Call) -> Response:
    return some_tickets(call, call.view.tickets.find("organization_id", call.id()))


def _sort(call: Call) -> tuple[str, bool]:
    if paging.uses_cursor(call):
        return paging.cursor_sort(call, _CURSOR_SORTS, "id")
    page, _ = paging.page_numbers(call)
    if page > _DEEP_PAGE:
        call.spend(limits.DEEP_PAGINATION)
    sort = call.request.first("sort_by") or "created_at"
    if sort not in _KEPT_ORDERS and sort not in _OTHER_SORTS:
        raise errors.coded(400, "InvalidPaginationParameter", f"sort_by is not valid: {sort}")
    return sort, paging.offset_descends(call)


def _filter(call: Call) -> Callable[[Ticket], bool]:
    """Tickets of AI agents are left out unless `support_type_scope` asks for them."""
    scope = call.request.first("support_type_scope") or "agent"
    start = call.whole("start_time") or 0

    def keeps(ticket: Ticket) -> bool:
        return scope in {"all", ticket.support_type} and ticket.updated_at >= start

    return keeps


def _key_by(call: Call, sort: str) -> Callable[[Ticket], Key]:
    """Places for the sorts without an order of their own; people and groups sort by name."""
    users, groups = call.view.users, call.view.groups

    def word(ticket: Ticket) -> str:
        if sort == "group":
            group = groups.get(ticket.group_id)
            return "" if group is None else group.name
        is_assignee = sort.startswith("assignee")
        user = users.get(ticket.assignee_id if is_assignee else ticket.requester_id)
        if user is None:
            return ""
        return user.locale if sort == "locale" else user.name

    return lambda ticket: (word(ticket).lower(), ticket.id)


def _answer(call: Call, listing: paging.Listing[Ticket], *, descending: bool) -> Response:
    shape = Shape.CURSOR_LIST if paging.uses_cursor(call) else Shape.SHOWN
    return paging.answer(
        call,
        "tickets",
        listing,
        lambda ticket: ticket_row(call, ticket, shape),
        descending=descending,
        side=lambda tickets: ticket_sides(call, tickets),
    )
