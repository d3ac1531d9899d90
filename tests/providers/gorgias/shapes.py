"""Gorgias JSON of our own making, in the shapes that its replies have."""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from domain.http import Request, Response
from domain.observation import LanePage, TicketSeen
from domain.records import JsonValue
from domain.writes import TicketPatch
from integrations.ticketing.dictionary import Lane, ProviderDictionary, Window
from integrations.ticketing.gorgias import GorgiasDictionary

Json = dict[str, JsonValue]
WEB = "https://acme.gorgias.com"
OPERATOR = "operator@acme.test"
GORGIAS: ProviderDictionary = GorgiasDictionary(web_url=WEB, fallback_requester=OPERATOR)


def lane(name: str, since: float | None = None) -> Lane:
    return next(lane for lane in GORGIAS.lanes(Window(since)) if lane.name == name)


def reply(
    body: JsonValue | bytes, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    return Response(status, headers or {}, content)


def person(person_id: int, email: str | None, name: str | None) -> Json:
    first, _, last = (name or "").partition(" ")
    return {
        "id": person_id,
        "email": email,
        "name": name,
        "firstname": first,
        "lastname": last,
        "meta": None,
    }


CUSTOMER = person(501, "cleo@x.test", "Cleo Park")
AGENT = person(601, "ada@acme.test", "Ada Lane")
OUR_ADDRESS: Json = {"name": "Acme Help", "address": "help@acme.test"}


def _common(ticket_id: int) -> Json:
    return {
        "id": ticket_id,
        "uri": f"/api/tickets/{ticket_id}/",
        "external_id": None,
        "language": "en",
        "status": "open",
        "priority": "normal",
        "channel": "email",
        "via": "email",
        "from_agent": False,
        "customer": dict(CUSTOMER),
        "assignee_user": {**AGENT, "bio": None},
        "assignee_team": {"id": 71, "name": "First line", "decoration": {}},
        "subject": "The parcel is late",
        "summary": None,
        "meta": None,
        "tags": [
            {"id": 8, "name": "parcel", "decoration": {}},
            {"id": 7, "name": "late", "decoration": None},
        ],
        "is_unread": True,
        "spam": False,
        "created_datetime": "2026-03-01T08:00:00.000001+00:00",
        "opened_datetime": "2026-03-01T08:10:00.250000+00:00",
        "last_received_message_datetime": "2026-03-01T08:00:00.000001+00:00",
        "last_message_datetime": "2026-03-01T08:30:00.100000+00:00",
        "updated_datetime": "2026-03-01T08:30:00.123456+00:00",
        "closed_datetime": None,
        "snooze_datetime": None,
        "trashed_datetime": None,
    }


def row(ticket_id: int = 41, **changes: JsonValue) -> Json:
    """A ticket in a list."""
    shape: Json = {
        **_common(ticket_id),
        "excerpt": "It left yesterday.",
        "integrations": [{**OUR_ADDRESS, "type": "email"}],
        "messages_count": 2,
        "last_sent_message_not_delivered": False,
        "custom_fields": {"301": {"id": 301, "value": "gold"}, "302": {"id": 302, "value": None}},
    }
    return {**shape, **changes}


def detail(ticket_id: int = 41, **changes: JsonValue) -> Json:
    """The same ticket alone."""
    shape: Json = {
        **_common(ticket_id),
        "events": [],
        "imported": False,
        "processed_datetime": "2026-03-01T08:00:00.010000+00:00",
        "customer": {
            **CUSTOMER,
            "channels": [],
            "data": None,
            "customer": None,
            "integrations": {},
            "external_id": None,
            "note": None,
        },
        "requester": dict(CUSTOMER),
        "assignee_user_id": 601,
        "assignee_team_id": 71,
        "satisfaction_survey": None,
        "reply_options": {"email": {"answerable": True}, "internal-note": {"answerable": True}},
        "messages": [message(901, ticket_id), answer(902, ticket_id)],
        "custom_fields": {"301": {"id": 301, "value": "gold"}},
    }
    return {**shape, **changes}


def message(message_id: int = 901, ticket_id: int = 41, **changes: JsonValue) -> Json:
    """The customer's, as a ticket's detail embeds it."""
    shape: Json = {
        "id": message_id,
        "uri": f"/api/tickets/{ticket_id}/messages/{message_id}/",
        "message_id": "<m1@x.test>",
        "ticket_id": ticket_id,
        "external_id": None,
        "public": True,
        "channel": "email",
        "via": "email",
        "source": {
            "type": "email",
            "to": [dict(OUR_ADDRESS)],
            "from": {"name": "Cleo Park", "address": "cleo@x.test"},
        },
        "sender": dict(CUSTOMER),
        "auth_customer_identity": None,
        "integration_id": 31,
        "intents": [{"name": "shipping/status", "rejected": None, "is_user_feedback": False}],
        "rule_id": None,
        "from_agent": False,
        "receiver": person(602, "help@acme.test", "Acme Bot"),
        "subject": "The parcel is late",
        "body_text": "Where is it?",
        "body_html": "<p>Where is it?</p>",
        "stripped_text": "Where is it?",
        "stripped_html": "<p>Where is it?</p>",
        "stripped_signature": None,
        "attachments": None,
        "actions": None,
        "imported": False,
        "meta": None,
        "created_datetime": "2026-03-01T08:00:00.000001+00:00",
        "processed_datetime": "2026-03-01T08:00:00.020000+00:00",
        "sent_datetime": "2026-03-01T08:00:00.000001+00:00",
        "failed_datetime": None,
        "opened_datetime": None,
        "last_sending_error": None,
        "is_retriable": True,
    }
    return {**shape, **changes}


def answer(message_id: int = 902, ticket_id: int = 41, **changes: JsonValue) -> Json:
    """The agent's, sent by mail."""
    ours: Json = {
        "via": "helpdesk",
        "source": {
            "type": "email",
            "from": dict(OUR_ADDRESS),
            "to": [{"name": "Cleo Park", "address": "cleo@x.test"}],
        },
        "sender": dict(AGENT),
        "receiver": dict(CUSTOMER),
        "from_agent": True,
        "body_text": "It left yesterday.",
        "body_html": "<p>It left yesterday.</p>",
        "created_datetime": "2026-03-01T08:30:00.100000+00:00",
        "sent_datetime": "2026-03-01T08:30:01.000000+00:00",
    }
    return message(message_id, ticket_id, **{**ours, **changes})


def listed(row: Json) -> Json:
    """A message as a list or a write's reply shows it: with keys that the detail lacks."""
    return {**row, "macros": [], "headers": None, "deleted_datetime": None}


def without(row: Json, *keys: str) -> Json:
    return {key: value for key, value in row.items() if key not in keys}


def customer(customer_id: int = 501, **changes: JsonValue) -> Json:
    shape: Json = {
        "id": customer_id,
        "external_id": None,
        "active": True,
        "email": "cleo@x.test",
        "name": "Cleo Park",
        "firstname": "Cleo",
        "lastname": "Park",
        "channels": [
            {"id": 1, "type": "email", "address": "cleo@x.test", "preferred": True},
            {"id": 2, "type": "phone", "address": "+15550100", "preferred": False},
            {"id": 3, "type": "phone", "address": "+15550101", "preferred": True},
        ],
        "language": None,
        "timezone": None,
        "created_datetime": "2026-01-01T00:00:00.000000+00:00",
        "updated_datetime": "2026-01-02T00:00:00.000001+00:00",
        "meta": None,
        "data": None,
        "customer": None,
        "integrations": {},
        "note": None,
        "custom_fields": {},
    }
    return {**shape, **changes}


def user(user_id: int = 601, **changes: JsonValue) -> Json:
    shape: Json = {
        "id": user_id,
        "external_id": None,
        "active": True,
        "email": "ada@acme.test",
        "name": "Ada Lane",
        "firstname": "Ada",
        "lastname": "Lane",
        "role": {"id": 2, "name": "agent"},
        "created_datetime": "2026-01-01T00:00:00.000000+00:00",
        "updated_datetime": "2026-01-02T00:00:00.000000+00:00",
        "deactivated_datetime": None,
    }
    return {**shape, **changes}


def custom_field(field_id: int = 301, **changes: JsonValue) -> Json:
    shape: Json = {
        "id": field_id,
        "object_type": "Ticket",
        "label": "Loyalty tier!",
        "description": None,
        "priority": 1,
        "required": False,
        "managed_type": None,
        "definition": {
            "data_type": "text",
            "input_settings": {"input_type": "dropdown", "choices": ["gold", "A::B"]},
        },
        "created_datetime": "2026-01-01T00:00:00.000000+00:00",
        "updated_datetime": "2026-01-02T00:00:00.000000+00:00",
        "deactivated_datetime": None,
    }
    return {**shape, **changes}


def event(event_id: int, at: str, **changes: JsonValue) -> Json:
    """`at`: the time of day on the first of March."""
    shape: Json = {
        "id": event_id,
        "context": "c0ffee00-0000-4000-8000-000000000000",
        "created_datetime": f"2026-03-01T{at}+00:00",
        "data": None,
        "object_id": 41,
        "object_type": "Ticket",
        "type": "ticket-updated",
        "user_id": 601,
        "uri": f"/api/events/{event_id}/",
    }
    return {**shape, **changes}


def listing(*rows: Json, after: str | None = None) -> Json:
    meta: Json = {"prev_cursor": None, "next_cursor": after, "total_resources": None}
    return {"object": "list", "uri": "/api/things?limit=100", "data": list(rows), "meta": meta}


def alone(shape: Json) -> TicketSeen:
    """As a detail that is in order shows it."""
    page = GORGIAS.parse_ticket(reply(shape), "41")
    assert page.oddities == ()
    return page.tickets[0]


def in_list(shape: Json) -> TicketSeen:
    """As a list shows it."""
    page = lane("backfill").parse(None, reply(listing(shape)))
    assert page.oddities == ()
    return page.tickets[0]


def codes(page: LanePage) -> list[str]:
    return [oddity.code for oddity in page.oddities]


def sent(patch: TicketPatch, seen: Json | None = None) -> list[Request]:
    """The requests of a change to ticket 41; `seen`: the ticket as it was last shown."""
    return [
        GORGIAS.build_step(
            step,
            ticket_id="41",
            operation_id="op-1",
            stamp=1,
            ticket_raw=None if seen is None else orjson.dumps(seen),
        )
        for step in GORGIAS.update_steps(patch)
    ]
