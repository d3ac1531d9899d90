"""Every field of every type can be asked for: nothing is declared that the cache cannot answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from graphql import (
    GraphQLObjectType,
    GraphQLUnionType,
    get_named_type,
    is_interface_type,
    is_leaf_type,
)

from db.database import Transaction
from db.write.operations import OperationRow, add_operations
from domain.ids import node_id
from domain.observation import LanePage
from domain.writes import Safety, StepKind
from schema.build import build_schema
from tests.schema.world import NOW, PEOPLE, PHOTO, REFERENCES, World, comment, ticket

RECORDS = {
    "Ticket": "north/1",
    "Comment": "north/101",
    "Customer": "north/11",
    "Agent": "north/21",
    "Organization": "north/31",
    "Team": "north/41",
    "TicketField": "north/51",
    "Desk": "north",
    "Operation": "dg_1",
}


def leaves(graphql_type: Any, depth: int) -> str:
    """Every leaf of a type, and those of what it leads to, `depth` relations far."""
    if isinstance(graphql_type, GraphQLUnionType):
        return f"{{ __typename {' '.join(map(_of_member, graphql_type.types))} }}"
    return f"{{ __typename {' '.join(_members(graphql_type, depth))} }}"


def _of_member(member: GraphQLObjectType) -> str:
    """Under names of its own: two members may have one field in two nullabilities."""
    names = [name for name, field in member.fields.items() if is_leaf_type(named_type(field))]
    own = " ".join(f"{member.name}_{name}: {name}" for name in names)
    return f"... on {member.name} {{ {own} }}"


def named_type(field: Any) -> Any:
    return get_named_type(field.type)


def _members(graphql_type: Any, depth: int) -> Iterator[str]:
    for name, field in graphql_type.fields.items():
        inner = named_type(field)
        if is_leaf_type(inner):
            yield name
        elif depth > 0 and not is_interface_type(inner):
            size = "(first: 2)" if "first" in field.args else ""
            yield f"{name}{size} {leaves(inner, depth - 1)}"


async def fill(world: World) -> None:
    await world.add_desk("north", problem_code="C", problem_since=NOW)
    await world.store_backfill("north", started_at=NOW - 9, ran_at=NOW, done=5, total=9)
    seen = ticket(
        1,
        tags=("vip",),
        comments=[comment(1, 1, attachments=(PHOTO,))],
        custom_fields={"51": 3},
        team_id="41",
        organization_id="31",
        raw=b"{}",
    )
    page = LanePage(tickets=(seen,), people=PEOPLE, references=REFERENCES)
    await world.apply("north", page)

    async def unit(tx: Transaction) -> None:
        row = OperationRow(
            "dg_1",
            "6:tester:k",
            0,
            "north",
            "north/1",
            StepKind.COMMENT,
            Safety.SEND_ONCE,
            "{}",
            b"f",
            "l",
            "tester",
            NOW,
        )
        await add_operations(tx, [row])

    await world.database.write(unit)


async def test_every_field_of_every_record_is_answered(world: World) -> None:
    await fill(world)
    for type_name, record in RECORDS.items():
        graphql_type = build_schema()._schema.type_map[type_name]
        assert isinstance(graphql_type, GraphQLObjectType)
        for member in _members(graphql_type, 2):
            query = f"query ($id: ID!) {{ node(id: $id) {{ ... on {type_name} {{ {member} }} }} }}"
            data = await world.ask(query, id=node_id(type_name, record))
            assert data["node"], member
