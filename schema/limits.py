"""How much one operation may ask for, measured before anything runs.

Each fragment is measured once, whatever spreads it: expanding them would take exponential time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_composite_type,
    is_interface_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)
from strawberry.schema.schema_converter import GraphQLCoreConverter

from domain.queries import PAGE_DEFAULT
from schema.declare import LIST_SIZE, SIZE

DEEPEST: Final = 10
INTROSPECTION_DEEPEST: Final = 20
"""The standard introspection query is 15 deep."""
MOST_ALIASES: Final = 30
MOST_ROOT_FIELDS: Final = 20
MOST_DIRECTIVES: Final = 50
MOST_TOKENS: Final = 2_000
MOST_COMMENTS: Final = 500
HIGHEST_COST: Final = 5_000
TOO_MUCH: Final = 1_000_000
"""Numbers are cut off here: a chain of fragments can make them astronomic."""

_META: Final = {"__schema": "__Schema", "__type": "__Type"}
_PAGED = frozenset({"nodes", "edges"})
_HINT = "Ask for less at once: smaller pages, fewer relations, or several operations."


@dataclass(frozen=True, slots=True)
class Measure:
    """Of a selection: how deep it goes, what it holds, and what it costs for one object."""

    depth: int = 0
    introspection_depth: int = 0
    aliases: int = 0
    directives: int = 0
    root_fields: int = 0
    cost: int = 0

    def beside(self, other: Measure) -> Measure:
        return Measure(
            max(self.depth, other.depth),
            max(self.introspection_depth, other.introspection_depth),
            min(TOO_MUCH, self.aliases + other.aliases),
            min(TOO_MUCH, self.directives + other.directives),
            min(TOO_MUCH, self.root_fields + other.root_fields),
            min(TOO_MUCH, self.cost + other.cost),
        )


def problems(measure: Measure) -> Iterator[GraphQLError]:
    """The limits that an operation exceeds."""
    for number, most, what in (
        (measure.depth, DEEPEST, "levels deep"),
        (measure.introspection_depth, INTROSPECTION_DEEPEST, "levels of introspection deep"),
        (measure.aliases, MOST_ALIASES, "aliases"),
        (measure.directives, MOST_DIRECTIVES, "directives"),
        (measure.root_fields, MOST_ROOT_FIELDS, "root fields"),
        (measure.cost, HIGHEST_COST, "in cost (one for each object, times the pages' sizes)"),
    ):
        if number > most:
            shown = f"{number:,}" if number < TOO_MUCH else "far too many"
            yield GraphQLError(
                f"The operation is {shown} {what}, and {most:,} is the most",
                extensions={"code": "OPERATION_TOO_COMPLEX", "hint": _HINT},
            )


def measure(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation_name: str | None,
    variables: Mapping[str, Any],
) -> Measure:
    """Of the operation that is about to run. Works on documents that are not valid, too."""
    fragments = {
        node.name.value: node
        for node in document.definitions
        if isinstance(node, FragmentDefinitionNode)
    }
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode) and (
            operation_name is None or (node.name and node.name.value == operation_name)
        ):
            root = schema.get_root_type(node.operation)
            walk = _Walk(schema, fragments, _with_defaults(node, variables))
            inner = walk.selections(node.selection_set, root, size=1, is_root=True)
            return inner.beside(Measure(directives=len(node.directives or ())))
    return Measure()


def _with_defaults(
    operation: OperationDefinitionNode, variables: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Default page sizes; other defaults do not matter here."""
    defaults = {
        node.variable.name.value: int(node.default_value.value)
        for node in operation.variable_definitions or ()
        if isinstance(node.default_value, IntValueNode)
    }
    return {**defaults, **variables}


