"""The root of all writes: each is written through to the desk, and errors are data."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import strawberry
from strawberry.types.arguments import StrawberryArgumentAnnotation

from schema import prepare, write
from schema.context import Scope
from schema.roots import Info, written
from schema.types.payloads import CommentPayload, TicketPayload
from schema.types.write_inputs import (
    AddCommentInput,
    CloseTicketInput,
    CreateChurnTicketInput,
    CreateTicketInput,
    UpdateTicketInput,
)

TicketIdArgument = Annotated[
    strawberry.ID, strawberry.argument(name="id", description="The ticket.")
]


def _input(doc: str) -> StrawberryArgumentAnnotation:
    return strawberry.argument(name="input", description=doc)


@strawberry.type(description="Everything that can be written, at the desks themselves.")
class Mutation:
    @written(Scope.TICKETS_WRITE, "Makes a new ticket.")
    async def create_ticket(
        self,
        info: Info,
        given: Annotated[CreateTicketInput, _input("The ticket.")],
    ) -> TicketPayload:
        make = partial(prepare.create, given=given)
        return await write.submit(info, TicketPayload, make, dry_run=given.dry_run)

    @written(
        Scope.TICKETS_WRITE,
        "Makes a ticket about a customer who may be about to leave, by the library's rules.",
    )
    async def create_churn_ticket(
        self,
        info: Info,
        given: Annotated[CreateChurnTicketInput, _input("The customer.")],
    ) -> TicketPayload:
        make = partial(prepare.create_churn, given=given)
        return await write.submit(info, TicketPayload, make, dry_run=given.dry_run)

    @written(Scope.TICKETS_WRITE, "Changes a ticket.")
    async def update_ticket(
        self,
        info: Info,
        given: Annotated[UpdateTicketInput, _input("The changes.")],
    ) -> TicketPayload:
        make = partial(prepare.update, given=given)
        return await write.submit(info, TicketPayload, make, dry_run=given.dry_run)

    @written(
        Scope.TICKETS_WRITE,
        "Solves a ticket, or closes it with the provider that has no solved; a reason becomes an "
        "internal note.",
    )
    async def close_ticket(
        self,
        info: Info,
        given: Annotated[CloseTicketInput, _input("Which, and why.")],
    ) -> TicketPayload:
        make = partial(prepare.close, given=given)
        return await write.submit(info, TicketPayload, make, dry_run=given.dry_run)

    @written(Scope.TICKETS_WRITE, "Adds a message or an internal note.")
    async def add_comment(
        self,
        info: Info,
        given: Annotated[AddCommentInput, _input("The comment.")],
    ) -> CommentPayload:
        make = partial(prepare.add_comment, given=given)
        return await write.submit(info, CommentPayload, make, dry_run=given.dry_run)

    @written(Scope.TICKETS_READ, "Asks the desk for a ticket and its comments now.")
    async def refresh_ticket(self, info: Info, wanted: TicketIdArgument) -> TicketPayload:
        return await write.refresh(
            info, TicketPayload, lambda context: prepare.ticket_of(context, wanted, "id")
        )
