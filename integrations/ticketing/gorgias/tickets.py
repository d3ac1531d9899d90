"""A ticket, as a list's row or as a detail. Each tells parts that the other lacks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from domain.observation import CommentList, Gone, Oddity, TicketSeen
from domain.records import Comment, JsonValue, TicketCore
from domain.text import storable
from domain.words import Priority, Status
from integrations.ticketing import fields
from integrations.ticketing.document import malformed, raw_json
from integrations.ticketing.fields import MalformedRowError, Row
from integrations.ticketing.gorgias.messages import is_deleted, parse_message
from integrations.ticketing.gorgias.vocabulary import PRIORITY_OF, STATUS_OF, channel_of

# https://developers.gorgias.com/reference/the-ticket-object
# A row and a detail of one state must give one core, or the cache would never settle. So only keys
# that both have are kept; those of one shape (`excerpt`, `messages_count`, `integrations`,
# `reply_options`, `satisfaction_survey`, `imported`, ...) stay in the raw row. For the same reason
# a ticket has no description here: it is the first message's body.
_EXTRA: Final = (
    ("channel", "channel"),
    ("via", "via"),
    ("language", "language"),
    ("summary", "summary"),
    ("meta", "meta"),
    ("spam", "is_spam"),
    ("is_unread", "is_unread"),
    ("from_agent", "is_from_agent"),
)
_EXTRA_TIMES: Final = (
    ("opened_datetime", "opened_at"),
    ("last_message_datetime", "last_message_at"),
    ("last_received_message_datetime", "last_received_message_at"),
)


def parse_ticket(row: Row, oddities: list[Oddity], *, web_url: str) -> TicketSeen:
    """A ticket in the trash is `Gone`: Gorgias hides it until somebody restores it.

    A detail covers the custom fields only when it has the key; a row covers no messages.
    """
    ticket_id = fields.needed_identifier(row, "id")
    reference = fields.text(row, "external_id")
    if fields.moment(row, "trashed_datetime") is not None:
        return TicketSeen(ticket_id, core=Gone(), external_reference=reference, raw=raw_json(row))
    core = _core(row, ticket_id, oddities, web_url=web_url)
    return TicketSeen(
        ticket_id,
        core=core,
        tags=_tags(row),
        custom_fields=_custom_fields(row),
        comments=_messages(row, ticket_id, oddities, at=core.created_at),
        version=fields.micros(core.updated_at),
        external_reference=reference,
        raw=raw_json(row),
    )


def _core(row: Row, ticket_id: str, oddities: list[Oddity], *, web_url: str) -> TicketCore:
    native_status = fields.needed_text(row, "status")
    native_priority = fields.text(row, "priority")
    status = _status(native_status, ticket_id, oddities)
    return TicketCore(
        status=status,
        native_status=native_status,
        created_at=fields.needed_moment(row, "created_datetime"),
        updated_at=fields.needed_moment(row, "updated_datetime"),
        subject=fields.text(row, "subject"),
        priority=_priority(native_priority, ticket_id, oddities),
        native_priority=native_priority,
        channel=channel_of(fields.text(row, "channel")),
        requester_id=fields.child_identifier(row, "customer", "id"),
        assignee_id=_assignee(row, "assignee_user"),
        team_id=_assignee(row, "assignee_team"),
        solved_at=fields.moment(row, "closed_datetime") if status.is_done else None,
        snoozed_until=fields.moment(row, "snooze_datetime"),
        external_url=f"{web_url}/app/ticket/{ticket_id}",
        extra=_extra(row, status),
    )


def _status(word: str, ticket_id: str, oddities: list[Oddity]) -> Status:
    known = STATUS_OF.get(word)
    if known is None:
        oddities.append(Oddity("unknown_status", f"Unknown status {word!r}", ticket_id))
    return known or Status.OPEN


def _priority(word: str | None, ticket_id: str, oddities: list[Oddity]) -> Priority | None:
    known = PRIORITY_OF.get(word or "")
    if word and known is None:
        oddities.append(Oddity("unknown_priority", f"Unknown priority {word!r}", ticket_id))
    return known


def _assignee(row: Row, key: str) -> str | None:
    """A detail says it twice."""
    return fields.child_identifier(row, key, "id") or fields.identifier(row, f"{key}_id")


def _tags(row: Row) -> tuple[str, ...] | None:
    if row.get("tags") is None:
        return None
    return tuple(sorted({fields.needed_text(tag, "name") for tag in fields.children(row, "tags")}))


def _custom_fields(row: Row) -> Mapping[str, JsonValue] | None:
    """`{"319613": {"id": 319613, "value": ...}}`; None where the reply does not say."""
    if row.get("custom_fields") is None:
        return None
    values: dict[str, JsonValue] = {}
    for key, member in fields.child(row, "custom_fields").items():
        if not isinstance(member, dict):
            raise MalformedRowError(f"custom field {key!r} is no object", key="custom_fields")
        value = member.get("value")
        if value is not None:
            values[fields.identifier(member, "id") or storable(key)] = fields.clean(value)
    return values


def _messages(
    row: Row, ticket_id: str, oddities: list[Oddity], *, at: datetime
) -> CommentList | None:
    """Every message that the ticket has: Gorgias embeds all of them. None where it does not say."""
    found = row.get("messages")
    if found is None:
        return None
    if not isinstance(found, list):
        raise MalformedRowError(f"messages cannot be {type(found).__name__}", key="messages")
    comments: list[Comment] = []
    is_whole = True
    for message in found:
        try:
            if not isinstance(message, dict):
                raise MalformedRowError(f"a message cannot be {type(message).__name__}")
            if not is_deleted(message):
                comments.append(parse_message(message, oddities, ticket_id=ticket_id, at=at))
        except MalformedRowError as error:
            is_whole = False
            oddities.append(malformed(message, error, kind="message"))
    return CommentList(tuple(comments), is_whole=is_whole)


def _extra(row: Row, status: Status) -> Mapping[str, JsonValue]:
    """What only Gorgias knows. Null and empty values are left out: some replies omit the key."""
    extra = {name: fields.clean(row.get(key)) for key, name in _EXTRA}
    times = list(_EXTRA_TIMES)
    if not status.is_done:
        # A ticket that was opened again was not solved then.
        times.append(("closed_datetime", "last_closed_at"))
    for key, name in times:
        moment = fields.moment(row, key)
        extra[name] = None if moment is None else moment.isoformat()
    return {name: value for name, value in extra.items() if value not in (None, [], {}, "")}
