"""Walks down a list page by page, and what a page says about where it goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from domain.observation import Cursor
from integrations.ticketing import cursors

LATE_MICROS: Final = 5_000_000
"""How much later than a newer change one may become visible: replicas, and a clock's step."""


@dataclass(frozen=True, slots=True)
class Following:
    """What comes after a page."""

    after: str | None = None
    """The cursor of the next page; None: this is the last."""
    is_refused: bool = False
    """The provider no longer knows the cursor: the walk starts again."""
    is_pinned: bool = False
    """The list goes on, and does not say where: what it did not show is not known."""


LAST_PAGE: Final = Following()


@dataclass(frozen=True, slots=True)
class TailWalk:
    """Reads what has moved since the last walk, in a list with the newest change first."""

    first_reads_all: bool = False
    """The first walk goes to the list's end; otherwise it is one page, and the rest is not ours."""

    def after(
        self, cursor: Cursor | None, versions: Sequence[int], following: Following
    ) -> tuple[Cursor, bool]:
        """The cursor after a page, and whether the walk goes on. Versions are in microseconds.

        It ends at a row that is older than the watermark by more than anything is late. The new
        watermark is the newest version of the walk's first page. It counts only once the walk has
        ended: rows that move up meanwhile are above it, and the next walk meets them.
        """
        mark = cursors.whole(cursor, "watermark")
        if following.is_refused or following.is_pinned:
            return _position(mark), False
        is_first_page = cursors.text(cursor, "after") is None
        pending = None if is_first_page else cursors.whole(cursor, "next")
        newest = max([*versions, mark or 0]) if pending is None else pending
        if mark is None:
            has_ended = not self.first_reads_all
        else:
            has_ended = any(version < mark - LATE_MICROS for version in versions)
        if has_ended or following.after is None:
            return _position(newest), False
        return _position(mark, pending=newest, after=following.after), True


def _position(
    watermark: int | None, *, pending: int | None = None, after: str | None = None
) -> Cursor:
    return {"watermark": watermark, "next": pending, "after": after}


def walked_once(
    came_from: str | None, following: Following, *, is_past: bool = False
) -> tuple[Cursor, bool]:
    """Cursor and `more` of a lane that ends with its list, or once a page is past its window.

    A pinned list keeps the cursor that it was asked with, and `more`: the lane's runner takes that
    for the error that it is, where a fresh start would loop.
    """
    if following.is_refused:
        return {"after": None}, True
    if following.is_pinned:
        return {"after": came_from}, True
    after = None if is_past else following.after
    return {"after": after or came_from}, after is not None
