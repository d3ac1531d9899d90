"""One statement for each level and relation, however many rows: a guard against N+1."""

from __future__ import annotations

from domain.observation import LanePage
from tests.schema.world import PEOPLE, REFERENCES, World, comment, ticket

HUNDRED = 100


async def hundred_tickets(world: World) -> None:
    for desk, provider in (("north", "zendesk"), ("south", "gorgias")):
        await world.add_desk(desk, provider)
        tickets = tuple(
            ticket(
                n,
                tags=("vip",),
                comments=[comment(n, m) for m in range(1, 4)],
                custom_fields={"51": "1"},
                organization_id="31",
            )
            for n in range(1, HUNDRED // 2 + 1)
        )
        await world.apply(desk, LanePage(tickets=tickets, people=PEOPLE, references=REFERENCES))


QUERIES = {
    "{ tickets(first: 100) { nodes { id subject status } } }": 1,
    "{ tickets(first: 100) { totalCount } }": 1,
    "{ tickets(first: 100) { totalCount totalCountAtLeast pageInfo { endCursor } } }": 2,
    """{ tickets(first: 100) { nodes { id comments(first: 3) { nodes { body } }
         requester { name } assignee { name } } } }""": 4,
    """{ tickets(first: 100) { nodes { id desk { key } comments(last: 3) { nodes { body } }
         requester { name } assignee { name } } pageInfo { hasNextPage } } }""": 5,
    """{ tickets(first: 100) { nodes { comments(first: 3) { nodes { author { __typename } }
         } } } }""": 3,
    """{ tickets(first: 100) { nodes { id requester { name } assignee { name }
         comments(first: 3) { nodes { body author { __typename ... on Agent { name email }
         ... on Customer { name email } ... on Bot { name } } } } } } }""": 5,
    "{ tickets(first: 100) { nodes { description } } }": 2,
    "{ tickets(first: 100) { nodes { comments(first: 3) { nodes { sync { freshness } } } } } }": 3,
    "{ tickets(first: 100) { nodes { tags } } }": 3,
    "{ tickets(first: 100) { nodes { sync { observedAt source } } } }": 1,
    "{ tickets(first: 100) { nodes { sync { freshness } } } }": 3,
    "{ tickets(first: 100) { nodes { zendesk { type organization { name } } } } }": 3,
    "{ desks { key name sync { backfill { done } } fields { key } teams { name } } }": 4,
    "{ customers { nodes { name tickets(first: 2) { totalCount nodes { id } } } } }": 3,
    "{ viewer { name } }": 0,
}


async def test_statements_do_not_grow_with_rows(world: World) -> None:
    await hundred_tickets(world)
    for query, most in QUERIES.items():
        world.counted.asked.clear()
        await world.ask(query)
        assert world.counted.statements <= most, query


async def test_columns_are_the_selected_ones_only(small_world: World) -> None:
    await hundred_tickets(small_world)
    await small_world.ask("{ tickets { nodes { subject } } }")
    [statement] = small_world.counted.asked
    assert "subject" in statement
    assert "description" not in statement
