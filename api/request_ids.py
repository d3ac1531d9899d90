"""Names every request, tells the name in its answer, and answers what nobody else caught."""

from __future__ import annotations

import logging
import re
import secrets
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.endpoint.errors import RequestError
from api.endpoint.responses import error_response

log = logging.getLogger("deskgraph.api")

_GIVEN: Final = re.compile(r"[A-Za-z0-9_.-]{8,64}")


def request_id_of(scope: Scope) -> str:
    found: str = scope["state"]["request_id"]
    return found


def new_request_id() -> str:
    return secrets.token_hex(8)


class RequestIds:
    """ASGI middleware. A proxy's `X-Request-Id` is kept, where it looks like one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if _GIVEN.fullmatch(given) else new_request_id()
        scope.setdefault("state", {})["request_id"] = request_id
        has_begun = False

        async def named(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = request_id
                headers["X-Content-Type-Options"] = "nosniff"
            await send(message)

        try:
            await self._app(scope, receive, named)
        except Exception as error:
            # The last resort, for HTTP requests whose answer has not begun.
            if has_begun or scope["type"] != "http":
                raise
            log.error("a request failed", exc_info=error, extra={"request_id": request_id})
            failure = RequestError(500, "INTERNAL", "Deskgraph failed to answer this")
            await error_response(failure, request_id=request_id)(scope, receive, named)
