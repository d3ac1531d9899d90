"""A caller's plain dicts, checked and turned into drafts and patches. No word is guessed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeVar

from domain.errors import InvalidInputError
from domain.records import NOTHING, JsonValue
from domain.text import require_storable
from domain.words import Priority, Status, Visibility
from domain.writes import (
    UNSET,
    CommentDraft,
    Requester,
    TicketDraft,
    TicketPatch,
    Unset,
)

CREATE_KEYS: Final = (
    "subject",
    "description",
    "priority",
    "tags",
    "custom_fields",
    "status",
    "customer_email",
    "customer_name",
    "assignee_id",
    "team_id",
    "internal",
)
UPDATE_KEYS: Final = (
    "subject",
    "status",
    "priority",
    "tags",
    "custom_fields",
    "comment",
    "internal",
    "assignee_id",
    "team_id",
)
# What else people write for a word of ours.
_PRIORITY_ALIASES: Final = {"normal": Priority.MEDIUM}
_STATUS_ALIASES: Final = {"opened": Status.OPEN, "hold": Status.ON_HOLD}

Word = TypeVar("Word", bound=StrEnum)
Data = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class NewTicket:
    draft: TicketDraft
    custom_fields: Mapping[str, JsonValue]
    """By key, as the caller wrote them."""


@dataclass(frozen=True, slots=True)
class TicketChange:
    patch: TicketPatch
    tags: tuple[str, ...] | None
    """All that the ticket shall have; None: they stay."""
    custom_fields: Mapping[str, JsonValue]


def new_ticket(data: Data) -> NewTicket:
    """Raises `InvalidInputError`."""
    _refuse_others(data, CREATE_KEYS, verb="create_ticket")
    draft = TicketDraft(
        subject=_needed_text(data, "subject"),
        body=_needed_text(data, "description"),
        visibility=_visibility(data, default=False),
        requester=_requester(data),
        priority=priority_of(data.get("priority")),
        # Where a help desk has both, a new ticket is not among the open ones: here it is.
        status=status_of(data.get("status")) or Status.OPEN,
        tags=tags_of(data.get("tags")) or (),
        assignee_id=_id(data, "assignee_id"),
        team_id=_id(data, "team_id"),
    )
    return NewTicket(draft, _custom_fields(data))


def ticket_change(data: Data) -> TicketChange:
    """Raises `InvalidInputError`, also when nothing would change."""
    _refuse_others(data, UPDATE_KEYS, verb="update_ticket")
    status = status_of(data.get("status"))
    comment = data.get("comment")
    patch = TicketPatch(
        subject=_needed_text(data, "subject") if "subject" in data else UNSET,
        status=UNSET if status is None else status,
        priority=priority_of(data["priority"]) if "priority" in data else UNSET,
        assignee_id=_id_or_unset(data, "assignee_id"),
        team_id=_id_or_unset(data, "team_id"),
        comment=None
        if comment is None
        else comment_draft(comment, _visibility(data, default=True), path="comment"),
    )
    change = TicketChange(patch, tags_of(data.get("tags")), _custom_fields(data))
    if change == TicketChange(TicketPatch(), None, NOTHING):
        raise InvalidInputError("The update changes nothing", hint=_takes(UPDATE_KEYS))
    return change


def comment_draft(text: object, shown: Visibility, *, path: str) -> CommentDraft:
    return CommentDraft(_checked_text(text, path), shown)


def visibility(internal: bool) -> Visibility:
    return Visibility.INTERNAL if internal else Visibility.PUBLIC


def ticket_id_of(value: object) -> str:
    """A ticket's id as text. Raises `InvalidInputError`."""
    if isinstance(value, bool) or not isinstance(value, str | int) or not str(value).strip():
        raise InvalidInputError(
            "A ticket id is missing", hint="Use an id as a ticket shows it", path=("ticket_id",)
        )
    return require_storable(str(value).strip(), "ticket_id")


def status_of(value: object) -> Status | None:
    return _word(value, Status, _STATUS_ALIASES, name="status")


def priority_of(value: object) -> Priority | None:
    return _word(value, Priority, _PRIORITY_ALIASES, name="priority")


def tags_of(value: object) -> tuple[str, ...] | None:
    """Each once, in the given order."""
    if value is None:
        return None
    if isinstance(value, str) or not isinstance(value, Sequence | set | frozenset):
        raise InvalidInputError("tags must be a list of texts", path=("tags",))
    return tuple(dict.fromkeys(_checked_text(tag, "tags") for tag in value))


def limit_of(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise InvalidInputError("limit must be a whole number from 1", path=("limit",))
    return value


def _word(
    value: object, words: type[Word], aliases: Mapping[str, Word], *, name: str
) -> Word | None:
    if value is None:
        return None
    text = str(value).strip().lower().replace("-", "_").replace(" ", "_")
    if text in aliases:
        return aliases[text]
    try:
        return words(text)
    except ValueError:
        raise InvalidInputError(
            f"{str(value)[:40]!r} is no {name}",
            hint=f"Allowed: {', '.join(words)}",
            path=(name,),
        ) from None


def _refuse_others(data: Data, keys: Sequence[str], *, verb: str) -> None:
    if unknown := [str(key) for key in data if key not in keys]:
        raise InvalidInputError(
            f"{verb} does not know {', '.join(sorted(unknown))[:200]}",
            hint=_takes(keys),
            path=(unknown[0],),
        )


def _takes(keys: Sequence[str]) -> str:
    return f"It takes: {', '.join(keys)}"


def _needed_text(data: Data, key: str) -> str:
    return _checked_text(data.get(key), key)


def _checked_text(value: object, key: str) -> str:
    if not isinstance(value, str):
        raise InvalidInputError(f"{key} must be a text", hint=f"Give {key}", path=(key,))
    if not value.strip():
        raise InvalidInputError(f"{key} is empty", hint=f"Give {key} some text", path=(key,))
    return require_storable(value, key)


def _id(data: Data, key: str) -> str | None:
    value = data.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise InvalidInputError(f"{key} must be an id", path=(key,))
    return _checked_text(str(value), key)


def _id_or_unset(data: Data, key: str) -> str | Unset | None:
    return _id(data, key) if key in data else UNSET


def _visibility(data: Data, *, default: bool) -> Visibility:
    internal = data.get("internal", default)
    if not isinstance(internal, bool):
        raise InvalidInputError("internal must be True or False", path=("internal",))
    return visibility(internal)


def _requester(data: Data) -> Requester | None:
    email, name = (
        None if data.get(key) is None else _needed_text(data, key)
        for key in ("customer_email", "customer_name")
    )
    return None if email is None and name is None else Requester(email=email, name=name)


def _custom_fields(data: Data) -> Mapping[str, JsonValue]:
    given = data.get("custom_fields")
    if given is None:
        return NOTHING
    if not isinstance(given, Mapping):
        raise InvalidInputError("custom_fields must be a dict", path=("custom_fields",))
    return {
        _checked_text(key, "custom_fields"): _json(value, "custom_fields", str(key))
        for key, value in given.items()
    }


def _json(value: object, *path: str) -> JsonValue:
    """A value that JSON and every database can carry."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return require_storable(value, *path)
    if isinstance(value, int) and abs(value) < 2**63:
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, list | tuple):
        return [_json(member, *path) for member in value]
    raise InvalidInputError(
        f"{'.'.join(path)} cannot be {type(value).__name__}",
        hint="Use a text, a number, True, False, None or a list of them",
        path=path,
    )
