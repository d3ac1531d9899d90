"""The events that subscribed webhooks get when a ticket changes.

https://developer.zendesk.com/api-reference/webhooks/event-types/ticket-events/
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from emulator.kernel.http import JsonValue
from emulator.zendesk.desk import Desk
from emulator.zendesk.records import Audit, Comment, Ticket
from emulator.zendesk.render import JsonObject, bodies, comment_of, description_of, json_of
from emulator.zendesk.times import stamp, stamp_or_none

_LOUD = frozenset({"status", "priority", "type"})
_CHANGES = {
    "status": "status_changed",
    "custom_status_id": "custom_status_changed",
    "priority": "priority_changed",
    "type": "type_changed",
    "subject": "subject_changed",
    "assignee_id": "agent_assignment_changed",
    "group_id": "group_assignment_changed",
    "requester_id": "requester_changed",
    "submitter_id": "submitter_changed",
    "organization_id": "organization_changed",
    "brand_id": "brand_changed",
    "form_id": "form_changed",
    "external_id": "external_id_changed",
    "problem_id": "problem_link_changed",
}
_PEOPLE_CHANGES = {"email_cc_ids": "email_ccs_changed", "follower_ids": "followers_changed"}
_COMMENT_CHANGES = {
    "CommentPrivacyChange": "comment_made_private",
    "CommentRedactionEvent": "comment_redacted",
}
_CHANNELS = {"email": "mail"}


@dataclass(frozen=True, slots=True)
class TicketEvent:
    """`type` is the word after `ticket.`; `event` is what it tells beside the ticket."""

    type: str
    event: JsonObject


def events_of(
    desk: Desk, old: Ticket | None, new: Ticket, audit: Audit | None
) -> list[TicketEvent]:
    """What one change of a ticket is worth telling; [] for a change of the books only."""
    return list(_events(desk, old, new, audit))


def _events(
    desk: Desk, old: Ticket | None, new: Ticket, audit: Audit | None
) -> Iterator[TicketEvent]:
    if old is None:
        yield TicketEvent("created", {})
    elif old.deleted_at != new.deleted_at:
        yield TicketEvent("undeleted" if new.deleted_at is None else "soft_deleted", {})
    elif new.is_scrubbed and not old.is_scrubbed:
        yield TicketEvent("permanently_deleted", {})
        return
    if audit is not None:
        yield from _comments(desk, new, audit)
    if old is not None:
        yield from _values(old, new)
        yield from _custom_fields(desk, old, new)


def _comments(desk: Desk, ticket: Ticket, audit: Audit) -> Iterator[TicketEvent]:
    for entry in audit.events:
        if entry.comment_id is None:
            continue
        name = _COMMENT_CHANGES.get(entry.kind, "comment_added")
        comment = comment_of(ticket, entry.comment_id)
        yield TicketEvent(name, {"comment": _comment(desk, comment)})


def _comment(desk: Desk, comment: Comment) -> JsonObject:
    author = desk.users.rows.get(comment.author_id)
    return {
        "id": str(comment.id),
        "body": bodies(comment)[0],
        "is_public": comment.is_public,
        "author": {
            "id": str(comment.author_id),
            "is_staff": author is not None and author.role != "end-user",
            "name": "" if author is None else author.name,
        },
    }


def _values(old: Ticket, new: Ticket) -> Iterator[TicketEvent]:
    for name, event in _CHANGES.items():
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            told = {"current": _told(name, after), "previous": _told(name, before)}
            yield TicketEvent(event, told)
    if old.due_at != new.due_at:
        told = {"current": stamp_or_none(new.due_at), "previous": stamp_or_none(old.due_at)}
        yield TicketEvent("task_due_at_changed", told)
    if old.tags != new.tags:
        added: list[JsonValue] = [tag for tag in new.tags if tag not in old.tags]
        removed: list[JsonValue] = [tag for tag in old.tags if tag not in new.tags]
        yield TicketEvent("tags_changed", {"tags_added": added, "tags_removed": removed})
    for name, event in _PEOPLE_CHANGES.items():
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            came: list[JsonValue] = [{"id": str(user)} for user in after if user not in before]
            went: list[JsonValue] = [{"id": str(user)} for user in before if user not in after]
            yield TicketEvent(event, {"users_added": came, "users_removed": went})


def _told(name: str, value: object) -> JsonValue:
    """Ids are text, and the words of some fields are in capitals here."""
    if value is None:
        return None
    return str(value).upper() if name in _LOUD else str(value)


def _custom_fields(desk: Desk, old: Ticket, new: Ticket) -> Iterator[TicketEvent]:
    for field_id, value in new.fields.items():
        before = old.fields.get(field_id)
        field = desk.fields.rows.get(field_id)
        if field is None or value == before or (not value and not before):
            continue
        about: JsonObject = {"id": str(field_id), "raw_title": field.title, "type": field.type}
        told: JsonObject = {"current": json_of(value), "previous": json_of(before)}
        yield TicketEvent("custom_field_changed", told | {"field": about})


def detail(ticket: Ticket, audit: Audit | None) -> JsonObject:
    """The ticket as events show it: ids as text, "0" for a missing one."""
    return {
        "actor_id": str(audit.author_id) if audit else "-1",
        "assignee_id": str(ticket.assignee_id or 0),
        "brand_id": str(ticket.brand_id),
        "created_at": stamp(ticket.created_at),
        "custom_status": str(ticket.custom_status_id),
        "description": description_of(ticket),
        "external_id": ticket.external_id or "",
        "form_id": str(ticket.form_id),
        "group_id": str(ticket.group_id or 0),
        "id": str(ticket.id),
        "is_public": ticket.is_public,
        "organization_id": str(ticket.organization_id or 0),
        "priority": _told("priority", ticket.priority),
        "requester_id": str(ticket.requester_id),
        "status": "DELETED" if ticket.deleted_at else ticket.status.upper(),
        "subject": ticket.subject,
        "submitter_id": str(ticket.submitter_id),
        "tags": list(ticket.tags),
        "type": _told("type", ticket.type),
        "updated_at": stamp(ticket.updated_at),
        "via": {"channel": _CHANNELS.get(ticket.channel, ticket.channel)},
    }
