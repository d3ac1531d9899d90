"""The root of everything that is told as it happens."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Annotated

import strawberry

from domain.text import require_storable
from schema import follow
from schema.context import Scope
from schema.roots import Info, loader_of, root
from schema.types.change import Change
from schema.types.desk import Desk
from schema.types.inputs import TicketFilterArgument

SinceArgument = Annotated[
    str | None,
    strawberry.argument(
        description="The last cursor that you have: what was missed comes first. Without it, only "
        "what happens from now on."
    ),
]
DeskArgument = Annotated[str | None, strawberry.argument(description="Only this desk, by its key.")]


@strawberry.type(description="Everything that is told as it happens.")
class Subscription:
    @root(
        Scope.TICKETS_READ,
        "Changes of tickets, resumable and without gaps. On RESYNC the cursor was too old: read "
        "the lists again and go on.",
        streams=True,
    )
    async def ticket_changed(
        self, info: Info, where: TicketFilterArgument = None, after: SinceArgument = None
    ) -> AsyncGenerator[Change, None]:
        async for change in follow.follow_tickets(loader_of(info), where, after):
            yield change

    @root(
        Scope.TICKETS_READ,
        "Every desk as it is, and again when its state, problem or progress changes.",
        streams=True,
    )
    async def desk_changed(
        self, info: Info, key: DeskArgument = None
    ) -> AsyncGenerator[Desk, None]:
        wanted = None if key is None else require_storable(key, "key")
        async for desk in follow.follow_desks(loader_of(info), wanted):
            yield desk
