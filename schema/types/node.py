"""What every record has: an id, a desk, an external id, and how far its copy can be trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import strawberry

from schema.declare import Record, column, relation
from schema.relations import to_parent
from schema.scalars import URL
from schema.types.freshness import SyncState, load_sync

if TYPE_CHECKING:
    from schema.types.desk import Desk


@strawberry.interface(description="Anything with an id that `node` takes.")
class Node(Record):
    id: strawberry.ID = strawberry.field(
        description="An opaque id, unique over all types and desks."
    )


@strawberry.interface(
    description="Anything copied from a desk: where it came from and how far to trust the copy."
)
class DeskRecord(Node):
    desk: Annotated[Desk, strawberry.lazy("schema.types.desk")] = to_parent(
        "Desk", "desk", doc="The desk that it belongs to."
    )
    external_id: str = column("external_id", doc="Its id at the desk.")
    external_url: URL | None = column(
        doc="Where to open it at the desk; null where it has no page of its own.",
        read=lambda: None,
    )
    sync: SyncState = relation(
        load_sync, "observed_at", "source", doc="When it was last seen, and which way."
    )
