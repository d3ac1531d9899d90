"""Where each value of Gorgias's rows went: in the record, or left out for a reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from domain.observation import Gone, TicketSeen
from domain.records import Comment, JsonValue, Person, TicketCore
from tests.providers.accounting import Check, Json, is_empty, is_text, is_time, unaccounted

TICKET_LEFT_OUT: Mapping[str, str] = {
    "uri": "the row's own API address, made of its id",
    "excerpt": "in lists only: the start of the last message",
    "integrations": "in lists only: our own addresses, which a reply takes from the raw row",
    "messages_count": "in lists only: the number of the messages",
    "last_sent_message_not_delivered": "in lists only: each message has its own delivery",
    "events": "deprecated, and always empty",
    "imported": "in details only",
    "processed_datetime": "in details only: when Gorgias had taken the ticket in",
    "requester": "the customer again",
    "reply_options": "in details only: what a reply takes from the raw row",
    "satisfaction_survey": "in details only",
}
MESSAGE_LEFT_OUT: Mapping[str, str] = {
    "uri": "the row's own API address, made of its ids",
    "message_id": "the mail's own id",
    "via": "who handed the message in; a rule's makes its author a bot",
    "source": "addresses of the transport, which a reply takes from the raw row",
    "receiver": "the ticket's customer, or one of us",
    "auth_customer_identity": "how a chat's customer has signed in",
    "integration_id": "our own mail box",
    "intents": "Gorgias's guesses",
    "rule_id": "makes the author a bot",
    "subject": "the mail's, beside the ticket's",
    "stripped_text": "the text without its quotes",
    "stripped_html": "the text without its quotes",
    "stripped_signature": "part of the text",
    "actions": "what a macro has done",
    "macros": "what a macro has written",
    "headers": "the mail's",
    "meta": "the channel's own notes",
    "imported": "makes an unsent message a sent one",
    "processed_datetime": "when Gorgias had taken the message in",
    "opened_datetime": "when the mail was opened",
    "last_sending_error": "why the delivery failed",
    "is_retriable": "whether Gorgias would send it again",
}
PERSON_LEFT_OUT: Final = frozenset(
    # What a person's record tells and no feature shows: Gorgias keeps it.
    (
        *("created_datetime", "firstname", "lastname", "language", "timezone", "note", "meta"),
        *("data", "customer", "integrations", "custom_fields", "external_data", "ecommerce_data"),
        *("channels", "country", "bio", "uri"),
    )
)


def ticket_gaps(row: Json, seen: TicketSeen) -> list[str]:
    if isinstance(seen.core, Gone):
        return [] if row["trashed_datetime"] else ["trashed_datetime"]
    if seen.core is None:
        return ["core"]
    return unaccounted(row, dict(_ticket_checks(seen, seen.core)), TICKET_LEFT_OUT)


def _ticket_checks(seen: TicketSeen, core: TicketCore) -> Iterator[tuple[str, Check]]:
    extra = core.extra
    yield "id", is_text(seen.external_id)
    yield "external_id", is_text(seen.external_reference)
    yield "status", is_text(core.native_status)
    yield "priority", is_text(core.native_priority)
    yield "subject", is_text(core.subject)
    yield "customer", _has_id(core.requester_id)
    yield "assignee_user", _has_id(core.assignee_id)
    yield "assignee_user_id", is_text(core.assignee_id)
    yield "assignee_team", _has_id(core.team_id)
    yield "assignee_team_id", is_text(core.team_id)
    yield "created_datetime", is_time(core.created_at)
    yield "updated_datetime", is_time(core.updated_at)
    yield "closed_datetime", is_time(core.solved_at)
    yield "snooze_datetime", is_time(core.snoozed_until)
    for key in ("opened", "last_message", "last_received_message"):
        yield f"{key}_datetime", _equals(extra.get(f"{key}_at"))
    for key in ("channel", "via", "language", "summary", "meta", "is_unread"):
        yield key, _equals(extra.get(key))
    yield "spam", _equals(extra.get("is_spam"))
    yield "from_agent", _equals(extra.get("is_from_agent"))
    yield "tags", lambda value: isinstance(value, list) and seen.tags == _names(value)
    yield "custom_fields", _has_fields(seen.custom_fields)
    yield "messages", _has_messages(seen)


def _equals(seen: JsonValue) -> Check:
    return lambda value: value == seen


def _has_id(seen: str | None) -> Check:
    return lambda value: isinstance(value, dict) and str(value["id"]) == seen


def _names(rows: list[JsonValue]) -> tuple[str, ...]:
    return tuple(sorted(str(row["name"]) for row in rows if isinstance(row, dict)))


def _has_fields(seen: Mapping[str, JsonValue] | None) -> Check:
    def check(value: JsonValue) -> bool:
        rows = value if isinstance(value, dict) else {}
        valued = {
            key: row["value"]
            for key, row in rows.items()
            if isinstance(row, dict) and row["value"] is not None
        }
        return seen is not None and valued == dict(seen)

    return check


def _has_messages(seen: TicketSeen) -> Check:
    def check(value: JsonValue) -> bool:
        rows = [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []
        held = seen.comments
        if held is None or not held.is_whole or len(held.comments) != len(rows):
            return False
        pairs = zip(rows, held.comments, strict=True)
        return all(message_gaps(row, comment) == [] for row, comment in pairs)

    return check


def message_gaps(row: Json, seen: Comment) -> list[str]:
    checks: dict[str, Check] = {
        "id": is_text(seen.external_id),
        "ticket_id": is_text(seen.ticket_id),
        "external_id": is_text(seen.external_reference),
        "public": lambda value: value is (seen.visibility.value == "public"),
        "channel": lambda value: (
            (value == "internal-note") is (seen.visibility.value == "internal")
        ),
        "sender": _has_id(seen.author_id),
        "from_agent": lambda value: value is (seen.author_role.value != "customer"),
        "body_text": is_text(seen.body),
        "body_html": is_text(seen.body_html),
        "attachments": lambda value: (
            isinstance(value, list) and len(value) == len(seen.attachments)
        ),
        "created_datetime": is_time(seen.created_at),
        "sent_datetime": lambda _: seen.delivery.value in ("received", "sent", "failed"),
        "failed_datetime": lambda _: seen.delivery.value in ("sent", "failed"),
    }
    return unaccounted(row, checks, MESSAGE_LEFT_OUT)


def person_gaps(row: Json, seen: Person) -> list[str]:
    checks: dict[str, Check] = {
        "id": is_text(seen.external_id),
        "name": is_text(seen.name),
        "email": is_text(seen.email),
        "external_id": is_text(seen.external_reference),
        "active": lambda value: value is seen.active,
        "role": lambda value: not is_empty(value) and seen.role.value != "customer",
        "updated_datetime": is_time(seen.updated_at),
    }
    return unaccounted(row, checks, PERSON_LEFT_OUT)
