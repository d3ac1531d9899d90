"""A ticket row, in whichever reply it stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from domain.observation import Gone, Oddity, TicketSeen
from domain.records import JsonValue, TicketCore
from domain.words import Priority, Status
from integrations.ticketing import fields
from integrations.ticketing.document import raw_json
from integrations.ticketing.fields import Row
from integrations.ticketing.zendesk.vocabulary import DELETED, PRIORITY_OF, STATUS_OF, channel_of

# https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/#json-format
# Two replies that show one state must give equal values, or the cache would never settle. So only
# keys that every ticket reply has are kept here; the others (`generated_timestamp`, `support_type`,
# `satisfaction_probability`, side-loaded `slas`) stay in the raw row.
_EXTRA_IDS: Final = ("brand_id", "custom_status_id", "forum_topic_id", "problem_id", "submitter_id")
_EXTRA_ID_LISTS: Final = (
    "collaborator_ids",
    "email_cc_ids",
    "follower_ids",
    "followup_ids",
    "sharing_agreement_ids",
)
_EXTRA_VALUES: Final = (
    "allow_attachments",
    "allow_channelback",
    "external_id",
    "from_messaging_channel",
    "has_incidents",
    "is_public",
    "recipient",
    "satisfaction_rating",
    "type",
)


def parse_ticket(row: Row, oddities: list[Oddity], *, web_url: str) -> TicketSeen:
    """A deleted ticket is `Gone`; every other row covers core, tags and custom fields."""
    ticket_id = fields.needed_identifier(row, "id")
    reference = fields.text(row, "external_id")
    native_status = fields.needed_text(row, "status")
    if native_status == DELETED:
        return TicketSeen(ticket_id, core=Gone(), external_reference=reference, raw=raw_json(row))
    updated_at = fields.needed_moment(row, "updated_at")
    native_priority = fields.text(row, "priority")
    core = TicketCore(
        status=_status(native_status, ticket_id, oddities),
        native_status=native_status,
        created_at=fields.needed_moment(row, "created_at"),
        updated_at=updated_at,
        subject=fields.text(row, "subject"),
        description=fields.text(row, "description"),
        priority=_priority(native_priority, ticket_id, oddities),
        native_priority=native_priority,
        channel=channel_of(fields.text(fields.child(row, "via"), "channel")),
        requester_id=fields.identifier(row, "requester_id"),
        assignee_id=fields.identifier(row, "assignee_id"),
        team_id=fields.identifier(row, "group_id"),
        organization_id=fields.identifier(row, "organization_id"),
        due_at=fields.moment(row, "due_at"),
        external_url=f"{web_url}/agent/tickets/{ticket_id}",
        extra=_extra(row),
    )
    return TicketSeen(
        ticket_id,
        core=core,
        tags=tuple(sorted(set(fields.texts(row, "tags")))),
        custom_fields=_custom_fields(row),
        version=fields.micros(updated_at),
        external_reference=reference,
        raw=raw_json(row),
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


def _custom_fields(row: Row) -> Mapping[str, JsonValue]:
    """By field id; a field without a value is left out."""
    values: dict[str, JsonValue] = {}
    for member in fields.children(row, "custom_fields"):
        value = member.get("value")
        if value is not None:
            values[fields.needed_identifier(member, "id")] = fields.clean(value)
    return values


def _extra(row: Row) -> Mapping[str, JsonValue]:
    """What only Zendesk knows. Null and empty values are left out: some replies omit the key."""
    extra: dict[str, JsonValue] = {key: fields.identifier(row, key) for key in _EXTRA_IDS}
    extra["form_id"] = fields.identifier(row, "ticket_form_id")
    for key in _EXTRA_ID_LISTS:
        extra[key] = _id_list(row, key)
    for key in _EXTRA_VALUES:
        extra[key] = fields.clean(row.get(key))
    via = fields.child(row, "via")
    extra["via_channel"] = fields.text(via, "channel")
    extra["via_source"] = fields.clean(_without_empty(fields.child(via, "source")))
    raw_subject = fields.text(row, "raw_subject")
    if raw_subject != fields.text(row, "subject"):
        extra["raw_subject"] = raw_subject
    return {key: value for key, value in extra.items() if value not in (None, [], {}, "")}


def _id_list(row: Row, key: str) -> list[JsonValue]:
    value = row.get(key)
    if not isinstance(value, list):
        return []
    return [
        *sorted({str(member) for member in value if isinstance(member, int | str)}, key=_by_number)
    ]


def _by_number(word: str) -> tuple[int, str]:
    return len(word), word


def _without_empty(row: Row) -> dict[str, JsonValue]:
    return {key: value for key, value in row.items() if value not in (None, {}, [], "")}
