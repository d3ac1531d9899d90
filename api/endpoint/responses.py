"""Bodies and headers of the endpoint's HTTP answers."""

from __future__ import annotations

import json
from collections.abc import Mapping

import orjson
from starlette.responses import Response

from api.endpoint.accept import Format
from api.endpoint.answers import Answer
from api.endpoint.errors import RequestError, error_body


def encode(payload: object) -> bytes:
    try:
        return orjson.dumps(payload)
    except TypeError:
        # What orjson refuses and JSON can carry: integers beyond 64 bits, unpaired surrogates.
        return json.dumps(payload, separators=(",", ":")).encode()


def json_response(
    payload: object,
    *,
    status: int = 200,
    media_type: Format = Format.JSON,
    headers: Mapping[str, str] | None = None,
) -> Response:
    return Response(
        encode(payload),
        status_code=status,
        headers={"Cache-Control": "no-store", **(headers or {})},
        media_type=f"{media_type.value}; charset=utf-8",
    )


def answer_response(answer: Answer, *, media_type: Format) -> Response:
    """400 for what was never executed, where the caller knows the newer media type; else 200."""
    is_refused = media_type is Format.RESPONSE and not answer.was_executed
    return json_response(answer.payload, status=400 if is_refused else 200, media_type=media_type)


def error_response(
    error: RequestError, *, request_id: str, media_type: Format = Format.JSON
) -> Response:
    if media_type.is_stream:
        media_type = Format.JSON
    return json_response(
        error_body(error, request_id=request_id),
        status=error.status,
        media_type=media_type,
        headers=error.headers,
    )
