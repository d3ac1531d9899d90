"""Routes and what wraps them: request ids, and JSON for every refusal."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from api.endpoint.errors import RequestError
from api.endpoint.gateway import Gateway
from api.endpoint.http import HttpEndpoint
from api.endpoint.responses import error_response
from api.endpoint.sockets import SocketEndpoint
from api.request_ids import RequestIds, request_id_of


def graphql_routes(gateway: Gateway) -> list[BaseRoute]:
    return [
        Route("/graphql", HttpEndpoint(gateway)),
        WebSocketRoute("/graphql", SocketEndpoint(gateway)),
    ]


def application(routes: list[BaseRoute]) -> Starlette:
    """Every answer has a request id, and every refusal is JSON."""
    return Starlette(
        routes=routes,
        middleware=[Middleware(RequestIds)],
        exception_handlers={HTTPException: _as_json},
    )


async def _as_json(request: Request, error: Exception) -> Response:
    """404 and the like, from the router and the files."""
    assert isinstance(error, HTTPException)
    code = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED"}.get(error.status_code, "BAD_REQUEST")
    told = RequestError(error.status_code, code, error.detail, headers=error.headers)
    return error_response(told, request_id=request_id_of(request.scope))
