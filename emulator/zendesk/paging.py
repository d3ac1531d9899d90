"""Both pagings of Zendesk's lists: by cursor (`page[size]`) and by page number.

https://developer.zendesk.com/api-reference/introduction/pagination/
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Generic, Protocol, TypeVar
from urllib.parse import urlencode

import orjson

from emulator.kernel.http import JsonValue, Response
from emulator.zendesk import errors
from emulator.zendesk.call import Call
from emulator.zendesk.render import JsonObject
from emulator.zendesk.table import Key, Row, View

MAX_SIZE = 100
OFFSET_WALL = 10_000

Item = TypeVar("Item")
Render = Callable[[Item], JsonObject]
Side = Callable[[Sequence[Item]], JsonObject]


class Listing(Protocol[Item]):
    """Rows in one order, to be read from any place on, in both directions."""

    order: str

    def key(self, row: Item) -> Key: ...

    def walk(self, after: Key | None, *, descending: bool) -> Iterator[Item]: ...

    def count(self) -> int: ...


class TableListing(Generic[Row]):
    """A whole table in one of its orders."""

    def __init__(self, view: View[Row], order: str = "id") -> None:
        self._view = view
        self.order = order

    def key(self, row: Row) -> Key:
        return self._view.key(self.order, row)

    def walk(self, after: Key | None, *, descending: bool) -> Iterator[Row]:
        return self._view.walk(self.order, after=after, descending=descending)

    def count(self) -> int:
        return self._view.count(self.order)


class ListListing(Generic[Item]):
    """A few rows that were picked by hand."""

    def __init__(
        self, rows: Iterable[Item], key_of: Callable[[Item], Key], order: str = "id"
    ) -> None:
        self._rows = sorted(rows, key=key_of)
        self.key = key_of
        self.order = order

    def walk(self, after: Key | None, *, descending: bool) -> Iterator[Item]:
        rows = reversed(self._rows) if descending else iter(self._rows)
        for row in rows:
            key = self.key(row)
            if after is None or (key < after if descending else key > after):
                yield row

    def count(self) -> int:
        return len(self._rows)


class FilteredListing(Generic[Item]):
    """The rows of another listing that meet a condition."""

    def __init__(self, listing: Listing[Item], keeps: Callable[[Item], bool]) -> None:
        self._listing = listing
        self._keeps = keeps
        self.order = listing.order

    def key(self, row: Item) -> Key:
        return self._listing.key(row)

    def walk(self, after: Key | None, *, descending: bool) -> Iterator[Item]:
        return filter(self._keeps, self._listing.walk(after, descending=descending))

    def count(self) -> int:
        return sum(1 for _ in self.walk(None, descending=False))


def uses_cursor(call: Call) -> bool:
    return any(name.startswith("page[") for name, _ in call.request.query)


def cursor_sort(call: Call, allowed: Sequence[str], default: str) -> tuple[str, bool]:
    """The order that `sort` names and whether it descends; raises `Refused` (400)."""
    text = call.request.first("sort") or default
    name = text.removeprefix("-")
    if name not in allowed:
        raise errors.coded(400, "InvalidPaginationParameter", f"sort is not valid: {text}")
    return name, text.startswith("-")


def offset_descends(call: Call) -> bool:
    return (call.request.first("sort_order") or "asc").lower() == "desc"


@dataclass(frozen=True, slots=True)
class _Shown(Generic[Item]):
    """What a list shows: its name in the reply, its rows, and what stands beside them."""

    name: str
    listing: Listing[Item]
    render: Render[Item]
    descending: bool
    side: Side[Item] | None

    def body(self, rows: Sequence[Item]) -> JsonObject:
        beside = self.side(rows) if self.side else {}
        shown: list[JsonValue] = [self.render(row) for row in rows]
        return {self.name: shown} | beside


def answer(
    call: Call,
    name: str,
    listing: Listing[Item],
    render: Render[Item],
    *,
    descending: bool = False,
    side: Side[Item] | None = None,
) -> Response:
    """One page under `name`, in the paging that the request asks for; raises `Refused` (400)."""
    shown = _Shown(name, listing, render, descending, side)
    return _cursor_page(call, shown) if uses_cursor(call) else _offset_page(call, shown)


def _cursor_page(call: Call, shown: _Shown[Item]) -> Response:
    size = cursor_size(call)
    listing = shown.listing
    order = f"-{listing.order}" if shown.descending else listing.order
    back, on = call.request.first("page[before]"), call.request.first("page[after]")
    token = back or on
    place = _key_of_cursor(token, order) if token else None
    rows = list(islice(listing.walk(place, descending=shown.descending != bool(back)), size + 1))
    has_more = len(rows) > size
    rows = rows[:size][::-1] if back else rows[:size]
    first = _cursor_of_key(listing.key(rows[0]), order) if rows else None
    last = _cursor_of_key(listing.key(rows[-1]), order) if rows else None
    pages: JsonObject = {
        "meta": {"has_more": has_more, "after_cursor": last, "before_cursor": first},
        "links": {
            "prev": _cursor_link(call, "page[before]", first, size),
            "next": _cursor_link(call, "page[after]", last, size),
        },
    }
    return Response.of_json(shown.body(rows) | pages)


def cursor_size(call: Call, maximum: int = MAX_SIZE) -> int:
    text = call.request.first("page[size]")
    if text is None:
        return min(MAX_SIZE, maximum)
    if not text.isdigit() or not 1 <= int(text) <= maximum:
        title = f"page[size] must be between 1 and {maximum}"
        raise errors.coded(400, "InvalidPaginationParameter", title)
    return int(text)


def _cursor_link(call: Call, name: str, cursor: str | None, size: int) -> str | None:
    """Recorded pages link on and back even where there is nothing; only an empty page does not."""
    if cursor is None:
        return None
    return link(call, {name: cursor, "page[size]": str(size)}, without="page[")


def link(call: Call, changed: dict[str, str], *, without: str = "\0") -> str:
    """The request's own address with other parameters, sorted as Zendesk sorts them."""
    kept = {
        name: value
        for name, value in call.request.query
        if name not in changed and not name.startswith(without)
    }
    path = call.request.path.removeprefix("/api/v2/")
    return f"{call.render.url(path)}?{urlencode(sorted((kept | changed).items()))}"


