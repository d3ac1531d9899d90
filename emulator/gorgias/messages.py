"""`/api/messages` (the feed) and `/api/tickets/{id}/messages`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from emulator.gorgias import render
from emulator.gorgias.body import Body
from emulator.gorgias.call import Call
from emulator.gorgias.check import Rule, Text, Whole, checked_body, checked_query
from emulator.gorgias.desk import Change
from emulator.gorgias.errors import answer, empty, not_found
from emulator.gorgias.records import Message
from emulator.gorgias.sending import needs_sending, plan_sending
from emulator.gorgias.words import MESSAGE, NOTE_CHANNEL
from emulator.gorgias.writing import add_message, message_of, parties_of
from emulator.kernel.http import Response

_ACTION: dict[str, Rule] = {"action": Text(choices=("force", "retry", "cancel"))}


def list_messages(call: Call) -> Response:
    """By creation only: an edited message does not move."""
    listing, query = call.listing(
        "created_datetime:asc",
        "created_datetime:desc",
        default="created_datetime:desc",
        filters={"ticket_id": Whole(smallest=1)},
    )
    messages, ticket_id = call.store.messages, query.whole("ticket_id")
    keys = messages.keys(listing.order.name)
    if ticket_id is not None:
        keys = messages.sorted_keys(listing.order.name, messages.group("ticket", ticket_id))
    page = listing.page(keys)
    found = (messages.get(each) for each in page.ids)
    return listing.answer(
        page, [render.message_row(each, call.store) for each in found if each is not None]
    )


def list_ticket_messages(call: Call) -> Response:
    """The deprecated list of one ticket, oldest first."""
    listing, _ = call.listing(
        "created_datetime:asc", "created_datetime:desc", default="created_datetime:asc"
    )
    messages = call.store.messages
    found = messages.group("ticket", call.ticket().id)
    page = listing.page(messages.sorted_keys(listing.order.name, found))
    rows = (messages.get(each) for each in page.ids)
    return listing.answer(
        page, [render.message_row(each, call.store) for each in rows if each is not None]
    )


def show_message(call: Call) -> Response:
    return answer(render.message_row(_message(call), call.store))


def post_message(call: Call) -> Response:
    """Answers before the message is sent: `sent_datetime` follows later."""
    call.caller.need_writer()
    ticket = call.ticket()
    action = checked_query(call.request, _ACTION).text("action")
    body = checked_body(call.request, MESSAGE)
    call.desk.spend_messages(1)
    change = call.change()
    customer = call.store.customers.get(ticket.customer_id)
    parties = parties_of(call.desk, body, change, customer=customer, author=call.caller.user)
    message = message_of(call.desk, body, ticket.id, parties, change.stamp())
    add_message(call.desk, ticket, message, change, is_forced=action == "force")
    return answer(render.written_message(message, call.store), 201)


def put_message(call: Call) -> Response:
    """Changes a message. `action` says what to do with one that failed to be sent."""
    call.caller.need_writer()
    message = _message(call)
    action = checked_query(call.request, _ACTION).text("action")
    body = checked_body(call.request, MESSAGE)
    change = call.change()
    if action == "cancel":
        call.store.messages.remove(message.id)
        change.log("ticket-message-deleted", "TicketMessage", message.id)
        return answer(render.written_message(message, call.store), 202)
    changed = _changed(call, message, body, change)
    if action in {"retry", "force"} and changed.failed is not None:
        changed = replace(changed, failed=None, sending_error=None)
    call.store.messages.put(changed)
    change.log("ticket-message-updated", "TicketMessage", message.id)
    if action is not None and needs_sending(changed):
        plan_sending(call.desk, changed, is_forced=action == "force")
    return answer(render.written_message(changed, call.store), 202)


def remove_message(call: Call) -> Response:
    call.caller.need_writer()
    message = _message(call)
    call.store.messages.remove(message.id)
    call.change().log("ticket-message-deleted", "TicketMessage", message.id)
    return empty(200)


_GIVEN: Mapping[str, Callable[[Message, Body], Message]] = {
    "channel": lambda old, body: replace(old, channel=body.text("channel") or old.channel),
    "via": lambda old, body: replace(old, via=body.text("via") or old.via),
    "from_agent": lambda old, body: replace(old, from_agent=bool(body.flag("from_agent"))),
    "public": lambda old, body: replace(old, public=body.flag("public") is not False),
    "source": lambda old, body: replace(old, source=body.raw("source")),
    "subject": lambda old, body: replace(old, subject=body.text("subject")),
    "body_text": lambda old, body: replace(old, body_text=body.text("body_text")),
    "body_html": lambda old, body: replace(old, body_html=body.text("body_html")),
    "stripped_text": lambda old, body: replace(old, stripped_text=body.text("stripped_text")),
    "stripped_html": lambda old, body: replace(old, stripped_html=body.text("stripped_html")),
    "attachments": lambda old, body: replace(old, attachments=body.raw("attachments")),
    "external_id": lambda old, body: replace(old, external_id=body.text("external_id")),
    "message_id": lambda old, body: replace(old, message_id=body.text("message_id")),
    "meta": lambda old, body: replace(old, meta=body.raw("meta")),
    "headers": lambda old, body: replace(old, headers=body.raw("headers")),
    "sent_datetime": lambda old, body: replace(old, sent=body.moment("sent_datetime")),
    "failed_datetime": lambda old, body: replace(old, failed=body.moment("failed_datetime")),
    "opened_datetime": lambda old, body: replace(old, opened=body.moment("opened_datetime")),
}


def _changed(call: Call, message: Message, body: Body, change: Change) -> Message:
    """The message with everything that the body gives; its id, ticket and order stay."""
    for name, apply in _GIVEN.items():
        if name in body:
            message = apply(message, body)
    if message.channel == NOTE_CHANNEL:
        message = replace(message, public=False)
    if body.child("sender") is None and body.child("receiver") is None:
        return message
    customer = call.store.customers.get(call.ticket().customer_id)
    parties = parties_of(call.desk, body, change, customer=customer, author=call.caller.user)
    if body.child("sender") is not None and parties.sender is not None:
        message = replace(message, sender_id=parties.sender.id)
    if body.child("receiver") is not None and parties.receiver is not None:
        message = replace(message, receiver_id=parties.receiver.id)
    return message


def _message(call: Call) -> Message:
    """The message that the path names, inside the ticket that it names."""
    ticket = call.ticket()
    message = call.store.messages.get(call.path_id("message_id"))
    if message is None or message.ticket_id != ticket.id:
        raise not_found()
    return message
