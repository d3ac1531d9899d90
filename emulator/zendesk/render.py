"""Records as the JSON that Zendesk answers with. Key sets follow recorded replies."""

from __future__ import annotations

from enum import Enum

from emulator.kernel.http import JsonValue
from emulator.zendesk.desk import Desk
from emulator.zendesk.records import (
    Audit,
    Comment,
    CustomStatus,
    Event,
    FieldValue,
    Group,
    Membership,
    Organization,
    Ticket,
    TicketField,
    User,
)
from emulator.zendesk.text import html_of, plain_of
from emulator.zendesk.times import stamp, stamp_or_none
from emulator.zendesk.view import DeskView

JsonObject = dict[str, JsonValue]

SUPPORT_ADDRESS = "support@example.com"
_ROLE_TYPES = {"admin": 4, "agent": 0}
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_SYSTEM_OPTIONS = {
    "status": ("open", "pending", "solved"),
    "tickettype": ("question", "incident", "problem", "task"),
    "priority": ("low", "normal", "high", "urgent"),
}


class Shape(Enum):
    """Where a ticket is shown: its keys differ."""

    SHOWN = "shown"
    CURSOR_LIST = "cursor list"
    CREATED = "created"
    EXPORTED = "exported"


class Renderer:
    """Renders for one request: with its base URL, and with what its view of the desk holds."""

    def __init__(self, desk: Desk, view: DeskView, *, base_url: str, has_ratings: bool) -> None:
        self._desk = desk
        self._view = view
        self._api = f"{base_url}/api/v2"
        self._has_ratings = has_ratings
        self._field_ids = [row.id for row in desk.custom_fields()]

    def url(self, path: str) -> str:
        return f"{self._api}/{path}.json"

    def ticket(self, ticket: Ticket, shape: Shape = Shape.SHOWN) -> JsonObject:
        is_gone = ticket.is_scrubbed
        subject = "SCRUBBED" if is_gone else ticket.subject
        values: list[JsonValue] = [
            {"id": field_id, "value": json_of(ticket.fields.get(field_id))}
            for field_id in self._field_ids
        ]
        row: JsonObject = {
            "url": self.url(f"tickets/{ticket.id}"),
            "id": ticket.id,
            "external_id": ticket.external_id,
            "via": self._ticket_via(ticket),
            "created_at": stamp(ticket.created_at),
            "updated_at": stamp(ticket.updated_at),
            "type": ticket.type,
            "subject": subject,
            "raw_subject": subject,
            "description": "X" if is_gone else description_of(ticket),
            "priority": ticket.priority,
            "status": "deleted" if ticket.deleted_at else ticket.status,
            "recipient": ticket.recipient,
            "requester_id": ticket.requester_id,
            "submitter_id": ticket.submitter_id,
            "assignee_id": ticket.assignee_id,
            "organization_id": ticket.organization_id,
            "group_id": ticket.group_id,
            "collaborator_ids": list(ticket.collaborator_ids),
            "follower_ids": list(ticket.follower_ids),
            "email_cc_ids": list(ticket.email_cc_ids),
            "forum_topic_id": None,
            "problem_id": ticket.problem_id,
            "has_incidents": ticket.has_incidents,
            "is_public": ticket.is_public,
            "due_at": stamp_or_none(ticket.due_at),
            "tags": [] if is_gone else list(ticket.tags),
            "custom_fields": values,
            "satisfaction_rating": self._rating(ticket),
            "sharing_agreement_ids": [],
            "custom_status_id": ticket.custom_status_id,
            "encoded_id": encoded_id(ticket.id),
            "followup_ids": list(ticket.followup_ids),
            "ticket_form_id": ticket.form_id,
            "brand_id": ticket.brand_id,
            "allow_channelback": False,
            "allow_attachments": True,
            "from_messaging_channel": False,
            "support_type": ticket.support_type,
        }
        if shape is not Shape.CURSOR_LIST:
            row["fields"] = values
        if shape is Shape.EXPORTED:
            row["generated_timestamp"] = ticket.generated_at
        elif shape is Shape.CREATED:
            row["generated_timestamp"] = 0
        return row

    def _ticket_via(self, ticket: Ticket) -> JsonObject:
        if ticket.channel != "email":
            return via(ticket.channel)
        requester = self._view.users.get(ticket.requester_id)
        sender: JsonObject = {}
        if requester is not None:
            sender = {"address": requester.email, "name": requester.name}
        receiver: JsonObject = {"name": "Support", "address": SUPPORT_ADDRESS}
        return via(ticket.channel, sender, receiver)

    def _rating(self, ticket: Ticket) -> JsonValue:
        if not self._has_ratings:
            return None
        if ticket.satisfaction in {"good", "bad"}:
            rating_id = ticket.created_at * 10_000 + ticket.id % 10_000
            return {"id": rating_id, "score": ticket.satisfaction, "comment": None}
        return {"score": ticket.satisfaction or "unoffered"}

    def comment(self, comment: Comment) -> JsonObject:
        audit = self._desk.audits.rows.get(comment.audit_id)
        return {
            **comment_core(comment),
            "via": via(comment.channel),
            "created_at": stamp(comment.created_at),
            "metadata": metadata(audit),
        }

    def audit(self, audit: Audit, ticket: Ticket) -> JsonObject:
        return {
            "id": audit.id,
            "ticket_id": audit.ticket_id,
            "created_at": stamp(audit.created_at),
            "author_id": audit.author_id,
            "metadata": metadata(audit),
            "events": [event(entry, ticket) for entry in audit.events],
            "via": via(audit.channel),
        }

    def user(self, user: User) -> JsonObject:
        is_staff = user.role != "end-user"
        return {
            "id": user.id,
            "url": self.url(f"users/{user.id}"),
            "name": user.name,
            "email": user.email,
            "created_at": stamp(user.created_at),
            "updated_at": stamp(user.updated_at),
            "time_zone": user.time_zone,
            "iana_time_zone": "Etc/UTC" if user.time_zone == "UTC" else user.time_zone,
            "phone": user.phone,
            "shared_phone_number": None if user.phone is None else False,
            "photo": None,
            "locale_id": 1,
            "locale": user.locale,
            "organization_id": user.organization_id,
            "role": user.role,
            "verified": user.is_verified,
            "external_id": user.external_id,
            "tags": list(user.tags),
            "alias": user.alias,
            "active": user.is_active,
            "shared": False,
            "shared_agent": False,
            "last_login_at": None,
            "two_factor_auth_enabled": None,
            "signature": None,
            "details": user.details,
            "notes": user.notes,
            "role_type": _ROLE_TYPES.get(user.role),
            "custom_role_id": self._desk.form_id + 128 if is_staff else None,
            "moderator": is_staff,
            "ticket_restriction": None if is_staff else "requested",
            "only_private_comments": False,
            "restricted_agent": user.role != "admin",
            "suspended": user.is_suspended,
            "default_group_id": user.group_id,
            "report_csv": user.role == "admin",
            "user_fields": dict(user.fields),
        }

    def organization(self, row: Organization, *, is_exported: bool = False) -> JsonObject:
        shown: JsonObject = {
            "url": self.url(f"organizations/{row.id}"),
            "id": row.id,
            "name": row.name,
            "shared_tickets": row.shared_tickets,
            "shared_comments": row.shared_comments,
            "external_id": row.external_id,
            "created_at": stamp(row.created_at),
            "updated_at": stamp(row.updated_at),
            "domain_names": list(row.domain_names),
            "details": row.details,
            "notes": row.notes,
            "group_id": row.group_id,
            "tags": list(row.tags),
            "organization_fields": dict(row.fields),
        }
        if is_exported:
            shown["deleted_at"] = stamp_or_none(row.deleted_at)
        return shown

    def group(self, row: Group) -> JsonObject:
        return {
            "url": self.url(f"groups/{row.id}"),
            "id": row.id,
            "is_public": row.is_public,
            "name": row.name,
            "description": row.description,
            "default": row.is_default,
            "deleted": row.is_deleted,
            "created_at": stamp(row.created_at),
            "updated_at": stamp(row.updated_at),
        }

    def membership(self, row: Membership) -> JsonObject:
        return {
            "url": self.url(f"group_memberships/{row.id}"),
            "id": row.id,
            "user_id": row.user_id,
            "group_id": row.group_id,
            "default": row.is_default,
            "created_at": stamp(row.created_at),
            "updated_at": stamp(row.updated_at),
        }

    def field(self, row: TicketField) -> JsonObject:
        shown: JsonObject = {
            "url": self.url(f"ticket_fields/{row.id}"),
            "id": row.id,
            "type": row.type,
            "title": row.title,
            "raw_title": row.title,
            "description": row.description,
            "raw_description": row.description,
            "position": row.position,
            "active": row.is_active,
            "required": row.is_required,
            "collapsed_for_agents": False,
            "regexp_for_validation": row.pattern,
            "title_in_portal": row.title,
            "raw_title_in_portal": row.title,
            "visible_in_portal": row.type in {"subject", "description"},
            "editable_in_portal": row.type in {"subject", "description"},
            "required_in_portal": row.type in {"subject", "description"},
            "tag": row.tag,
            "created_at": stamp(row.created_at),
            "updated_at": stamp(row.updated_at),
            "removable": not row.is_system,
            "key": None,
            "agent_description": None,
        }
        if row.type in _SYSTEM_OPTIONS:
            shown["system_field_options"] = [
                {"name": value.title(), "value": value} for value in _SYSTEM_OPTIONS[row.type]
            ]
        if row.type in {"tagger", "multiselect"}:
            shown["custom_field_options"] = [
                _option(row.id + 1 + place, name, value, place)
                for place, (name, value) in enumerate(row.options)
            ]
        if row.type == "custom_status":
            shown["custom_statuses"] = [
                self.status(status) for status in self._desk.statuses.rows.values()
            ]
        return shown

    def status(self, row: CustomStatus) -> JsonObject:
        return {
            "url": self.url(f"custom_statuses/{row.id}"),
            "id": row.id,
            "status_category": row.category,
            "agent_label": row.agent_label,
            "raw_agent_label": row.agent_label,
            "end_user_label": row.end_user_label,
            "raw_end_user_label": row.end_user_label,
            "description": "",
            "raw_description": "",
            "end_user_description": "",
            "raw_end_user_description": "",
            "active": True,
            "default": True,
            "created_at": stamp(row.created_at),
            "updated_at": stamp(row.created_at),
        }