def _cursor_of_key(key: Key, order: str) -> str:
    value = base64.b64encode(orjson.dumps(key)).decode()
    return base64.b64encode(orjson.dumps({"o": order, "v": value})).decode()


def _key_of_cursor(token: str, order: str) -> Key:
    """A cursor belongs to the order it was made in; raises `Refused` (400) for any other."""
    try:
        parsed = orjson.loads(base64.b64decode(token, validate=True))
        key = orjson.loads(base64.b64decode(parsed["v"], validate=True))
        if parsed["o"] != order or not isinstance(key, list):
            raise ValueError(token)
    except (ValueError, KeyError, TypeError):
        title = "page[after] or page[before] is not valid"
        raise errors.coded(400, "InvalidPaginationParameter", title) from None
    return tuple(key)


def page_numbers(call: Call) -> tuple[int, int]:
    """`page` from 1 on, and `per_page` up to 100; raises `Refused` (400)."""
    numbers = []
    for name, default in (("page", 1), ("per_page", MAX_SIZE)):
        text = call.request.first(name)
        if text and not text.isdigit():
            raise errors.coded(400, "InvalidPaginationParameter", f"{name} must be an integer")
        numbers.append(max(1, int(text)) if text else default)
    return numbers[0], min(numbers[1], MAX_SIZE)


def _offset_page(call: Call, shown: _Shown[Item]) -> Response:
    page, per_page = page_numbers(call)
    if page * per_page > OFFSET_WALL:
        title = f"Offset pagination reaches {OFFSET_WALL} records: use cursor pagination"
        raise errors.coded(400, "InvalidPaginationDepth", title)
    start = (page - 1) * per_page
    rows = shown.listing.walk(None, descending=shown.descending)
    body = shown.body(list(islice(rows, start, start + per_page)))
    count = shown.listing.count()
    is_last = start + per_page >= count
    return Response.of_json(body | page_links(call, page=page, is_last=is_last, count=count))


def page_links(call: Call, *, page: int, is_last: bool, count: int) -> JsonObject:
    return {
        "next_page": None if is_last else link(call, {"page": str(page + 1)}),
        "previous_page": link(call, {"page": str(page - 1)}) if page > 1 else None,
        "count": count,
    }
