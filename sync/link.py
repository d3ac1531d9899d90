"""A desk's line to its provider: budgeted, timed requests whose replies correct the budget."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from random import Random

from domain.errors import ProviderError, RateLimitedError
from domain.http import HttpClient, Request, Response
from domain.ports import Clock
from domain.words import Purpose
from integrations.ticketing.dictionary import ProviderDictionary
from sync.budget import Budget
from sync.decide import Interval

CLOCK_SAMPLES = 20
_TELLING = frozenset({301, 400, 404, 410})
UNDATED_SECONDS = 10.0
"""How far behind ours a provider's clock may be that never tells the time."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply, and when by our clock it was asked for and received."""

    response: Response
    sent_at: float
    received_at: float

    @classmethod
    def at(cls, moment: float) -> Answer:
        """No reply of its own: what was already known at a moment."""
        return cls(Response(204, {}, b""), moment, moment)

    @property
    def as_read(self) -> Interval:
        return Interval.of_read(self.sent_at, self.received_at)

    @property
    def as_write(self) -> Interval:
        return Interval.of_write(self.sent_at, self.received_at)


@dataclass(slots=True)
class DeskLink:
    """One desk as this process talks to it."""

    key: str
    name: str
    web_url: str
    dictionary: ProviderDictionary
    client: HttpClient
    clock: Clock
    random: Random
    own_user_id: str | None = None
    """The credentials' own user; known once they have signed in."""
    budget: Budget = field(init=False)
    _dates: deque[float] = field(default_factory=lambda: deque(maxlen=CLOCK_SAMPLES))

    def __post_init__(self) -> None:
        self.budget = Budget(self.dictionary.limits, self.clock)

    async def ask(self, request: Request, purpose: Purpose, *, doing: str) -> Answer:
        """Sends when the budget allows it. Raises transport errors and typed provider errors."""
        answer = await self.send(request, purpose)
        if error := self.error_of(request, answer, doing=doing):
            raise error
        return answer

    async def ask_parser(self, request: Request, purpose: Purpose, *, doing: str) -> Answer:
        """Like `ask`, but leaves to the reply's parser what says something about what was asked
        for: a ticket that is gone or merged, a page cursor that is not known any more."""
        answer = await self.send(request, purpose)
        error = self.error_of(request, answer, doing=doing)
        if error is not None and error.status not in _TELLING:
            raise error
        return answer

    async def send(
        self, request: Request, purpose: Purpose, *, timeout_seconds: float = 30.0
    ) -> Answer:
        """Sends when the budget allows it; whatever is answered comes back."""
        await self.budget.acquire(request.family, purpose)
        return await self.transmit(request, timeout_seconds=timeout_seconds)

    async def transmit(self, request: Request, *, timeout_seconds: float) -> Answer:
        """Sends at once: the caller has acquired the budget."""
        sent_at = self.clock.now()
        response = await self.client.send(request, timeout_seconds=timeout_seconds)
        received_at = self.clock.now()
        self.budget.correct(self.dictionary.budget_of(response))
        self._note_date(response, received_at)
        return Answer(response, sent_at, received_at)

    def error_of(self, request: Request, answer: Answer, *, doing: str) -> ProviderError | None:
        error = self.dictionary.error_of(answer.response, doing=doing)
        if isinstance(error, RateLimitedError):
            self.budget.refuse(request.family, error.retry_after_seconds or 1.0)
        return error

    def _note_date(self, response: Response, received_at: float) -> None:
        if date := response.headers.get("date"):
            try:
                self._dates.append(parsedate_to_datetime(date).timestamp() - received_at)
            except ValueError:
                return

    def provider_time_at_least(self) -> float:
        """A moment that the provider's clock has certainly passed: its `Date` is rounded down."""
        if not self._dates:
            return self.clock.now() - UNDATED_SECONDS
        return self.clock.now() + max(self._dates)
