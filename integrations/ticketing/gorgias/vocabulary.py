"""Gorgias's words and ours, both ways."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from domain.words import Capability, Channel, FieldType, PersonRole, Priority, Status
from integrations.ticketing.dictionary import Vocabulary, WordPair

# https://developers.gorgias.com/reference/the-ticket-object
# Snoozed, spam and trashed are no statuses there: they stand beside it. `opened` is an old word.
STATUS_OF: Final[Mapping[str, Status]] = MappingProxyType(
    {"open": Status.OPEN, "opened": Status.OPEN, "closed": Status.CLOSED}
)
NATIVE_STATUS_OF: Final[Mapping[Status, str]] = MappingProxyType(
    {
        Status.NEW: "open",
        Status.OPEN: "open",
        Status.PENDING: "open",
        Status.ON_HOLD: "open",
        Status.SOLVED: "closed",
        Status.CLOSED: "closed",
    }
)

PRIORITY_OF: Final[Mapping[str, Priority]] = MappingProxyType(
    {
        "low": Priority.LOW,
        "normal": Priority.MEDIUM,
        "high": Priority.HIGH,
        "critical": Priority.URGENT,
    }
)
NATIVE_PRIORITY_OF: Final = MappingProxyType({ours: word for word, ours in PRIORITY_OF.items()})
DEFAULT_PRIORITY: Final = "normal"
"""What Gorgias gives a ticket that says none; there is no ticket without one."""

_STATUS_NOTES: Final = MappingProxyType(
    {
        Status.NEW: "Gorgias does not tell new tickets from open ones: it is read back as open.",
        Status.PENDING: "Gorgias has no waiting state: it is read back as open. Snooze the ticket "
        "to hide it until a time.",
        Status.ON_HOLD: "Gorgias has no waiting state: it is read back as open. Snooze the ticket "
        "to hide it until a time.",
        Status.SOLVED: "Gorgias does not tell solved tickets from closed ones: it is read back as "
        "closed.",
        Status.CLOSED: "A closed ticket opens again when its customer answers.",
    }
)
_PRIORITY_NOTES: Final = MappingProxyType(
    {
        Priority.MEDIUM: "Gorgias says normal where we say medium.",
        Priority.URGENT: "Gorgias says critical where we say urgent.",
    }
)

VOCABULARY: Final = Vocabulary(
    statuses=tuple(
        WordPair(ours.value, word, _STATUS_NOTES.get(ours))
        for ours, word in NATIVE_STATUS_OF.items()
    ),
    priorities=tuple(
        WordPair(ours.value, word, _PRIORITY_NOTES.get(ours)) for word, ours in PRIORITY_OF.items()
    ),
    status_of=STATUS_OF,
    native_status_of=NATIVE_STATUS_OF,
    priority_of=PRIORITY_OF,
    native_priority_of=NATIVE_PRIORITY_OF,
)

NOTE: Final = "internal-note"
"""The channel of internal notes: nothing else makes a message one."""

# https://developers.gorgias.com/reference/the-ticketmessage-object: an open list.
_CHANNELS: Final[Mapping[str, Channel]] = MappingProxyType(
    {
        "email": Channel.EMAIL,
        "chat": Channel.CHAT,
        "gorgias_chat": Channel.CHAT,
        "offline_capture": Channel.CHAT,
        "contact_form": Channel.WEB,
        "help-center": Channel.WEB,
        "api": Channel.API,
        "phone": Channel.PHONE,
        "aircall": Channel.PHONE,
        "sms": Channel.SMS,
        "whatsapp": Channel.SOCIAL,
        "yotpo-review": Channel.SOCIAL,
    }
)
_SOCIAL: Final = ("facebook", "instagram", "twitter")


def channel_of(word: str | None) -> Channel:
    """Ours for `facebook-mention` and the like by their first word."""
    word = word or ""
    return _CHANNELS.get(word, Channel.SOCIAL if word.startswith(_SOCIAL) else Channel.OTHER)


# https://developers.gorgias.com/reference/the-user-object: names of roles as seen live.
ROLE_OF: Final[Mapping[str, PersonRole]] = MappingProxyType(
    {
        "admin": PersonRole.AGENT,
        "agent": PersonRole.AGENT,
        "basic-agent": PersonRole.AGENT,
        "internal-agent": PersonRole.AGENT,
        "lite-agent": PersonRole.AGENT,
        "observer-agent": PersonRole.AGENT,
        "bot": PersonRole.BOT,
    }
)

# https://developers.gorgias.com/reference/the-custom-field-object
FIELD_TYPE_OF: Final[Mapping[str, FieldType]] = MappingProxyType(
    {
        "text": FieldType.TEXT,
        "number": FieldType.NUMBER,
        "boolean": FieldType.BOOLEAN,
        "date": FieldType.DATE,
    }
)

# Service levels exist in the product only, and a closed ticket opens again: no follow-ups.
CAPABILITIES: Final = frozenset(Capability) - {Capability.SLA, Capability.FOLLOW_UP}
