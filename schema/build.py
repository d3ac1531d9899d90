"""Builds the schema and prints it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import strawberry
from graphql import (
    GraphQLArgument,
    GraphQLError,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    Undefined,
)
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from schema.documents import DocumentGate
from schema.errors import public_errors
from schema.mutation import Mutation
from schema.query import Query
from schema.read import NODE_TYPES
from schema.scalars import SCALARS
from schema.subscription import Subscription
from schema.types.mutation_errors import ALL_ERRORS


class DeskgraphSchema(strawberry.Schema):
    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Every error of every transport passes here, so here they are logged and masked."""
        context = execution_context.context if execution_context else None
        errors[:] = public_errors(errors, context)


@cache
def build_schema() -> DeskgraphSchema:
    schema = DeskgraphSchema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=[*NODE_TYPES.values(), *ALL_ERRORS],
        config=StrawberryConfig(scalar_map=SCALARS),
        extensions=[DocumentGate],
    )
    _forget_null_defaults(schema._schema)
    return schema


def _forget_null_defaults(schema: GraphQLSchema) -> None:
    """A Python default of None means "may be left out", which needs no default in the schema."""
    for named in schema.type_map.values():
        if isinstance(named, GraphQLInputObjectType):
            _forget(named.fields.values())
        elif isinstance(named, GraphQLObjectType | GraphQLInterfaceType):
            for field in named.fields.values():
                _forget(field.args.values())


def _forget(members: Iterable[GraphQLArgument | GraphQLInputField]) -> None:
    for member in members:
        if member.default_value is None:
            member.default_value = Undefined


def sdl() -> str:
    """The schema as text."""
    return f"{build_schema().as_str().rstrip()}\n"
