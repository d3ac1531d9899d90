"""How far the first copy of each desk is: read through the schema, told in lines."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TextIO

from api.service import Service
from db.write.lanes import load_lane
from db.write.parts import open_needs
from domain.errors import DeskgraphError
from domain.words import DeskState
from integrations.ticketing.dictionary import Lane
from integrations.ticketing.factory import DeskSettings
from schema.build import build_schema
from schema.context import Context, Scope, Viewer

POLL_SECONDS: Final = 0.2
PLAIN_SECONDS: Final = 2.0
PATIENCE_SECONDS: Final = 30.0
MOST_NEEDS: Final = 100_000
_NOT_YET: Final = (
    DeskState.CONNECTING,
    DeskState.BACKFILLING,
    DeskState.UNAUTHORIZED,
    DeskState.UNREACHABLE,
)
_BAR: Final = 24
_OPERATOR: Final = Viewer("operator", frozenset(Scope))
_DESKS: Final = """
query Progress {
  desks {
    key
    state
    problem { message hint }
    sync { backfill { phase done total perSecond } }
  }
}
"""


@dataclass(frozen=True, slots=True)
class DeskProgress:
    """One desk. Tickets come by the page, then the comments that no feed brings."""

    key: str
    state: DeskState
    has_ended: bool
    """Every lane has come to its end once."""
    reads_each_ticket: bool
    """No feed brings the comments: each ticket's list is read by itself."""
    tickets: int
    total: int | None
    per_second: float
    unread_tickets: int
    """Those of the first copy that still wait for a read; what moves later is none of them."""
    problem: str | None = None

    @property
    def is_filled(self) -> bool:
        # A cache from an earlier start is whole before its desk has been reached.
        return self.has_ended and not self.unread_tickets and self.state not in _NOT_YET

    @property
    def is_stopped(self) -> bool:
        """Waiting does not help: somebody has to change a setting."""
        return self.state in (DeskState.UNAUTHORIZED, DeskState.DETACHED)


class NotFilledError(DeskgraphError):
    """A desk could not be copied whole."""

    code = "NOT_FILLED"


async def read_progress(service: Service) -> list[DeskProgress]:
    context = Context(_OPERATOR, service.database, service.engine, service.clock, "progress")
    result = await build_schema().execute(_DESKS, context_value=context)
    if result.data is None or result.errors:
        raise RuntimeError(f"the progress cannot be read: {result.errors}")
    shown = {desk["key"]: desk for desk in result.data["desks"]}
    return [await _progress_of(service, desk, shown[desk.key]) for desk in service.desks]


async def _progress_of(
    service: Service, desk: DeskSettings, shown: Mapping[str, Any]
) -> DeskProgress:
    """`shown`: the desk as the API shows it."""
    backfill = shown["sync"]["backfill"] or {}
    problem = shown["problem"]
    lanes = _running_lanes(service, desk)
    rows = [await load_lane(service.database, desk.key, lane.name) for lane in lanes]
    has_ended = all(row.finished_at is not None for row in rows)
    reads_each = desk.window.since is not None or any(lane.stands_in_for for lane in lanes)
    needs = await open_needs(service.database, desk.key, limit=MOST_NEEDS)
    if has_ended and not reads_each:
        # Feeds may hide their last minute: the newest tickets' comments are read by themselves.
        ended_at = max((row.finished_at or 0.0 for row in rows), default=0.0)
        needs = [need for need in needs if 0.0 < need.need <= ended_at]
    return DeskProgress(
        key=desk.key,
        state=DeskState[shown["state"]],
        has_ended=has_ended,
        reads_each_ticket=reads_each,
        tickets=backfill.get("done", 0),
        total=backfill.get("total"),
        per_second=backfill.get("perSecond", 0.0),
        unread_tickets=len({need.ticket_id for need in needs}),
        problem=f"{problem['message']}. {problem['hint']}" if problem else None,
    )


def _running_lanes(service: Service, desk: DeskSettings) -> Sequence[Lane]:
    """Without those that the credential may not use, and without stand-ins that are not needed."""
    refused = {d.key: d.refused_lanes for d in service.engine.desks}.get(desk.key, set())
    return [
        lane
        for lane in service.engine.dictionary(desk.key).lanes(desk.window)
        if lane.name not in refused
        and (lane.stands_in_for is None or lane.stands_in_for in refused)
    ]


