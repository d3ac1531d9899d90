"""What the schema is made of: described, scoped, and printed as it is in git."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLObjectType,
    get_named_type,
)
from sqlalchemy import Column

from schema.build import build_schema, sdl
from schema.context import Scope
from schema.declare import SCOPE, Record, source_of
from schema.load import Loader

PRINTED = Path(__file__).parents[2] / "schema" / "schema.graphql"
PERSONAL_COLUMNS = {"email", "phone", "email_key"}
OPEN_ROOTS = {"viewer"}
"""For whoever has signed in: it shows the caller to itself."""


def graphql_types() -> Iterator[Any]:
    for named in build_schema()._schema.type_map.values():
        if not named.name.startswith("__"):
            yield named


def described() -> Iterator[tuple[str, str | None]]:
    for named in graphql_types():
        yield named.name, named.description
        members = (
            named.values if isinstance(named, GraphQLEnumType) else getattr(named, "fields", {})
        )
        for name, member in members.items():
            yield f"{named.name}.{name}", member.description
            for argument, definition in getattr(member, "args", {}).items():
                yield f"{named.name}.{name}({argument})", definition.description


def test_every_member_is_described() -> None:
    assert [name for name, text in described() if not (text or "").strip()] == []


def test_printed_schema_is_the_one_in_git() -> None:
    assert PRINTED.read_text(encoding="utf-8") == sdl(), (
        "print it again: python -m api.cli schema > schema/schema.graphql"
    )


@pytest.mark.parametrize("root", ["Query", "Mutation", "Subscription"])
def test_every_root_field_names_its_scope(root: str) -> None:
    definition = build_schema().get_type_by_name(root)
    assert definition is not None
    for field in definition.fields:  # type: ignore[union-attr]  # an object type
        scope = field.metadata[SCOPE]
        assert isinstance(scope, Scope) or field.python_name in OPEN_ROOTS, field.python_name


def record_types() -> Iterator[type[Record]]:
    for named in graphql_types():
        origin = getattr(named.extensions.get("strawberry-definition"), "origin", None)
        if isinstance(origin, type) and issubclass(origin, Record) and hasattr(origin, "of"):
            yield origin


def test_every_personal_field_names_its_scope() -> None:
    personal = [
        (record.__name__, field.python_name, source.scope)
        for record in record_types()
        for field in record.__strawberry_definition__.fields  # type: ignore[attr-defined]  # Strawberry's
        if (source := source_of(field)) and PERSONAL_COLUMNS & set(source.columns)
    ]
    assert {name for name, *_ in personal} == {"Agent", "Customer"}
    assert all(scope is Scope.CUSTOMERS_PII for *_, scope in personal)


def test_every_column_that_a_field_declares_is_there() -> None:
    for record in record_types():
        for field in record.__strawberry_definition__.fields:  # type: ignore[attr-defined]  # Strawberry's
            source = source_of(field)
            assert source is not None, f"{record.__name__}.{field.python_name}"
            for name in source.columns:
                assert record.of[name] is not None


def test_nullable_columns_are_nullable_fields() -> None:
    """A field that is a column as it is must not promise more than the column does."""
    for record in record_types():
        graphql_type = build_schema()._schema.type_map[record.__name__]
        assert isinstance(graphql_type, GraphQLObjectType)
        for field in record.__strawberry_definition__.fields:  # type: ignore[attr-defined]  # Strawberry's
            source = source_of(field)
            if source is None or len(source.columns) != 1 or source.load is not None:
                continue
            column = record.of[source.columns[0]]
            name = build_schema().config.name_converter.from_field(field)
            declared = graphql_type.fields[name].type
            promises = str(declared).endswith("!")
            if isinstance(column, Column) and column.nullable:
                assert not promises, f"{record.__name__}.{name}"


def test_connections_are_all_of_one_shape() -> None:
    for named in graphql_types():
        if named.name.endswith("Connection"):
            assert {"edges", "nodes", "pageInfo"} <= set(named.fields)
            edge = get_named_type(named.fields["edges"].type)
            assert set(edge.fields) == {"cursor", "node"}


def test_loader_of_a_type_that_is_no_object_is_a_mistake_of_ours() -> None:
    class Info:
        schema = build_schema()._schema

    with pytest.raises(TypeError):
        Loader(None, Info()).picks([], "TicketStatus")  # type: ignore[arg-type]  # stands in
