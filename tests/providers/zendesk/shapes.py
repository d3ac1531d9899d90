"""Zendesk JSON of our own making, in the shapes that its replies have."""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from domain.http import Response
from domain.records import JsonValue
from integrations.ticketing.dictionary import Lane, ProviderDictionary, Window
from integrations.ticketing.zendesk import ZendeskDictionary

Json = dict[str, JsonValue]
WEB = "https://acme.zendesk.com"
ZENDESK: ProviderDictionary = ZendeskDictionary(web_url=WEB)


def lane(name: str, since: float | None = None) -> Lane:
    return next(lane for lane in ZENDESK.lanes(Window(since)) if lane.name == name)


def reply(
    body: JsonValue | bytes, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    return Response(status, headers or {}, content)


def ticket(ticket_id: int = 41, **changes: JsonValue) -> Json:
    row: Json = {
        "url": f"{WEB}/api/v2/tickets/{ticket_id}.json",
        "id": ticket_id,
        "external_id": None,
        "via": {"channel": "email", "source": {"from": {"address": "c@x.test"}, "to": {}}},
        "created_at": "2026-03-01T08:00:00Z",
        "updated_at": "2026-03-01T08:30:00Z",
        "type": "incident",
        "subject": "The parcel is late",
        "raw_subject": "The parcel is late",
        "description": "Where is it?",
        "priority": "normal",
        "status": "open",
        "recipient": None,
        "requester_id": 9_000_000_001,
        "submitter_id": 9_000_000_001,
        "assignee_id": 9_000_000_002,
        "organization_id": 71,
        "group_id": 81,
        "collaborator_ids": [],
        "follower_ids": [12, 5],
        "email_cc_ids": [],
        "forum_topic_id": None,
        "problem_id": None,
        "has_incidents": False,
        "is_public": True,
        "due_at": None,
        "tags": ["late", "parcel"],
        "custom_fields": [{"id": 501, "value": "gold"}, {"id": 502, "value": None}],
        "satisfaction_rating": None,
        "sharing_agreement_ids": [],
        "custom_status_id": 31,
        "followup_ids": [],
        "ticket_form_id": 61,
        "brand_id": 51,
        "allow_channelback": False,
        "allow_attachments": True,
        "from_messaging_channel": False,
    }
    return {**row, **changes}


def comment(comment_id: int = 901, **changes: JsonValue) -> Json:
    row: Json = {
        "id": comment_id,
        "type": "Comment",
        "author_id": 9_000_000_002,
        "body": "It left yesterday.",
        "html_body": "<p>It left yesterday.</p>",
        "plain_body": "It left yesterday.",
        "public": True,
        "attachments": [],
        "audit_id": 8_001,
        "via": {"channel": "web", "source": {"from": {}, "to": {}, "rel": None}},
        "created_at": "2026-03-01T08:30:00Z",
        "metadata": {"system": {"client": "x"}, "custom": {}},
    }
    return {**row, **changes}


def without(row: Json, *keys: str) -> Json:
    return {key: value for key, value in row.items() if key not in keys}


def audit(
    audit_id: int = 8_001, *events: Json, operation: str | None = None, **changes: JsonValue
) -> Json:
    custom: Json = {} if operation is None else {"deskgraph_operation": operation}
    row: Json = {
        "id": audit_id,
        "ticket_id": 41,
        "created_at": "2026-03-01T08:30:00Z",
        "author_id": 9_000_000_002,
        "metadata": {"system": {}, "custom": custom},
        "events": list(events),
        "via": {"channel": "web", "source": {"from": {}, "to": {}, "rel": None}},
    }
    return {**row, **changes}


def audit_comment() -> Json:
    return without(comment(), "via", "created_at", "metadata")


def user(user_id: int = 9_000_000_002, **changes: JsonValue) -> Json:
    row: Json = {
        "id": user_id,
        "url": f"{WEB}/api/v2/users/{user_id}.json",
        "name": "Ada",
        "email": "ada@acme.test",
        "phone": None,
        "role": "agent",
        "external_id": None,
        "organization_id": None,
        "default_group_id": 81,
        "active": True,
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-02T00:00:00Z",
    }
    return {**row, **changes}


def listing(*rows: Json, key: str = "tickets", after: str | None = None, **more: JsonValue) -> Json:
    """A cursor page. As at Zendesk, a last page has a cursor too."""
    meta: Json = {"has_more": after is not None, "after_cursor": after or "last"}
    return {key: list(rows), "meta": meta, "links": {"next": f"{WEB}/elsewhere"}, **more}
