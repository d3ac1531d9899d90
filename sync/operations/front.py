"""Accepts writes: records the intent, drives it, and tells how it stands when the answer is due."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import orjson

from db.database import Transaction
from db.write.lanes import LeaseLostError
from db.write.operations import (
    OperationRow,
    add_operations,
    open_operations,
    operations_of_key,
    operations_under_key,
)
from db.write.parts import held_part
from domain.errors import InvalidInputError
from domain.observation import Part
from domain.writes import OperationState, Safety, Step
from sync.apply.digest import digest
from sync.decide import GONE, UNSEEN
from sync.desk import Desk
from sync.operations.attempt import planned_request
from sync.operations.content import encode_step
from sync.operations.driver import Driver
from sync.operations.settle import MARK
from sync.requests import Write, WriteOutcome, WriteProblem

log = logging.getLogger("deskgraph.operations")
ANSWER_DUE_SECONDS = 9.0


class Writes(StrEnum):
    """The setting DESKGRAPH_WRITES."""

    ON = "on"
    DRY_RUN = "dry-run"
    OFF = "off"


@dataclass(slots=True)
class Operations:
    """The writes of one desk."""

    desk: Desk
    writes: Writes = Writes.ON
    _tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    async def submit(self, write: Write, *, dry_run: bool = False) -> WriteOutcome:
        """Raises `InvalidInputError` when the key was used for another write."""
        if self.writes is Writes.OFF:
            return _refused("WRITES_OFF", "Writes are switched off", "Set DESKGRAPH_WRITES=on.")
        if write.ticket_id is not None and not await self._is_there(write.ticket_id):
            return _refused("NOT_FOUND", "There is no such ticket", "It may have been deleted.")
        steps = self._steps(write)
        if not steps:
            raise InvalidInputError("The write changes nothing", hint="Give at least one change.")
        if dry_run or self.writes is Writes.DRY_RUN:
            return await self._plan(write, steps)
        rows, replayed = await self._record(write, steps)
        self.drive(rows)
        await self._wait(rows)
        return await self._outcome(write.key, replayed=replayed)

    def _steps(self, write: Write) -> Sequence[Step]:
        dictionary = self.desk.link.dictionary
        if write.draft is not None:
            return dictionary.create_steps(write.draft)
        return dictionary.update_steps(write.patch) if write.patch is not None else ()

    async def _is_there(self, ticket_id: str) -> bool:
        core = await held_part(self.desk.database, ticket_id, Part.CORE)
        return core is not None and core.digest not in (GONE, UNSEEN)

    async def _plan(self, write: Write, steps: Sequence[Step]) -> WriteOutcome:
        """A dry run: the requests as they would leave."""
        stamp = None
        if write.ticket_id is not None:
            core = await held_part(self.desk.database, write.ticket_id, Part.CORE)
            stamp = core.version if core else None
        planned = [
            await planned_request(
                self.desk, step, write.ticket_id, operation_id=f"{MARK}dry_run", stamp=stamp
            )
            for step in steps
        ]
        return WriteOutcome("", OperationState.PENDING, write.ticket_id, planned=tuple(planned))

    async def _record(self, write: Write, steps: Sequence[Step]) -> tuple[list[OperationRow], bool]:
        """Commits the intent; the same key again finds the first one."""
        fingerprint = digest([write.desk, write.ticket_id, [encode_step(step) for step in steps]])
        identity = f"{MARK}{self.desk.link.random.getrandbits(96):024x}"
        now = self.desk.now()
        rows = [
            OperationRow(
                id=identity if number == 0 else f"{identity}_{number}",
                key=write.key,
                step=number,
                desk=self.desk.key,
                ticket_id=write.ticket_id,
                kind=step.kind,
                safety=step.safety,
                content=encode_step(step),
                fingerprint=fingerprint,
                lane_key=_lane_key(write, step, identity),
                actor=write.actor,
                created_at=now,
                expected_version=write.expected_version if number == 0 else None,
            )
            for number, step in enumerate(steps)
        ]

        async def unit(tx: Transaction) -> tuple[list[OperationRow], bool]:
            if known := await operations_of_key(tx, write.key):
                return known, True
            await add_operations(tx, rows)
            return rows, False

        recorded, replayed = await self.desk.write(unit, urgent=True)
        if recorded[0].fingerprint != fingerprint:
            raise InvalidInputError(
                "This idempotency key was used for another write",
                hint="Use a new key for each write, and the same key only to repeat it.",
                path=("idempotencyKey",),
            )
        return recorded, replayed

    def drive(self, rows: Sequence[OperationRow]) -> None:
        """Starts a task for every operation that has none and has not ended."""
        for row in rows:
            task = self._tasks.get(row.id)
            if row.settled_at is None and (task is None or task.done()):
                self._tasks[row.id] = asyncio.create_task(self._run(row.id), name=row.id)

    async def resume(self) -> None:
        """Takes up what an earlier process left open."""
        self.drive(await open_operations(self.desk.database, self.desk.key))

    async def _run(self, operation_id: str) -> None:
        try:
            await Driver(self.desk).run(operation_id)
        except LeaseLostError:
            log.warning("lease lost", extra={"desk": self.desk.key, "operation": operation_id})
        finally:
            self._tasks.pop(operation_id, None)

    async def _wait(self, rows: Sequence[OperationRow]) -> None:
        tasks = [task for row in rows if (task := self._tasks.get(row.id))]
        if tasks:
            await asyncio.wait(tasks, timeout=ANSWER_DUE_SECONDS)

    async def stop(self) -> None:
        """Open operations stay recorded: the next start finishes them."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _outcome(self, key: str, *, replayed: bool) -> WriteOutcome:
        rows = await operations_under_key(self.desk.database, key)
        problems = tuple(_problem(row.error) for row in rows if row.error)
        return WriteOutcome(
            rows[0].id,
            _state_of(rows),
            next((row.ticket_id for row in rows if row.ticket_id), None),
            next((row.comment_id for row in rows if row.comment_id), None),
            problems,
            replayed,
        )


def _lane_key(write: Write, step: Step, identity: str) -> str:
    """Operations that share it run one after the other."""
    if step.safety is Safety.COMPARE_AND_SET:
        return write.ticket_id or identity
    if step.safety is Safety.REPEATABLE:
        field_name = step.kind.value.removeprefix("add_").removeprefix("remove_")
        return f"{write.ticket_id or identity}#{field_name}"
    return identity


def _state_of(rows: Sequence[OperationRow]) -> OperationState:
    """The first step that is not confirmed speaks for the whole write."""
    return next(
        (row.state for row in rows if row.state is not OperationState.CONFIRMED),
        OperationState.CONFIRMED,
    )


def _problem(stored: str) -> WriteProblem:
    return WriteProblem(**orjson.loads(stored))


def _refused(code: str, message: str, hint: str) -> WriteOutcome:
    problem = WriteProblem(code, message, hint)
    return WriteOutcome("", OperationState.REFUSED, problems=(problem,))
