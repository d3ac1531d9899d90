"""Operations: every write of ours, from intent to the provider's confirmation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import insert, or_, select, update

from db.database import AnyRow, Database, Transaction
from db.tables import operation
from domain.writes import OperationState, Safety, StepKind


@dataclass(frozen=True, slots=True)
class OperationRow:
    """One step of a write. Times are our clock's; versions the provider's, in microseconds."""

    id: str
    key: str
    step: int
    desk: str
    ticket_id: str | None
    kind: StepKind
    safety: Safety
    content: str
    fingerprint: bytes
    lane_key: str
    actor: str
    created_at: float
    state: OperationState = OperationState.PENDING
    attempts: int = 0
    unsent_attempt: int | None = None
    """Of this attempt and of all before it no byte can have arrived."""
    first_attempt_at: float | None = None
    last_attempt_at: float | None = None
    stamp: int | None = None
    above_version: int | None = None
    """A stamp that lost for ever: the next one must be newer."""
    error: str | None = None
    comment_id: str | None = None
    closed_until: float | None = None
    """Until then an unanswered attempt may still run: nothing else may set the same value."""
    expected_version: int | None = None
    settled_at: float | None = None

    @property
    def is_unanswered(self) -> bool:
        """An attempt has left, or may have, and its fate is not known."""
        return self.attempts > 0 and self.unsent_attempt != self.attempts

    @property
    def has_earlier_unanswered(self) -> bool:
        """The same of the attempts before the newest."""
        return self.attempts > 1 and self.unsent_attempt != self.attempts - 1


def _of(row: AnyRow) -> OperationRow:
    values = dict(row._mapping)
    values["kind"] = StepKind(values["kind"])
    values["safety"] = Safety(values["safety"])
    values["state"] = OperationState(values["state"])
    values["fingerprint"] = bytes(values["fingerprint"])
    return OperationRow(**values)


async def operations_of_key(tx: Transaction, key: str) -> list[OperationRow]:
    rows = await tx.execute(
        select(operation).where(operation.c.key == key).order_by(operation.c.step)
    )
    return [_of(row) for row in rows]


async def add_operations(tx: Transaction, rows: Sequence[OperationRow]) -> None:
    await tx.execute(
        insert(operation),
        [
            {
                "id": row.id,
                "key": row.key,
                "step": row.step,
                "desk": row.desk,
                "ticket_id": row.ticket_id,
                "kind": row.kind.value,
                "safety": row.safety.value,
                "content": row.content,
                "fingerprint": row.fingerprint,
                "lane_key": row.lane_key,
                "actor": row.actor,
                "state": row.state.value,
                "attempts": 0,
                "expected_version": row.expected_version,
                "created_at": row.created_at,
            }
            for row in rows
        ],
    )


async def change_operation(tx: Transaction, operation_id: str, **values: object) -> None:
    await tx.execute(update(operation).where(operation.c.id == operation_id).values(**values))


async def operation_in(tx: Transaction, operation_id: str) -> OperationRow:
    rows = await tx.execute(select(operation).where(operation.c.id == operation_id))
    return _of(rows[0])


async def load_operation(database: Database, operation_id: str) -> OperationRow:
    rows = await database.fetch(select(operation).where(operation.c.id == operation_id))
    return _of(rows[0])


async def operations_under_key(database: Database, key: str) -> list[OperationRow]:
    rows = await database.fetch(
        select(operation).where(operation.c.key == key).order_by(operation.c.step)
    )
    return [_of(row) for row in rows]


async def open_operations(database: Database, desk: str) -> list[OperationRow]:
    """A desk's operations without an end, oldest first."""
    rows = await database.fetch(
        select(operation)
        .where(operation.c.desk == desk, operation.c.settled_at.is_(None))
        .order_by(operation.c.created_at, operation.c.id)
    )
    return [_of(row) for row in rows]


async def operations_on(database: Database, lane_key: str, *, now: float) -> list[OperationRow]:
    """The operations of a lane key that are open, or may still run at the provider."""
    rows = await database.fetch(
        select(operation)
        .where(
            operation.c.lane_key == lane_key,
            or_(operation.c.settled_at.is_(None), operation.c.closed_until > now),
        )
        .order_by(operation.c.created_at, operation.c.id)
    )
    return [_of(row) for row in rows]


async def marked_operations(
    tx: Transaction, operation_ids: Sequence[str]
) -> Mapping[str, OperationRow]:
    """Those of these ids that are operations of ours, by id."""
    rows = await tx.execute(select(operation).where(operation.c.id.in_(operation_ids)))
    return {row.id: _of(row) for row in rows}
