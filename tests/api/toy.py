"""A small schema with everything that can go right and wrong, behind the real endpoint."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from random import Random

import strawberry
from starlette.applications import Starlette

from api.auth import Callers
from api.clock import SystemClock
from api.endpoint.answers import Publisher
from api.endpoint.execution import Executor
from api.endpoint.gateway import Gateway
from api.endpoint.origins import Origins
from api.endpoint.trusted import TrustedDocuments
from api.routes import application, graphql_routes
from db.database import Database
from domain.errors import InvalidInputError
from schema.build import DeskgraphSchema
from schema.context import Context, Viewer
from sync.engine import Engine

ALLOWED_ORIGIN = "https://app.example.com"
SECRET = "sky-blue-horse"


class Gate:
    """Holds an operation for as long as a test wants; `close` before each use."""

    def close(self) -> None:
        self.is_reached = asyncio.Event()
        self.is_open = asyncio.Event()


GATE = Gate()


@strawberry.type
class Query:
    @strawberry.field
    def hello(self) -> str:
        return "world"

    @strawberry.field
    def echo(self, text: str) -> str:
        return text

    @strawberry.field
    def number(self, value: int) -> int:
        return value

    @strawberry.field
    def crash(self) -> str | None:
        raise RuntimeError(f"the password is {SECRET}")

    @strawberry.field
    def refuse(self) -> str | None:
        raise InvalidInputError("This cannot be read", hint="Write it differently")

    @strawberry.field
    def viewer(self, info: strawberry.Info[Context, None]) -> str:
        return info.context.viewer.name

    @strawberry.field
    async def forever(self) -> str:
        await asyncio.Event().wait()
        return "never"

    @strawberry.field
    async def gate(self) -> str:
        GATE.is_reached.set()
        await GATE.is_open.wait()
        return "passed"


@strawberry.type
class Mutation:
    @strawberry.mutation
    def double(self, value: int) -> int:
        return 2 * value


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def count(self, to: int) -> AsyncGenerator[int, None]:
        for number in range(1, to + 1):
            yield number

    @strawberry.subscription
    async def silence(self) -> AsyncGenerator[int, None]:
        yield 0
        await asyncio.Event().wait()

    @strawberry.subscription
    async def stumble(self) -> AsyncGenerator[int, None]:
        yield 1
        raise RuntimeError(SECRET)


TOY = DeskgraphSchema(query=Query, mutation=Mutation, subscription=Subscription)


def toy_gateway(
    database: Database,
    *,
    serves_this_machine: bool = True,
    documents: TrustedDocuments | None = None,
    hides_suggestions: bool = False,
    introspection: bool = True,
    seconds: float = 5.0,
) -> Gateway:
    clock = SystemClock()
    engine = Engine(database, [], clock=clock, random=Random(1))

    def make_context(viewer: Viewer, request_id: str) -> Context:
        return Context(viewer, database, engine, clock, request_id)

    return Gateway(
        Executor(TOY, Publisher(hides_suggestions=hides_suggestions), introspection, seconds),
        Callers(database, serves_this_machine),
        Origins(frozenset({ALLOWED_ORIGIN})),
        documents or TrustedDocuments(),
        make_context,
        asyncio.Event(),
    )


def toy_app(gateway: Gateway) -> Starlette:
    return application(graphql_routes(gateway))
