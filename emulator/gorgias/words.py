"""The words that Gorgias' parameters may have, and the shapes that several endpoints share."""

from __future__ import annotations

from emulator.gorgias.check import Anything, Email, Flag, Many, Moment, Rule, Shape, Text, Whole

STATUSES = ("open", "closed")
PRIORITIES = ("critical", "high", "normal", "low")
NOTE_CHANNEL = "internal-note"
_ANSWERED_BY_MAIL = ("api", "contact_form", "help-center")
CHANNELS = (
    "aircall",
    "api",
    "chat",
    "contact_form",
    "email",
    "facebook",
    "facebook-mention",
    "facebook-messenger",
    "facebook-recommendations",
    "help-center",
    "instagram-ad-comment",
    "instagram-comment",
    "instagram-direct-message",
    "instagram-mention",
    NOTE_CHANNEL,
    "phone",
    "sms",
    "twitter",
    "twitter-direct-message",
    "whatsapp",
    "yotpo-review",
)
VIAS = (
    *CHANNELS,
    "form",
    "gorgias_chat",
    "helpdesk",
    "instagram",
    "offline_capture",
    "rule",
    "self_service",
    "shopify",
    "twilio",
    "yotpo",
    "zendesk",
)

CHANNEL = Text(longest=255, shortest=1, nullable=False)
"""Open-ended: an account may have channels of its own."""


def reply_channel(channel: str) -> str:
    """How agents answer what came in through `channel`."""
    return "email" if channel in _ANSWERED_BY_MAIL else channel


VIA = Text(choices=VIAS, nullable=False)
EXTERNAL_ID = Text(longest=255)
OBJECT = Shape(is_open=True)

CONTACT_CHANNELS = Many(
    Shape(
        {
            "type": Text(shortest=1, nullable=False),
            "address": Text(shortest=1, nullable=False),
            "preferred": Flag(),
        },
        required=("type", "address"),
        is_open=True,
    )
)

PERSON = Shape(
    {
        "id": Whole(),
        "email": Email(),
        "name": Text(),
        "firstname": Text(),
        "lastname": Text(),
        "external_id": EXTERNAL_ID,
        "language": Text(),
        "timezone": Text(),
        "note": Text(),
        "meta": OBJECT,
        "channels": CONTACT_CHANNELS,
    }
)
"""A customer or user named inside another object."""

ASSIGNEE = Shape({"id": Whole(), "email": Email(), "name": Text()}, is_open=True)

FIELD_VALUE = Shape({"id": Whole(nullable=False), "value": Anything()}, required=("id", "value"))

ATTACHMENT = Shape(
    {
        "url": Text(shortest=1, nullable=False),
        "name": Text(nullable=False),
        "content_type": Text(nullable=False),
        "size": Whole(),
        "public": Flag(),
        "extra": Anything(),
    },
    required=("url", "name", "content_type"),
)

MESSAGE_FIELDS: dict[str, Rule] = {
    "channel": CHANNEL,
    "via": VIA,
    "from_agent": Flag(nullable=False),
    "public": Flag(),
    "sender": PERSON,
    "receiver": PERSON,
    "source": OBJECT,
    "subject": Text(),
    "body_text": Text(),
    "body_html": Text(),
    "stripped_text": Text(),
    "stripped_html": Text(),
    "stripped_signature": Text(),
    "attachments": Many(ATTACHMENT),
    "integration_id": Whole(smallest=1),
    "external_id": EXTERNAL_ID,
    "message_id": Text(),
    "mention_ids": Many(Whole()),
    "macros": Many(Shape({"id": Whole(nullable=False)}, required=("id",), is_open=True)),
    "headers": OBJECT,
    "meta": OBJECT,
    "created_datetime": Moment(),
    "sent_datetime": Moment(),
    "failed_datetime": Moment(),
    "opened_datetime": Moment(),
    "deleted_datetime": Moment(),
    "last_sending_error": OBJECT,
}

MESSAGE = Shape(MESSAGE_FIELDS, required=("channel", "via", "from_agent"), nullable=False)
