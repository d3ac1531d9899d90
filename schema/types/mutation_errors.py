"""Why a write was not done, as data."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import strawberry

from domain import errors
from domain.errors import DeskgraphError
from schema.words import ErrorCode
from sync.requests import WriteProblem


@strawberry.interface(description="Why a write was not done. Every one has a stable code.")
class MutationError:
    code: ErrorCode = strawberry.field(description="What kind of error it is.")
    message: str = strawberry.field(description="What happened.")
    hint: str | None = strawberry.field(description="What to do about it.", default=None)
    path: list[str] | None = strawberry.field(
        description="Where in the input, if it is about the input.", default=None
    )


@strawberry.type(description="Something in the input cannot be used.")
class ValidationError(MutationError):
    pass


@strawberry.type(description="There is no such record, or none that this key may see.")
class NotFoundError(MutationError):
    pass


@strawberry.type(description="The key lacks a scope, or the provider's role may not do it.")
class ForbiddenError(MutationError):
    pass


@strawberry.type(
    description="The ticket has changed since it was read; the payload's `ticket` is as it is now."
)
class ConflictError(MutationError):
    pass


@strawberry.type(description="The provider never changes a closed ticket again.")
class ClosedTicketError(MutationError):
    follow_up_possible: bool = strawberry.field(
        description="Whether a new ticket can follow it up.", default=False
    )


@strawberry.type(description="The provider has no such thing.")
class UnsupportedError(MutationError):
    pass


@strawberry.type(description="The provider, or the way to it, stands in the way.")
class ProviderError(MutationError):
    desk: str = strawberry.field(description="The desk's key.", default="")
    retryable: bool = strawberry.field(
        description="Whether the same write may succeed later, with the same key.", default=False
    )
    retry_after_seconds: float | None = strawberry.field(
        description="How long the provider asks to wait.", default=None
    )
    provider_code: str | None = strawberry.field(
        description="The provider's own code.", default=None
    )
    request_id: str | None = strawberry.field(
        description="The provider's id of the request, for its support.", default=None
    )


_KINDS: Final[dict[ErrorCode, type[MutationError]]] = {
    ErrorCode.BAD_USER_INPUT: ValidationError,
    ErrorCode.NOT_FOUND: NotFoundError,
    ErrorCode.FORBIDDEN: ForbiddenError,
    ErrorCode.CONFLICT: ConflictError,
    ErrorCode.TICKET_CLOSED: ClosedTicketError,
    ErrorCode.UNSUPPORTED: UnsupportedError,
    ErrorCode.WRITES_OFF: UnsupportedError,
}
_RETRYABLE: Final = frozenset({ErrorCode.RATE_LIMITED, ErrorCode.PROVIDER_UNAVAILABLE})
_SAME_AS: Final = {"LEASE_LOST": ErrorCode.PROVIDER_UNAVAILABLE}
ALL_ERRORS: Final = (*dict.fromkeys(_KINDS.values()), ProviderError)


def error_of_problem(problem: WriteProblem, desk: str) -> MutationError:
    """The typed error of what the sync module tells."""
    code = _SAME_AS.get(problem.code)
    if code is None:
        known = problem.code in ErrorCode.__members__
        code = ErrorCode(problem.code) if known else ErrorCode.PROVIDER_REFUSED
    told: dict[str, Any] = {
        "code": code,
        "message": problem.message,
        "hint": problem.hint,
        "path": list(problem.path) or None,
    }
    kind = _KINDS.get(code, ProviderError)
    if kind is ProviderError:
        told |= {
            "desk": desk,
            "retryable": code in _RETRYABLE,
            "retry_after_seconds": problem.retry_after_seconds,
            "provider_code": problem.provider_code,
            "request_id": problem.request_id,
        }
    return kind(**told)


def error_of(error: DeskgraphError, desk: str) -> MutationError:
    """The same of an error that was raised before anything was recorded."""
    problem = WriteProblem(error.code, error.message, error.hint, path=getattr(error, "path", ()))
    if isinstance(error, errors.ProviderError):
        problem = replace(
            problem,
            retry_after_seconds=error.retry_after_seconds,
            provider_code=error.native_code,
            request_id=error.request_id,
        )
    return error_of_problem(problem, desk)
