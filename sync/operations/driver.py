"""Drives one operation to its end, by the safety its provider gives it (docs/sync.md)."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from db.database import Transaction
from db.write.lanes import LeaseLostError
from db.write.operations import (
    OperationRow,
    change_operation,
    load_operation,
    operations_on,
    operations_under_key,
)
from db.write.parts import PartRow, held_part, want
from db.write.tickets import tags_of
from domain.errors import (
    DeskgraphError,
    InvalidInputError,
    NotFoundError,
    OutcomeUnknownError,
    ProviderError,
    StaleStampError,
    TransportError,
    UnsupportedError,
)
from domain.ids import split_record_id
from domain.observation import CommentList, Part, TicketSeen
from domain.words import Purpose
from domain.writes import AuditVerdict, OperationState, Safety, Step, StepKind
from sync.decide import CLOCKS_SECONDS, GONE, LAG_SECONDS, UNSEEN
from sync.desk import Desk
from sync.link import Answer
from sync.operations.attempt import ZOMBIE_SECONDS, Attempts, Conflict
from sync.operations.content import decode_step

log = logging.getLogger("deskgraph.operations")

KEY_SHARE = 0.75
"""A key is trusted for this share of the time that the provider remembers it."""
FINDABLE_SECONDS = 2.0
"""How long a fresh external id may stay invisible to a look-up."""
RESEND_SECONDS = 5400.0
LOOK_SECONDS = 10.0
FIRST_LOOK_SECONDS = 2.0
STAMP_MARGIN_SECONDS = 2.0

_TAG_KINDS = (StepKind.ADD_TAGS, StepKind.REMOVE_TAGS)


def _ticket_gone() -> NotFoundError:
    return NotFoundError(
        "The ticket is gone", status=404, hint="It was deleted or merged at the provider."
    )


@dataclass(frozen=True, slots=True)
class Driver:
    """All operations of one desk are driven by one of these; each `run` is a task."""

    desk: Desk

    async def run(self, operation_id: str) -> None:
        """Returns when the operation has ended. Raises `LeaseLostError`."""
        while True:
            operation = await load_operation(self.desk.database, operation_id)
            if operation.settled_at is not None:
                return
            try:
                delay = await self._advance(operation)
            except (TransportError, ProviderError):
                # A look-up failed. Nothing was decided: look again.
                delay = 2.0
            except (InvalidInputError, UnsupportedError) as error:
                # The provider's dictionary cannot say it: no attempt will ever do better.
                await self._attempts.refuse(operation, error)
                delay = 0.0
            except LeaseLostError:
                raise
            except Exception:
                # The intent is safe in its row; giving up here would leave it open for ever.
                log.exception("operation failed", extra={"operation": operation_id})
                delay = 5.0
            if delay:
                await self.desk.link.clock.sleep(delay)

    async def _advance(self, operation: OperationRow) -> float:
        earlier = await operations_under_key(self.desk.database, operation.key)
        before = next((row for row in earlier if row.step == operation.step - 1), None)
        if before is not None:
            if before.settled_at is None:
                return 0.1
            if before.state is not OperationState.CONFIRMED:
                await self._attempts.refuse(operation, _not_reached())
                return 0.0
            if operation.ticket_id is None:
                await self._adopt_ticket(operation, before)
                return 0.0
        if await self._must_wait(operation):
            return 0.25
        step = decode_step(operation.content)
        return await {
            Safety.KEYED: self._keyed,
            Safety.COMPARE_AND_SET: self._compare_and_set,
            Safety.SEND_ONCE: self._send_once,
            Safety.REPEATABLE: self._repeatable,
        }[operation.safety](operation, step)

    @property
    def _attempts(self) -> Attempts:
        return Attempts(self.desk)

    async def _adopt_ticket(self, operation: OperationRow, before: OperationRow) -> None:
        async def unit(tx: Transaction) -> None:
            await change_operation(tx, operation.id, ticket_id=before.ticket_id)

        await self.desk.write(unit, urgent=True)

    async def _must_wait(self, operation: OperationRow) -> bool:
        """One at a time on a ticket (or one of its fields), oldest first.

        A repeatable step also waits out an unanswered attempt of another operation: it may still
        run, and would undo this one.
        """
        now = self.desk.now()
        for other in await operations_on(self.desk.database, operation.lane_key, now=now):
            if other.id == operation.id:
                continue
            is_earlier = (other.created_at, other.id) < (operation.created_at, operation.id)
            if other.settled_at is None and is_earlier:
                return True
            closed = (other.closed_until or 0.0) > now
            if closed and operation.safety is Safety.REPEATABLE and not operation.attempts:
                return True
        return False

    # --- the provider remembers our key
    async def _keyed(self, operation: OperationRow, step: Step) -> float:
        trusted = self.desk.link.dictionary.key_seconds * KEY_SHARE
        first, last, now = operation.first_attempt_at, operation.last_attempt_at, self.desk.now()
        if first is None or last is None or now - first <= trusted:
            return await self._attempts.send(operation, step, stamp=None)
        if now < last + ZOMBIE_SECONDS + LAG_SECONDS + CLOCKS_SECONDS:
            return 5.0
        found, answer = await self._find(operation, step)
        if found is not None:
            await self._attempts.confirm(operation, step, found, answer.as_read)
            return 0.0

        async def start_again(tx: Transaction) -> None:
            await change_operation(tx, operation.id, first_attempt_at=None)

        await self.desk.write(start_again)
        return 0.1

    async def _find(self, operation: OperationRow, step: Step) -> tuple[TicketSeen | None, Answer]:
        link = self.desk.link
        ticket_id = split_record_id(operation.ticket_id)[1] if operation.ticket_id else None
        request = link.dictionary.build_find(step, ticket_id=ticket_id, operation_id=operation.id)
        answer = await link.ask(request, Purpose.INTERACTIVE, doing="look for our write")
        found = link.dictionary.parse_find(
            step, answer.response, ticket_id=ticket_id, operation_id=operation.id
        )
        return found, answer

    # --- the provider refuses an outdated stamp
    async def _compare_and_set(self, operation: OperationRow, step: Step) -> float:
        core = await self._core(operation)
        if core is None or core.digest == UNSEEN or core.version is None:
            await self._want(operation, version=None)
            return 1.0
        if core.digest == GONE:
            await self._attempts.refuse(operation, _ticket_gone())
            return 0.0
        stamp = operation.stamp
        if stamp is None:
            if operation.expected_version not in (None, core.version):
                await self._attempts.refuse(operation, _moved())
                return 0.0
            if core.version <= (operation.above_version or 0):
                await self._want(operation, version=(operation.above_version or 0) + 1)
                return 1.0
            if not self._second_is_over(core.version):
                return 0.25
            stamp = core.version
        try:
            return await self._attempts.send(operation, step, stamp=stamp)
        except Conflict:
            return await self._after_conflict(operation, step, stamp)

    def _second_is_over(self, version: int) -> bool:
        """Two changes in the stamp's second look alike: the stamp waits until it has passed."""
        passed = self.desk.link.provider_time_at_least()
        return passed >= version / 1e6 + STAMP_MARGIN_SECONDS

    async def _core(self, operation: OperationRow) -> PartRow | None:
        return await held_part(self.desk.database, operation.ticket_id or "", Part.CORE)

    async def _want(self, operation: OperationRow, *, version: int | None) -> None:
        ticket_id = operation.ticket_id or ""

        async def unit(tx: Transaction) -> None:
            await want(tx, self.desk.key, ticket_id, Part.CORE, need=0.0, version=version)

        await self.desk.write(unit, urgent=True)
        self.desk.needs_wake.set()

    async def _after_conflict(self, operation: OperationRow, step: Step, stamp: int) -> float:
        """A 409: either an attempt of ours has won, or somebody else moved the ticket."""
        core = await self._core(operation)
        newer = core is not None and core.version is not None and core.version > stamp
        if step.kind in _TAG_KINDS:
            verdict = await self._tags_verdict(operation, step, newer=newer)
            found = None
        else:
            verdict, found = await self._audit_verdict(operation, stamp)
        if verdict is AuditVerdict.LOST:
            if operation.expected_version is not None:
                await self._attempts.refuse(operation, _moved())
                return 0.0
            await self._give_stamp_up(operation, stamp)
            return 0.1
        if not newer:
            await self._want(operation, version=stamp + 1)
            return 1.0
        if verdict is AuditVerdict.UNDECIDED:
            return 1.0
        now = self.desk.now()
        interval = found[1].as_read if found else Answer.at(now).as_read
        await self._attempts.confirm(operation, step, found[0] if found else None, interval)
        return 0.0

    async def _audit_verdict(
        self, operation: OperationRow, stamp: int
    ) -> tuple[AuditVerdict, tuple[TicketSeen, Answer] | None]:
        link = self.desk.link
        ticket_id = split_record_id(operation.ticket_id or "")[1]
        request = link.dictionary.build_audits(ticket_id)
        answer = await link.ask(request, Purpose.INTERACTIVE, doing="read audits")
        reading = link.dictionary.parse_audits(
            answer.response, ticket_id=ticket_id, operation_id=operation.id, stamp=stamp
        )
        comments = CommentList((reading.comment,) if reading.comment else (), is_whole=False)
        return reading.verdict, (TicketSeen(ticket_id, comments=comments), answer)

    async def _tags_verdict(
        self, operation: OperationRow, step: Step, *, newer: bool
    ) -> AuditVerdict:
        """Tag calls leave no mark: a newer ticket with the tags as wanted is as good as won."""
        if not newer:
            return AuditVerdict.UNDECIDED
        held = set(await tags_of(self.desk.database, operation.ticket_id or ""))
        wanted = set(step.tags)
        done = wanted <= held if step.kind is StepKind.ADD_TAGS else not wanted & held
        return AuditVerdict.WON if done else AuditVerdict.LOST

    async def _give_stamp_up(self, operation: OperationRow, stamp: int) -> None:
        attempts = (await load_operation(self.desk.database, operation.id)).attempts

        async def unit(tx: Transaction) -> None:
            await change_operation(
                tx, operation.id, stamp=None, above_version=stamp, unsent_attempt=attempts
            )

        await self.desk.write(unit, urgent=True)

    # --- the provider would do it twice
    async def _send_once(self, operation: OperationRow, step: Step) -> float:
        if operation.ticket_id is not None:
            core = await self._core(operation)
            if core is not None and core.digest == GONE:
                await self._attempts.refuse(operation, _ticket_gone())
                return 0.0
        if not operation.is_unanswered:
            return await self._attempts.send(operation, step, stamp=None)
        last = operation.last_attempt_at or 0.0
        found, answer = await self._find(operation, step)
        if found is not None:
            await self._attempts.confirm(operation, step, found, answer.as_read)
            return 0.0
        patience = ZOMBIE_SECONDS + FINDABLE_SECONDS + LAG_SECONDS + CLOCKS_SECONDS
        if answer.sent_at < last + patience:
            return FIRST_LOOK_SECONDS if self.desk.now() < last + LOOK_SECONDS else LOOK_SECONDS
        await self._attempts.give_up(operation, _unknown())
        return 0.0

    # --- doing it again changes nothing
    async def _repeatable(self, operation: OperationRow, step: Step) -> float:
        core = await self._core(operation)
        if core is not None and core.digest == GONE:
            await self._attempts.refuse(operation, _ticket_gone())
            return 0.0
        first = operation.first_attempt_at
        if first is not None and self.desk.now() - first > RESEND_SECONDS:
            await self._attempts.give_up(operation, _unknown())
            return 0.0
        return await self._attempts.send(operation, step, stamp=None)


def _unknown() -> DeskgraphError:
    return OutcomeUnknownError(
        "The provider never answered, and the write is not to be seen there",
        hint="Look at the provider, then send it again if it is missing.",
    )


def _moved() -> DeskgraphError:
    return StaleStampError(
        "The ticket has changed since you read it",
        status=409,
        hint="Read it again, then decide.",
    )


def _not_reached() -> DeskgraphError:
    return DeskgraphError(
        "Not sent, because an earlier step of the same write did not succeed",
        hint="The earlier step says why.",
    )
