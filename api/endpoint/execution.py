"""Runs operations against the schema, within a time limit."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final

from strawberry import Schema
from strawberry.exceptions import MissingQueryError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from api.endpoint.answers import Answer, Publisher
from api.endpoint.documents import introspects, is_ambiguous, kind_of
from api.endpoint.errors import RequestError, error_body
from api.endpoint.operation import Operation, bad_request
from schema.context import Context, Scope, Viewer

MakeContext = Callable[[Viewer, str], Context]
"""For a viewer and a request id."""

OPERATION_SECONDS: Final = 10.0
READING: Final = frozenset({OperationType.QUERY})
ONE_ANSWER: Final = frozenset({OperationType.QUERY, OperationType.MUTATION})
MANY_ANSWERS: Final = frozenset({OperationType.SUBSCRIPTION})


@dataclass(frozen=True, slots=True)
class Executor:
    schema: Schema
    publisher: Publisher
    introspection: bool = True
    """Whether everybody may introspect; else those with the scope sync:admin."""
    seconds: float = OPERATION_SECONDS
    """How long one answer may take."""

    async def answer(
        self, operation: Operation, context: Context, *, allowed: Iterable[OperationType]
    ) -> Answer:
        """Raises `RequestError` for a kind that is not allowed here, and after ten seconds."""
        if is_ambiguous(operation):
            return _not_run("Name one of the operations in `operationName`", context)
        may_introspect = self.introspection or context.viewer.may(Scope.SYNC_ADMIN)
        if not may_introspect and introspects(operation.text):
            message = "Introspection needs the scope sync:admin here"
            return _not_run(message, context, code="FORBIDDEN")
        try:
            async with asyncio.timeout(self.seconds):
                result = await self.schema.execute(
                    operation.text,
                    variable_values=dict(operation.variables),
                    context_value=context,
                    operation_name=operation.name,
                    allowed_operation_types=allowed,
                    operation_extensions=dict(operation.extensions),
                )
        except MissingQueryError:
            raise bad_request("The query is empty") from None
        except CannotGetOperationTypeError as error:
            name = f" named {error.operation_name!r}" if error.operation_name else ""
            return _not_run(f"There is no operation{name}", context)
        except InvalidOperationTypeError as error:
            raise _wrong_kind(error.operation_type) from None
        except TimeoutError:
            raise RequestError(
                504,
                "TIMEOUT",
                f"The operation took longer than {self.seconds:g} seconds",
                hint="Ask for less at once: smaller pages, fewer relations",
            ) from None
        return self.publisher.answer(result)

    async def stream(
        self, operation: Operation, context: Context, *, allowed: Iterable[OperationType]
    ) -> AsyncGenerator[Answer, None]:
        """The answers of a subscription; of any other allowed operation, its only one."""
        if not operation.text:
            raise bad_request("The query is empty")
        if kind_of(operation) is not OperationType.SUBSCRIPTION:
            yield await self.answer(operation, context, allowed=allowed)
            return
        results = await self.schema.stream(
            operation.text,
            variable_values=dict(operation.variables),
            context_value=context,
            operation_name=operation.name,
            operation_extensions=dict(operation.extensions),
            allowed_operation_types=MANY_ANSWERS,
        )
        async with aclosing(results):
            async for result in results:
                # Frames of @defer and @stream, which the schema does not have.
                assert isinstance(result, ExecutionResult)
                yield self.publisher.answer(result)


def _not_run(message: str, context: Context, *, code: str = "GRAPHQL_VALIDATION_FAILED") -> Answer:
    """For what is refused before, or past, the schema's own handling of errors."""
    refused = RequestError(400, code, message)
    body = error_body(refused, request_id=context.request_id)
    return Answer(body, was_executed=False, codes=[refused.code])


def _wrong_kind(kind: OperationType) -> RequestError:
    if kind is OperationType.MUTATION:
        return RequestError(
            405,
            "METHOD_NOT_ALLOWED",
            "A mutation cannot be sent by GET",
            hint="Send it by POST",
            headers={"Allow": "POST"},
        )
    return RequestError(
        406,
        "NOT_ACCEPTABLE",
        "A subscription has more than one answer",
        hint="Accept text/event-stream first, or use a WebSocket (graphql-transport-ws)",
    )
