"""One attempt of an operation: recorded, checked, sent, and its answer turned into a next move."""

from __future__ import annotations

from dataclasses import dataclass, replace

import orjson

from db.database import Transaction
from db.write.operations import OperationRow, change_operation
from db.write.parts import OverlayRow, add_overlay, want
from db.write.tickets import assignee_of, payload_of
from domain.errors import (
    DeskgraphError,
    ForbiddenError,
    NoAnswerError,
    NotFoundError,
    NotSentError,
    ProviderError,
    ProviderUnavailableError,
    RateLimitedError,
    StaleStampError,
    TicketClosedError,
    UnauthorizedError,
)
from domain.http import Request
from domain.ids import record_id, split_record_id
from domain.observation import Gone, LanePage, Part, TicketSeen
from domain.words import Purpose, SyncSource
from domain.writes import OperationState, Safety, Step, StepKind, TicketPatch
from sync.apply import Applied
from sync.decide import CLOCKS_SECONDS, Interval
from sync.desk import Desk
from sync.health import RETRY_SECONDS
from sync.link import Answer

ZOMBIE_SECONDS = 90.0
"""Z: how long an unanswered request may still run at the provider."""
SEND_WITHIN_SECONDS = 10.0
"""An attempt that leaves later than this after its record is not sent at all."""
ANSWER_SECONDS = 20.0
MOST_EAGER = 5
"""After so many attempts the pause between them grows no more (20 s)."""

_OVERLAID = {
    StepKind.ADD_TAGS: Part.TAGS,
    StepKind.REMOVE_TAGS: Part.TAGS,
    StepKind.CUSTOM_FIELDS: Part.CUSTOM_FIELDS,
}


class Conflict(Exception):  # noqa: N818 - a branch of the write, not a failure
    """The provider refused the stamp: the audit log decides."""


async def planned_request(
    desk: Desk, step: Step, ticket_id: str | None, *, operation_id: str, stamp: int | None
) -> Request:
    """A step as it would leave now, with what the provider wants to hear of the held ticket."""
    dictionary, raw = desk.link.dictionary, None
    if ticket_id is not None and dictionary.needs_ticket(step):
        raw = await payload_of(desk.database, ticket_id)
    if ticket_id is not None and step.patch is not None:
        step = replace(step, patch=await _assigned(desk, step.patch, ticket_id))
    return dictionary.build_step(
        step,
        ticket_id=split_record_id(ticket_id)[1] if ticket_id else None,
        operation_id=operation_id,
        stamp=stamp,
        ticket_raw=raw,
    )


async def _assigned(desk: Desk, patch: TicketPatch, ticket_id: str) -> TicketPatch:
    """Asked anew for each stamp: who has been given the ticket meanwhile keeps it."""
    dictionary, own = desk.link.dictionary, desk.link.own_user_id
    if own is None or not dictionary.needs_assignee(patch, None):
        return patch
    held = await assignee_of(desk.database, ticket_id)
    return replace(patch, assignee_id=own) if dictionary.needs_assignee(patch, held) else patch