def via(
    channel: str, sender: JsonObject | None = None, receiver: JsonObject | None = None
) -> JsonObject:
    source: JsonObject = {"from": sender or {}, "to": receiver or {}, "rel": None}
    return {"channel": channel, "source": source}


def metadata(audit: Audit | None) -> JsonObject:
    if audit is None:
        return {"system": {}, "custom": {}}
    system: JsonObject = {}
    if audit.client:
        system = {
            "client": audit.client,
            "ip_address": "203.0.113.7",
            "location": "Amsterdam, NH, Netherlands",
            "latitude": 52.37,
            "longitude": 4.89,
        }
    return {"system": system, "custom": dict(audit.custom)}


def bodies(comment: Comment) -> tuple[str, str, str]:
    """`body`, `html_body` and `plain_body`."""
    if comment.text is None:
        plain = plain_of(comment.html)
        return plain, comment.html, plain
    return comment.text, comment.html or html_of(comment.text), comment.text


def description_of(ticket: Ticket) -> str:
    return bodies(ticket.comments[0])[0] if ticket.comments else ""


def comment_core(comment: Comment) -> JsonObject:
    """What a comment shows everywhere: in its list, in audits and in the event feed."""
    body, html, plain = bodies(comment)
    return {
        "id": comment.id,
        "type": "Comment",
        "author_id": comment.author_id,
        "body": body,
        "html_body": html,
        "plain_body": plain,
        "public": comment.is_public,
        "attachments": [],
        "audit_id": comment.audit_id,
    }


