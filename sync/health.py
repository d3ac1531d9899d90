"""A desk's state: what its lanes and requests last met, as one word, a message and a hint."""

from __future__ import annotations

from dataclasses import dataclass, field

from domain.errors import (
    DeskgraphError,
    ProviderUnavailableError,
    RateLimitedError,
    TransportError,
    UnauthorizedError,
)
from domain.observation import Oddity
from domain.words import DeskState

RETRY_SECONDS = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0)
"""How long to wait after the first, second, ... failure in a row."""
ODDITY_HINT = (
    "The rows were kept as far as they could be read; please report what the message names."
)


@dataclass(frozen=True, slots=True)
class Problem:
    state: DeskState
    code: str
    message: str
    hint: str
    since: float


_GRAVITY = (
    DeskState.UNAUTHORIZED,
    DeskState.UNREACHABLE,
    DeskState.THROTTLED,
    DeskState.DEGRADED,
)


def state_of_error(error: DeskgraphError) -> DeskState:
    if isinstance(error, UnauthorizedError):
        return DeskState.UNAUTHORIZED
    if isinstance(error, RateLimitedError):
        return DeskState.THROTTLED
    if isinstance(error, TransportError | ProviderUnavailableError):
        return DeskState.UNREACHABLE
    return DeskState.DEGRADED


@dataclass(slots=True)
class Health:
    """Problems by the lane that met them; the gravest one is shown."""

    problems: dict[str, Problem] = field(default_factory=dict)
    is_connected: bool = False
    first_copy: set[str] | None = None
    """Lanes of the first copy that have not ended; None: they have not begun."""

    @property
    def is_backfilled(self) -> bool:
        return self.first_copy is not None and not self.first_copy

    def succeeded(self, lane: str) -> None:
        self.is_connected = True
        self.problems.pop(lane, None)

    def failed(self, lane: str, error: DeskgraphError, *, now: float) -> None:
        known = self.problems.get(lane)
        state = state_of_error(error)
        since = known.since if known and known.state is state else now
        hint = error.hint or "Deskgraph tries again by itself."
        self.problems[lane] = Problem(state, error.code, error.message, hint, since)

    def saw_oddities(self, oddities: tuple[Oddity, ...], *, now: float) -> None:
        """An odd row is shown until the process restarts: it came once and may not come again."""
        if oddities:
            first = oddities[0]
            self.problems[first.code] = Problem(
                DeskState.DEGRADED, first.code, first.message, ODDITY_HINT, now
            )

    def is_shut_out(self, asking: str) -> bool:
        """True when others than the asking one were told that our credentials are no good."""
        return any(
            problem.state is DeskState.UNAUTHORIZED
            for lane, problem in self.problems.items()
            if lane != asking
        )

    @property
    def gravest(self) -> Problem | None:
        return min(
            self.problems.values(),
            key=lambda problem: (_GRAVITY.index(problem.state), problem.since),
            default=None,
        )

    @property
    def state(self) -> DeskState:
        if problem := self.gravest:
            return problem.state
        if not self.is_connected:
            return DeskState.CONNECTING
        return DeskState.LIVE if self.is_backfilled else DeskState.BACKFILLING

    def columns(self) -> dict[str, object]:
        problem = self.gravest
        return {
            "state": self.state.value,
            "problem_code": problem.code if problem else None,
            "problem_message": problem.message if problem else None,
            "problem_hint": problem.hint if problem else None,
            "problem_since": problem.since if problem else None,
        }