@dataclass(frozen=True, slots=True)
class Attempts:
    """Sends attempts of one desk's operations."""

    desk: Desk

    async def send(self, operation: OperationRow, step: Step, *, stamp: int | None) -> float:
        """One attempt. Returns the seconds until the next look; raises `Conflict`."""
        link = self.desk.link
        request = await planned_request(
            self.desk, step, operation.ticket_id, operation_id=operation.id, stamp=stamp
        )
        await link.budget.acquire(request.family, Purpose.INTERACTIVE)
        recorded = await self._record(operation, stamp)
        lease = self.desk.lease
        now = self.desk.now()
        fresh = now - (recorded.last_attempt_at or now) < SEND_WITHIN_SECONDS
        if lease is None or not lease.is_held(now) or not fresh:
            return await self._not_sent(recorded, 1.0)
        try:
            answer = await link.transmit(request, timeout_seconds=ANSWER_SECONDS)
        except NotSentError:
            return await self._not_sent(recorded, _again_in(recorded))
        except NoAnswerError:
            return _again_in(recorded)
        except UnauthorizedError as refused:
            return await self._not_signed_in(recorded, refused)
        if refusal := link.error_of(request, answer, doing=_doing(operation.kind)):
            return await self._refused(recorded, answer, refusal)
        try:
            seen = link.dictionary.parse_step(step, answer.response)
        except ProviderUnavailableError:
            # It was executed, but the reply cannot be read: as good as unanswered.
            return _again_in(recorded)
        await self.confirm(recorded, step, seen, self._interval(recorded, answer))
        return 0.0

    async def _record(self, operation: OperationRow, stamp: int | None) -> OperationRow:
        """Commits the attempt before a byte of it leaves."""
        now = self.desk.now()
        closed_until = operation.closed_until
        if operation.is_unanswered and operation.last_attempt_at is not None:
            closed_until = operation.last_attempt_at + ZOMBIE_SECONDS + 10.0 + CLOCKS_SECONDS
        recorded = replace(
            operation,
            state=OperationState.SENDING,
            attempts=operation.attempts + 1,
            first_attempt_at=operation.first_attempt_at or now,
            last_attempt_at=now,
            stamp=stamp,
            closed_until=closed_until,
        )

        async def unit(tx: Transaction) -> None:
            await change_operation(
                tx,
                operation.id,
                state=recorded.state.value,
                attempts=recorded.attempts,
                first_attempt_at=recorded.first_attempt_at,
                last_attempt_at=now,
                stamp=stamp,
                closed_until=closed_until,
            )

        await self.desk.write(unit, urgent=True)
        return recorded

    def _interval(self, operation: OperationRow, answer: Answer) -> Interval:
        """A resent create may be answered with the stored first reply."""
        start = answer.sent_at
        if operation.safety is Safety.KEYED and operation.first_attempt_at is not None:
            start = min(start, operation.first_attempt_at)
        return Interval.of_write(start, answer.received_at)

    async def _not_sent(self, operation: OperationRow, again_in: float) -> float:
        if operation.has_earlier_unanswered:
            return again_in

        async def unit(tx: Transaction) -> None:
            await change_operation(tx, operation.id, unsent_attempt=operation.attempts)

        await self.desk.write(unit, urgent=True)
        return again_in

    async def _not_signed_in(self, operation: OperationRow, error: ProviderError) -> float:
        """A 401 or 403: this attempt has done nothing, but an earlier one may have."""
        if operation.has_earlier_unanswered:
            return _again_in(operation)
        await self.refuse(operation, error)
        return 0.0

    async def _refused(
        self, operation: OperationRow, answer: Answer, error: ProviderError
    ) -> float:
        if isinstance(error, RateLimitedError):
            return await self._not_sent(operation, error.retry_after_seconds or 1.0)
        if isinstance(error, ProviderUnavailableError):
            return _again_in(operation)
        if isinstance(error, StaleStampError) and operation.safety is Safety.COMPARE_AND_SET:
            raise Conflict
        if isinstance(error, UnauthorizedError | ForbiddenError):
            return await self._not_signed_in(operation, error)
        if isinstance(error, NotFoundError) and operation.ticket_id is not None:
            gone = Gone(getattr(error, "merged_into", None))
            seen = TicketSeen(split_record_id(operation.ticket_id)[1], core=gone)
            await self.desk.store(
                LanePage(tickets=(seen,)), answer.as_write, SyncSource.WRITE, urgent=True
            )
        if isinstance(error, TicketClosedError) and operation.ticket_id is not None:
            await self._look_again(operation.ticket_id, answer.received_at)
        await self.refuse(operation, error)
        return 0.0

    async def _look_again(self, ticket_id: str, need: float) -> None:
        """The provider knows something of the ticket that we do not."""

        async def unit(tx: Transaction) -> None:
            await want(tx, self.desk.key, ticket_id, Part.CORE, need=need, version=None)

        await self.desk.write(unit, urgent=True)

    async def confirm(
        self,
        operation: OperationRow,
        step: Step,
        seen: TicketSeen | None,
        interval: Interval,
    ) -> None:
        """Stores what the reply shows and ends the operation, in one transaction."""
        part = _OVERLAID.get(step.kind)
        shows_part = seen is not None and (part is None or seen.version is not None)
        page = LanePage(tickets=(seen,)) if seen is not None and shows_part else LanePage()
        ticket_id = operation.ticket_id or (
            record_id(self.desk.key, seen.external_id) if seen is not None else None
        )

        async def end(tx: Transaction, _: Applied) -> None:
            if part is not None and not shows_part and ticket_id is not None:
                await self._overlay(tx, operation, step, part, interval.end)
            await change_operation(
                tx,
                operation.id,
                state=OperationState.CONFIRMED.value,
                ticket_id=ticket_id,
                comment_id=self._comment_of(operation, step, seen),
                error=None,
                settled_at=self.desk.now(),
            )

        await self.desk.store(
            page,
            interval,
            SyncSource.WRITE,
            # No reply to a create shows all of its comments, and no lane has seen it move.
            reads_new_comments=operation.kind is StepKind.CREATE,
            also=end,
            urgent=True,
        )

    def _comment_of(
        self, operation: OperationRow, step: Step, seen: TicketSeen | None
    ) -> str | None:
        """The comment with our mark; where comments have none, the reply shows only ours."""
        comments = seen.comments.comments if seen is not None and seen.comments else ()
        ours = [comment for comment in comments if comment.external_reference == operation.id]
        if not ours and operation.safety is Safety.COMPARE_AND_SET:
            writes_one = step.comment is not None or (step.patch and step.patch.comment)
            ours = list(comments) if writes_one else []
        return record_id(self.desk.key, ours[-1].external_id) if ours else None

    async def _overlay(
        self, tx: Transaction, operation: OperationRow, step: Step, part: Part, at: float
    ) -> None:
        """The reply does not show the ticket: ours is shown over it until a read confirms it."""
        contents: dict[StepKind, object] = {
            StepKind.ADD_TAGS: {"add": list(step.tags)},
            StepKind.REMOVE_TAGS: {"remove": list(step.tags)},
            StepKind.CUSTOM_FIELDS: {"set": dict(step.custom_fields)},
        }
        ticket_id = operation.ticket_id or ""
        await add_overlay(
            tx,
            OverlayRow(
                operation.id,
                ticket_id,
                part,
                orjson.dumps(contents[step.kind]).decode(),
                at,
                operation.stamp,
            ),
        )
        await want(tx, self.desk.key, ticket_id, part, need=at, version=None)

    async def refuse(self, operation: OperationRow, error: DeskgraphError) -> None:
        await self._end(operation, OperationState.REFUSED, problem_of(error))

    async def give_up(self, operation: OperationRow, error: DeskgraphError) -> None:
        """Nobody can know: told as UNKNOWN, and confirmed later if our mark turns up."""
        await self._end(operation, OperationState.UNKNOWN, problem_of(error))

    async def _end(self, operation: OperationRow, state: OperationState, problem: str) -> None:
        closed_until = operation.closed_until
        if state is OperationState.UNKNOWN and operation.last_attempt_at is not None:
            closed_until = operation.last_attempt_at + ZOMBIE_SECONDS + 10.0 + CLOCKS_SECONDS

        async def unit(tx: Transaction) -> None:
            await change_operation(
                tx,
                operation.id,
                state=state.value,
                error=problem,
                closed_until=closed_until,
                settled_at=self.desk.now(),
            )

        await self.desk.write(unit, urgent=True)


def problem_of(error: DeskgraphError) -> str:
    """An error as the operation row keeps it; `sync.requests.WriteProblem` is its reader."""
    stored: dict[str, object] = {"code": error.code, "message": error.message, "hint": error.hint}
    if isinstance(error, ProviderError):
        stored |= {
            "retry_after_seconds": error.retry_after_seconds,
            "provider_code": error.native_code,
            "request_id": error.request_id,
        }
        if error.details:
            details = "; ".join(f"{name}: {text}" for name, text in error.details.items())
            stored["message"] = f"{error.message} ({details})"
    return orjson.dumps(stored).decode()


def _again_in(operation: OperationRow) -> float:
    """Zendesk takes thirty updates of a ticket in ten minutes: those of a longer outage must not
    use them up."""
    return RETRY_SECONDS[min(operation.attempts, MOST_EAGER) - 1]


def _doing(kind: StepKind) -> str:
    return {
        StepKind.CREATE: "create ticket",
        StepKind.UPDATE: "update ticket",
        StepKind.COMMENT: "add comment",
        StepKind.ADD_TAGS: "add tags",
        StepKind.REMOVE_TAGS: "remove tags",
        StepKind.CUSTOM_FIELDS: "set custom fields",
    }[kind]
