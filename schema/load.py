"""Look-ahead: what an operation selects, level by level, as one flat SELECT per relation."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from typing import Any, TypeVar, cast

from graphql import FieldNode, GraphQLObjectType, GraphQLResolveInfo
from graphql.execution.collect_fields import (
    FieldDetails,
    FragmentDetails,
    collect_subfields,
)
from graphql.execution.values import VariableValues, get_argument_values
from sqlalchemy import ColumnElement, Select, bindparam, false, select
from sqlalchemy.sql.base import Executable
from strawberry.schema import Schema
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.arguments import convert_arguments
from strawberry.types.field import StrawberryField

from db.database import AnyRow, Rows
from schema.context import Context
from schema.declare import Read, Record, Related, Source, as_it_is, source_of

AnyRecord = TypeVar("AnyRecord", bound=Record)
Nodes = Sequence[FieldNode]


@dataclass(frozen=True, slots=True)
class Pick:
    """One selected field: its response name, its declaration, and its merged nodes."""

    key: str
    name: str
    """The field's name in Python."""
    field: StrawberryField
    arguments: Mapping[str, Any]
    nodes: Nodes

    @property
    def source(self) -> Source | None:
        return source_of(self.field)


Picks = Sequence[Pick]


class Loader:
    """Loads what one field of one operation selects."""

    def __init__(self, context: Context, info: GraphQLResolveInfo[Context]) -> None:
        self.context = context
        self._info = info
        self._kept: dict[str, Any] = {}

    def anew(self) -> Loader:
        """For the next answer of a subscription: nothing that was kept is still true."""
        return Loader(self.context, self._info)

    # --- what is selected
    def picks(self, nodes: Nodes, type_name: str) -> Picks:
        """The fields that these nodes select of an object type, by response name."""
        object_type = self._info.schema.get_type(type_name)
        if not isinstance(object_type, GraphQLObjectType):
            raise TypeError(f"{type_name} is no object type")
        # The executor's own collection: look-ahead and execution cannot disagree.
        collected = collect_subfields(
            self._info.schema,
            self._fragments,
            self._variables,
            self._info.operation,
            object_type,
            [FieldDetails(node, None) for node in nodes],
        )
        return [
            pick
            for key, details in collected.grouped_field_set.items()
            if (pick := self._pick(object_type, key, [detail.node for detail in details]))
        ]

    def record_type(self, type_name: str) -> type[Record]:
        found: type[Record] = self._python_type(type_name)
        return found

    def related_type(self, type_name: str) -> type[Related]:
        found: type[Related] = self._python_type(type_name)
        return found

    def _python_type(self, type_name: str) -> Any:
        """The class that declares an object type: types name each other in circles."""
        object_type = self._info.schema.get_type(type_name)
        extensions: Mapping[str, Any] = getattr(object_type, "extensions", {})
        return extensions[GraphQLCoreConverter.DEFINITION_BACKREF].origin

    @property
    def picked(self) -> Nodes:
        """The nodes of the field being resolved."""
        return self._info.field_nodes

    def _pick(self, object_type: GraphQLObjectType, key: str, nodes: Nodes) -> Pick | None:
        definition = object_type.fields.get(nodes[0].name.value)
        if definition is None:  # __typename
            return None
        declared: StrawberryField = definition.extensions[GraphQLCoreConverter.DEFINITION_BACKREF]
        arguments: Mapping[str, Any] = {}
        if definition.args:
            given = get_argument_values(definition, nodes[0], self._variables)
            schema: Schema = self._info.schema._strawberry_schema  # type: ignore[attr-defined]  # Strawberry's way back
            arguments = convert_arguments(
                given,
                declared.arguments,
                scalar_registry=schema.schema_converter.scalar_registry,
                config=schema.config,
            )
        return Pick(key, declared.python_name, declared, arguments, nodes)

    @cached_property
    def _variables(self) -> VariableValues:
        # Resolvers are given plain values; where they came from only matters to a literal of a
        # custom scalar that holds a variable, which no argument of ours takes.
        return VariableValues({}, cast("dict[str, Any]", self._info.variable_values))

    @cached_property
    def _fragments(self) -> dict[str, FragmentDetails]:
        return {name: FragmentDetails(node) for name, node in self._info.fragments.items()}

    # --- rows
    async def fetch(self, statement: Executable) -> Rows:
        return await self.context.database.fetch(statement)

    def columns(self, record: type[Record], picks: Picks) -> list[ColumnElement[Any]]:
        """The record's columns that the picks need, each once."""
        names = dict.fromkeys([record.of.identity, record.of.desk])
        for pick in picks:
            if pick.source is not None and self._may(pick.source):
                names.update(dict.fromkeys(pick.source.columns))
        return [record.of[name] for name in names]

    def _may(self, source: Source) -> bool:
        return source.scope is None or self.context.viewer.may(source.scope)

    def visible(self, record: type[Record]) -> list[ColumnElement[bool]]:
        """The one check of which rows a viewer sees: its scopes and its desks."""
        viewer = self.context.viewer
        if not viewer.may(record.scope):
            return [false()]
        found = [] if record.of.exists is None else [record.of.exists]
        if viewer.desks is not None:
            found.append(record.of[record.of.desk].in_(sorted(viewer.desks)))
        return found

    def select(self, record: type[Record], picks: Picks) -> Select[Any]:
        statement = select(*self.columns(record, picks)).select_from(record.of.table)
        return statement.where(*self.visible(record))

    async def build(
        self, record: type[AnyRecord], rows: Sequence[AnyRow], picks: Picks
    ) -> list[AnyRecord]:
        """Records of rows, with everything below them that the picks select."""
        records = []
        readers = self._readers(rows[0], picks) if rows else []
        for row in rows:
            made = record.__new__(record)
            made.row, made.related = row, {}
            values = made.__dict__
            for name, read in readers:
                values[name] = read(row)
            records.append(made)
        if records:
            await self._relate(records, picks)
        return records

    def _readers(self, row: AnyRow, picks: Picks) -> list[tuple[str, Callable[[AnyRow], object]]]:
        """What makes each picked value of a row, by the field's name."""
        place = {name: number for number, name in enumerate(row._fields)}
        readers: list[tuple[str, Callable[[AnyRow], object]]] = []
        for pick in picks:
            source = pick.source
            if source is None or source.read is None:
                continue
            if self._may(source):
                places = [place[name] for name in source.columns]
                readers.append((pick.name, _reader(source.read, places)))
            else:
                readers.append((pick.name, _null))
        return readers

    async def _relate(self, records: Sequence[Record], picks: Picks) -> None:
        for pick in picks:
            source = pick.source
            if source is None or source.load is None:
                continue
            if self._may(source):
                await source.load(self, records, pick)
            else:
                for record in records:
                    record.related[pick.key] = None

    async def by_ids(
        self, record: type[AnyRecord], ids: Collection[str], picks: Picks
    ) -> dict[str, AnyRecord]:
        """Visible records by id; what is not there is left out."""
        if not ids:
            return {}
        identity = record.of[record.of.identity]
        statement = self.select(record, picks).where(
            identity.in_(bindparam("ids", sorted(ids), expanding=True))
        )
        rows = await self.fetch(statement)
        records = await self.build(record, rows, picks)
        return {made.row._mapping[record.of.identity]: made for made in records}

    async def kept(self, name: str, load: Any) -> Any:
        """What is loaded at most once for the whole field, such as the desks."""
        if name not in self._kept:
            self._kept[name] = await load(self)
        return self._kept[name]


def _reader(read: Read, places: Sequence[int]) -> Callable[[AnyRow], object]:
    if len(places) > 1:
        several = itemgetter(*places)
        return lambda row: read(*several(row))
    if not places:
        return lambda _: read()
    [place] = places
    # Most fields: it stays below Python.
    return itemgetter(place) if read is as_it_is else lambda row: read(row[place])


def _null(_: AnyRow) -> None:
    return None
