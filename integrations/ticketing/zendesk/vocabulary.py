"""Zendesk's words and ours, both ways."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from domain.words import Capability, Channel, FieldType, PersonRole, Priority, Status
from integrations.ticketing.dictionary import Vocabulary, WordPair

# https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/#json-format
# A custom status is a name inside one of these categories: `status` is always the category.
STATUS_OF: Final[Mapping[str, Status]] = MappingProxyType(
    {
        "new": Status.NEW,
        "open": Status.OPEN,
        "pending": Status.PENDING,
        "hold": Status.ON_HOLD,
        "solved": Status.SOLVED,
        "closed": Status.CLOSED,
    }
)
NATIVE_STATUS_OF: Final = MappingProxyType({ours: word for word, ours in STATUS_OF.items()})

DELETED: Final = "deleted"
"""A status that only the incremental exports show, for a ticket that is not there any more."""

PRIORITY_OF: Final[Mapping[str, Priority]] = MappingProxyType(
    {
        "low": Priority.LOW,
        "normal": Priority.MEDIUM,
        "high": Priority.HIGH,
        "urgent": Priority.URGENT,
    }
)
NATIVE_PRIORITY_OF: Final = MappingProxyType({ours: word for word, ours in PRIORITY_OF.items()})

_NOTES: Final = MappingProxyType(
    {
        "closed": "For ever: Zendesk never changes a closed ticket again. Solve it instead.",
        "hold": "Only where the account has switched it on.",
        "normal": "Zendesk says normal where we say medium.",
    }
)

VOCABULARY: Final = Vocabulary(
    statuses=tuple(
        WordPair(ours.value, word, _NOTES.get(word)) for word, ours in STATUS_OF.items()
    ),
    priorities=tuple(
        WordPair(ours.value, word, _NOTES.get(word)) for word, ours in PRIORITY_OF.items()
    ),
    status_of=STATUS_OF,
    native_status_of=NATIVE_STATUS_OF,
    priority_of=PRIORITY_OF,
    native_priority_of=NATIVE_PRIORITY_OF,
)

# https://developer.zendesk.com/documentation/ticketing/reference-guides/via-types/
# About seventy names; what is not here is one of the many messaging channels or a system's own.
_CHANNELS: Final[Mapping[str, Channel]] = MappingProxyType(
    {
        "email": Channel.EMAIL,
        "mail": Channel.EMAIL,
        "web": Channel.WEB,
        "web_form": Channel.WEB,
        "web_widget": Channel.WEB,
        "mobile_sdk": Channel.WEB,
        "help_center": Channel.WEB,
        "api": Channel.API,
        "voice": Channel.PHONE,
        "phone": Channel.PHONE,
        "chat": Channel.CHAT,
        "chat_transcript": Channel.CHAT,
        "native_messaging": Channel.CHAT,
        "sms": Channel.SMS,
        "facebook": Channel.SOCIAL,
        "twitter": Channel.SOCIAL,
        "twitter_dm": Channel.SOCIAL,
        "twitter_favorite": Channel.SOCIAL,
        "instagram_dm": Channel.SOCIAL,
        "whatsapp": Channel.SOCIAL,
        "line": Channel.SOCIAL,
        "wechat": Channel.SOCIAL,
        "telegram": Channel.SOCIAL,
    }
)


def channel_of(word: str | None) -> Channel:
    return _CHANNELS.get(word or "", Channel.OTHER)


# https://developer.zendesk.com/api-reference/ticketing/users/users/#roles
ROLE_OF: Final[Mapping[str, PersonRole]] = MappingProxyType(
    {
        "end-user": PersonRole.CUSTOMER,
        "agent": PersonRole.AGENT,
        "admin": PersonRole.AGENT,
    }
)

# https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_fields/#json-format
FIELD_TYPE_OF: Final[Mapping[str, FieldType]] = MappingProxyType(
    {
        "text": FieldType.TEXT,
        "textarea": FieldType.TEXT,
        "regexp": FieldType.TEXT,
        "partialcreditcard": FieldType.TEXT,
        "integer": FieldType.NUMBER,
        "decimal": FieldType.NUMBER,
        "checkbox": FieldType.BOOLEAN,
        "date": FieldType.DATE,
        "tagger": FieldType.CHOICE,
        "multiselect": FieldType.MULTI_CHOICE,
    }
)

SYSTEM_FIELD_TYPES: Final = frozenset(
    {
        "subject",
        "description",
        "status",
        "tickettype",
        "priority",
        "basic_priority",
        "group",
        "assignee",
        "custom_status",
    }
)
"""Definitions of the ticket's own fields, which share a list with the custom ones."""

CAPABILITIES: Final = frozenset(Capability) - {Capability.STORE_CONTEXT}
