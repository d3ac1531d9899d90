"""What has to be known of a document before it is executed; a plain one is not parsed for it."""

from __future__ import annotations

import re
from typing import Final

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    OperationDefinitionNode,
    Visitor,
    parse,
    visit,
)
from strawberry.types.graphql import OperationType

from api.endpoint.operation import Operation
from schema.limits import MOST_TOKENS

_NAMED: Final = re.compile(r"\b(?:query|mutation|subscription)\s+\w")
_META: Final = re.compile(r"\b__(?:schema|type)\b")


def kind_of(operation: Operation) -> OperationType | None:
    """None: not one operation is meant, which executing it will tell."""
    named = _operations_in(operation.text)
    if operation.name is not None:
        named = [node for node in named if node.name and node.name.value == operation.name]
    return OperationType(named[0].operation.value) if len(named) == 1 else None


def is_ambiguous(operation: Operation) -> bool:
    """Several operations and no name: Strawberry would run the first one."""
    if operation.name is not None or len(_NAMED.findall(operation.text)) < 2:
        return False
    return len(_operations_in(operation.text)) > 1


def introspects(text: str) -> bool:
    """Whether it asks for more of the schema than `__typename`."""
    if not _META.search(text) or (document := _parsed(text)) is None:
        return False
    finder = _MetaFields()
    visit(document, finder)
    return finder.has_found


class _MetaFields(Visitor):
    has_found = False

    def enter_field(self, node: FieldNode, *_: object) -> None:
        self.has_found = self.has_found or node.name.value in ("__schema", "__type")


def _operations_in(text: str) -> list[OperationDefinitionNode]:
    document = _parsed(text)
    definitions = document.definitions if document is not None else ()
    return [node for node in definitions if isinstance(node, OperationDefinitionNode)]


def _parsed(text: str) -> DocumentNode | None:
    """None where it cannot be parsed, which executing it will tell."""
    try:
        return parse(text, no_location=True, max_tokens=MOST_TOKENS)
    except (GraphQLError, RecursionError):
        return None
