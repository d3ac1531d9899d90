"""What every emulated service is: a synchronous request handler over a passed clock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from emulator.kernel.http import Request, Response
from emulator.kernel.world import Story


class Clock(Protocol):
    """Seconds since the epoch, UTC. A simulation passes one that it moves itself."""

    def now(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Delivery:
    """One webhook request that a service wants sent to a subscriber."""

    hook_id: str
    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    event_id: str
    attempt: int = 1
    timeout_seconds: float = 10.0


class Service(Protocol):
    """One emulated provider. Never blocks, never sleeps, never opens a socket."""

    name: str

    def load(self, stories: Iterable[Story]) -> None:
        """Fills the desk with support threads; called once, before the first request."""
        ...

    def handle(self, request: Request) -> Response:
        """Answers one request in the provider's words, errors included. Never raises."""
        ...

    def failure(self, status: int, retry_after: float | None) -> Response:
        """The provider's own answer when its platform gives up: 429 or 5xx, asked for by a fault.

        `retry_after` is in seconds; None: the answer carries no Retry-After. `status` may be a
        5xx of a proxy that has no standard phrase.
        """
        ...

    def advance(self) -> None:
        """Does everything that has come due by now: jobs, asynchronous sending, index refreshes."""
        ...

    def take_deliveries(self) -> Sequence[Delivery]:
        """Webhook requests that became due since the last call."""
        ...

    def delivered(self, delivery: Delivery, status: int | None, retry_after: float | None) -> None:
        """Reports a delivery's outcome, None for no answer: retries and breakers follow from it."""
        ...

    def act(self) -> str:
        """Lets a customer or an agent do one plausible thing; returns a sentence for the log."""
        ...


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How a service misbehaves on purpose, apart from faults: the same for both providers.

    A share of the reads sees the desk as it was up to `replica_lag_seconds` ago. `extra` holds
    settings of one provider, which its service names.
    """

    replica_lag_seconds: float = 0.0
    replica_lag_share: float = 0.0
    limits_on: bool = True
    extra: dict[str, str] = field(default_factory=dict)
