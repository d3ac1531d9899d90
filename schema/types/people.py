"""People, their organizations and teams."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import bindparam, select

from db import tables
from schema.arguments import AfterArgument, BeforeArgument, FirstArgument, LastArgument
from schema.connections import PageInfo
from schema.context import Scope
from schema.declare import (
    Columns,
    Record,
    Related,
    column,
    loaded,
    relation,
    relation_with_arguments,
)
from schema.ids import reads_id
from schema.load import Loader, Pick
from schema.relations import to_one
from schema.types.freshness import SyncState, load_sync
from schema.types.inputs import TicketFilterArgument, TicketOrderArgument
from schema.types.node import DeskRecord
from schema.types.ticket_lists import load_tickets_of_customer

if TYPE_CHECKING:
    from schema.types.ticket import TicketConnection


@strawberry.type(description="A company or group that customers belong to.")
class Organization(DeskRecord):
    of = Columns(tables.organization)

    id: strawberry.ID = column("id", doc="An opaque id.", read=reads_id("Organization"))
    name: str = column("name", doc="Its name.")


@strawberry.type(description="A group of agents.")
class Team(DeskRecord):
    of = Columns(tables.team)

    id: strawberry.ID = column("id", doc="An opaque id.", read=reads_id("Team"))
    name: str = column("name", doc="Its name.")


def _sync_of_person() -> Any:
    return relation(
        load_sync,
        "observed_at",
        "source",
        "updated_at",
        doc="When they were last seen, and which way.",
    )


async def load_teams(loader: Loader, records: Sequence[Record], pick: Pick) -> None:
    member = tables.person_team.c
    people = sorted({record.row.id for record in records})
    rows = await loader.fetch(
        select(member.person_id, member.team_id)
        .where(member.person_id.in_(bindparam("people", people, expanding=True)))
        .order_by(member.person_id, member.team_id)
    )
    teams = await loader.by_ids(
        Team, {row.team_id for row in rows}, loader.picks(pick.nodes, "Team")
    )
    by_person: dict[str, list[Any]] = {}
    for row in rows:
        if (team := teams.get(row.team_id)) is not None:
            by_person.setdefault(row.person_id, []).append(team)
    for record in records:
        record.related[pick.key] = by_person.get(record.row.id, [])


@strawberry.type(description="Somebody who answers tickets.")
class Agent(DeskRecord):
    of = Columns(tables.person)

    id: strawberry.ID = column("id", doc="An opaque id.", read=reads_id("Agent"))
    sync: SyncState = _sync_of_person()
    name: str | None = column("name", doc="Their name; null where only their id is known yet.")
    email: str | None = column(
        "email", doc="Null without the scope customers:pii.", scope=Scope.CUSTOMERS_PII
    )
    active: bool = column("active", doc="Whether they can sign in.")
    teams: list[Team] = relation(load_teams, doc="The teams that they belong to.")


@strawberry.type(
    description="Somebody who asks. An agent who asked for something is one here too, with the "
    "same `externalId`."
)
class Customer(DeskRecord):
    of = Columns(tables.person)

    id: strawberry.ID = column("id", doc="An opaque id.", read=reads_id("Customer"))
    sync: SyncState = _sync_of_person()
    name: str | None = column("name", doc="Their name; null where nobody has told one.")
    email: str | None = column(
        "email", doc="Null without the scope customers:pii.", scope=Scope.CUSTOMERS_PII
    )
    phone: str | None = column(
        "phone", doc="Null without the scope customers:pii.", scope=Scope.CUSTOMERS_PII
    )
    organization: Organization | None = to_one(
        "Organization", "organization_id", doc="The company that they belong to; null for none."
    )

    @relation_with_arguments(
        load_tickets_of_customer, "desk", "external_id", doc="The tickets that they asked for."
    )
    def tickets(
        self,
        *,
        first: FirstArgument = None,
        after: AfterArgument = None,
        last: LastArgument = None,
        before: BeforeArgument = None,
        where: TicketFilterArgument = None,
        order_by: TicketOrderArgument = None,
    ) -> Annotated[TicketConnection, strawberry.lazy("schema.types.ticket")]:
        raise NotImplementedError


@strawberry.type(description="A program that wrote a comment.")
class Bot:
    name: str | None = strawberry.field(
        description="What it is called. As nullable as the other authors' names, so that one "
        "selection may ask for all of them."
    )


@strawberry.type(description="One row of a list of customers.")
class CustomerEdge(Related):
    cursor: str = strawberry.field(description="Pass it as `after` to go on from here.")
    node: Customer = loaded("The customer.")


@strawberry.type(description="One page of customers.")
class CustomerConnection(Related):
    edges: list[CustomerEdge] = loaded("The rows with their cursors.")
    nodes: list[Customer] = loaded("The customers.")
    page_info: PageInfo = loaded("Where the page stands in the list.")