def event(entry: Event, ticket: Ticket) -> JsonObject:
    if entry.comment_id is not None and entry.kind == "Comment":
        return comment_core(comment_of(ticket, entry.comment_id))
    shown: JsonObject = {"id": entry.id, "type": entry.kind}
    if entry.field is not None:
        shown |= {"value": entry.value, "field_name": entry.field}
    if entry.kind == "Change":
        shown["previous_value"] = entry.previous
    if entry.comment_id is not None:
        shown["comment_id"] = entry.comment_id
    return shown


def comment_of(ticket: Ticket, comment_id: int) -> Comment:
    return next(comment for comment in ticket.comments if comment.id == comment_id)


def json_of(value: FieldValue) -> JsonValue:
    return list(value) if isinstance(value, tuple) else value


def encoded_id(number: int) -> str:
    """A ticket's public name, such as `RPPQZL-3Y8M`; here simply the scrambled number."""
    scrambled, letters = (number * 2_654_435_761 + 97) % 32**10, ""
    for _ in range(10):
        scrambled, place = divmod(scrambled, 32)
        letters += _LETTERS[place]
    return f"{letters[:6]}-{letters[6:]}"


def _option(option_id: int, name: str, value: str, place: int) -> JsonObject:
    return {
        "id": option_id,
        "name": name,
        "raw_name": name,
        "value": value,
        "default": False,
        "position": place,
    }
