"""Refusals before GraphQL: a status, a stable code, what to do about it. Always JSON."""

from __future__ import annotations

from collections.abc import Mapping

from domain.errors import DeskgraphError
from domain.records import JsonValue


class RequestError(DeskgraphError):
    """The request is answered with `status` and never reaches the schema."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        hint: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.code = code
        self.headers = dict(headers or {})


def error_object(
    message: str, *, code: str, request_id: str, hint: str | None = None
) -> dict[str, JsonValue]:
    """One entry of `errors`, as docs/errors.md describes it."""
    extensions: dict[str, JsonValue] = {"code": code, "requestId": request_id}
    if hint:
        extensions["hint"] = hint
    return {"message": message, "extensions": extensions}


def error_body(error: RequestError, *, request_id: str) -> dict[str, JsonValue]:
    described = error_object(error.message, code=error.code, request_id=request_id, hint=error.hint)
    return {"errors": [described]}
