"""How much one operation may ask for."""

from __future__ import annotations

import time
from collections.abc import Iterable

import pytest
from graphql import get_introspection_query, parse

from schema.build import build_schema
from schema.limits import HIGHEST_COST, MOST_ALIASES, MOST_DIRECTIVES, MOST_ROOT_FIELDS, measure
from tests.schema.world import World, two_desks


def cost(query: str, **variables: object) -> int:
    return measure(build_schema()._schema, parse(query), None, variables).cost


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("{ viewer { name } }", 1),
        ("{ tickets(first: 10) { nodes { id } } }", 10),
        ("{ tickets { nodes { id } } }", 25),
        ("{ tickets(last: 7) { nodes { id } } }", 7),
        ("{ tickets(first: 0) { nodes { id } } }", 0),
        ("{ tickets(first: 10) { totalCount } }", 0),
        ("{ tickets(first: 10) { totalCount pageInfo { endCursor } } }", 1),
        ("{ tickets(first: 10) { edges { cursor node { id } } } }", 10),
        ("{ tickets(first: 10) { nodes { id requester { name } tags } } }", 20),
        ("{ tickets(first: 10) { nodes { comments(first: 4) { nodes { body } } } } }", 50),
        (
            "{ tickets(first: 10) { nodes { comments(first: 4) { nodes { author {"
            " ... on Bot { name } } } } } } }",
            90,
        ),
        ("{ tickets(first: 10) { nodes { customFields { text } } } }", 60),
        ("{ desks { key } }", 10),
        ("{ desks { agents { name } } }", 510),
        ('{ nodes(ids: ["a", "b"]) { id } }', 2),
        ("{ tickets(first: 10) { ...T } } fragment T on TicketConnection { nodes { id } }", 10),
        ("{ tickets(first: 2) { nodes { id } } tickets(first: 2) { nodes { id } } }", 4),
    ],
)
def test_cost_is_one_for_each_object_times_the_pages(query: str, expected: int) -> None:
    assert cost(query) == expected


def test_page_size_may_be_a_variable() -> None:
    query = "query ($n: Int = 30) { tickets(first: $n) { nodes { id } } }"
    assert cost(query) == 30
    assert cost(query, n=3) == 3
    assert cost(query, n="nonsense") == 25
    ids = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    assert cost(ids, ids=["a"] * 40) == 40


def together(fields: Iterable[str]) -> str:
    return f"{{ {' '.join(fields)} }}"


MANY_DIRECTIVES = [f"viewer {{ name {'@include(if: true) ' * MOST_DIRECTIVES} }}"]
TOO_MUCH = {
    "cost": "{ tickets(first: 100) { nodes { comments(first: 100) { nodes { body } } } } }",
    "deep": "{ tickets { nodes { requester { tickets { nodes { requester { tickets { nodes { "
    "requester { tickets { nodes { id } } } } } } } } } } } }",
    "aliases": together(f"a{n}: viewer {{ name }}" for n in range(MOST_ALIASES + 1)),
    "root fields": together(["viewer { name }"] * (MOST_ROOT_FIELDS + 1)),
    "directives": together(["viewer @skip(if: false) { name }"] * 10 + MANY_DIRECTIVES),
}


@pytest.mark.parametrize("query", TOO_MUCH.values(), ids=TOO_MUCH)
async def test_too_much_is_refused_before_anything_runs(small_world: World, query: str) -> None:
    result = await small_world.execute(query)
    assert result.data is None
    assert {error.extensions["code"] for error in result.errors} == {"OPERATION_TOO_COMPLEX"}
    assert small_world.counted.statements == 0


async def test_too_many_tokens_are_refused_while_they_are_read(small_world: World) -> None:
    told = await small_world.refused(together(["viewer", together(["name"] * 2_000)]))
    assert told["code"] == "GRAPHQL_PARSE_FAILED"


async def test_standard_introspection_passes(small_world: World) -> None:
    query = get_introspection_query(
        descriptions=True,
        specified_by_url=True,
        directive_is_repeatable=True,
        input_value_deprecation=True,
    )
    data = await small_world.ask(query)
    assert data["__schema"]["queryType"] == {"name": "Query", "kind": "OBJECT"} or data["__schema"]


async def test_endless_introspection_is_refused(small_world: World) -> None:
    inner = "name"
    for _ in range(30):
        inner = f"fields {{ type {{ {inner} }} }}"
    result = await small_world.execute(f"{{ __schema {{ types {{ {inner} }} }} }}")
    assert result.data is None


CHAIN = 60


def chained(width: int) -> str:
    """Each fragment spreads the next one `width` times: `width ** CHAIN` fields when expanded."""
    fragments = []
    for n in range(CHAIN):
        spreads = together(f"x{m}: mergedInto {{ ...F{n + 1} }}" for m in range(width))
        fragments.append(f"fragment F{n} on Ticket {spreads}")
    last = f"fragment F{CHAIN} on Ticket {{ id }}"
    return "{ tickets { nodes { ...F0 } } } " + " ".join([*fragments, last])


async def test_chain_of_fragments_is_measured_at_once(small_world: World) -> None:
    began = time.perf_counter()
    result = await small_world.execute(chained(2))
    assert time.perf_counter() - began < 2.0
    assert {error.extensions["code"] for error in result.errors} == {"OPERATION_TOO_COMPLEX"}


async def test_fragment_inside_itself_is_a_mistake_and_no_loop(small_world: World) -> None:
    result = await small_world.execute(
        "{ tickets { nodes { ...A } } } fragment A on Ticket { mergedInto { ...A } }"
    )
    assert {error.extensions["code"] for error in result.errors} == {"GRAPHQL_VALIDATION_FAILED"}


async def test_answer_tells_its_cost(small_world: World) -> None:
    await two_desks(small_world)
    result = await small_world.execute("{ tickets(first: 3) { nodes { id } } }")
    assert result.extensions == {"cost": 3}
    assert result.extensions["cost"] <= HIGHEST_COST


async def test_unknown_fields_are_told_by_validation(small_world: World) -> None:
    result = await small_world.execute("{ nope { deeper { still } } tickets { nope } }")
    assert {error.extensions["code"] for error in result.errors} == {"GRAPHQL_VALIDATION_FAILED"}


async def test_one_of_several_operations_has_to_be_named(small_world: World) -> None:
    told = await small_world.refused("query A { viewer { name } } query B { viewer { name } }")
    assert told["code"] == "GRAPHQL_VALIDATION_FAILED"


async def test_problems_of_a_document_are_told_every_time(small_world: World) -> None:
    first = await small_world.refused("{ nope }")
    assert first == await small_world.refused("{ nope }")