@dataclass(slots=True)
class _Walk:
    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Mapping[str, Any]
    known: dict[tuple[str, int, bool], Measure] = field(default_factory=dict)

    def selections(
        self,
        selected: SelectionSetNode | None,
        parent: GraphQLNamedType | None,
        *,
        size: int,
        is_root: bool = False,
    ) -> Measure:
        """`size`: the rows of the page, where the parent is a connection."""
        total = Measure()
        for node in selected.selections if selected else ():
            inner = self._one(node, parent, size, is_root=is_root)
            total = total.beside(inner).beside(Measure(directives=len(node.directives or ())))
        return total

    def _one(
        self, node: SelectionNode, parent: GraphQLNamedType | None, size: int, *, is_root: bool
    ) -> Measure:
        if isinstance(node, FieldNode):
            return self._field(node, parent, size, is_root=is_root)
        if isinstance(node, InlineFragmentNode):
            narrowed = self._type(node.type_condition.name.value) if node.type_condition else parent
            return self.selections(node.selection_set, narrowed, size=size, is_root=is_root)
        if isinstance(node, FragmentSpreadNode):
            return self._fragment(node.name.value, size, is_root=is_root)
        return Measure()

    def _fragment(self, name: str, size: int, *, is_root: bool) -> Measure:
        key = (name, size, is_root)
        if key not in self.known and name in self.fragments:
            self.known[key] = Measure()  # a fragment inside itself is told by validation
            fragment = self.fragments[name]
            self.known[key] = self.selections(
                fragment.selection_set,
                self._type(fragment.type_condition.name.value),
                size=size,
                is_root=is_root,
            )
        return self.known.get(key, Measure())

    def _type(self, name: str) -> GraphQLNamedType | None:
        return self.schema.get_type(name)

    def _field(
        self, node: FieldNode, parent: GraphQLNamedType | None, size: int, *, is_root: bool
    ) -> Measure:
        definition = _definition(parent, node.name.value)
        inner_type = get_named_type(definition.type) if definition else None
        page = self._page_size(node, definition) if definition else None
        meta_type = _META.get(node.name.value)
        inner = self.selections(
            node.selection_set,
            self._type(meta_type) if meta_type else inner_type,
            size=1 if page is None else page,
        )
        own = Measure(
            1 if meta_type else 1 + inner.depth,
            1 + inner.depth if meta_type else inner.introspection_depth,
            inner.aliases + (1 if node.alias else 0),
            inner.directives,
            1 if is_root else 0,
        )
        if definition is None or not is_composite_type(inner_type):
            return own
        return replace(own, cost=self._cost(node, parent, definition, inner.cost, size))

    def _cost(
        self,
        node: FieldNode,
        parent: GraphQLNamedType | None,
        definition: GraphQLField,
        inner: int,
        size: int,
    ) -> int:
        """A connection costs what its pages hold, `size` times; anything else is an object too."""
        name = node.name.value
        if self._page_size(node, definition) is not None:
            return inner
        if name in _PAGED and parent is not None and parent.name.endswith("Connection"):
            return min(TOO_MUCH, size * (inner if name == "edges" else 1 + inner))
        return min(TOO_MUCH, self._list_size(node, definition) * (1 + inner))

    def _page_size(self, node: FieldNode, definition: GraphQLField) -> int | None:
        """The rows of a paged field; None for any other."""
        if "first" not in definition.args:
            return None
        given = [self._number(node, name) for name in ("first", "last")]
        return max((size for size in given if size is not None), default=PAGE_DEFAULT)

    def _number(self, node: FieldNode, name: str) -> int | None:
        value = self._argument(node, name)
        return min(max(value, 0), TOO_MUCH) if isinstance(value, int) else None

    def _argument(self, node: FieldNode, name: str) -> Any:
        for argument in node.arguments or ():
            if argument.name.value != name:
                continue
            value = argument.value
            if isinstance(value, VariableNode):
                return self.variables.get(value.name.value)
            if isinstance(value, IntValueNode):
                return int(value.value)
            return value
        return None

    def _list_size(self, node: FieldNode, definition: GraphQLField) -> int:
        type_ = definition.type.of_type if is_non_null_type(definition.type) else definition.type
        if not is_list_type(type_):
            return 1
        if "ids" in definition.args:
            ids = self._argument(node, "ids")
            return len(ids.values if isinstance(ids, ListValueNode) else ids or ())
        declared = definition.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
        size = declared.metadata.get(SIZE) if declared is not None else None
        return LIST_SIZE if size is None else int(size)


def _definition(parent: GraphQLNamedType | None, name: str) -> GraphQLField | None:
    if is_object_type(parent) or is_interface_type(parent):
        found: GraphQLField | None = parent.fields.get(name)
        return found
    return None
