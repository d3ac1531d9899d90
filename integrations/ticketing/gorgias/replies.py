"""Whom a public reply goes to, and by which way: read from the ticket as it was last seen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import orjson

from domain.errors import InvalidInputError
from domain.records import JsonValue

Json = dict[str, JsonValue]

EMAIL: Final = "email"
# Conversations that go on where they began. Everything else is answered by e-mail.
_CONVERSATIONS: Final = ("chat", "sms", "whatsapp", "facebook", "instagram", "twitter")


def route_of(ticket_raw: bytes | None) -> Json:
    """`channel`, `via`, `from_agent`, `receiver` and `source` of a message to the customer.

    https://developers.gorgias.com/reference/create-a-ticket-message: only internal notes need no
    receiver. Either shape of a ticket will do. Raises `InvalidInputError` where nobody can be
    reached.
    """
    ticket = _ticket(ticket_raw)
    customer = _object(ticket.get("customer"))
    receiver = customer.get("id")
    if not isinstance(receiver, int):
        raise InvalidInputError(
            "This ticket has no customer to reply to", hint="Write an internal note instead"
        )
    theirs = _last_from(ticket, from_agent=False)
    channel = _channel(ticket)
    if channel == EMAIL:
        source = _by_email(ticket, customer)
    else:
        to = _object(_source(theirs).get("from"))
        source = {"to": [to] if to else [], "from": _our_side(ticket, channel)}
    return {
        "channel": channel,
        "via": "helpdesk",
        "from_agent": True,
        "receiver": {"id": receiver},
        "source": {"type": channel, **{side: who for side, who in source.items() if who}},
    }


def _ticket(ticket_raw: bytes | None) -> Mapping[str, JsonValue]:
    try:
        return _object(orjson.loads(ticket_raw or b""))
    except orjson.JSONDecodeError:
        return {}


def _channel(ticket: Mapping[str, JsonValue]) -> str:
    """The ticket's own, unless Gorgias says that nobody can be answered there."""
    channel = ticket.get("channel")
    if not isinstance(channel, str) or not channel.startswith(_CONVERSATIONS):
        return EMAIL
    option = _object(ticket.get("reply_options")).get(channel)
    return EMAIL if _object(option).get("answerable") is False else channel


def _by_email(ticket: Mapping[str, JsonValue], customer: Mapping[str, JsonValue]) -> Json:
    address = customer.get("email")
    if not isinstance(address, str) or not address:
        raise InvalidInputError(
            "The ticket's customer has no e-mail address to reply to",
            hint="Write an internal note instead, or add an address to the customer in Gorgias",
        )
    name = customer.get("name")
    to: Json = {"address": address, "name": name if isinstance(name, str) else ""}
    return {"to": [to], "from": _our_side(ticket, EMAIL)}


def _our_side(ticket: Mapping[str, JsonValue], channel: str) -> Json:
    """The address that the customer knows us by. Empty: Gorgias takes its default integration."""
    for member in _list(ticket.get("integrations")):
        integration = _object(member)
        if integration.get("type") == channel and integration.get("address"):
            return {"name": integration.get("name"), "address": integration["address"]}
    ours = _source(_last_from(ticket, from_agent=True, channel=channel))
    if sender := _object(ours.get("from")):
        return sender
    theirs = _source(_last_from(ticket, from_agent=False, channel=channel))
    return next((_object(member) for member in _list(theirs.get("to"))), {})


def _last_from(
    ticket: Mapping[str, JsonValue], *, from_agent: bool, channel: str | None = None
) -> Mapping[str, JsonValue]:
    """The last public message of one side, in a channel or in any."""
    for member in reversed(_list(ticket.get("messages"))):
        message = _object(member)
        is_side = message.get("from_agent") is from_agent and message.get("public") is True
        if is_side and channel in (None, message.get("channel")):
            return message
    return {}


def _source(message: Mapping[str, JsonValue]) -> Json:
    return _object(message.get("source"))


def _object(value: JsonValue) -> Json:
    return value if isinstance(value, dict) else {}


def _list(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else []
