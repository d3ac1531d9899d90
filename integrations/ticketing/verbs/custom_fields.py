"""Custom fields by key: callers say `ltv`, a help desk wants the field's id."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from domain.observation import Cursor
from domain.records import JsonValue, TicketField
from domain.words import Visibility
from domain.writes import CommentDraft
from integrations.ticketing.dictionary import Lane, Window
from integrations.ticketing.verbs.exchange import Exchange

REFERENCE_LANE: Final = "reference"
KEPT_SECONDS: Final = 300.0


class UnknownFieldWarning(UserWarning):
    """The help desk has no custom field under that key: the value stands in an internal note."""


@dataclass(frozen=True, slots=True)
class ResolvedFields:
    by_id: Mapping[str, JsonValue]
    unknown: Mapping[str, JsonValue]
    """By the caller's key."""

    @property
    def note(self) -> str:
        lines = [f"- {key}: {_told(value)}" for key, value in self.unknown.items()]
        return "\n".join(["No custom field of this help desk holds:", *lines])

    def noted_in(self, comment: CommentDraft | None) -> CommentDraft | None:
        """The internal note with the unknown ones below; a new one where there is none to use.

        None for a public comment: the customer must not read them.
        """
        if not self.unknown:
            return comment
        if comment is None:
            return CommentDraft(self.note, Visibility.INTERNAL)
        if comment.visibility is Visibility.PUBLIC:
            return None
        return replace(comment, body=f"{comment.body}\n\n{self.note}")


def resolve(given: Mapping[str, JsonValue], definitions: Sequence[TicketField]) -> ResolvedFields:
    """A key is a definition's key, its id, or its title. Warns about each that is none."""
    ids: dict[str, str] = {}
    # The least certain name first, so that a better one overrides it.
    for names in ("title", "key", "external_id"):
        ids |= {getattr(field, names).casefold(): field.external_id for field in definitions}
    by_id = {ids[key.casefold()]: value for key, value in given.items() if key.casefold() in ids}
    unknown = {key: value for key, value in given.items() if key.casefold() not in ids}
    for key in unknown:
        warnings.warn(
            f"The help desk has no custom field {key!r}: its value goes into an internal note. "
            f"It has: {', '.join(_keys(definitions)) or 'none'}",
            UnknownFieldWarning,
            stacklevel=4,
        )
    return ResolvedFields(by_id, unknown)


def _keys(definitions: Iterable[TicketField]) -> list[str]:
    return sorted(field.key for field in definitions if field.active)


def _told(value: JsonValue) -> str:
    if isinstance(value, list):
        return ", ".join(_told(member) for member in value)
    return "yes" if value is True else "no" if value is False else str(value)


async def read_definitions(exchange: Exchange) -> Sequence[TicketField]:
    """All custom fields of the desk, by the lane that keeps them in the server's cache too."""
    lanes = exchange.dictionary.lanes(Window())
    lane = next((lane for lane in lanes if lane.name == REFERENCE_LANE), None)
    return [] if lane is None else await _walk(exchange, lane)


async def _walk(exchange: Exchange, lane: Lane) -> list[TicketField]:
    found: list[TicketField] = []
    cursor: Cursor | None = None
    while True:
        page = await exchange.lane_page(lane, cursor)
        found += [row for row in page.references if isinstance(row, TicketField) and row.active]
        cursor = page.cursor
        if not page.more:
            return found
