"""The example tabs fit the API: each document against the printed SDL, with its variables."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLSchema,
    OperationDefinitionNode,
    build_schema,
    parse,
    validate,
)
from graphql.execution.values import get_variable_values

ROOT = Path(__file__).parents[2]
SDL = ROOT / "schema" / "schema.graphql"
EXAMPLES = sorted((ROOT / "web" / "examples").rglob("*.graphql"))


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    if not SDL.is_file():
        pytest.fail("schema/schema.graphql is missing: print the schema first", pytrace=False)
    return build_schema(SDL.read_text(encoding="utf-8"))


def operations(example: Path) -> list[OperationDefinitionNode]:
    definitions = parse(example.read_text(encoding="utf-8")).definitions
    return [node for node in definitions if isinstance(node, OperationDefinitionNode)]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_example_is_valid_against_the_printed_schema(example: Path, schema: GraphQLSchema) -> None:
    problems = validate(schema, parse(example.read_text(encoding="utf-8")))
    assert [problem.message for problem in problems] == []


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_variables_of_an_example_fit_its_operation(example: Path, schema: GraphQLSchema) -> None:
    file = example.with_suffix(".json")
    variables: dict[str, Any] = json.loads(file.read_text("utf-8")) if file.is_file() else {}
    [operation] = operations(example)
    declared = operation.variable_definitions or ()
    assert set(variables) <= {node.variable.name.value for node in declared}
    problems = get_variable_values(schema, declared, variables)
    assert not isinstance(problems, list), [problem.message for problem in problems]


def test_there_is_an_example_of_each_kind_and_each_has_a_name_for_its_tab() -> None:
    found = [operation for example in EXAMPLES for operation in operations(example)]
    assert {operation.operation.value for operation in found} == {
        "query",
        "mutation",
        "subscription",
    }
    names = [operation.name.value for operation in found if operation.name]
    assert len(names) == len(set(names)) == len(EXAMPLES)
