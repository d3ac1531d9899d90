"""`/api/tickets`: list, show, create, update, delete."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from emulator.gorgias import render
from emulator.gorgias.body import Body
from emulator.gorgias.call import Call
from emulator.gorgias.changes import delete_ticket, save_ticket
from emulator.gorgias.check import (
    Flag,
    Many,
    Moment,
    Rule,
    Shape,
    Text,
    Whole,
    checked_body,
    checked_query,
)
from emulator.gorgias.contacts import find_user, named_customer
from emulator.gorgias.custom_fields import checked_values
from emulator.gorgias.desk import Change
from emulator.gorgias.errors import answer, empty, flaw
from emulator.gorgias.paging import Listing
from emulator.gorgias.records import Message, Ticket
from emulator.gorgias.table import Key
from emulator.gorgias.tags import TAG_IN_TICKET, tag_ids_of
from emulator.gorgias.words import (
    ASSIGNEE,
    CHANNEL,
    EXTERNAL_ID,
    FIELD_VALUE,
    MESSAGE,
    OBJECT,
    PERSON,
    PRIORITIES,
    STATUSES,
    VIA,
)
from emulator.gorgias.writing import create_ticket, message_of, parties_of
from emulator.kernel.http import Response

_ORDERS = (
    "created_datetime:asc",
    "created_datetime:desc",
    "updated_datetime:asc",
    "updated_datetime:desc",
)
_FILTERS: dict[str, Rule] = {
    "customer_id": Whole(smallest=1),
    "external_id": EXTERNAL_ID,
    "view_id": Whole(),
    "rule_id": Whole(smallest=1),
    "ticket_ids": Many(Whole(smallest=1), fewest=1, most=100),
    "trashed": Flag(),
}
_CHANGEABLE: dict[str, Rule] = {
    "status": Text(choices=STATUSES, nullable=False),
    "priority": Text(choices=PRIORITIES, nullable=False),
    "channel": CHANNEL,
    "via": VIA,
    "subject": Text(longest=998),
    "customer": PERSON,
    "assignee_user": ASSIGNEE,
    "assignee_team": ASSIGNEE,
    "tags": Many(TAG_IN_TICKET),
    "custom_fields": Many(FIELD_VALUE),
    "external_id": EXTERNAL_ID,
    "from_agent": Flag(),
    "language": Text(),
    "spam": Flag(),
    "is_unread": Flag(),
    "meta": OBJECT,
    "opened_datetime": Moment(),
    "closed_datetime": Moment(),
    "trashed_datetime": Moment(),
    "snooze_datetime": Moment(),
    "updated_datetime": Moment(),
    "last_message_datetime": Moment(),
    "last_received_message_datetime": Moment(),
}
_CREATE = Shape(
    {
        **_CHANGEABLE,
        "created_datetime": Moment(),
        "messages": Many(MESSAGE, fewest=1, most=500, nullable=False),
    },
    required=("messages", "via"),
)
_UPDATE = Shape(_CHANGEABLE)


def list_tickets(call: Call) -> Response:
    listing, query = call.listing(*_ORDERS, default="created_datetime:desc", filters=_FILTERS)
    with_trashed = query.flag("trashed") is not False
    keys = _candidates(call, listing, query)
    page = listing.page(keys, _is_wanted(call, query, with_trashed=with_trashed))
    found = (call.store.tickets.get(each) for each in page.ids)
    rows = [render.ticket_row(each, call.store) for each in found if each is not None]
    return listing.answer(page, [*rows], {"total_resources": None})


def _candidates(call: Call, listing: Listing, query: Body) -> Sequence[Key]:
    """The smallest ordered set in which all matches are."""
    tickets, order = call.store.tickets, listing.order.name
    if query.whole("rule_id") is not None:
        return ()  # no message here was written by a rule
    if query.whole("view_id"):
        raise flaw("view_id", "View does not exist.")
    if "ticket_ids" in query:
        chosen = (tickets.get(each) for each in dict.fromkeys(query.wholes("ticket_ids")))
        return tickets.sorted_keys(order, (each for each in chosen if each is not None))
    external_id, customer_id = query.text("external_id"), query.whole("customer_id")
    if external_id is not None:
        return tickets.sorted_keys(order, tickets.group("external_id", external_id))
    if customer_id is not None:
        return tickets.sorted_keys(order, tickets.group("customer", customer_id))
    return tickets.keys(order)


def _is_wanted(call: Call, query: Body, *, with_trashed: bool) -> Callable[[int], bool] | None:
    """The filters that the candidates may not meet yet."""
    external_id, customer_id = query.text("external_id"), query.whole("customer_id")
    if with_trashed and external_id is None and customer_id is None:
        return None

    def is_wanted(ticket_id: int) -> bool:
        ticket = call.store.tickets.get(ticket_id)
        return (
            ticket is not None
            and (with_trashed or ticket.trashed is None)
            and external_id in (None, ticket.external_id)
            and customer_id in (None, ticket.customer_id)
        )

    return is_wanted


def show_ticket(call: Call) -> Response:
    """`relationships=custom_fields` is accepted; the values come anyway when there are any."""
    checked_query(call.request, {"relationships": Many(Text(choices=("custom_fields",)))})
    return answer(render.ticket_detail(call.ticket(), call.store, is_read=True))


def post_ticket(call: Call) -> Response:
    call.caller.need_writer()
    body = checked_body(call.request, _CREATE)
    call.desk.spend_messages(len(body.children("messages")))
    change = call.change()
    ticket, messages = _new_ticket(call, body, change)
    create_ticket(call.desk, ticket, messages, change)
    return answer(render.ticket_detail(ticket, call.store, is_read=False), 201)


def _new_ticket(call: Call, body: Body, change: Change) -> tuple[Ticket, list[Message]]:
    created = body.moment("created_datetime") or change.stamp()
    first = body.children("messages")[0]
    ticket_id = call.store.ids.take("ticket")
    draft = Ticket(
        id=ticket_id,
        created=created,
        updated=created,
        customer_id=None,
        channel=first.text("channel") or "",
        via=body.text("via") or "",
        from_agent=first.flag("from_agent"),
        subject=first.text("subject"),
        language=_detected(first),
        processed=created,
    )
    draft = _changed(call, draft, body, change)
    customer = call.store.customers.get(draft.customer_id)
    messages = []
    for each in body.children("messages"):
        parties = parties_of(call.desk, each, change, customer=customer, author=call.caller.user)
        messages.append(message_of(call.desk, each, ticket_id, parties, created))
        speaker = parties.receiver if messages[-1].from_agent else parties.sender
        customer = customer or call.store.customers.get(speaker.id if speaker else None)
    received = [each.created for each in messages if not each.from_agent]
    ticket = replace(
        draft,
        customer_id=customer.id if customer else None,
        last_message=draft.last_message or max(each.created for each in messages),
        last_received_message=draft.last_received_message or max(received, default=None),
        is_unread=bool(received) if body.flag("is_unread") is None else draft.is_unread,
        closed=draft.closed or (created if draft.status == "closed" else None),
        updated=body.moment("updated_datetime") or change.stamp(),
    )
    return ticket, messages


def _detected(message: Body) -> str | None:
    """A guess at the language: plain Latin letters count as English, anything else as unknown."""
    text = message.text("body_text") or message.text("body_html") or ""
    return "en" if text.isascii() and text.strip() else None


def put_ticket(call: Call) -> Response:
    call.caller.need_writer()
    ticket = call.ticket()
    body = checked_body(call.request, _UPDATE)
    change = call.change()
    changed = save_ticket(call.desk, ticket, _changed(call, ticket, body, change), change)
    return answer(render.ticket_detail(changed, call.store, is_read=False))


def remove_ticket(call: Call) -> Response:
    call.caller.need_writer()
    delete_ticket(call.desk, call.ticket(), call.change())
    return empty(204)


def _changed(call: Call, ticket: Ticket, body: Body, change: Change) -> Ticket:
    """The ticket with every field that the body names."""
    new = _with_plain_fields(ticket, body)
    new = _with_times(new, body)
    new = _with_people(call, new, body, change)
    if "tags" in body:
        new = replace(new, tag_ids=tag_ids_of(call.desk, body.children("tags"), change))
    if "custom_fields" in body:
        values = checked_values(call.store, "Ticket", body.children("custom_fields"))
        kept = {field: value for field, value in values.items() if value is not None}
        new = replace(new, field_values=kept)
    return new


_PLAIN: Mapping[str, Callable[[Ticket, Body], Ticket]] = {
    "status": lambda ticket, body: replace(ticket, status=body.text("status") or ticket.status),
    "priority": lambda ticket, body: replace(
        ticket, priority=body.text("priority") or ticket.priority
    ),
    "channel": lambda ticket, body: replace(ticket, channel=body.text("channel") or ""),
    "via": lambda ticket, body: replace(ticket, via=body.text("via") or ""),
    "subject": lambda ticket, body: replace(ticket, subject=body.text("subject")),
    "external_id": lambda ticket, body: replace(ticket, external_id=body.text("external_id")),
    "from_agent": lambda ticket, body: replace(ticket, from_agent=body.flag("from_agent")),
    "language": lambda ticket, body: replace(ticket, language=body.text("language")),
    "spam": lambda ticket, body: replace(ticket, spam=bool(body.flag("spam"))),
    "is_unread": lambda ticket, body: replace(ticket, is_unread=bool(body.flag("is_unread"))),
    "meta": lambda ticket, body: replace(ticket, meta=body.raw("meta")),
}
_TIMES: Mapping[str, Callable[[Ticket, Body], Ticket]] = {
    "opened_datetime": lambda ticket, body: replace(ticket, opened=body.moment("opened_datetime")),
    "trashed_datetime": lambda ticket, body: replace(
        ticket, trashed=body.moment("trashed_datetime")
    ),
    "snooze_datetime": lambda ticket, body: replace(
        ticket, snoozed_until=body.moment("snooze_datetime")
    ),
    "last_message_datetime": lambda ticket, body: replace(
        ticket, last_message=body.moment("last_message_datetime")
    ),
    "last_received_message_datetime": lambda ticket, body: replace(
        ticket, last_received_message=body.moment("last_received_message_datetime")
    ),
}


def _with_plain_fields(ticket: Ticket, body: Body) -> Ticket:
    for name, apply in _PLAIN.items():
        if name in body:
            ticket = apply(ticket, body)
    return ticket


def _with_times(ticket: Ticket, body: Body) -> Ticket:
    """A closing time closes the ticket, its absence (null) opens it."""
    for name, apply in _TIMES.items():
        if name in body:
            ticket = apply(ticket, body)
    if "closed_datetime" in body:
        closed = body.moment("closed_datetime")
        status = body.text("status") or ("open" if closed is None else "closed")
        ticket = replace(ticket, closed=closed, status=status)
    return ticket


def _with_people(call: Call, ticket: Ticket, body: Body, change: Change) -> Ticket:
    customer = body.child("customer")
    if customer is not None:
        named = named_customer(call.desk, customer, change, field="customer")
        ticket = replace(ticket, customer_id=named.id if named else ticket.customer_id)
    if "assignee_user" in body:
        user_body = body.child("assignee_user")
        user = find_user(call.store, user_body, field="assignee_user") if user_body else None
        ticket = replace(ticket, assignee_user_id=user.id if user else None)
    if "assignee_team" in body:
        team_body = body.child("assignee_team")
        team_id = team_body.whole("id") if team_body else None
        if team_id is not None and call.store.teams.get(team_id) is None:
            raise flaw("assignee_team", f"Team {team_id} does not exist.")
        ticket = replace(ticket, assignee_team_id=team_id)
    return ticket
