"""Documents before they run: parsed and validated once per text, measured every time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from graphql import DocumentNode, GraphQLError, OperationDefinitionNode
from sqlalchemy.util import LRUCache
from strawberry.extensions import SchemaExtension
from strawberry.schema.schema import validate_document

from schema.limits import MOST_COMMENTS, MOST_TOKENS, Measure, measure, problems

KEPT: Final = 200
LONGEST_KEPT: Final = 10_000
"""Characters: a longer document is parsed every time, so that memory stays bounded."""
PARSE_OPTIONS: Final[Any] = {"max_lexical_tokens": MOST_TOKENS, "max_comments": MOST_COMMENTS}


@dataclass(slots=True)
class Known:
    document: DocumentNode
    problems: list[GraphQLError] | None = None


class DocumentGate(SchemaExtension):
    """Refuses what is too much, and spares known documents the parser and the validator."""

    _known: ClassVar[LRUCache[str, Known]] = LRUCache(KEPT)
    _measure: Measure | None = None

    def on_parse(self) -> Iterator[None]:
        context = self.execution_context
        context.parse_options = PARSE_OPTIONS
        text = context.query or ""
        known = self._known.get(text)
        if known is not None:
            context.graphql_document = known.document
        yield
        if known is None and context.graphql_document is not None and len(text) <= LONGEST_KEPT:
            self._known[text] = Known(context.graphql_document)

    def on_validate(self) -> Iterator[None]:
        context = self.execution_context
        document = context.graphql_document
        if document is not None:
            self._measure = measure(
                context.schema._schema, document, context.operation_name, context.variables or {}
            )
            context.pre_execution_errors = (
                [*problems(self._measure)] or self._ambiguous(document) or self._validated(document)
            )
        yield

    def _ambiguous(self, document: DocumentNode) -> list[GraphQLError]:
        """Strawberry would run the first of several operations, where the standard has an error."""
        kinds = [isinstance(node, OperationDefinitionNode) for node in document.definitions]
        if sum(kinds) > 1 and self.execution_context._provided_operation_name is None:
            return [GraphQLError("Several operations are given: say which by operationName")]
        return []

    def _validated(self, document: DocumentNode) -> list[GraphQLError]:
        context = self.execution_context
        known = self._known.get(context.query or "")
        if known is not None and known.problems is not None:
            return list(known.problems)
        found = validate_document(context.schema._schema, document, context.validation_rules)
        if known is not None:
            known.problems = found
        # A copy: whoever publishes errors dresses them for one request.
        return list(found)

    def get_results(self) -> dict[str, Any]:
        return {} if self._measure is None else {"cost": self._measure.cost}
