"""What writes answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, cast

import strawberry
from strawberry.scalars import JSON

from domain.http import Request
from schema.declare import Related, loaded
from schema.types.comment import Comment
from schema.types.mutation_errors import MutationError
from schema.types.operation import Operation
from schema.types.ticket import Ticket

if TYPE_CHECKING:
    from schema.query import Query


@strawberry.type(description="A request to a provider that a dry run did not send.")
class PlannedRequest:
    method: str = strawberry.field(description="The HTTP method.")
    path: str = strawberry.field(description="The path on the desk's own host.")
    body: JSON | None = strawberry.field(description="The body.")

    @classmethod
    def of(cls, request: Request) -> PlannedRequest:
        return cls(method=request.method, path=request.path, body=cast("JSON", request.body))


@strawberry.interface(description="What became of a write.")
class WritePayload(Related):
    operation: Operation | None = loaded(
        "The write as it is recorded; null when it was refused before, or only a dry run."
    )
    errors: list[MutationError] = strawberry.field(
        description="Why it was not done. Empty while it is being done, and when it is done."
    )
    replayed: bool = strawberry.field(
        description="Whether the same key was used before, so that nothing new was sent."
    )
    planned: list[PlannedRequest] = strawberry.field(
        description="What a dry run would have sent, in order."
    )

    query: Annotated[Query, strawberry.lazy("schema.query")] = loaded(
        "Everything that can be read, to ask for it in one go."
    )


@strawberry.type(description="What became of a write to a ticket.")
class TicketPayload(WritePayload):
    ticket: Ticket | None = loaded("The ticket as it is now.")


@strawberry.type(description="What became of a comment.")
class CommentPayload(WritePayload):
    comment: Comment | None = loaded("The comment; null until the desk has shown it to us.")
    ticket: Ticket | None = loaded("The ticket as it is now.")
