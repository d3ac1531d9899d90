"""Paging by key: a total order, a window of it, and cursors that name their order."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Select, literal, tuple_

from db.database import AnyRow
from domain.errors import InvalidInputError
from domain.queries import PAGE_DEFAULT, PAGE_LARGEST, PageRequest
from domain.text import is_storable

CURSOR_VERSION = 1
LARGEST_INTEGER = 2**63 - 1

KeyValue = int | float | str


@dataclass(frozen=True, slots=True)
class Ordering:
    """A total order: `keys` compare one after the other, the last one is unique.

    No key is ever null, and all run in one direction, so that a bound is one row comparison that
    an index answers.
    """

    name: str
    """Stands in every cursor: a cursor of another order is refused."""
    keys: tuple[ColumnElement[Any], ...]
    kinds: tuple[type[KeyValue], ...]
    descending: bool = False

    def cursor(self, row: AnyRow) -> str:
        """The cursor of a row that was selected with `labelled_keys`."""
        values = [row._mapping[f"key_{number}"] for number in range(len(self.keys))]
        return encode_cursor([CURSOR_VERSION, self.name, *values])

    @property
    def labelled_keys(self) -> tuple[ColumnElement[Any], ...]:
        return tuple(key.label(f"key_{number}") for number, key in enumerate(self.keys))

    def bound(self, cursor: str, argument: str) -> tuple[KeyValue, ...]:
        """The key values of a cursor; raises `InvalidInputError` for any other text."""
        parts = decode_cursor(cursor, argument)
        version, name, *values = parts if len(parts) > 2 else [None, None]
        if version != CURSOR_VERSION or len(values) != len(self.keys):
            raise foreign_cursor(argument)
        if name != self.name:
            raise InvalidInputError(
                "This cursor belongs to a list in another order",
                hint="Use a cursor only with the arguments that it was returned for.",
                path=(argument,),
            )
        if not all(_fits(value, kind) for value, kind in zip(values, self.kinds, strict=True)):
            raise foreign_cursor(argument)
        return tuple(values)


def _fits(value: object, kind: type[KeyValue]) -> bool:
    if kind is int:
        return type(value) is int and abs(value) <= LARGEST_INTEGER
    if kind is float:
        return type(value) in (int, float)
    return isinstance(value, str) and is_storable(value)


def encode_cursor(parts: Sequence[object]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(parts)).decode().rstrip("=")


def decode_cursor(cursor: str, argument: str) -> list[Any]:
    """The list inside a cursor; raises `InvalidInputError` where there is none."""
    try:
        parts = orjson.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", True))
    except (binascii.Error, ValueError):
        raise foreign_cursor(argument) from None
    if not isinstance(parts, list):
        raise foreign_cursor(argument)
    return parts


def foreign_cursor(argument: str) -> InvalidInputError:
    return InvalidInputError(
        "This is not a cursor of this list",
        hint="Use a cursor as the API returned it: pageInfo.endCursor or edges.cursor.",
        path=(argument,),
    )


@dataclass(frozen=True, slots=True)
class Cut:
    """The rows of one page, in the list's order."""

    rows: Sequence[AnyRow]
    has_next_page: bool
    has_previous_page: bool


@dataclass(frozen=True, slots=True)
class Window:
    """One page of an order: how many rows, from which end, between which bounds."""

    ordering: Ordering
    size: int
    backwards: bool
    after: tuple[KeyValue, ...] | None
    before: tuple[KeyValue, ...] | None

    @classmethod
    def of(cls, page: PageRequest, ordering: Ordering) -> Window:
        """Raises `InvalidInputError` for a size or a cursor that cannot be used."""
        if page.first is not None and page.last is not None:
            raise InvalidInputError(
                "Give first or last, not both",
                hint="first pages forward with after, last backward with before.",
                path=("last",),
            )
        backwards = page.last is not None
        size = page.last if page.last is not None else page.first
        return cls(
            ordering,
            PAGE_DEFAULT if size is None else _checked_size(size, "last" if backwards else "first"),
            backwards,
            None if page.after is None else ordering.bound(page.after, "after"),
            None if page.before is None else ordering.bound(page.before, "before"),
        )

    @property
    def conditions(self) -> list[ColumnElement[bool]]:
        """Strictly between the bounds; empty where there are none."""
        keys = tuple_(*self.ordering.keys)
        found: list[ColumnElement[bool]] = []
        if self.after is not None:
            after = self._bind(self.after)
            found.append(keys < after if self.ordering.descending else keys > after)
        if self.before is not None:
            before = self._bind(self.before)
            found.append(keys > before if self.ordering.descending else keys < before)
        return found

    def _bind(self, values: tuple[KeyValue, ...]) -> ColumnElement[Any]:
        pairs = zip(values, self.ordering.keys, strict=True)
        return tuple_(*(literal(value, key.type) for value, key in pairs))

    def limited(self, statement: Select[Any]) -> Select[Any]:
        """The statement in this window's order, with one row more than the page has."""
        down = self.ordering.descending != self.backwards
        order = [key.desc() if down else key.asc() for key in self.ordering.keys]
        return statement.where(*self.conditions).order_by(*order).limit(self.size + 1)

    def cut(self, rows: Sequence[AnyRow]) -> Cut:
        """The page among the rows that `limited` found."""
        more = len(rows) > self.size
        page = list(rows[: self.size])
        if self.backwards:
            page.reverse()
            return Cut(page, self.before is not None, more)
        return Cut(page, more, self.after is not None)


def _checked_size(size: int, argument: str) -> int:
    if not 0 <= size <= PAGE_LARGEST:
        raise InvalidInputError(
            f"{argument} is {size}, and a page has 0 to {PAGE_LARGEST} rows",
            hint="Ask for less, and go on from pageInfo.endCursor.",
            path=(argument,),
        )
    return size
