"""Writes of ours as one row each: a write of several steps is told by its first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    bindparam,
    case,
    cast,
    func,
    or_,
    select,
)

from db.read.keyset import Ordering
from db.tables import operation, overlay
from domain.writes import OperationState

_step = operation.alias("a_step")


def _of_write(column: ColumnElement[Any]) -> Select[Any]:
    return select(column).where(_step.c.key == operation.c.key).correlate(operation)


def _first(column: ColumnElement[Any], *conditions: ColumnElement[bool]) -> ColumnElement[Any]:
    found = _of_write(column).where(*conditions).order_by(_step.c.step).limit(1)
    return found.scalar_subquery()


_CONFIRMED = OperationState.CONFIRMED.value

WRITE_COLUMNS: Mapping[str, ColumnElement[Any]] = {
    # The first step that is not confirmed speaks for the whole write.
    "state": func.coalesce(_first(_step.c.state, _step.c.state != _CONFIRMED), _CONFIRMED),
    "attempts": cast(_of_write(func.sum(_step.c.attempts)).scalar_subquery(), Integer),
    "ticket_id": _first(_step.c.ticket_id, _step.c.ticket_id.is_not(None)),
    "error": _first(_step.c.error, _step.c.error.is_not(None)),
    "settled_at": _of_write(
        case(
            (func.count(_step.c.settled_at) == func.count(), func.max(_step.c.settled_at)),
            else_=None,
        )
    ).scalar_subquery(),
}
"""What a write is as a whole, over the row of its first step."""

NEWEST_FIRST = Ordering(
    "created_at.desc", (operation.c.created_at, operation.c.id), (float, str), descending=True
)
IS_FIRST_STEP: ColumnElement[bool] = operation.c.step == 0


def pending_writes(ticket_ids: Sequence[str]) -> Select[Any]:
    """(ticket_id, operation_id of the first step) of writes that are open or still shown over."""
    first = operation.alias("first_step")
    shown = select(overlay.c.operation_id).where(
        overlay.c.ticket_id.in_(bindparam("shown", list(ticket_ids), expanding=True))
    )
    return (
        select(operation.c.ticket_id, first.c.id.label("operation_id"))
        .join(first, (first.c.key == operation.c.key) & (first.c.step == 0))
        .where(
            operation.c.ticket_id.in_(bindparam("tickets", list(ticket_ids), expanding=True)),
            or_(operation.c.settled_at.is_(None), operation.c.id.in_(shown)),
        )
        .order_by(operation.c.created_at, operation.c.id)
    )
