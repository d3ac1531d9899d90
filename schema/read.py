"""What the fields of Query load."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, select

from db.read.keyset import Cut, Ordering, Window
from db.read.operations import IS_FIRST_STEP, NEWEST_FIRST, WRITE_COLUMNS
from db.tables import desk, operation, person, ticket, ticket_part
from domain.errors import DeskgraphError, InvalidInputError
from domain.ids import split_node_id, split_record_id
from domain.observation import Part
from domain.queries import PageRequest
from domain.text import require_storable
from domain.words import PersonRole
from domain.writes import OperationState
from schema.connections import Connecting
from schema.context import Context, Scope
from schema.errors import require
from schema.idempotency import stored_key
from schema.load import Loader
from schema.types.comment import Comment
from schema.types.custom_fields import TicketField
from schema.types.desk import Desk
from schema.types.node import Node
from schema.types.operation import Operation
from schema.types.people import (
    Agent,
    Customer,
    Organization,
    Team,
)
from schema.types.ticket import Ticket

log = logging.getLogger("deskgraph.schema")

MOST_NODES: Final = 100
READ_THROUGH_SECONDS: Final = 8.0
NODE_TYPES: Final[dict[str, type[Node]]] = {
    kind.__name__: kind
    for kind in (
        Ticket,
        Comment,
        Customer,
        Agent,
        Team,
        Organization,
        TicketField,
        Desk,
        Operation,
    )
}
BY_ID = Ordering("id.asc", (person.c.id,), (str,))


async def load_nodes(loader: Loader, ids: Sequence[str]) -> list[Node | None]:
    """In the ids' order; null for what is not there or not to be seen."""
    if len(ids) > MOST_NODES:
        raise InvalidInputError(f"At most {MOST_NODES} ids at once", path=("ids",))
    named = [_node(one) for one in ids]
    found: dict[tuple[str, str], Node] = {}
    for type_name in dict.fromkeys(type_name for type_name, _ in named):
        records = await loader.by_ids(
            NODE_TYPES[type_name],
            {record for kind, record in named if kind == type_name},
            loader.picks(loader.picked, type_name),
        )
        found.update({(type_name, key): record for key, record in records.items()})
    return [found.get(one) for one in named]


def _node(given: str) -> tuple[str, str]:
    type_name, record = split_node_id(given)
    if type_name not in NODE_TYPES:
        raise InvalidInputError(
            "This is not an id of this API", hint="Use an id as the API returned it.", path=("id",)
        )
    return type_name, require_storable(record, "id")


async def load_desks(loader: Loader) -> list[Desk]:
    picks = loader.picks(loader.picked, "Desk")
    rows = await loader.fetch(loader.select(Desk, picks).order_by(desk.c.key))
    return await loader.build(Desk, rows, picks)


async def load_desk(loader: Loader, key: str) -> Desk | None:
    wanted = require_storable(key, "key")
    return (await loader.by_ids(Desk, {wanted}, loader.picks(loader.picked, "Desk"))).get(wanted)


async def load_ticket(loader: Loader, record: str, max_staleness: float | None) -> Ticket | None:
    if max_staleness is not None:
        await read_through(loader.context, record, max_staleness)
    picks = loader.picks(loader.picked, "Ticket")
    return (await loader.by_ids(Ticket, {record}, picks)).get(record)


async def read_through(context: Context, record: str, max_staleness: float) -> None:
    """Asks the provider first when the copy is older than that; its failure shows as freshness."""
    if math.isnan(max_staleness) or max_staleness < 0:
        raise InvalidInputError("maxStaleness is seconds, 0 or more", path=("maxStaleness",))
    desk_key, _ = split_record_id(record)
    if not context.viewer.sees(desk_key):
        return
    if context.clock.now() - await _proven_at(context, record, desk_key) <= max_staleness:
        return
    try:
        async with asyncio.timeout(READ_THROUGH_SECONDS):
            await context.engine.refresh(record)
    except (DeskgraphError, TimeoutError) as error:
        log.info("read-through failed", extra={"desk": desk_key, "error": type(error).__name__})


async def _proven_at(context: Context, record: str, desk_key: str) -> float:
    """When the copy was last known to be the provider's state; -inf for an unknown ticket."""
    part = ticket_part.c
    rows = await context.database.fetch(
        select(part.seen_to, part.need, ticket.c.observed_at, desk.c.caught_up_at)
        .join(ticket, ticket.c.id == part.ticket_id)
        .join(desk, desk.c.key == ticket.c.desk)
        .where(part.ticket_id == record, part.part == Part.CORE.value, desk.c.key == desk_key)
    )
    if not rows:
        return -math.inf
    [row] = rows
    seen_at: float = max(row.seen_to, row.observed_at)
    return seen_at if row.need is not None else max(seen_at, row.caught_up_at or seen_at)


async def load_customers(loader: Loader, page: PageRequest, email: str | None) -> Any:
    conditions: list[ColumnElement[bool]] = [person.c.role == PersonRole.CUSTOMER.value]
    if email is not None:
        require(loader.context.viewer, Scope.CUSTOMERS_PII)
        conditions.append(person.c.email_key == require_storable(email, "email").casefold())
    window = Window.of(page, BY_ID)
    connecting = Connecting.of(loader, loader.picked, Customer, "Customer")
    cut = await _cut(loader, connecting, window, conditions)
    [connection] = await connecting.fill([cut], BY_ID.cursor)
    return connection


async def _cut(
    loader: Loader,
    connecting: Connecting[Any],
    window: Window,
    conditions: Sequence[ColumnElement[bool]],
) -> Cut:
    if not connecting.needs_rows:
        return Cut((), False, False)
    statement = loader.select(connecting.record, connecting.all_picks).where(*conditions)
    keyed = statement.add_columns(*window.ordering.labelled_keys)
    return window.cut(await loader.fetch(window.limited(keyed)))


async def load_operation(loader: Loader, key: str) -> Operation | None:
    picks = loader.picks(loader.picked, "Operation")
    stored = stored_key(loader.context.viewer.name, key)
    rows = await loader.fetch(loader.select(Operation, picks).where(operation.c.key == stored))
    return next(iter(await loader.build(Operation, rows, picks)), None)


async def load_operations(loader: Loader, page: PageRequest, state: OperationState | None) -> Any:
    conditions: list[ColumnElement[bool]] = [IS_FIRST_STEP]
    if state is not None:
        conditions.append(WRITE_COLUMNS["state"] == state.value)
    window = Window.of(page, NEWEST_FIRST)
    connecting = Connecting.of(loader, loader.picked, Operation, "Operation")
    cut = await _cut(loader, connecting, window, conditions)
    [connection] = await connecting.fill([cut], NEWEST_FIRST.cursor)
    return connection
