"""Tables: kept orders and look-ups, and views of the past, against the plain way."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import pytest

from emulator.zendesk.table import Key, Table


@dataclass(frozen=True, slots=True)
class Row:
    id: int
    rank: int
    color: str | None
    is_hidden: bool = False


def key_of(row: Row) -> Key | None:
    return None if row.is_hidden else (row.rank, row.id)


def table() -> Table[Row]:
    return Table(
        orders={"rank": key_of}, lookups={"color": lambda row: row.color}, history_seconds=10.0
    )


@pytest.mark.parametrize("seed", range(20))
def test_views_agree_with_the_plain_way(seed: int) -> None:
    random, rows, past = Random(seed), table(), []
    state: dict[int, Row] = {}
    for number in range(1, 8):
        row = Row(number, random.randrange(4), "red")
        rows.fill(row)
        state[number] = row
    for step in range(60):
        now = step * 0.5
        row_id = random.randrange(1, 12)
        if row_id in state and random.random() < 0.2:
            rows.drop(row_id, now=now)
            del state[row_id]
        else:
            color = random.choice(("red", "blue", None))
            row = Row(row_id, random.randrange(4), color, random.random() < 0.2)
            rows.put(row, now=now)
            state[row_id] = row
        past.append((now, dict(state)))
        moment, then = random.choice([entry for entry in past if entry[0] >= now - 9])
        view = rows.as_of(moment)
        shown = sorted((row for row in then.values() if key_of(row)), key=lambda r: key_of(r) or ())
        assert list(view.walk("rank")) == shown
        assert list(view.walk("rank", descending=True)) == shown[::-1]
        assert view.count("rank") == len(shown)
        assert view.find("color", "red") == sorted(
            (row for row in then.values() if row.color == "red"), key=lambda row: row.id
        )
        middle = (random.randrange(4), random.randrange(12))
        assert list(view.walk("rank", after=middle)) == [
            row for row in shown if (row.rank, row.id) > middle
        ]
        assert {row.id for row in view.all()} == set(then)


def test_row_without_a_place_has_no_key() -> None:
    rows = table()
    rows.fill(Row(1, 1, None, is_hidden=True))
    with pytest.raises(LookupError):
        rows.now().key("rank", rows.rows[1])
