"""Loads pages of tickets: the list over all desks, and each customer's own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, func, select

from db.read.hints import Aside
from db.read.keyset import Cut, Window
from db.read.nested import cut_by_parent, for_each_parent
from db.read.tickets import TicketList
from db.tables import ticket
from domain.queries import TOTAL_EXACT_TO, TicketFilter, TicketOrder
from schema.arguments import page_of
from schema.connections import Connecting
from schema.context import Scope, Viewer
from schema.declare import Record
from schema.errors import require
from schema.load import Loader, Nodes, Pick
from schema.scalars import moment
from schema.types.freshness import DeskClock, desk_clocks

Totals = Callable[[], Awaitable[Sequence[int]]]


def query_of(viewer: Viewer, arguments: Mapping[str, Any]) -> tuple[TicketFilter, TicketOrder]:
    """The filter and order of a field's arguments; raises for what the viewer may not look for."""
    given, order = arguments.get("where"), arguments.get("order_by")
    if given is not None and given.reads_email():
        require(viewer, Scope.CUSTOMERS_PII)
    where = TicketFilter() if given is None else given.query()
    return where, TicketOrder() if order is None else order.query()


async def load_ticket_page(loader: Loader, arguments: Mapping[str, Any]) -> Any:
    """One page of the list over all desks, as the field being resolved selects it."""
    viewer = loader.context.viewer
    tickets = TicketList(*query_of(viewer, arguments), viewer.desks)
    window = Window.of(page_of(**arguments), tickets.ordering)
    connecting = _connecting(loader, loader.picked)
    cut = Cut((), False, False)
    if connecting.needs_rows:
        columns = loader.columns(connecting.record, connecting.all_picks)
        cut = window.cut(await loader.fetch(window.limited(tickets.rows(columns))))

    async def totals() -> Sequence[int]:
        [row] = await loader.fetch(tickets.count())
        return [row[0]]

    [connection] = await _filled(connecting, [cut], tickets, totals)
    return connection


async def load_tickets_of_customer(loader: Loader, records: Sequence[Record], pick: Pick) -> None:
    viewer = loader.context.viewer
    tickets = TicketList(*query_of(viewer, pick.arguments), viewer.desks, by_tag=False)
    window = Window.of(page_of(**pick.arguments), tickets.ordering)
    connecting = _connecting(loader, pick.nodes)
    columns = loader.columns(connecting.record, connecting.all_picks)
    parents = [(record.row.desk, record.row.external_id) for record in records]
    cuts = [Cut((), False, False)] * len(parents)
    if connecting.needs_rows:
        statement = for_each_parent(
            loader.context.database.dialect_name,
            parents,
            (Aside(ticket.c.desk), ticket.c.requester_id),
            tickets.rows(columns),
            identity=ticket.c.id,
            window=window,
        )
        cuts = cut_by_parent(await loader.fetch(statement), len(parents), window)

    async def totals() -> Sequence[int]:
        name = ticket.c.desk + "/" + ticket.c.requester_id
        rows = await loader.fetch(
            select(name.label("customer"), func.count().label("number"))
            .where(
                ticket.c.requester_id.in_(
                    bindparam("requesters", [parent[1] for parent in parents], expanding=True)
                ),
                *tickets.conditions,
            )
            .group_by(name)
        )
        numbers = {row.customer: row.number for row in rows}
        return [numbers.get("/".join(parent), 0) for parent in parents]

    filled = await _filled(connecting, cuts, tickets, totals)
    for record, connection in zip(records, filled, strict=True):
        record.related[pick.key] = connection


def _connecting(loader: Loader, nodes: Nodes) -> Connecting[Record]:
    return Connecting.of(loader, nodes, loader.record_type("Ticket"), "Ticket")


async def _filled(
    connecting: Connecting[Record], cuts: Sequence[Cut], tickets: TicketList, totals: Totals
) -> list[Any]:
    loader = connecting.loader
    connections = await connecting.fill(cuts, tickets.ordering.cursor)
    if counting := connecting.asks_for("total_count", "total_count_at_least"):
        for connection, number in zip(connections, await totals(), strict=True):
            for pick in counting:
                connection.related[pick.key] = _total(pick.name, number)
    for pick in connecting.asks_for("behind", "as_of"):
        clocks = _looked_at(tickets.where, await desk_clocks(loader))
        value = await (_behind if pick.name == "behind" else _as_of)(loader, pick, clocks)
        for connection in connections:
            connection.related[pick.key] = value
    return connections


def _total(name: str, number: int) -> int | None:
    if name == "total_count":
        return number if number <= TOTAL_EXACT_TO else None
    return min(number, TOTAL_EXACT_TO)


def _looked_at(where: TicketFilter, clocks: Mapping[str, DeskClock]) -> list[DeskClock]:
    """The desks that the filter admits by name or provider."""
    return [
        clock
        for clock in clocks.values()
        if (where.provider is None or clock.provider in where.provider)
        and (where.desk is None or where.desk.include is None or clock.key in where.desk.include)
        and (where.desk is None or clock.key not in (where.desk.exclude or ()))
    ]


async def _behind(loader: Loader, pick: Pick, clocks: Sequence[DeskClock]) -> list[Record]:
    now = loader.context.clock.now()
    keys = [clock.key for clock in clocks if clock.is_behind(now)]
    found = await loader.by_ids(loader.record_type("Desk"), keys, loader.picks(pick.nodes, "Desk"))
    return [found[key] for key in keys if key in found]


async def _as_of(loader: Loader, _: Pick, clocks: Sequence[DeskClock]) -> object:
    now = loader.context.clock.now()
    kept = [clock.caught_up_at for clock in clocks if not clock.is_behind(now)]
    return moment(min((at for at in kept if at is not None), default=now))
