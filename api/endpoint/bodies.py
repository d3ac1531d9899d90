"""Reads the operation out of a request, within limits of size and time."""

from __future__ import annotations

import asyncio
from typing import Final

from starlette.requests import Request

from api.endpoint.errors import RequestError
from api.endpoint.operation import Operation, decode, operation_of_json, operation_of_query

LARGEST_BODY: Final = 512 * 1024
BODY_SECONDS: Final = 10.0


async def read_operation(request: Request) -> Operation:
    """Raises `RequestError` (400, 408, 413, 415)."""
    if request.method == "GET":
        return operation_of_query(request.query_params)
    _check_content_type(request)
    try:
        async with asyncio.timeout(BODY_SECONDS):
            body = await _read(request)
    except TimeoutError:
        raise RequestError(408, "TIMEOUT", "The body took too long to arrive") from None
    return operation_of_json(decode(body))


def _check_content_type(request: Request) -> None:
    media_type, _, parameters = request.headers.get("content-type", "").partition(";")
    charset = parameters.lower().replace(" ", "").replace('"', "").removeprefix("charset=")
    is_json = media_type.strip().lower() == "application/json"
    is_plain = request.headers.get("content-encoding", "identity") == "identity"
    if is_json and is_plain and charset in ("", "utf-8", "utf8"):
        return
    raise RequestError(
        415,
        "UNSUPPORTED_MEDIA_TYPE",
        "The body is not application/json in UTF-8",
        hint="Send Content-Type: application/json",
        headers={"Accept-Post": "application/json"},
    )


async def _read(request: Request) -> bytes:
    if _announced(request) > LARGEST_BODY:
        raise _too_large()
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST_BODY:
            raise _too_large()
    return bytes(body)


def _announced(request: Request) -> int:
    text = request.headers.get("content-length", "0")
    return int(text) if text.isdecimal() else 0


def _too_large() -> RequestError:
    return RequestError(
        413,
        "TOO_LARGE",
        f"The body is larger than {LARGEST_BODY // 1024} KiB",
        hint="Write less at once",
    )
