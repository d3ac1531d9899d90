"""Rows with orders and look-ups that are kept, and views of the rows as they were a moment ago."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Generic, Protocol, TypeVar

Key = tuple[int | str, ...]
"""A place in an order: the sorted value, then the row's id."""


class _HasId(Protocol):
    @property
    def id(self) -> int: ...


Row = TypeVar("Row", bound=_HasId)
KeyOf = Callable[[Row], Key | None]
ValueOf = Callable[[Row], int | str | None]


class _Order:
    """Sorted keys. Adding many at once sorts only when somebody looks."""

    def __init__(self) -> None:
        self._keys: list[Key] = []
        self._is_sorted = True

    def add_unsorted(self, key: Key) -> None:
        self._keys.append(key)
        self._is_sorted = False

    def add(self, key: Key) -> None:
        insort(self.keys, key)

    def remove(self, key: Key) -> None:
        keys = self.keys
        del keys[bisect_left(keys, key)]

    @property
    def keys(self) -> list[Key]:
        if not self._is_sorted:
            self._keys.sort()
            self._is_sorted = True
        return self._keys

    def ids(self, *, after: Key | None, descending: bool) -> Iterator[int]:
        """The ids beyond a key, in order. The table must not change meanwhile."""
        keys = self.keys
        if descending:
            end = len(keys) if after is None else bisect_left(keys, after)
            places: Iterable[int] = range(end - 1, -1, -1)
        else:
            places = range(0 if after is None else bisect_right(keys, after), len(keys))
        for place in places:
            yield int(keys[place][-1])


class Table(Generic[Row]):
    """Rows by id. `orders` give a row's place (None: none), `lookups` a value to find it by.

    With `history_seconds` above 0 the table can be seen as it was up to so long ago.
    """

    def __init__(
        self,
        *,
        orders: Mapping[str, KeyOf[Row]],
        lookups: Mapping[str, ValueOf[Row]] | None = None,
        history_seconds: float = 0.0,
    ) -> None:
        self.rows: dict[int, Row] = {}
        self.key_of = dict(orders)
        self.value_of = dict(lookups or {})
        self.orders: dict[str, _Order] = {name: _Order() for name in orders}
        self.lookups: dict[str, dict[int | str, set[int]]] = {name: {} for name in self.value_of}
        self._history_seconds = history_seconds
        self._history: deque[tuple[float, int, Row | None]] = deque()

    def fill(self, row: Row) -> None:
        """Adds a new row fast, without history: for many at once."""
        self.rows[row.id] = row
        for name, key_of in self.key_of.items():
            if (key := key_of(row)) is not None:
                self.orders[name].add_unsorted(key)
        self._enlist(row)

    def put(self, row: Row, *, now: float) -> None:
        """Adds or replaces a row."""
        old = self.rows.get(row.id)
        self._remember(row.id, old, now)
        self.rows[row.id] = row
        for name, key_of in self.key_of.items():
            before = None if old is None else key_of(old)
            after = key_of(row)
            if before == after:
                continue
            if before is not None:
                self.orders[name].remove(before)
            if after is not None:
                self.orders[name].add(after)
        self._delist(old)
        self._enlist(row)

    def drop(self, row_id: int, *, now: float) -> None:
        old = self.rows.pop(row_id)
        self._remember(row_id, old, now)
        for name, key_of in self.key_of.items():
            if (key := key_of(old)) is not None:
                self.orders[name].remove(key)
        self._delist(old)

    def now(self) -> View[Row]:
        return View(self, {})

    def as_of(self, moment: float) -> View[Row]:
        """The table as it was then; the oldest kept state when that is too long ago."""
        overlay: dict[int, Row | None] = {}
        for written_at, row_id, before in reversed(self._history):
            if written_at <= moment:
                break
            overlay[row_id] = before
        return View(self, overlay)

    def _remember(self, row_id: int, before: Row | None, now: float) -> None:
        if self._history_seconds <= 0:
            return
        self._history.append((now, row_id, before))
        while self._history[0][0] < now - self._history_seconds:
            self._history.popleft()

    def _enlist(self, row: Row) -> None:
        for name, value_of in self.value_of.items():
            if (value := value_of(row)) is not None:
                self.lookups[name].setdefault(value, set()).add(row.id)

    def _delist(self, row: Row | None) -> None:
        if row is None:
            return
        for name, value_of in self.value_of.items():
            if (value := value_of(row)) is not None:
                self.lookups[name][value].discard(row.id)


class View(Generic[Row]):
    """A table at one moment: its rows, but those of `overlay` as they were (None: absent)."""

    def __init__(self, table: Table[Row], overlay: Mapping[int, Row | None]) -> None:
        self._table = table
        self._overlay = overlay

    def get(self, row_id: int | None) -> Row | None:
        if row_id is None:
            return None
        if row_id in self._overlay:
            return self._overlay[row_id]
        return self._table.rows.get(row_id)

    def all(self) -> Iterator[Row]:
        for row_id, row in self._table.rows.items():
            if row_id not in self._overlay:
                yield row
        yield from (row for row in self._overlay.values() if row is not None)

    def find(self, lookup: str, value: int | str) -> list[Row]:
        """The rows with a value, by id."""
        ids = set(self._table.lookups[lookup].get(value, ())) | set(self._overlay)
        value_of = self._table.value_of[lookup]
        rows = (self.get(row_id) for row_id in sorted(ids))
        return [row for row in rows if row is not None and value_of(row) == value]

    def count(self, order: str) -> int:
        key_of = self._table.key_of[order]
        size = len(self._table.orders[order].keys)
        for row_id, old in self._overlay.items():
            current = self._table.rows.get(row_id)
            size -= current is not None and key_of(current) is not None
            size += old is not None and key_of(old) is not None
        return size

    def key(self, order: str, row: Row) -> Key:
        key = self._table.key_of[order](row)
        if key is None:
            raise LookupError(f"row {row.id} has no place in {order!r}")
        return key

    def walk(
        self, order: str, *, after: Key | None = None, descending: bool = False
    ) -> Iterator[Row]:
        """The rows beyond `after` in an order."""
        rows = self._table.rows
        ids = self._table.orders[order].ids(after=after, descending=descending)
        if not self._overlay:
            return (rows[row_id] for row_id in ids)
        live = (rows[row_id] for row_id in ids if row_id not in self._overlay)
        return self._merged(order, live, self._old_rows(order, after, descending), descending)

    def page(
        self, order: str, *, size: int, after: Key | None = None, descending: bool = False
    ) -> list[Row]:
        return list(islice(self.walk(order, after=after, descending=descending), size))

    def _old_rows(self, order: str, after: Key | None, descending: bool) -> list[Row]:
        key_of = self._table.key_of[order]
        placed = [
            (key, row)
            for row in self._overlay.values()
            if row is not None and (key := key_of(row)) is not None
        ]
        beyond = [
            (key, row)
            for key, row in placed
            if after is None or (key < after if descending else key > after)
        ]
        beyond.sort(key=lambda pair: pair[0], reverse=descending)
        return [row for _, row in beyond]

    def _merged(
        self, order: str, live: Iterator[Row], old: list[Row], descending: bool
    ) -> Iterator[Row]:
        waiting = deque(old)
        for row in live:
            while waiting and self._is_before(order, waiting[0], row, descending):
                yield waiting.popleft()
            yield row
        yield from waiting

    def _is_before(self, order: str, left: Row, right: Row, descending: bool) -> bool:
        if descending:
            return self.key(order, left) > self.key(order, right)
        return self.key(order, left) < self.key(order, right)
