"""Messages leave the desk some seconds after they were written, or fail to."""

from __future__ import annotations

from dataclasses import replace

from emulator.gorgias.body import Body
from emulator.gorgias.desk import Desk
from emulator.gorgias.records import JsonObject, Message
from emulator.gorgias.stamps import micros
from emulator.gorgias.words import NOTE_CHANNEL
from emulator.kernel.http import JsonValue

UNDELIVERABLE = ".invalid"
"""Mail to a host with this ending always fails: the name is reserved for that."""

_SECONDS = (0.4, 3.0)
_REJECTED: JsonObject = {"error": "Your message was rejected by the recipient's mail server."}


def needs_sending(message: Message) -> bool:
    """An outgoing public message that was not imported as sent or failed."""
    is_outgoing = message.from_agent and message.public and message.channel != NOTE_CHANNEL
    return is_outgoing and message.sent is None and message.failed is None


def plan_sending(desk: Desk, message: Message, *, is_forced: bool = False) -> None:
    """Sends the message later, if it is still there and still unsent by then."""

    due = desk.now() + micros(desk.delay_random.uniform(*_SECONDS))

    def send() -> None:
        waiting = desk.store.messages.get(message.id)
        if waiting is None or not needs_sending(waiting):
            return
        if is_forced or not _is_undeliverable(waiting):
            desk.store.messages.put(replace(waiting, sent=due))
            return
        desk.store.messages.put(replace(waiting, failed=due, sending_error=_REJECTED))
        change = desk.change(None)
        change.log("ticket-message-updated", "TicketMessage", waiting.id)
        change.trigger("ticket-message-failed", waiting.ticket_id, waiting.id)

    desk.later(due, send)


def _is_undeliverable(message: Message) -> bool:
    source: JsonValue = message.source
    receivers = Body(source if isinstance(source, dict) else {}).children("to")
    return any((each.text("address") or "").endswith(UNDELIVERABLE) for each in receivers)
