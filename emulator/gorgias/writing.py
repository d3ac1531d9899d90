"""Puts a new message into a ticket: who wrote it to whom, and what that does to the ticket."""

from __future__ import annotations

from dataclasses import dataclass, replace

from emulator.gorgias.body import Body
from emulator.gorgias.changes import plan_unsnooze, save_ticket
from emulator.gorgias.contacts import find_user, named_customer
from emulator.gorgias.desk import Change, Desk
from emulator.gorgias.errors import flaw
from emulator.gorgias.records import Customer, JsonObject, Message, Ticket, User
from emulator.gorgias.render import body_text
from emulator.gorgias.sending import needs_sending, plan_sending
from emulator.gorgias.stamps import Micros
from emulator.gorgias.texts import stripped_of
from emulator.gorgias.words import NOTE_CHANNEL
from emulator.kernel.http import JsonValue


@dataclass(frozen=True, slots=True)
class Parties:
    """Who wrote a message and to whom it went."""

    sender: User | Customer | None
    receiver: User | Customer | None


def parties_of(
    desk: Desk, body: Body, change: Change, *, customer: Customer | None, author: User
) -> Parties:
    """Reads sender and receiver; by default the ticket's customer writes, or the author to them."""
    sender_body, receiver_body = body.child("sender"), body.child("receiver")
    if body.flag("from_agent"):
        sender = find_user(desk.store, sender_body, field="sender") if sender_body else None
        receiver: User | Customer | None = customer
        if receiver_body is not None:
            receiver = named_customer(desk, receiver_body, change, field="receiver") or customer
        if body.text("channel") == NOTE_CHANNEL and receiver_body is None:
            receiver = None
        return Parties(sender or author, receiver)
    named = named_customer(desk, sender_body, change, field="sender") if sender_body else None
    writer = named or customer
    if writer is None:
        raise flaw("sender", "The customer is missing: give a sender or a customer.")
    return Parties(writer, None)


def message_of(desk: Desk, body: Body, ticket_id: int, parties: Parties, at: Micros) -> Message:
    """The message a request describes; `at` is when it was written if the request does not say."""
    channel = body.text("channel") or ""
    from_agent = bool(body.flag("from_agent"))
    created = body.moment("created_datetime") or at
    sent = body.moment("sent_datetime")
    is_public = channel != NOTE_CHANNEL and body.flag("public") is not False
    message = Message(
        id=desk.store.ids.take("message"),
        ticket_id=ticket_id,
        created=created,
        channel=channel,
        via=body.text("via") or "",
        from_agent=from_agent,
        public=is_public,
        sender_id=parties.sender.id if parties.sender else None,
        receiver_id=parties.receiver.id if parties.receiver else None,
        subject=body.text("subject"),
        body_text=body.text("body_text"),
        body_html=body.text("body_html"),
        stripped_text=body.text("stripped_text"),
        stripped_html=body.text("stripped_html"),
        stripped_signature=body.text("stripped_signature"),
        source=_source(desk, body, channel, parties),
        integration_id=body.whole("integration_id") or _integration(desk, channel, from_agent),
        external_id=body.text("external_id"),
        message_id=body.text("message_id"),
        attachments=body.raw("attachments"),
        macros=body.raw("macros"),
        headers=body.raw("headers"),
        meta=body.raw("meta"),
        imported=from_agent and sent is not None,
        processed=at,
        sent=sent if from_agent else sent or created,
        failed=body.moment("failed_datetime"),
        opened=body.moment("opened_datetime"),
        deleted=body.moment("deleted_datetime"),
        sending_error=body.raw("last_sending_error"),
    )
    return _stripped(message)


def add_message(
    desk: Desk, ticket: Ticket, message: Message, change: Change, *, is_forced: bool = False
) -> Ticket:
    """Stores the message and moves its ticket."""
    store_message(desk, message, change, is_forced=is_forced)
    return save_ticket(desk, ticket, ticket_after(ticket, message, change), change)


def store_message(desk: Desk, message: Message, change: Change, *, is_forced: bool = False) -> None:
    desk.store.messages.put(message)
    change.log("ticket-message-created", "TicketMessage", message.id)
    change.trigger("ticket-message-created", message.ticket_id, message.id)
    if needs_sending(message):
        plan_sending(desk, message, is_forced=is_forced)


def ticket_after(ticket: Ticket, message: Message, change: Change) -> Ticket:
    """A customer's message reopens and wakes the ticket; an agent's marks it as seen."""
    last = max(ticket.last_message or 0, message.created)
    if message.from_agent:
        opened = ticket.opened or change.stamp()
        return replace(ticket, last_message=last, is_unread=False, opened=opened)
    received = max(ticket.last_received_message or 0, message.created)
    return replace(
        ticket,
        last_message=last,
        last_received_message=received,
        is_unread=True,
        status="open",
        snoozed_until=None,
    )


def create_ticket(desk: Desk, ticket: Ticket, messages: list[Message], change: Change) -> Ticket:
    """Stores a new ticket with its messages."""
    change.log_ticket(ticket, "ticket-created")
    change.trigger("ticket-created", ticket.id)
    for message in messages:
        store_message(desk, message, change)
    if ticket.assignee_user_id is not None:
        change.log(
            "ticket-assigned", "Ticket", ticket.id, {"assignee_user_id": ticket.assignee_user_id}
        )
    desk.store.tickets.put(ticket)
    plan_unsnooze(desk, ticket)
    return ticket


def _stripped(message: Message) -> Message:
    """Mail gets its quotes cut off; other channels have none."""
    if message.channel != "email" or message.stripped_text is not None:
        return message
    text = body_text(message)
    if text is None:
        return message
    html = message.stripped_html or message.body_html
    return replace(message, stripped_text=stripped_of(text), stripped_html=html)


def _integration(desk: Desk, channel: str, from_agent: bool) -> int | None:
    """The desk's own mailbox or chat, for what goes out through it."""
    own = desk.store.integrations.first("type", channel) if from_agent else None
    return None if own is None else own.id


def _source(desk: Desk, body: Body, channel: str, parties: Parties) -> JsonValue:
    """The addresses of the message: given ones as they are, else those of its parties."""
    given = body.raw("source")
    source: JsonObject = dict(given) if isinstance(given, dict) else {}
    source.setdefault("type", channel)
    if channel != "email" or not body.flag("from_agent"):
        return source
    mailbox = desk.store.integrations.first("type", "email")
    if mailbox is not None:
        source.setdefault("from", {"name": mailbox.name, "address": mailbox.address})
    if parties.receiver is not None and parties.receiver.email is not None:
        to: JsonValue = {"name": parties.receiver.name or "", "address": parties.receiver.email}
        source.setdefault("to", [to])
    return source
