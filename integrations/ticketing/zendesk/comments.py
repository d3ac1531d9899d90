"""A comment, in whichever reply it stands: a list, an audit, or the event feed."""

from __future__ import annotations

from datetime import datetime

from domain.observation import Oddity
from domain.records import Attachment, Comment
from domain.words import Delivery, PersonRole, Visibility
from integrations.ticketing import fields
from integrations.ticketing.fields import Row
from integrations.ticketing.zendesk.vocabulary import channel_of

COMMENT_TYPES = frozenset({"Comment", "VoiceComment", "FacebookComment", "Tweet", "ChatTranscript"})
_SYSTEM = "-1"


def parse_listed_comment(row: Row, _oddities: list[Oddity], *, ticket_id: str) -> Comment:
    """https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_comments/"""
    return _comment(row, ticket_id, at=fields.needed_moment(row, "created_at"), via=row)


def parse_audit_comments(audit: Row) -> list[Comment]:
    """The comments that one audit tells; channel and time are the audit's.

    https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_audits/
    """
    ticket_id = fields.needed_identifier(audit, "ticket_id")
    at = fields.needed_moment(audit, "created_at")
    return [
        _comment(event, ticket_id, at=at, via=audit)
        for event in fields.children(audit, "events")
        if event.get("type") in COMMENT_TYPES
    ]


def parse_event_comments(event: Row, _oddities: list[Oddity]) -> list[Comment]:
    """https://developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports/"""
    ticket_id = fields.needed_identifier(event, "ticket_id")
    return [
        _comment(row, ticket_id, at=fields.needed_moment(row, "created_at"), via=row)
        for row in fields.children(event, "child_events")
        if row.get("event_type") in COMMENT_TYPES and "body" in row
    ]


def _comment(row: Row, ticket_id: str, *, at: datetime, via: Row) -> Comment:
    is_public = fields.flag(row, "public", default=False)
    author_id = fields.identifier(row, "author_id") if row.get("author_id") != -1 else _SYSTEM
    return Comment(
        external_id=fields.needed_identifier(row, "id"),
        ticket_id=ticket_id,
        visibility=Visibility.PUBLIC if is_public else Visibility.INTERNAL,
        body=fields.needed_text(row, "body"),
        created_at=at,
        author_id=author_id,
        author_role=_author_role(author_id, is_public=is_public),
        body_html=fields.text(row, "html_body"),
        channel=channel_of(fields.text(fields.child(via, "via"), "channel")),
        delivery=Delivery.RECEIVED,
        attachments=tuple(_attachment(member) for member in fields.children(row, "attachments")),
    )


def _author_role(author_id: str | None, *, is_public: bool) -> PersonRole:
    """A guess from what all three shapes have, so that they agree; people's own roles decide.

    Only staff can write a note. Who wrote a public comment is in the author's user record.
    """
    if author_id == _SYSTEM:
        return PersonRole.BOT
    return PersonRole.CUSTOMER if is_public else PersonRole.AGENT


def _attachment(row: Row) -> Attachment:
    url = fields.text(row, "content_url") or ""
    return Attachment(
        external_id=fields.needed_identifier(row, "id"),
        file_name=fields.text(row, "file_name") or "",
        content_type=fields.text(row, "content_type") or "application/octet-stream",
        byte_size=fields.whole(row, "size"),
        # A redacted attachment has none; any other scheme would be a script in somebody's page.
        url=url if url.startswith(("https://", "http://")) else "",
    )
