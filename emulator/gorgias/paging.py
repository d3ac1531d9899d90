"""Keyset paging: a cursor names the row after which, or before which, a page goes on."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from emulator.gorgias.body import Body
from emulator.gorgias.check import Rule, Text, Whole
from emulator.gorgias.errors import answer, flaw
from emulator.gorgias.records import JsonObject
from emulator.gorgias.stamps import bare_text, parse_moment
from emulator.gorgias.table import Key
from emulator.kernel.http import JsonValue, Request, Response

DEFAULT_LIMIT = 30
_REMEMBERED_CURSORS = 20_000


def page_rules(*orders: str) -> dict[str, Rule]:
    """The parameters of every list; `orders` are the values that `order_by` may have."""
    return {
        "cursor": Text(nullable=False),
        "limit": Whole(smallest=1, largest=100),
        "order_by": Text(choices=orders),
    }


@dataclass(frozen=True, slots=True)
class Order:
    """A list's sort value and direction, from `updated_datetime:desc`."""

    name: str
    is_descending: bool

    @classmethod
    def of(cls, text: str) -> Order:
        name, _, direction = text.partition(",")[0].partition(":")
        return cls(name, direction != "asc")

    @property
    def text(self) -> str:
        return f"{self.name}:{'desc' if self.is_descending else 'asc'}"


@dataclass(frozen=True, slots=True)
class Cursor:
    """Goes `next` or `prev` from a row; decodes to a list of direction, sort value and id."""

    is_next: bool
    key: Key

    def text(self, order: Order) -> str:
        value, record_id = self.key
        shown = bare_text(value) if _is_moment(order) and isinstance(value, int) else value
        parts = ["next" if self.is_next else "prev", shown, record_id]
        return b64encode(json.dumps(parts).encode()).decode()

    @classmethod
    def of(cls, text: str, order: Order) -> Cursor:
        """Refuses what is no cursor of such a list."""
        try:
            direction, value, record_id = json.loads(b64decode(text, validate=True))
            if _is_moment(order):
                value = parse_moment(value)
            well_formed = direction in {"next", "prev"} and isinstance(record_id, int)
        except (ValueError, TypeError):
            well_formed = False
        if not well_formed or not isinstance(value, int | str):
            raise flaw("cursor", "Invalid cursor.")
        return cls(direction == "next", (value, record_id))


def _is_moment(order: Order) -> bool:
    return order.name.endswith("_datetime")


class CursorMemory:
    """Knows for which list and order a cursor was made: it is refused in any other."""

    def __init__(self) -> None:
        self._made_for: OrderedDict[str, set[str]] = OrderedDict()

    def made(self, cursor: str, place: str) -> str:
        self._made_for.setdefault(cursor, set()).add(place)
        self._made_for.move_to_end(cursor)
        if len(self._made_for) > _REMEMBERED_CURSORS:
            self._made_for.popitem(last=False)
        return cursor

    def expect(self, cursor: str, place: str) -> None:
        if place not in self._made_for.get(cursor, {place}):
            raise flaw("cursor", "Invalid cursor.")


@dataclass(frozen=True, slots=True)
class Page:
    """The ids of one page in the list's order; the cursors lead to its neighbours."""

    ids: list[int]
    next: Cursor | None
    previous: Cursor | None


def page_of(
    keys: Sequence[Key],
    order: Order,
    *,
    limit: int,
    cursor: Cursor | None = None,
    keep: Callable[[int], bool] | None = None,
) -> Page:
    """Walks from the cursor over ascending `keys`; rows that `keep` refuses do not count."""
    found: list[Key] = []
    has_more = False
    for key in _walk(keys, order, cursor):
        if keep is not None and not keep(key[1]):
            continue
        if len(found) == limit:
            has_more = True
            break
        found.append(key)
    is_forward = cursor is None or cursor.is_next
    if not is_forward:
        found.reverse()
    after = has_more if is_forward else True
    before = cursor is not None if is_forward else has_more
    return Page(
        ids=[record_id for _, record_id in found],
        next=Cursor(True, found[-1]) if found and after else None,
        previous=Cursor(False, found[0]) if found and before else None,
    )


def _walk(keys: Sequence[Key], order: Order, cursor: Cursor | None) -> Iterator[Key]:
    """The keys from the cursor on, nearest first."""
    ascends = order.is_descending != (cursor is None or cursor.is_next)
    if ascends:
        start = 0 if cursor is None else bisect_right(keys, cursor.key)
        positions = range(start, len(keys))
    else:
        start = len(keys) if cursor is None else bisect_left(keys, cursor.key)
        positions = range(start - 1, -1, -1)
    return (keys[position] for position in positions)


@dataclass(frozen=True, slots=True)
class Listing:
    """One request for a list, checked: its order, its limit and its cursor."""

    request: Request
    order: Order
    limit: int
    cursor: Cursor | None
    memory: CursorMemory

    @classmethod
    def of(
        cls, request: Request, query: Body, memory: CursorMemory, *, default_order: str
    ) -> Listing:
        order = Order.of(query.text("order_by") or default_order)
        text = query.text("cursor")
        cursor = None
        if text is not None:
            memory.expect(text, f"{request.path} {order.text}")
            cursor = Cursor.of(text, order)
        return cls(request, order, query.whole("limit") or DEFAULT_LIMIT, cursor, memory)

    def page(self, keys: Sequence[Key], keep: Callable[[int], bool] | None = None) -> Page:
        return page_of(keys, self.order, limit=self.limit, cursor=self.cursor, keep=keep)

    def answer(
        self, page: Page, rows: list[JsonValue], extra: Mapping[str, JsonValue] | None = None
    ) -> Response:
        """The envelope of every paged list; `extra` goes into its `meta`."""
        meta: JsonObject = {
            "prev_cursor": self._text(page.previous),
            "next_cursor": self._text(page.next),
            **(extra or {}),
        }
        uri = f"{self.request.path}?{urlencode(self.request.query)}"
        return answer({"data": rows, "object": "list", "uri": uri, "meta": meta})

    def _text(self, cursor: Cursor | None) -> str | None:
        if cursor is None:
            return None
        place = f"{self.request.path} {self.order.text}"
        return self.memory.made(cursor.text(self.order), place)
