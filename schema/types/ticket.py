"""Tickets, and pages of them."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import orjson
import strawberry
from sqlalchemy import bindparam, or_, select
from strawberry.scalars import JSON

from db import tables
from db.tables import ticket, ticket_part, ticket_tag
from domain.ids import record_id
from domain.observation import Part
from domain.words import Channel, Priority, Status, Visibility
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
from schema.overlays import overlays_of
from schema.relations import to_one
from schema.scalars import URL
from schema.types.comment import CommentConnection, load_comments, load_opening
from schema.types.custom_fields import (
    CUSTOM_FIELDS_SIZE,
    CustomFieldValue,
    load_custom_fields,
)
from schema.types.desk import Desk
from schema.types.freshness import NEED, SEEN_TO, SyncState, load_sync
from schema.types.node import DeskRecord
from schema.types.people import Agent, Customer, Team
from schema.types.provider_tickets import (
    GorgiasTicket,
    ZendeskTicket,
    load_gorgias,
    load_zendesk,
)


def _core(name: str) -> Any:
    own = select(ticket_part.c[name]).where(
        ticket_part.c.ticket_id == ticket.c.id, ticket_part.c.part == Part.CORE.value
    )
    return own.correlate(ticket).scalar_subquery()


# A merged ticket is shown with what it lives on as; a deleted one is not there.
IS_THERE = or_(ticket.c.gone.is_(False), ticket.c.merged_into.is_not(None))


async def load_tags(loader: Loader, records: Sequence[Record], pick: Pick) -> None:
    """With what writes of ours have just added or removed."""
    ids = [record.row.id for record in records]
    rows = await loader.fetch(
        select(ticket_tag.c.ticket_id, ticket_tag.c.tag).where(
            ticket_tag.c.ticket_id.in_(bindparam("ids", ids, expanding=True))
        )
    )
    tags: dict[str, set[str]] = {ticket_id: set() for ticket_id in ids}
    for row in rows:
        tags[row.ticket_id].add(row.tag)
    for overlay in await overlays_of(loader, ids, Part.TAGS.value):
        tags[overlay.ticket_id].update(overlay.content.get("add", ()))
        tags[overlay.ticket_id].difference_update(overlay.content.get("remove", ()))
    for record in records:
        record.related[pick.key] = sorted(tags[record.row.id])


async def load_raw(loader: Loader, records: Sequence[Record], pick: Pick) -> None:
    held = tables.raw_payload.c
    ids = [record.row.id for record in records]
    rows = await loader.fetch(
        select(held.ticket_id, held.payload).where(
            held.ticket_id.in_(bindparam("ids", ids, expanding=True))
        )
    )
    payloads = {row.ticket_id: orjson.loads(zlib.decompress(row.payload)) for row in rows}
    for record in records:
        record.related[pick.key] = payloads.get(record.row.id)


async def load_merged_into(loader: Loader, records: Sequence[Record], pick: Pick) -> None:
    into = {
        record.row.id: record_id(record.row.desk, record.row.merged_into)
        for record in records
        if record.row.merged_into is not None
    }
    found = await loader.by_ids(Ticket, set(into.values()), loader.picks(pick.nodes, "Ticket"))
    for record in records:
        record.related[pick.key] = found.get(into.get(record.row.id, ""))


@strawberry.type(description="One request for help, at whichever desk.")
class Ticket(DeskRecord):
    of = Columns(
        ticket,
        {SEEN_TO: _core("seen_to"), NEED: _core("need")},
        exists=IS_THERE,
    )

    id: strawberry.ID = column("id", doc="An opaque id.", read=reads_id("Ticket"))
    external_url: URL | None = column("external_url", doc="Where agents open it.")
    sync: SyncState = relation(
        load_sync,
        "observed_at",
        "source",
        "updated_at",
        SEEN_TO,
        NEED,
        doc="When it was last seen, and which way.",
    )
    subject: str | None = column("subject", doc="The subject line; null where there is none.")
    description: str | None = relation(
        load_opening,
        "description",
        doc="The opening message as plain text; null until its conversation has been read.",
    )
    status: Status = column("status", doc="Where it stands, in our words.", read=Status)
    native_status: str = column(
        "native_status", doc="The provider's own word for the status, e.g. a custom one."
    )
    priority: Priority | None = column(
        "priority",
        doc="How urgent it is; null when nobody has said.",
        read=lambda word: None if word is None else Priority(word),
    )
    native_priority: str | None = column(
        "native_priority", doc="The provider's own word for the priority."
    )
    channel: Channel = column("channel", doc="The way it came.", read=Channel)
    requester: Customer | None = to_one(
        "Customer",
        "requester_id",
        doc="Who asked, be it a customer or an agent; null where the desk does not say, or has "
        "not shown us that person yet.",
    )
    assignee: Agent | None = to_one(
        "Agent", "assignee_id", doc="The agent who is to answer; null when nobody is."
    )
    team: Team | None = to_one("Team", "team_id", doc="The team that is to answer; null for none.")
    tags: list[str] = relation(load_tags, doc="Its tags, in order.", size=0)
    custom_fields: list[CustomFieldValue] = relation(
        load_custom_fields, doc="The custom fields that have a value.", size=CUSTOM_FIELDS_SIZE
    )

    @relation_with_arguments(load_comments, doc="The conversation, oldest first.")
    def comments(
        self,
        *,
        first: FirstArgument = None,
        after: AfterArgument = None,
        last: LastArgument = None,
        before: BeforeArgument = None,
        visibility: Annotated[
            Visibility | None, strawberry.argument(description="Only comments of this kind.")
        ] = None,
    ) -> CommentConnection:
        raise NotImplementedError

    created_at: datetime = column("created_at", doc="When it was created at the desk.")
    updated_at: datetime = column("updated_at", doc="The provider's time of its last change.")
    solved_at: datetime | None = column(
        "solved_at", doc="When it was solved; null where the provider does not tell."
    )
    snoozed_until: datetime | None = column(
        "snoozed_until", doc="Out of sight until then; null when it is not snoozed."
    )
    due_at: datetime | None = column("due_at", doc="When it is due; null without a due date.")
    waiting_since: datetime | None = column(
        "waiting_since", doc="Set while nobody has answered the customer since."
    )
    merged_into: Annotated[Ticket, strawberry.lazy("schema.types.ticket")] | None = relation(
        load_merged_into,
        "merged_into",
        doc="The ticket that it was merged into; null when it was not.",
    )
    zendesk: ZendeskTicket | None = relation(
        load_zendesk, "extra", "organization_id", doc="What only Zendesk knows; null elsewhere."
    )
    gorgias: GorgiasTicket | None = relation(
        load_gorgias, "extra", doc="What only Gorgias knows; null elsewhere."
    )
    raw: JSON | None = relation(
        load_raw,
        doc="The provider's payload as last received; null without the scope tickets:raw.",
        scope=Scope.TICKETS_RAW,
    )


@strawberry.type(description="One row of a list of tickets.")
class TicketEdge(Related):
    cursor: str = strawberry.field(description="Pass it as `after` to go on from here.")
    node: Ticket = loaded("The ticket.")


@strawberry.type(
    description="One page of tickets: one order, one cursor, one total over all desks. A desk "
    "that is down is named in `behind`; it never makes a page fail."
)
class TicketConnection(Related):
    edges: list[TicketEdge] = loaded("The rows with their cursors.")
    nodes: list[Ticket] = loaded("The tickets.")
    page_info: PageInfo = loaded("Where the page stands in the list.")
    total_count: int | None = loaded("How many match; null above 10,000.")
    total_count_at_least: int = loaded("How many match, at least: 10,000 when there are more.")
    as_of: datetime = loaded(
        "Every change that was made by then is in the list, at all desks outside `behind`."
    )
    behind: list[Desk] = loaded(
        "The desks whose part of the list may lack changes of the last minute."
    )
