"""What changed, in order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import strawberry
from strawberry.utils.str_converters import to_camel_case

from db.feed import FeedCursor, FeedEntry
from domain.ids import node_id
from domain.words import ChangeKind, SyncSource
from schema.connections import PageInfo
from schema.declare import Related, loaded
from schema.load import Loader, Picks
from schema.scalars import moment
from schema.types.ticket import Ticket

_FIELD_NAMES: Final = {
    "requester_id": "requester",
    "assignee_id": "assignee",
    "team_id": "team",
    "organization_id": "organization",
}


@strawberry.type(description="One change of one ticket.")
class Change(Related):
    cursor: str = strawberry.field(description="Pass it as `after` to go on from here.")
    kind: ChangeKind = strawberry.field(description="What happened.")
    ticket_id: strawberry.ID | None = strawberry.field(
        description="The ticket's id; null on RESYNC."
    )
    ticket: Ticket | None = loaded("The ticket as it is now; null when it is gone, and on RESYNC.")
    changed_fields: list[str] = strawberry.field(
        description="Names of the ticket's fields that changed; `details` for what only the "
        "provider knows."
    )
    source: SyncSource | None = strawberry.field(
        description="Which way we learnt of it; null on RESYNC."
    )
    at: datetime = strawberry.field(description="When we learnt of it (our clock).")


@strawberry.type(description="One row of a list of changes.")
class ChangeEdge(Related):
    cursor: str = strawberry.field(description="Pass it as `after` to go on from here.")
    node: Change = loaded("The change.")


@strawberry.type(description="One page of changes, oldest first.")
class ChangeConnection(Related):
    edges: list[ChangeEdge] = loaded("The rows with their cursors.")
    nodes: list[Change] = loaded("The changes.")
    page_info: PageInfo = loaded(
        "Where the page stands. `endCursor` is there on an empty page too: come back with it."
    )


async def changes_of(
    loader: Loader, epoch: str, entries: Sequence[FeedEntry], picks: Picks
) -> list[Change]:
    """With the tickets that the picks select, in one statement for all."""
    changes = [_change(epoch, entry) for entry in entries]
    for pick in picks:
        if pick.name == "ticket":
            ids = [entry.change.ticket_id for entry in entries]
            found = await loader.by_ids(Ticket, set(ids), loader.picks(pick.nodes, "Ticket"))
            for change, ticket_id in zip(changes, ids, strict=True):
                change.related[pick.key] = found.get(ticket_id)
    return changes


def _change(epoch: str, entry: FeedEntry) -> Change:
    told = entry.change
    change = _blank(FeedCursor(epoch, entry.position), told.kind, told.at)
    change.ticket_id = strawberry.ID(node_id("Ticket", told.ticket_id))
    change.source = told.source
    change.changed_fields = [_FIELD_NAMES.get(name) or to_camel_case(name) for name in told.changed]
    return change


def resync(cursor: FeedCursor, at: float, picks: Picks) -> Change:
    """Tells a reader whose cursor has expired to read its lists again."""
    change = _blank(cursor, ChangeKind.RESYNC, at)
    change.related = {pick.key: None for pick in picks}
    return change


def _blank(cursor: FeedCursor, kind: ChangeKind, at: float) -> Change:
    change = Change.__new__(Change)
    change.related = {}
    change.cursor = str(cursor)
    change.kind = kind
    change.ticket_id = None
    change.source = None
    change.changed_fields = []
    change.at = moment(at)
    return change
