"""How tickets and messages look. A list row and a detail each have keys that the other lacks."""

from __future__ import annotations

from emulator.gorgias import render_people
from emulator.gorgias.records import Event, JsonObject, Message, Survey, Tag, Ticket
from emulator.gorgias.stamps import moment_text, optional_text
from emulator.gorgias.store import Store
from emulator.gorgias.texts import excerpt_of, text_of
from emulator.kernel.http import JsonValue


def ticket_row(ticket: Ticket, store: Store) -> JsonObject:
    """A row of `GET /tickets`: no messages, but an excerpt of the last one and their count."""
    messages = store.messages_of(ticket.id)
    failed = bool(messages) and messages[-1].from_agent and messages[-1].failed is not None
    return _common(ticket, store) | {
        "customer": render_people.person(store.customers.get(ticket.customer_id)),
        "excerpt": excerpt_of(body_text(messages[-1])) if messages else None,
        "integrations": _integrations(messages, store),
        "custom_fields": _field_values(ticket),
        "messages_count": len(messages),
        "last_sent_message_not_delivered": failed,
    }


def ticket_detail(ticket: Ticket, store: Store, *, is_read: bool) -> JsonObject:
    """One ticket with its messages; `custom_fields` is absent when there are none."""
    customer = store.customers.get(ticket.customer_id)
    messages = store.messages_of(ticket.id)
    survey = store.surveys.first("ticket", ticket.id)
    detail = _common(ticket, store) | {
        "events": [],
        "imported": ticket.imported,
        "customer": render_people.ticket_customer(customer, with_stores=is_read),
        "assignee_user_id": ticket.assignee_user_id,
        "assignee_team_id": ticket.assignee_team_id,
        "messages": [embedded_message(each, store) for each in messages],
        "processed_datetime": optional_text(ticket.processed),
        "satisfaction_survey": None if survey is None else satisfaction_survey(survey),
        "reply_options": _reply_options(ticket, messages),
        "requester": render_people.ticket_customer(customer, with_stores=is_read),
    }
    if ticket.field_values:
        detail["custom_fields"] = _field_values(ticket)
    return detail


def _common(ticket: Ticket, store: Store) -> JsonObject:
    """What rows and details share."""
    return {
        "id": ticket.id,
        "uri": f"/api/tickets/{ticket.id}/",
        "external_id": ticket.external_id,
        "language": ticket.language,
        "status": ticket.status,
        "priority": ticket.priority,
        "channel": ticket.channel,
        "via": ticket.via,
        "from_agent": ticket.from_agent,
        "assignee_user": render_people.assignee(store.users.get(ticket.assignee_user_id)),
        "assignee_team": render_people.assigned_team(store.teams.get(ticket.assignee_team_id)),
        "subject": ticket.subject,
        "summary": None,
        "meta": ticket.meta,
        "tags": _tags(ticket, store),
        "is_unread": ticket.is_unread,
        "spam": ticket.spam,
        "created_datetime": moment_text(ticket.created),
        "opened_datetime": optional_text(ticket.opened),
        "last_received_message_datetime": optional_text(ticket.last_received_message),
        "last_message_datetime": optional_text(ticket.last_message),
        "updated_datetime": moment_text(ticket.updated),
        "closed_datetime": optional_text(ticket.closed),
        "snooze_datetime": optional_text(ticket.snoozed_until),
        "trashed_datetime": optional_text(ticket.trashed),
    }


def embedded_message(message: Message, store: Store) -> JsonObject:
    """A message inside a ticket's detail."""
    return {
        "id": message.id,
        "uri": f"/api/tickets/{message.ticket_id}/messages/{message.id}/",
        "message_id": message.message_id,
        "ticket_id": message.ticket_id,
        "external_id": message.external_id,
        "public": message.public,
        "channel": message.channel,
        "via": message.via,
        "source": message.source,
        "sender": render_people.person(store.person(message.sender_id)),
        "auth_customer_identity": None,
        "integration_id": message.integration_id,
        "intents": [],
        "rule_id": message.rule_id,
        "from_agent": message.from_agent,
        "receiver": render_people.person(store.person(message.receiver_id)),
        "subject": message.subject,
        "body_text": body_text(message),
        "body_html": message.body_html,
        "stripped_text": message.stripped_text,
        "stripped_html": message.stripped_html,
        "stripped_signature": message.stripped_signature,
        "attachments": message.attachments,
        "actions": None,
        "imported": message.imported,
        "meta": message.meta,
        "created_datetime": moment_text(message.created),
        "processed_datetime": optional_text(message.processed),
        "sent_datetime": optional_text(message.sent),
        "failed_datetime": optional_text(message.failed),
        "opened_datetime": optional_text(message.opened),
        "last_sending_error": message.sending_error,
        "is_retriable": message.failed is None,
    }


def written_message(message: Message, store: Store) -> JsonObject:
    """The answer to a message's creation or change."""
    return embedded_message(message, store) | {
        "macros": message.macros or [],
        "headers": message.headers,
        "deleted_datetime": optional_text(message.deleted),
    }


def message_row(message: Message, store: Store) -> JsonObject:
    """A row of `GET /messages`, or a message read by its id."""
    return written_message(message, store) | {"replied_by": None, "replied_to": None}


def body_text(message: Message) -> str | None:
    if message.body_text is None and message.body_html is not None:
        return text_of(message.body_html)
    return message.body_text


def tag_in_ticket(tag: Tag) -> JsonObject:
    return {"id": tag.id, "name": tag.name, "decoration": tag.decoration or {}}


def satisfaction_survey(survey: Survey) -> JsonObject:
    return {
        "id": survey.id,
        "body_text": survey.body_text,
        "created_datetime": moment_text(survey.created),
        "customer_id": survey.customer_id,
        "meta": None,
        "score": survey.score,
        "scored_datetime": optional_text(survey.scored),
        "sent_datetime": optional_text(survey.sent),
        "should_send_datetime": None,
        "ticket_id": survey.ticket_id,
        "uri": f"/api/satisfaction-surveys/{survey.id}/",
    }


def event(record: Event) -> JsonObject:
    return {
        "id": record.id,
        "context": record.context,
        "created_datetime": moment_text(record.created),
        "data": record.data,
        "object_id": record.object_id,
        "object_type": record.object_type,
        "type": record.type,
        "user_id": record.user_id,
        "uri": f"/api/events/{record.id}/",
    }


def _tags(ticket: Ticket, store: Store) -> list[JsonValue]:
    tags = (store.tags.get(each) for each in ticket.tag_ids)
    return [tag_in_ticket(tag) for tag in tags if tag is not None]


def _field_values(ticket: Ticket) -> JsonObject:
    return {
        str(field): {"id": field, "value": value} for field, value in ticket.field_values.items()
    }


def _integrations(messages: list[Message], store: Store) -> list[JsonValue]:
    """The channels of the desk through which the ticket went, each once."""
    seen = dict.fromkeys(message.integration_id for message in messages)
    channels = (store.integrations.get(each) for each in seen)
    return [
        {"name": channel.name, "address": channel.address, "type": channel.type}
        for channel in channels
        if channel is not None
    ]


def _reply_options(ticket: Ticket, messages: list[Message]) -> JsonObject:
    channels = dict.fromkeys([ticket.channel, *(message.channel for message in messages)])
    answerable = [channel for channel in channels if channel in {"email", "chat", "sms"}]
    return {channel: {"answerable": True} for channel in [*answerable, "internal-note"]}
