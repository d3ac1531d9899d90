"""One row of the feed of ticket events: an audit, told in the feed's own words.

https://developer.zendesk.com/documentation/ticketing/managing-tickets/using-the-incremental-export-api/
"""

from __future__ import annotations

from emulator.kernel.http import JsonValue
from emulator.zendesk.records import CHANNEL_NAMES, Audit, Event, Ticket
from emulator.zendesk.render import JsonObject, comment_core, comment_of, metadata, via
from emulator.zendesk.times import stamp


def feed_event(audit: Audit, ticket: Ticket | None, *, has_comments: bool) -> JsonObject:
    told = metadata(audit)
    return {
        "id": audit.id,
        "ticket_id": audit.ticket_id,
        "timestamp": audit.created_at,
        "created_at": stamp(audit.created_at),
        "updater_id": audit.author_id,
        "via": CHANNEL_NAMES.get(audit.channel, audit.channel.title()),
        "system": told["system"],
        "metadata": {"custom": told["custom"]} if audit.custom else {},
        "event_type": "Audit",
        "child_events": [
            _child(entry, audit, ticket, has_comments=has_comments) for entry in audit.events
        ],
    }


def _child(entry: Event, audit: Audit, ticket: Ticket | None, *, has_comments: bool) -> JsonObject:
    head: JsonObject = {"id": entry.id, "via_reference_id": None}
    if entry.kind == "Comment" and entry.comment_id is not None and ticket is not None:
        comment = comment_of(ticket, entry.comment_id)
        if not has_comments:
            present: JsonObject = {"comment_present": True, "comment_public": comment.is_public}
            return head | {"via": _channel(audit)} | present | {"event_type": "Comment"}
        told: JsonObject = {"created_at": stamp(comment.created_at), "event_type": "Comment"}
        return head | {"via": via(comment.channel)} | comment_core(comment) | told
    return head | {"via": _channel(audit)} | _change(entry) | {"event_type": entry.kind}


def _channel(audit: Audit) -> str:
    return CHANNEL_NAMES.get(audit.channel, audit.channel.title())


def _change(entry: Event) -> JsonObject:
    if entry.field is None:
        return {}
    if entry.field.isdigit():
        change: JsonObject = {"custom_ticket_fields": {entry.field: entry.value}}
    else:
        change = {entry.field: entry.value}
    if entry.field == "tags":
        change |= _tag_changes(entry.previous, entry.value)
    if entry.kind == "Change":
        change["previous_value"] = entry.previous
    return change


def _tag_changes(before: JsonValue, after: JsonValue) -> JsonObject:
    held = before if isinstance(before, list) else []
    now = after if isinstance(after, list) else []
    return {
        "added_tags": [tag for tag in now if tag not in held],
        "removed_tags": [tag for tag in held if tag not in now],
    }
