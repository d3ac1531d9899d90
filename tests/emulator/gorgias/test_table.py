"""Ordered tables, their pages and their journal, against plain lists and copies."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.gorgias.paging import Cursor, Order, page_of
from emulator.gorgias.table import Journal, Table

Step = tuple[int, int | None]
"""An id, and its new rank or None for its removal."""

STEPS = st.lists(st.tuples(st.integers(1, 6), st.none() | st.integers(0, 3)), max_size=30)


@dataclass(frozen=True)
class Row:
    id: int
    rank: int


def table_of(journal: Journal) -> Table[Row]:
    return Table(
        journal, orders={"rank": lambda row: row.rank}, groups={"rank": lambda row: (row.rank,)}
    )


def take(table: Table[Row], step: Step) -> None:
    row_id, rank = step
    if rank is None:
        table.remove(row_id)
    else:
        table.put(Row(row_id, rank))


def seen(table: Table[Row]) -> tuple[object, ...]:
    groups = [sorted(row.id for row in table.group("rank", rank)) for rank in range(4)]
    return list(table.keys("rank")), sorted(row.id for row in table), groups


@given(STEPS)
def test_the_order_is_always_that_of_the_rows(steps: list[Step]) -> None:
    table = table_of(Journal(0))
    for step in steps:
        take(table, step)
    assert table.keys("rank") == sorted((row.rank, row.id) for row in table)


@given(STEPS, st.integers(0, 40))
def test_an_earlier_state_is_shown_and_then_forgotten(steps: list[Step], moment: int) -> None:
    now = 0
    journal = Journal(1000)
    journal.now = lambda: now
    table = table_of(journal)
    states = {0: seen(table)}
    for step in steps:
        now += 1
        take(table, step)
        states[now] = deepcopy(seen(table))
    with journal.as_of(moment):
        assert seen(table) == states[min(moment, now)]
    assert seen(table) == states[now]


@given(STEPS, STEPS)
def test_a_failed_request_leaves_nothing_behind(before: list[Step], during: list[Step]) -> None:
    journal = Journal(0)
    table = table_of(journal)
    for step in before:
        take(table, step)
    state = deepcopy(seen(table))

    def fail() -> None:
        with journal.atomic():
            for step in during:
                take(table, step)
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        fail()
    assert seen(table) == state


KEYS = st.lists(st.tuples(st.integers(0, 3), st.integers(1, 30)), unique_by=lambda key: key[1])


@given(KEYS, st.booleans(), st.integers(1, 4))
def test_pages_forwards_and_backwards_cover_the_list_once(
    found: list[tuple[int, int]], is_descending: bool, limit: int
) -> None:
    keys, order = sorted(found), Order("rank", is_descending)
    expected = [row_id for _, row_id in (reversed(keys) if is_descending else keys)]
    pages, cursor = [], None
    while True:
        page = page_of(keys, order, limit=limit, cursor=cursor)
        pages.append(page.ids)
        if page.next is None:
            break
        cursor = page.next
    assert [row_id for ids in pages for row_id in ids] == expected
    backwards = [page.ids]
    while page.previous is not None:
        page = page_of(keys, order, limit=limit, cursor=page.previous)
        backwards.append(page.ids)
    assert backwards[::-1] == pages


@given(st.booleans(), st.integers(0, 2**60), st.integers(1, 2**60))
def test_a_cursor_reads_back_what_it_was_made_of(is_next: bool, value: int, record_id: int) -> None:
    order = Order("rank", False)
    cursor = Cursor(is_next, (value, record_id))
    assert Cursor.of(cursor.text(order), order) == cursor
