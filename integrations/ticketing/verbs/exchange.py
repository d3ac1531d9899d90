"""One desk on the line for one call of the library: reads that outlast what passes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Final, TypeVar

from domain.errors import (
    MergedError,
    NoAnswerError,
    NotFoundError,
    NotSentError,
    ProviderError,
    ProviderUnavailableError,
    RateLimitedError,
)
from domain.http import HttpClient, Request, Response
from domain.observation import Cursor, Gone, LanePage, TicketSeen
from domain.records import TicketCore
from integrations.ticketing.dictionary import Lane, ProviderDictionary
from integrations.ticketing.verbs.patience import Patience
from integrations.ticketing.verbs.recent import LOOK_AGAIN_SECONDS, RecentWrites

UNDONE: Final = (NotSentError, RateLimitedError)
"""What proves that a request was not executed."""
UNCLEAR: Final = (NoAnswerError, ProviderUnavailableError)
"""What leaves it open: no answer, an answer that is none, or a failure on the way."""
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Held:
    """A ticket as just read."""

    seen: TicketSeen
    core: TicketCore
    second_is_over: bool
    """The provider's clock has left the stamp's second: no other change can bear that stamp."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """Talks to one desk for one call of the library."""

    dictionary: ProviderDictionary
    client: HttpClient
    patience: Patience
    doing: str
    """For messages: "create ticket"."""
    recent: RecentWrites

    async def read(self, request: Request, parse: Callable[[Response], Result]) -> Result:
        """Reads may be repeated, so that every passing failure is."""
        while True:
            try:
                return parse(await self._answered(request))
            except (*UNDONE, *UNCLEAR) as error:
                await self.patience.wait(error)

    async def _answered(self, request: Request) -> Response:
        response = await self.client.send(request)
        if error := self.error_of(response):
            raise error
        return response

    def error_of(self, response: Response) -> ProviderError | None:
        error = self.dictionary.error_of(response, doing=self.doing)
        if isinstance(error, NotFoundError) and error.hint is None:
            error.hint = _where(error)
        return error

    async def held(self, ticket_id: str) -> Held:
        """Not older than our own last write. Raises `NotFoundError` for a ticket that is gone."""
        while True:
            try:
                held = await self.read(
                    self.dictionary.build_ticket(ticket_id),
                    lambda response: self._held(response, ticket_id),
                )
                if not self._is_behind(ticket_id, held.seen.version):
                    return held
            except NotFoundError:
                if not self._is_behind(ticket_id, None):
                    raise
            await self.patience.clock.sleep(LOOK_AGAIN_SECONDS)

    def _is_behind(self, ticket_id: str, version: int | None) -> bool:
        return self.recent.is_behind(ticket_id, version, now=self.patience.clock.now())

    def _held(self, response: Response, ticket_id: str) -> Held:
        page = self.dictionary.parse_ticket(response, ticket_id)
        seen = only_ticket(page, doing=self.doing)
        step = self.dictionary.stamp_step_seconds
        return Held(seen, core_of(seen, doing=self.doing), _is_over(response, seen.version, step))

    async def lane_page(self, lane: Lane, cursor: Cursor | None) -> LanePage:
        page = await self.read(lane.build(cursor), lambda response: lane.parse(cursor, response))
        self.patience.renew()
        return page

    async def comments(self, ticket_id: str, cursor: Cursor | None) -> LanePage:
        """One page of a ticket's comments."""
        page = await self.read(
            self.dictionary.build_comments(ticket_id, cursor),
            lambda response: self.dictionary.parse_comments(response, ticket_id, cursor),
        )
        self.patience.renew()
        return page


def held_after(shown: TicketSeen | None) -> Held | None:
    """The ticket as a write's reply shows it, where that is enough for the next step."""
    if shown is None or not isinstance(shown.core, TicketCore) or shown.version is None:
        return None
    return Held(shown, shown.core, second_is_over=False)


def only_ticket(page: LanePage, *, doing: str) -> TicketSeen:
    """Of a page that was asked for one. Raises `NotFoundError` or `MergedError`."""
    seen = next(iter(page.tickets), None)
    if seen is None:
        told = "; ".join(oddity.message for oddity in page.oddities)
        raise ProviderUnavailableError(
            f"Failed to {doing}: the help desk's answer cannot be read", status=200, hint=told
        )
    if isinstance(seen.core, Gone):
        raise _gone(seen.core, doing=doing)
    return seen


def _gone(gone: Gone, *, doing: str) -> NotFoundError:
    message = f"Failed to {doing}: 404 Not Found"
    error = NotFoundError(message, status=404)
    if gone.merged_into is not None:
        error = MergedError(message, merged_into=gone.merged_into, status=404)
    error.hint = _where(error)
    return error


def _where(error: NotFoundError) -> str:
    if isinstance(error, MergedError) and error.merged_into is not None:
        return f"The ticket was merged into ticket {error.merged_into}"
    return "The help desk has no such ticket (any more)"


def core_of(seen: TicketSeen, *, doing: str) -> TicketCore:
    if not isinstance(seen.core, TicketCore):
        raise ProviderUnavailableError(
            f"Failed to {doing}: the help desk's answer does not show the ticket", status=200
        )
    return seen.core


def _is_over(response: Response, version: int | None, step_seconds: float) -> bool:
    """By the provider's `Date`, which is rounded down."""
    try:
        date = parsedate_to_datetime(response.headers.get("date", "")).timestamp()
    except (ValueError, TypeError):
        return False
    return date * 1_000_000 >= (version or 0) + step_seconds * 1_000_000
