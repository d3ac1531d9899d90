"""What a person sees while a cache is filled."""

from __future__ import annotations

import io
import re

import pytest

from api.progress import DeskProgress, NotFilledError, Screen, _line, _Pace, require_filled
from domain.words import DeskState


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def desk(tickets: int, unread: int, *, has_ended: bool = False, **more: object) -> DeskProgress:
    known: dict[str, object] = {
        "key": "zendesk",
        "state": DeskState.LIVE if has_ended else DeskState.BACKFILLING,
        "has_ended": has_ended,
        "reads_each_ticket": True,
        "tickets": tickets,
        "total": 200,
        "per_second": 61.7,
        "unread_tickets": unread,
    }
    return DeskProgress(**(known | more))  # type: ignore[arg-type]  # each has its own type


def bar(progress: DeskProgress) -> int:
    return _line(progress, _Pace(), 0.0).count("#")


def test_bar_grows_with_tickets_and_then_with_their_comments() -> None:
    stages = [desk(0, 0), desk(100, 100), desk(200, 200), desk(200, 100), desk(200, 1)]
    filled = [bar(stage) for stage in stages]
    assert filled == sorted(filled)
    assert filled[0] == 0
    assert filled[-1] < bar(desk(200, 0, has_ended=True)) == 24


def test_line_tells_rate_and_time_left() -> None:
    pace = _Pace()
    _line(desk(0, 0), pace, 0.0)
    line = _line(desk(100, 100), pace, 10.0)
    assert "tickets 100/200  62/s" in line
    assert "about 30 s left" in line


def test_comments_that_a_feed_brings_are_told_once_the_tickets_are_there() -> None:
    by_feed = desk(200, 40, reads_each_ticket=False)
    assert _line(by_feed, _Pace(), 0.0).endswith("comments")
    nearly = desk(200, 3, has_ended=True, reads_each_ticket=False)
    assert not nearly.is_filled
    assert bar(nearly) < bar(desk(200, 0, has_ended=True, reads_each_ticket=False)) == 24


def test_line_of_a_desk_in_trouble_is_its_problem() -> None:
    line = _line(desk(0, 0, problem="401. Check ZENDESK_TOKEN"), _Pace(), 0.0)
    assert line.endswith("401. Check ZENDESK_TOKEN")


def test_terminal_is_drawn_over_and_a_file_is_not() -> None:
    terminal, file = Terminal(), io.StringIO()
    for stream in (terminal, file):
        screen = Screen(stream)
        for number in range(3):
            screen.draw([f"a {number}", f"b {number}"])
        screen.end()
    assert terminal.getvalue().count("\x1b[2F") == 2
    assert re.findall(r"[ab] \d", file.getvalue()) == ["a 0", "b 0", "a 2", "b 2"]
    assert "\x1b" not in file.getvalue()


def test_desk_that_is_not_filled_is_named_with_its_reason() -> None:
    with pytest.raises(NotFilledError, match=r"zendesk: 401"):
        require_filled([desk(0, 0, problem="401"), desk(1, 0, has_ended=True, key="gorgias")])
