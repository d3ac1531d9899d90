"""A table of records with ordered indexes, and the journal that can show all at an earlier time."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Generic, Protocol, TypeVar

from emulator.gorgias.stamps import Micros

SortValue = int | str
Key = tuple[SortValue, int]


class Record(Protocol):
    @property
    def id(self) -> int: ...


R = TypeVar("R", bound=Record)


Undo = Callable[[], Callable[[], None]]
"""Takes a change back and returns what makes it again."""


class Journal:
    """Remembers what changes replaced, for as long as a replica may lag behind.

    With `keep` 0 nothing is remembered beyond the end of a request.
    """

    def __init__(self, keep: Micros) -> None:
        self._keep = keep
        self._kept: deque[tuple[Micros, Undo]] = deque()
        self._open: list[tuple[Micros, Undo]] | None = None
        self.now: Callable[[], Micros] = lambda: 0

    @property
    def is_on(self) -> bool:
        return self._keep > 0 or self._open is not None

    def note(self, undo: Undo) -> None:
        if self._open is None:
            self._remember([(self.now(), undo)])
        else:
            self._open.append((self.now(), undo))

    @contextmanager
    def atomic(self) -> Iterator[None]:
        """What raises inside leaves no change behind."""
        changes = self._open = []
        try:
            yield
        except BaseException:
            for _, undo in reversed(changes):
                undo()
            raise
        else:
            self._remember(changes)
        finally:
            self._open = None

    @contextmanager
    def as_of(self, moment: Micros) -> Iterator[None]:
        """Inside, all tables are as they were at `moment`."""
        redo: list[Callable[[], None]] = []
        for at, undo in reversed(self._kept):
            if at <= moment:
                break
            redo.append(undo())
        try:
            yield
        finally:
            for again in reversed(redo):
                again()

    def _remember(self, changes: Iterable[tuple[Micros, Undo]]) -> None:
        if self._keep == 0:
            return
        self._kept.extend(changes)
        oldest = self.now() - self._keep
        while self._kept and self._kept[0][0] < oldest:
            self._kept.popleft()


class Table(Generic[R]):
    """Records by id, in some orders, and grouped by some values."""

    def __init__(
        self,
        journal: Journal,
        *,
        orders: Mapping[str, Callable[[R], SortValue]] | None = None,
        groups: Mapping[str, Callable[[R], Iterable[Hashable]]] | None = None,
        watch: Callable[[R | None, R | None, int], None] | None = None,
    ) -> None:
        """`watch` hears of each change: the record before, after, and 1 or, taken back, -1."""
        self._journal = journal
        self._watch = watch
        self._rows: dict[int, R] = {}
        self._sort_values = dict(orders or {})
        self._keys: dict[str, list[Key]] = {name: [] for name in self._sort_values}
        self._group_values = dict(groups or {})
        self._members: dict[str, dict[Hashable, dict[int, None]]] = {
            name: {} for name in self._group_values
        }

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[R]:
        return iter(self._rows.values())

    def get(self, record_id: int | None) -> R | None:
        return None if record_id is None else self._rows.get(record_id)

    def keys(self, order: str) -> Sequence[Key]:
        """(sort value, id) of every record, ascending."""
        return self._keys[order]

    def group(self, name: str, value: Hashable) -> list[R]:
        """The records that have this value, in no order that may be relied on."""
        return [self._rows[each] for each in self._members[name].get(value, ())]

    def count(self, name: str, value: Hashable) -> int:
        return len(self._members[name].get(value, ()))

    def first(self, name: str, value: Hashable) -> R | None:
        member = next(iter(self._members[name].get(value, ())), None)
        return None if member is None else self._rows[member]

    def sorted_keys(self, order: str, records: Iterable[R]) -> list[Key]:
        value = self._sort_values[order]
        return sorted((value(record), record.id) for record in records)

    def put(self, record: R) -> None:
        """Adds a record or replaces the one with its id."""
        self._change(record.id, record)

    def remove(self, record_id: int) -> None:
        self._change(record_id, None)

    def fill(self, records: Iterable[R]) -> None:
        """Adds many new records at once, without a journal."""
        for record in records:
            self._rows[record.id] = record
            self._join(record)
        for order, value in self._sort_values.items():
            self._keys[order] = sorted((value(record), record.id) for record in self)

    def _change(self, record_id: int, new: R | None) -> None:
        old = self._rows.get(record_id)

        def do() -> None:
            self._set(record_id, new)
            self._tell(old, new, 1)

        def undo() -> Callable[[], None]:
            self._set(record_id, old)
            self._tell(old, new, -1)
            return do

        do()
        if self._journal.is_on:
            self._journal.note(undo)

    def _tell(self, old: R | None, new: R | None, step: int) -> None:
        if self._watch is not None:
            self._watch(old, new, step)

    def _set(self, record_id: int, new: R | None) -> None:
        old = self._rows.pop(record_id, None)
        if old is not None:
            self._leave(old)
        for order, value in self._sort_values.items():
            self._move(
                self._keys[order],
                None if old is None else (value(old), record_id),
                None if new is None else (value(new), record_id),
            )
        if new is not None:
            self._rows[record_id] = new
            self._join(new)

    @staticmethod
    def _move(keys: list[Key], old: Key | None, new: Key | None) -> None:
        if old == new:
            return
        if old is not None:
            del keys[bisect_left(keys, old)]
        if new is not None:
            insort(keys, new)

    def _join(self, record: R) -> None:
        for name, values in self._group_values.items():
            members = self._members[name]
            for value in values(record):
                members.setdefault(value, {})[record.id] = None

    def _leave(self, record: R) -> None:
        for name, values in self._group_values.items():
            members = self._members[name]
            for value in values(record):
                group = members[value]
                group.pop(record.id, None)
                if not group:
                    del members[value]
