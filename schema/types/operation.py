"""Writes of ours, from intent to the provider's confirmation."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import orjson
import strawberry

from db.read.operations import IS_FIRST_STEP, WRITE_COLUMNS
from db.tables import operation
from domain.writes import OperationState
from schema.connections import PageInfo
from schema.declare import Columns, Related, column, loaded
from schema.idempotency import own_key
from schema.ids import reads_id
from schema.relations import to_parent
from schema.scalars import moment, optional_moment
from schema.types.mutation_errors import MutationError, error_of_problem
from schema.types.node import Node
from sync.requests import WriteProblem

if TYPE_CHECKING:
    from schema.types.desk import Desk
    from schema.types.ticket import Ticket


def _error(stored: str | None, desk: str) -> MutationError | None:
    return None if stored is None else error_of_problem(WriteProblem(**orjson.loads(stored)), desk)


@strawberry.type(
    description="One write of ours, from intent to the provider's confirmation: the audit log."
)
class Operation(Node):
    of = Columns(operation, WRITE_COLUMNS, exists=IS_FIRST_STEP)

    id: strawberry.ID = column("id", doc="An opaque id.", read=reads_id("Operation"))
    key: str = column("key", doc="The caller's idempotency key.", read=own_key)
    kind: str = column("kind", doc="create, update, comment, add_tags or the like.")
    state: OperationState = column("state", doc="How it stands.", read=OperationState)
    attempts: int = column("attempts", doc="How often it was sent, all of its steps together.")
    actor: str = column("actor", doc="Who asked for it.")
    desk: Annotated[Desk, strawberry.lazy("schema.types.desk")] = to_parent(
        "Desk", "desk", doc="The desk that it goes to."
    )
    ticket: Annotated[Ticket, strawberry.lazy("schema.types.ticket")] | None = to_parent(
        "Ticket", "ticket_id", doc="The ticket that it changes, or has created."
    )
    error: MutationError | None = column(
        "error", "desk", doc="Why it was not done, or is not known to be done.", read=_error
    )
    created_at: datetime = column(
        "created_at", doc="When it was asked for (our clock).", read=moment
    )
    settled_at: datetime | None = column(
        "settled_at", doc="When its end was known (our clock).", read=optional_moment
    )


@strawberry.type(description="One row of a list of operations.")
class OperationEdge(Related):
    cursor: str = strawberry.field(description="Pass it as `after` to go on from here.")
    node: Operation = loaded("The operation.")


@strawberry.type(description="One page of operations, newest first.")
class OperationConnection(Related):
    edges: list[OperationEdge] = loaded("The rows with their cursors.")
    nodes: list[Operation] = loaded("The operations.")
    page_info: PageInfo = loaded("Where the page stands in the list.")
