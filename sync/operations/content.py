"""A step as it is stored, and back. What is unset is left out, null is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

import orjson

from domain.words import Priority, Status, Visibility
from domain.writes import (
    UNSET,
    CommentDraft,
    Requester,
    Safety,
    Step,
    StepKind,
    TicketDraft,
    TicketPatch,
)

Stored = dict[str, Any]  # JSON between us and our own table


def encode_step(step: Step) -> str:
    return orjson.dumps(_plain(step), option=orjson.OPT_SORT_KEYS).decode()


def _plain(value: object) -> Stored:
    """A dataclass as a dict without its unset fields."""
    stored: Stored = {}
    for field in fields(value):  # type: ignore[arg-type]  # every caller passes a dataclass
        member = getattr(value, field.name)
        if member is UNSET:
            continue
        nested = isinstance(member, TicketDraft | TicketPatch | CommentDraft | Requester)
        stored[field.name] = _plain(member) if nested else _scalar(member)
    return stored


def _scalar(value: object) -> object:
    return dict(value) if isinstance(value, Mapping) else value


def decode_step(text: str) -> Step:
    stored: Stored = orjson.loads(text)
    draft, patch, comment = stored["draft"], stored["patch"], stored["comment"]
    return Step(
        StepKind(stored["kind"]),
        Safety(stored["safety"]),
        draft=None if draft is None else _draft(draft),
        patch=None if patch is None else _patch(patch),
        comment=None if comment is None else _comment(comment),
        tags=tuple(stored["tags"]),
        custom_fields=stored["custom_fields"],
    )


def _draft(stored: Stored) -> TicketDraft:
    requester = stored["requester"]
    return TicketDraft(
        **stored
        | {
            "visibility": Visibility(stored["visibility"]),
            "requester": None if requester is None else Requester(**requester),
            "priority": _or_none(Priority, stored["priority"]),
            "status": _or_none(Status, stored["status"]),
            "tags": tuple(stored["tags"]),
        }
    )


def _patch(stored: Stored) -> TicketPatch:
    values = dict(stored)
    for name, kind in (("status", Status), ("priority", Priority)):
        if name in values:
            values[name] = _or_none(kind, values[name])
    if values.get("snoozed_until"):
        values["snoozed_until"] = datetime.fromisoformat(values["snoozed_until"])
    for name in ("add_tags", "remove_tags"):
        values[name] = tuple(values[name])
    comment = values["comment"]
    values["comment"] = None if comment is None else _comment(comment)
    return TicketPatch(**values)


def _comment(stored: Stored) -> CommentDraft:
    return CommentDraft(**stored | {"visibility": Visibility(stored["visibility"])})


def _or_none(kind: type[Status] | type[Priority], value: str | None) -> Status | Priority | None:
    return None if value is None else kind(value)
