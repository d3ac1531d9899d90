"""The root of all reads."""

from __future__ import annotations

from typing import Annotated

import strawberry

from domain.writes import OperationState
from schema import read
from schema.arguments import (
    AfterArgument,
    BeforeArgument,
    FirstArgument,
    LastArgument,
    page_of,
)
from schema.context import Scope
from schema.follow import load_changes
from schema.roots import Info, loader_of, root
from schema.types.change import ChangeConnection
from schema.types.desk import Desk
from schema.types.inputs import TicketFilterArgument, TicketOrderArgument, TicketRef
from schema.types.node import Node
from schema.types.operation import Operation, OperationConnection
from schema.types.people import CustomerConnection
from schema.types.ticket import Ticket, TicketConnection
from schema.types.ticket_lists import load_ticket_page
from schema.types.viewer import Viewer

IdArgument = Annotated[
    strawberry.ID, strawberry.argument(name="id", description="An id of any type.")
]
IdsArgument = Annotated[
    list[strawberry.ID], strawberry.argument(description="Ids of any types, at most 100.")
]
DeskKeyArgument = Annotated[str, strawberry.argument(description="The desk's key.")]
TicketRefArgument = Annotated[TicketRef, strawberry.argument(description="Which ticket.")]
MaxStalenessArgument = Annotated[
    float | None,
    strawberry.argument(
        description="When the copy is older than this many seconds, the provider is asked first."
    ),
]
EmailArgument = Annotated[
    str | None,
    strawberry.argument(
        description="Only with this e-mail address; needs the scope customers:pii."
    ),
]
OperationKeyArgument = Annotated[
    str, strawberry.argument(description="The idempotency key that you gave it.")
]
OperationStateArgument = Annotated[
    OperationState | None, strawberry.argument(description="Only in this state.")
]


@strawberry.type(description="Everything that can be read.")
class Query:
    @root(Scope.TICKETS_READ, "Anything by its id; null when it is not there or not to be seen.")
    async def node(self, info: Info, wanted: IdArgument) -> Node | None:
        [found] = await read.load_nodes(loader_of(info), [wanted])
        return found

    @root(Scope.TICKETS_READ, "Many things by their ids, in the order of the ids.", size=100)
    async def nodes(self, info: Info, ids: IdsArgument) -> list[Node | None]:
        return await read.load_nodes(loader_of(info), ids)

    @root(None, "The caller, as the server knows it.")
    def viewer(self, info: Info) -> Viewer:
        return Viewer.of(info.context.viewer)

    @root(Scope.TICKETS_READ, "Every desk, by key.")
    async def desks(self, info: Info) -> list[Desk]:
        return await read.load_desks(loader_of(info))

    @root(Scope.TICKETS_READ, "One desk by its key.")
    async def desk(self, info: Info, key: DeskKeyArgument) -> Desk | None:
        return await read.load_desk(loader_of(info), key)

    @root(Scope.TICKETS_READ, "One ticket; null when it is not there or not to be seen.")
    async def ticket(
        self, info: Info, by: TicketRefArgument, max_staleness: MaxStalenessArgument = None
    ) -> Ticket | None:
        return await read.load_ticket(loader_of(info), by.record(), max_staleness)

    @root(Scope.TICKETS_READ, "The tickets of all desks as one list.")
    async def tickets(
        self,
        info: Info,
        *,
        first: FirstArgument = None,
        after: AfterArgument = None,
        last: LastArgument = None,
        before: BeforeArgument = None,
        where: TicketFilterArgument = None,
        order_by: TicketOrderArgument = None,
    ) -> TicketConnection | None:
        page = {"first": first, "after": after, "last": last, "before": before}
        arguments = page | {"where": where, "order_by": order_by}
        connection: TicketConnection = await load_ticket_page(loader_of(info), arguments)
        return connection

    @root(Scope.TICKETS_READ, "The customers of all desks, by id; agents are in `Desk.agents`.")
    async def customers(
        self,
        info: Info,
        *,
        first: FirstArgument = None,
        after: AfterArgument = None,
        last: LastArgument = None,
        before: BeforeArgument = None,
        email: EmailArgument = None,
    ) -> CustomerConnection | None:
        page = page_of(first, after, last, before)
        connection: CustomerConnection = await read.load_customers(loader_of(info), page, email)
        return connection

    @root(
        Scope.TICKETS_READ,
        "What changed, in order and without gaps. Begin without a cursor: the page is empty and "
        "its `endCursor` is the present end. Keep the last one, and come back with it. One that is "
        "too old is refused with CURSOR_EXPIRED: read the lists again, and begin without it.",
    )
    async def changes(
        self,
        info: Info,
        *,
        first: FirstArgument = None,
        after: AfterArgument = None,
        where: TicketFilterArgument = None,
    ) -> ChangeConnection | None:
        loader = loader_of(info)
        connection: ChangeConnection = await load_changes(loader, first, after, where)
        return connection

    @root(Scope.TICKETS_WRITE, "A write of yours by its idempotency key.")
    async def operation(self, info: Info, key: OperationKeyArgument) -> Operation | None:
        return await read.load_operation(loader_of(info), key)

    @root(Scope.SYNC_ADMIN, "Every caller's writes, newest first.")
    async def operations(
        self,
        info: Info,
        *,
        first: FirstArgument = None,
        after: AfterArgument = None,
        last: LastArgument = None,
        before: BeforeArgument = None,
        state: OperationStateArgument = None,
    ) -> OperationConnection | None:
        page = page_of(first, after, last, before)
        connection: OperationConnection = await read.load_operations(loader_of(info), page, state)
        return connection
