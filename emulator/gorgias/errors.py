"""How Gorgias refuses: one error body for all, with `data` only where a parameter is at fault."""

from __future__ import annotations

import json
from collections.abc import Mapping

from emulator.kernel.http import JsonValue, Response

MEDIA_TYPE = "application/json"


class Refusal(Exception):  # noqa: N818 (it is the provider's answer, not a failure of ours)
    """An answer other than 2xx, raised where the reason is known."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        data: JsonValue = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.data = data
        self.headers = dict(headers or {})

    def response(self) -> Response:
        error: dict[str, JsonValue] = {"msg": self.message}
        if self.data is not None:
            error["data"] = self.data
        return answer({"error": error}, self.status).with_headers(self.headers)


def answer(value: JsonValue, status: int = 200) -> Response:
    """A JSON answer. Lone surrogates go out as escapes, which orjson alone would refuse."""
    try:
        body = Response.of_json(value, status)
    except TypeError:
        body = Response(status, json.dumps(value).encode())
    return Response(status, body.body, media_type=MEDIA_TYPE)


def empty(status: int) -> Response:
    return Response(status, media_type=MEDIA_TYPE)


def not_found() -> Refusal:
    return Refusal(404, "Not found.")


def invalid(data: JsonValue) -> Refusal:
    return Refusal(400, "Failed validation.", data=data)


def flaw(field: str, message: str) -> Refusal:
    """One parameter is at fault."""
    return invalid({field: [message]})


def conflict(message: str) -> Refusal:
    return Refusal(409, message)


def forbidden() -> Refusal:
    return Refusal(403, "You do not have enough permissions to perform this action.")


def quota_exceeded() -> Refusal:
    return Refusal(
        403,
        "You do not have enough permissions to perform this action. Messaging quota exceeded.",
    )


def merged(kind: str, location: str) -> Refusal:
    """The record went into another, which `location` names."""
    return Refusal(301, f"{kind}_merged", headers={"Location": location})