async def watch(
    service: Service, screen: Screen, *, totals: Mapping[str, int] | None = None
) -> Sequence[DeskProgress]:
    """Draws until every desk is filled or stopped, or has had a problem for half a minute.

    `totals`: the tickets of a desk, where its provider does not tell their number.
    """
    paces: dict[str, _Pace] = {}
    troubled_since: dict[str, float] = {}
    while True:
        now = time.monotonic()
        desks = [_with_total(desk, totals or {}) for desk in await read_progress(service)]
        screen.draw([_line(desk, paces.setdefault(desk.key, _Pace()), now) for desk in desks])
        troubled_since = {
            desk.key: troubled_since.get(desk.key, now) for desk in desks if desk.problem
        }
        if all(_is_over(desk, troubled_since.get(desk.key, now), now) for desk in desks):
            screen.end()
            return desks
        await asyncio.sleep(POLL_SECONDS)


def require_filled(desks: Sequence[DeskProgress]) -> None:
    """Raises `NotFilledError`, which names the desks that are not, and why."""
    missing = [desk for desk in desks if not desk.is_filled]
    if missing:
        raise NotFilledError(
            "; ".join(f"{desk.key}: {desk.problem or desk.state.value}" for desk in missing),
            hint="`deskgraph doctor` looks closer",
        )


def _is_over(desk: DeskProgress, troubled_since: float, now: float) -> bool:
    return desk.is_filled or desk.is_stopped or now - troubled_since > PATIENCE_SECONDS


def _with_total(desk: DeskProgress, totals: Mapping[str, int]) -> DeskProgress:
    return replace(desk, total=desk.total or totals.get(desk.key))


@dataclass(slots=True)
class _Pace:
    """Work left over time: how long the rest takes at the speed so far."""

    first_left: int = 0
    began_at: float = 0.0

    def seconds_left(self, left: int, *, now: float) -> float | None:
        if left > self.first_left:
            self.first_left, self.began_at = left, now
        done = self.first_left - left
        return left * (now - self.began_at) / done if done else None


def _line(desk: DeskProgress, pace: _Pace, now: float) -> str:
    """`zendesk  [#####-----]  tickets 120/230  60/s  about 3 s left`"""
    if desk.problem and not desk.is_filled:
        return f"{desk.key:<10} {desk.state.value}: {desk.problem}"
    left = max((desk.total or 0) - desk.tickets, 0)
    work = max(desk.total or 0, desk.tickets, 1)
    if desk.reads_each_ticket:
        # Half of the work is the tickets, half their comments.
        work, left = 2 * work, 2 * left + desk.unread_tickets
    filled = _BAR if desk.is_filled else max(0, min(_BAR - 1, _BAR * (work - left) // work))
    parts = [
        f"{desk.key:<10} [{'#' * filled:-<{_BAR}}]",
        f"tickets {desk.tickets}" + (f"/{desk.total}" if desk.total else ""),
        f"{desk.per_second:.0f}/s",
    ]
    if desk.is_filled:
        return "  ".join([*parts, "done"])
    if desk.reads_each_ticket:
        parts.append(f"comments of {desk.unread_tickets} to read")
    elif left == 0:
        parts.append("comments")
    if left and (seconds := pace.seconds_left(left, now=now)) is not None:
        parts.append(f"about {seconds:.0f} s left")
    return "  ".join(parts)


@dataclass(slots=True)
class Screen:
    """Redraws the same lines on a terminal; elsewhere writes them every two seconds."""

    stream: TextIO
    _lines: int = 0
    _written_at: float = 0.0
    _last: Sequence[str] = ()

    def draw(self, lines: Sequence[str]) -> None:
        if self.stream.isatty():
            # Up to the first line, and each line anew: cut, so that none of them wraps.
            up = f"\x1b[{self._lines}F" if self._lines else ""
            width = shutil.get_terminal_size().columns - 1
            self._write(up + "".join(f"\x1b[2K{line[:width]}\n" for line in lines))
            self._lines = len(lines)
        elif time.monotonic() - self._written_at >= PLAIN_SECONDS:
            self._write("".join(f"{line}\n" for line in lines))
            self._written_at = time.monotonic()
        self._last = lines

    def end(self) -> None:
        """The last state is always seen."""
        if not self.stream.isatty():
            self._write("".join(f"{line}\n" for line in self._last))

    def _write(self, text: str) -> None:
        self.stream.write(text)
        self.stream.flush()
