"""Sends one step of a write so that nothing is done twice, by the safety its provider gives it.

The server does the same from its database, across restarts (docs/sync.md); a library call lives
only as long as it is awaited, so that it ends in `OutcomeUnknownError` where the server goes on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from domain.errors import (
    DeskgraphError,
    OutcomeUnknownError,
    ProviderUnavailableError,
    StaleStampError,
)
from domain.observation import CommentList, TicketSeen
from domain.writes import AuditVerdict, Safety, Step, StepKind
from integrations.ticketing.verbs.exchange import UNCLEAR, UNDONE, Exchange, Held
from integrations.ticketing.verbs.merge import tag_key
from integrations.ticketing.verbs.recent import LAG_SECONDS

LOOKS_SECONDS: Final = (1.0, 2.0, 4.0, 8.0)
"""The waits before each look for what an unanswered request may have made."""


async def write_step(
    exchange: Exchange,
    step: Step,
    *,
    ticket_id: str | None,
    operation_id: str,
    held: Held | None,
) -> TicketSeen | None:
    """What the reply shows of the ticket; None where it shows nothing.

    `held` is the ticket where it was read a moment ago. Raises `OutcomeUnknownError` only when
    some attempt may have been executed.
    """
    attempt = _Attempt(exchange, step, ticket_id, operation_id, held)
    try:
        shown = await attempt.run()
        exchange.recent.note(shown, now=exchange.patience.clock.now())
        return shown
    except (*UNDONE, *UNCLEAR, StaleStampError) as error:
        if not attempt.is_unclear:
            raise
        raise OutcomeUnknownError(
            f"Failed to {exchange.doing}: nobody can tell whether it was done",
            hint=f"Look at the help desk before you send it again. {error.message}",
        ) from error


@dataclass(slots=True)
class _Attempt:
    """One step on its way."""

    exchange: Exchange
    step: Step
    ticket_id: str | None
    operation_id: str
    held: Held | None
    is_unclear: bool = False
    """A request has left, and no answer told what became of it."""

    async def run(self) -> TicketSeen | None:
        if self.held is None and self.exchange.dictionary.needs_ticket(self.step):
            self.held = await self._read()
        match self.step.safety:
            case Safety.COMPARE_AND_SET:
                return await self._compare_and_set()
            case Safety.SEND_ONCE:
                return await self._once()
            case Safety.KEYED | Safety.REPEATABLE:
                return await self._again_and_again()

    async def _send(self, *, stamp: int | None = None) -> TicketSeen | None:
        exchange = self.exchange
        request = exchange.dictionary.build_step(
            self.step,
            ticket_id=self.ticket_id,
            operation_id=self.operation_id,
            stamp=stamp,
            ticket_raw=None if self.held is None else self.held.seen.raw,
        )
        try:
            response = await exchange.client.send(request)
            error = exchange.error_of(response)
            if isinstance(error, StaleStampError) and stamp is None:
                # Nothing was stamped: a collision whose name we do not know yet.
                raise ProviderUnavailableError(error.message, status=error.status)
            if error is not None:
                raise error
            return exchange.dictionary.parse_step(self.step, response)
        except UNCLEAR:
            self.is_unclear = True
            raise

    async def _wait(self, error: DeskgraphError) -> None:
        await self.exchange.patience.wait(error)

    async def _again_and_again(self) -> TicketSeen | None:
        while True:
            try:
                return await self._send()
            except (*UNDONE, *UNCLEAR) as error:
                await self._wait(error)

    # --- the provider would do it twice
    async def _once(self) -> TicketSeen | None:
        while not self.is_unclear:
            try:
                return await self._send()
            except UNDONE as error:
                await self._wait(error)
            except UNCLEAR as error:
                unanswered = error
        for seconds in LOOKS_SECONDS:
            await self.exchange.patience.clock.sleep(seconds)
            if (found := await self._find()) is not None:
                return found
        raise unanswered

    async def _find(self) -> TicketSeen | None:
        dictionary, ticket_id, mark = self.exchange.dictionary, self.ticket_id, self.operation_id
        return await self.exchange.read(
            dictionary.build_find(self.step, ticket_id=ticket_id, operation_id=mark),
            lambda response: dictionary.parse_find(
                self.step, response, ticket_id=ticket_id, operation_id=mark
            ),
        )

    # --- the provider refuses an outdated stamp
    async def _compare_and_set(self) -> TicketSeen | None:
        held = self.held or await self._read()
        while True:
            try:
                return await self._send(stamp=held.seen.version)
            except UNDONE as error:
                await self._wait(error)
                continue
            except StaleStampError as error:
                refusal: DeskgraphError = error
            except UNCLEAR as error:
                refusal = error
            await self._wait(refusal)
            if isinstance(refusal, StaleStampError) or not held.second_is_over:
                verdict, won = await self._verdict(held)
                if verdict is AuditVerdict.WON:
                    return won
                held = await self._next(held, verdict, refusal)

    async def _next(self, held: Held, verdict: AuditVerdict, refusal: DeskgraphError) -> Held:
        """What to send with, once it is not known that an attempt was done."""
        if not isinstance(refusal, StaleStampError):
            # Done within the stamp's own second it would be seen by now: the stamp can be trusted.
            return replace(held, second_is_over=True)
        if verdict is AuditVerdict.LOST:
            # No attempt with this stamp can be done any more: a new one may be sent.
            held, self.is_unclear = await self._read(), False
        return held

    async def _read(self) -> Held:
        return await self.exchange.held(self.ticket_id or "")

    async def _verdict(self, held: Held) -> tuple[AuditVerdict, TicketSeen | None]:
        """Who has won the stamp: one of our attempts, or somebody else?"""
        if not self.is_unclear:
            return AuditVerdict.LOST, None
        if not held.second_is_over:
            await self.exchange.patience.clock.sleep(LAG_SECONDS)
        if self.step.kind in (StepKind.ADD_TAGS, StepKind.REMOVE_TAGS):
            return await self._tags_verdict(held)
        dictionary, ticket_id = self.exchange.dictionary, held.seen.external_id
        stamp = held.seen.version or 0
        reading = await self.exchange.read(
            dictionary.build_audits(ticket_id),
            lambda response: dictionary.parse_audits(
                response, ticket_id=ticket_id, operation_id=self.operation_id, stamp=stamp
            ),
        )
        comments = CommentList((reading.comment,) if reading.comment else (), is_whole=False)
        # An audit does not show the ticket; but whatever shows it from now on is newer.
        return reading.verdict, TicketSeen(ticket_id, comments=comments, version=stamp + 1)

    async def _tags_verdict(self, held: Held) -> tuple[AuditVerdict, TicketSeen | None]:
        """Tag calls leave no mark: a newer ticket with the tags as wanted is as good as won."""
        now = await self._read()
        if (now.seen.version or 0) <= (held.seen.version or 0):
            return AuditVerdict.UNDECIDED, None
        tags = {tag_key(tag) for tag in now.seen.tags or ()}
        wanted = {tag_key(tag) for tag in self.step.tags}
        done = wanted <= tags if self.step.kind is StepKind.ADD_TAGS else not wanted & tags
        return (AuditVerdict.WON, now.seen) if done else (AuditVerdict.LOST, None)
