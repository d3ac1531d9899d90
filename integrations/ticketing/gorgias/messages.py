"""A message, in whichever reply it stands: a ticket's detail, the message list, a write's reply."""

from __future__ import annotations

import html
import re
from datetime import datetime
from typing import Final

from domain.observation import Oddity
from domain.records import Attachment, Comment
from domain.words import Delivery, PersonRole, Visibility
from integrations.ticketing import fields
from integrations.ticketing.document import malformed
from integrations.ticketing.fields import MalformedRowError, Row
from integrations.ticketing.gorgias.vocabulary import NOTE, channel_of

_BREAK: Final = re.compile(r"<(?:br|/p|/div|/li|/tr|/h\d)\b[^>]*>", re.IGNORECASE)
_HIDDEN: Final = re.compile(r"<(style|script)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_MARK: Final = re.compile(r"<[^>]*>")


def is_deleted(row: Row) -> bool:
    return row.get("deleted_datetime") is not None


def parse_message(
    row: Row, oddities: list[Oddity], *, ticket_id: str | None = None, at: datetime | None = None
) -> Comment:
    """https://developers.gorgias.com/reference/the-ticketmessage-object

    A value of a wrong type is left out and told, but the message stays: its absence from a ticket's
    list would say that it was deleted. `at` replaces a time that cannot be read. Raises
    `MalformedRowError` for a message without an id.
    """
    mended, first = dict(row), None
    while True:
        try:
            comment = _message(mended, ticket_id, at)
        except MalformedRowError as error:
            if error.key not in mended:
                raise
            # Ends, as each round has one key less.
            del mended[error.key]
            first = first or error
            continue
        if first is not None:
            oddities.append(malformed(dict(row), first, kind="message"))
        return comment


def _message(row: Row, ticket_id: str | None, at: datetime | None) -> Comment:
    channel = fields.text(row, "channel")
    is_note = channel == NOTE or not fields.flag(row, "public", default=False)
    created_at = fields.moment(row, "created_datetime") or at
    return Comment(
        external_id=fields.needed_identifier(row, "id"),
        ticket_id=ticket_id or fields.needed_identifier(row, "ticket_id"),
        visibility=Visibility.INTERNAL if is_note else Visibility.PUBLIC,
        body=_body(row),
        created_at=created_at or fields.needed_moment(row, "created_datetime"),
        author_id=fields.child_identifier(row, "sender", "id"),
        author_role=_author_role(row),
        body_html=fields.text(row, "body_html"),
        channel=channel_of(channel),
        delivery=_delivery(row, is_note=is_note),
        attachments=_attachments(row),
        external_reference=fields.text(row, "external_id"),
    )


def _body(row: Row) -> str:
    """The text; where a channel gives HTML only, what a reader sees of it."""
    for key in ("body_text", "stripped_text"):
        if (text := fields.text(row, key)) is not None:
            return text
    return plain_text(fields.text(row, "body_html") or "")


def plain_text(markup: str) -> str:
    seen = _BREAK.sub("\n", _HIDDEN.sub("", markup))
    return html.unescape(_MARK.sub("", seen)).strip()


def _author_role(row: Row) -> PersonRole:
    if row.get("rule_id") is not None or row.get("via") == "rule":
        return PersonRole.BOT
    from_agent = fields.flag(row, "from_agent", default=False)
    return PersonRole.AGENT if from_agent else PersonRole.CUSTOMER


def _delivery(row: Row, *, is_note: bool) -> Delivery:
    """Sending is asynchronous: `sent_datetime` or `failed_datetime` comes later, and a message
    that was sent can still fail."""
    sent = fields.moment(row, "sent_datetime")
    failed = fields.moment(row, "failed_datetime")
    if is_note or not fields.flag(row, "from_agent", default=False):
        return Delivery.RECEIVED
    if failed is not None and (sent is None or failed >= sent):
        return Delivery.FAILED
    # An imported message was sent elsewhere.
    is_sent = sent is not None or fields.flag(row, "imported", default=False)
    return Delivery.SENT if is_sent else Delivery.SENDING


def _attachments(row: Row) -> tuple[Attachment, ...]:
    """They have no ids: their places in the message tell them apart."""
    try:
        found = list(fields.children(row, "attachments"))
        return tuple(_attachment(number, member) for number, member in enumerate(found))
    except MalformedRowError as error:
        raise MalformedRowError(str(error), key="attachments") from None


def _attachment(number: int, row: Row) -> Attachment:
    url = fields.text(row, "url") or ""
    return Attachment(
        external_id=str(number),
        file_name=fields.text(row, "name") or "",
        content_type=fields.text(row, "content_type") or "application/octet-stream",
        byte_size=fields.whole(row, "size"),
        # Any other scheme would be a script in somebody's page.
        url=url if url.startswith(("https://", "http://")) else "",
    )
