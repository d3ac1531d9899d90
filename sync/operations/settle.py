"""Confirms operations whose mark turns up in what a lane reads, however late."""

from __future__ import annotations

from collections.abc import Iterator

from db.database import Transaction
from db.write.operations import change_operation, marked_operations
from domain.ids import record_id
from domain.observation import LanePage
from domain.writes import OperationState

MARK = "dg_"
"""Every operation id begins with it, and is the external id of what the operation creates."""


async def settle_marked(tx: Transaction, desk: str, page: LanePage, *, at: float) -> None:
    marks = {mark: (ticket, comment) for mark, ticket, comment in _marks(page)}
    if not marks:
        return
    for operation_id, operation in (await marked_operations(tx, sorted(marks))).items():
        if operation.desk != desk or operation.state is OperationState.CONFIRMED:
            continue
        ticket, comment = marks[operation_id]
        await change_operation(
            tx,
            operation_id,
            state=OperationState.CONFIRMED.value,
            ticket_id=record_id(desk, ticket),
            comment_id=record_id(desk, comment) if comment else operation.comment_id,
            error=None,
            settled_at=at,
        )


def _marks(page: LanePage) -> Iterator[tuple[str, str, str | None]]:
    """(our id, ticket, comment) of everything on the page that carries our id."""
    for ticket in page.tickets:
        if (ticket.external_reference or "").startswith(MARK):
            yield ticket.external_reference or "", ticket.external_id, None
        for comment in ticket.comments.comments if ticket.comments else ():
            if (comment.external_reference or "").startswith(MARK):
                yield comment.external_reference or "", ticket.external_id, comment.external_id
    for comment in page.comments:
        if (comment.external_reference or "").startswith(MARK):
            yield comment.external_reference or "", comment.ticket_id, comment.external_id
