"""Errors as a caller sees them: a code, a hint, and never an inner detail."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Final

from graphql import FieldNode, GraphQLError, GraphQLSyntaxError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError

from domain.errors import (
    DeskgraphError,
    InternalError,
    InvalidInputError,
    ProviderError,
)
from schema.context import Context, Scope, Viewer

log = logging.getLogger("deskgraph.schema")

MOST_ERRORS: Final = 10


class NotAllowedError(DeskgraphError):
    """The key lacks a scope."""

    code = "FORBIDDEN"


class RecordNotFoundError(DeskgraphError):
    """There is no such record, or none that the viewer sees: the two are told alike."""

    code = "NOT_FOUND"

    def __init__(self, kind: str, *path: str) -> None:
        super().__init__(
            f"There is no such {kind}", hint="It may have been deleted, or hidden from this key."
        )
        self.path = path


def require(viewer: Viewer, scope: Scope) -> None:
    """The one check of a scope; raises `NotAllowedError`."""
    if not viewer.may(scope):
        raise NotAllowedError(
            f"This needs the scope {scope.value}", hint="Use an API key that has it."
        )


def public_errors(errors: Sequence[GraphQLError], context: object) -> list[GraphQLError]:
    """At most ten errors, each with a code; what nobody foresaw is logged and masked."""
    request_id = context.request_id if isinstance(context, Context) else None
    return [_public(error, request_id) for error in errors[:MOST_ERRORS]]


def _public(error: GraphQLError, request_id: str | None) -> GraphQLError:
    message, extensions = _told(error)
    if extensions["code"] == InternalError.code:
        log.error(
            "unexpected error",
            exc_info=error.original_error or error,
            extra={"request_id": request_id, "path": error.path},
        )
    if request_id is not None:
        extensions["requestId"] = request_id
    return GraphQLError(
        message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        original_error=error.original_error,
        extensions=extensions,
    )


def _told(error: GraphQLError) -> tuple[str, dict[str, object]]:
    """What may be said of an error: its message and extensions."""
    original = _cause(error)
    if error.extensions and "code" in error.extensions:
        return error.message, dict(error.extensions)
    if isinstance(original, DeskgraphError):
        return original.message, error_extensions(original)
    if isinstance(original or error, RecursionError):
        return "The operation is nested too deeply", {"code": "BAD_USER_INPUT"}
    if (code := _document_code(error)) is not None:
        return error.message, {"code": code}
    unforeseen = InternalError()
    return unforeseen.message, error_extensions(unforeseen)


def _cause(error: GraphQLError) -> Exception | None:
    """What was raised underneath; None where GraphQL itself, or a resolver on purpose, speaks."""
    cause = error.original_error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    return cause


def _document_code(error: GraphQLError) -> str | None:
    """Of an error that graphql-core found in the document or its values; None for any other."""
    original = error.original_error
    if isinstance(error, GraphQLSyntaxError):
        return "GRAPHQL_PARSE_FAILED"
    if isinstance(original, InvalidOperationTypeError | CannotGetOperationTypeError):
        return "GRAPHQL_VALIDATION_FAILED"
    if error.path is None and isinstance(original, GraphQLError):
        return "BAD_USER_INPUT"  # a variable's value: graphql-core wraps what it says of it
    if original is not None:
        return None
    if error.path is None:
        is_variable = error.message.startswith("Variable ")
        return "BAD_USER_INPUT" if is_variable else "GRAPHQL_VALIDATION_FAILED"
    # An argument that cannot be read is told at its value; whatever a scalar could not say, at
    # the field.
    at_value = any(not isinstance(node, FieldNode) for node in error.nodes or ())
    return "BAD_USER_INPUT" if at_value else None


def error_extensions(error: DeskgraphError) -> dict[str, object]:
    extensions: dict[str, object] = {"code": error.code}
    if error.hint:
        extensions["hint"] = error.hint
    if isinstance(error, InvalidInputError) and error.path:
        extensions["argument"] = ".".join(error.path)
    if isinstance(error, ProviderError) and error.retry_after_seconds is not None:
        extensions["retryAfter"] = error.retry_after_seconds
    return extensions
