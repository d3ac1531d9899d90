"""Comments: who said what, to whom, and whether it arrived."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
from sqlalchemy import BigInteger, ColumnElement, bindparam, exists, func, select, type_coerce

from db.database import AnyRow
from db.read.keyset import Cut, Ordering, Window
from db.read.nested import cut_by_parent, for_each_parent
from db.tables import attachment, comment, person, ticket, ticket_part
from domain.ids import record_id
from domain.observation import Part
from domain.queries import PageRequest
from domain.words import Channel, Delivery, PersonRole, Visibility
from schema.arguments import page_of
from schema.connections import Connecting, PageInfo
from schema.declare import Columns, Record, Related, column, loaded, relation
from schema.ids import reads_id
from schema.load import Loader, Pick
from schema.relations import to_parent
from schema.scalars import URL
from schema.types.freshness import NEED, SyncState, load_sync
from schema.types.node import DeskRecord
from schema.types.people import Agent, Bot, Customer

if TYPE_CHECKING:
    from schema.types.ticket import Ticket

LARGEST_INT = 2**31 - 1
"""GraphQL's Int has 32 bits; no help desk keeps files of two gigabytes."""
AUTOMATION = "Automation"
"""What a program is called whose name nobody has told us."""
OLDEST_FIRST = Ordering(
    "created_at.asc", (type_coerce(comment.c.created_at, BigInteger), comment.c.id), (int, str)
)

_has_ticket = exists(
    select(ticket.c.id)
    .where(
        ticket.c.id == comment.c.ticket_id,
        ticket.c.gone.is_(False) | ticket.c.merged_into.is_not(None),
    )
    .correlate(comment)
)

_list_need = (
    select(ticket_part.c.need)
    .where(
        ticket_part.c.ticket_id == comment.c.ticket_id, ticket_part.c.part == Part.COMMENTS.value
    )
    .correlate(comment)
    .scalar_subquery()
)

Actor = Annotated[
    Agent | Customer | Bot,
    strawberry.union("Actor", description="Who wrote a comment: a person or a program."),
]


@strawberry.type(description="A file that came with a comment.")
class Attachment:
    id: strawberry.ID = strawberry.field(description="An opaque id.")
    file_name: str = strawberry.field(description="The file's name.")
    content_type: str = strawberry.field(description="Its media type, as the provider says.")
    byte_size: int | None = strawberry.field(
        description="Its size in bytes; null where it is not told, or over 2 GB."
    )
    url: URL | None = strawberry.field(
        description="Where the provider keeps it; null once it was redacted."
    )


async def load_attachments(loader: Loader, records: Sequence[Record], pick: Pick) -> None:
    ids = [record.row.id for record in records]
    rows = await loader.fetch(
        select(attachment)
        .where(attachment.c.comment_id.in_(bindparam("ids", ids, expanding=True)))
        .order_by(attachment.c.comment_id, attachment.c.id)
    )
    read_id = reads_id("Attachment")
    found: dict[str, list[Attachment]] = {comment_id: [] for comment_id in ids}
    for row in rows:
        found[row.comment_id].append(
            Attachment(
                id=strawberry.ID(read_id(row.id)),
                file_name=row.file_name,
                content_type=row.content_type,
                byte_size=row.byte_size if (row.byte_size or 0) <= LARGEST_INT else None,
                url=URL(row.url) if row.url else None,
            )
        )
    for record in records:
        record.related[pick.key] = found[record.row.id]


async def load_authors(loader: Loader, records: Sequence[Record], pick: Pick) -> None:
    """By what the author is known as; the role in a comment may be the provider file's guess."""
    named = {
        record.row.id: record_id(record.row.desk, record.row.author_id)
        for record in records
        if record.row.author_id is not None
    }
    known = await _people(loader, set(named.values()), pick)
    for record in records:
        author = known.get(named.get(record.row.id, ""))
        if author is None and record.row.author_role == PersonRole.BOT.value:
            author = Bot(name=AUTOMATION)
        record.related[pick.key] = author


async def _people(
    loader: Loader, ids: Collection[str], pick: Pick
) -> dict[str, Agent | Customer | Bot]:
    """By record id, whatever they are: one statement, as all of them are rows of one table."""
    if not ids:
        return {}
    agent, customer = (loader.picks(pick.nodes, name) for name in ("Agent", "Customer"))
    rows = await loader.fetch(
        loader.select(Agent, [*agent, *customer])
        .add_columns(person.c.role, person.c.name.label("own_name"))
        .where(person.c.id.in_(bindparam("ids", sorted(ids), expanding=True)))
    )
    of_role: dict[str, list[AnyRow]] = {role.value: [] for role in PersonRole}
    for row in rows:
        of_role[row.role].append(row)
    people: list[Agent | Customer] = [
        *await loader.build(Agent, of_role[PersonRole.AGENT.value], agent),
        *await loader.build(Customer, of_role[PersonRole.CUSTOMER.value], customer),
    ]
    programs = of_role[PersonRole.BOT.value]
    return {made.row.id: made for made in people} | {
        row.id: Bot(name=row.own_name or AUTOMATION) for row in programs
    }


@strawberry.type(description="One message or note of a ticket.")
class Comment(DeskRecord):
    of = Columns(comment, {NEED: _list_need}, exists=comment.c.gone.is_(False) & _has_ticket)

    id: strawberry.ID = column("id", doc="An opaque id.", read=reads_id("Comment"))
    sync: SyncState = relation(
        load_sync,
        "observed_at",
        "source",
        "seen_to",
        NEED,
        doc="When it was last seen, and which way. A new comment moves its ticket, so the desk's "
        "list of what moved proves the conversation; an edit or a redaction moves nothing, and is "
        "found by the comment audit.",
    )
    ticket: Annotated[Ticket, strawberry.lazy("schema.types.ticket")] = to_parent(
        "Ticket", "ticket_id", doc="The ticket that it belongs to."
    )
    author: Actor | None = relation(
        load_authors,
        "author_id",
        "author_role",
        doc="Who wrote it; null when the desk does not say, or has not shown us that person yet.",
    )
    visibility: Visibility = column("visibility", doc="Who can read it.", read=Visibility)
    body: str = column("body", doc="The text, without markup.")
    body_html: str | None = column(
        "body_html", doc="The text with markup; null when the provider sent plain text only."
    )
    channel: Channel = column("channel", doc="The way it came or went.", read=Channel)
    attachments: list[Attachment] = relation(
        load_attachments, doc="The files that came with it.", size=1
    )
    delivery: Delivery = column("delivery", doc="Whether it arrived.", read=Delivery)
    created_at: datetime = column("created_at", doc="When it was written.")


@strawberry.type(description="One row of a list of comments.")
class CommentEdge(Related):
    cursor: str = strawberry.field(description="Pass it as `after` to go on from here.")
    node: Comment = loaded("The comment.")


@strawberry.type(description="One page of comments.")
class CommentConnection(Related):
    edges: list[CommentEdge] = loaded("The rows with their cursors.")
    nodes: list[Comment] = loaded("The comments.")
    page_info: PageInfo = loaded("Where the page stands in the list.")
    total_count: int = loaded("How many there are.")


async def load_comments(loader: Loader, records: Sequence[Record], pick: Pick) -> None:
    """The same page of every ticket's comments, in one statement."""
    window = Window.of(page_of(**pick.arguments), OLDEST_FIRST)
    connecting = Connecting.of(loader, pick.nodes, Comment, "Comment")
    conditions = [comment.c.gone.is_(False)]
    if (visibility := pick.arguments.get("visibility")) is not None:
        conditions.append(comment.c.visibility == visibility.value)
    tickets = [record.row.id for record in records]
    cuts = [Cut((), False, False)] * len(tickets)
    if connecting.needs_rows:
        columns = loader.columns(Comment, connecting.all_picks)
        rows = select(*columns, *OLDEST_FIRST.labelled_keys).where(*conditions)
        statement = for_each_parent(
            loader.context.database.dialect_name,
            [(ticket_id,) for ticket_id in tickets],
            (comment.c.ticket_id,),
            rows,
            identity=comment.c.id,
            window=window,
        )
        cuts = cut_by_parent(await loader.fetch(statement), len(tickets), window)
    connections = await connecting.fill(cuts, OLDEST_FIRST.cursor)
    if counting := connecting.asks_for("total_count"):
        numbers = await _count(loader, tickets, conditions)
        for connection, ticket_id in zip(connections, tickets, strict=True):
            for one in counting:
                connection.related[one.key] = numbers.get(ticket_id, 0)
    for record, connection in zip(records, connections, strict=True):
        record.related[pick.key] = connection


async def load_opening(loader: Loader, records: Sequence[Record], pick: Pick) -> None:
    """A ticket's description; where its desk keeps none of its own, its first message."""
    without = [record.row.id for record in records if record.row.description is None]
    opening: dict[str, str] = {}
    if without:
        window = Window.of(PageRequest(first=1), OLDEST_FIRST)
        statement = for_each_parent(
            loader.context.database.dialect_name,
            [(ticket_id,) for ticket_id in without],
            (comment.c.ticket_id,),
            select(comment.c.ticket_id, comment.c.body, *OLDEST_FIRST.labelled_keys).where(
                comment.c.gone.is_(False)
            ),
            identity=comment.c.id,
            window=window,
        )
        cuts = cut_by_parent(await loader.fetch(statement), len(without), window)
        opening = {row.ticket_id: row.body for cut in cuts for row in cut.rows}
    for record in records:
        own = record.row.description
        record.related[pick.key] = opening.get(record.row.id) if own is None else own


async def _count(
    loader: Loader, tickets: Sequence[str], conditions: Sequence[ColumnElement[bool]]
) -> dict[str, int]:
    own = comment.c.ticket_id.in_(bindparam("tickets", list(tickets), expanding=True))
    rows = await loader.fetch(
        select(comment.c.ticket_id, func.count().label("number"))
        .where(own, *conditions)
        .group_by(comment.c.ticket_id)
    )
    return {row.ticket_id: row.number for row in rows}
