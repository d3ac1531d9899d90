"""`/graphql` over HTTP, as https://graphql.github.io/graphql-over-http/draft/ has it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass
from functools import partial
from typing import Final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from strawberry.types.graphql import OperationType

from api.auth import RECHECK_SECONDS
from api.endpoint.accept import Format, choose_format
from api.endpoint.answers import Answer
from api.endpoint.bodies import read_operation
from api.endpoint.errors import RequestError, error_body
from api.endpoint.execution import ONE_ANSWER, READING
from api.endpoint.gateway import Gateway
from api.endpoint.journal import Entry
from api.endpoint.operation import Operation
from api.endpoint.responses import answer_response, error_response
from api.endpoint.streams import stream_response
from api.request_ids import request_id_of
from schema.context import Context, Viewer

log = logging.getLogger("deskgraph.api")

METHODS: Final = "GET, POST"


@dataclass(frozen=True, slots=True)
class HttpEndpoint:
    """One request, one answer, or a stream of answers where the caller wants that most."""

    gateway: Gateway

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            response = await self._respond(request)
        except ClientDisconnect:
            return
        for name, value in self.gateway.origins.cors_headers(request.headers).items():
            response.headers.append(name, value)
        response.headers.append("Vary", "Accept")
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        request_id = request_id_of(request.scope)
        media_type = choose_format(request.headers.get("accept"))
        try:
            if request.method == "OPTIONS":
                return Response(headers=self._options(request.headers), status_code=204)
            return await self._run(_allowed(request), _acceptable(media_type), request_id)
        except RequestError as error:
            log.info("refused", extra={"request_id": request_id, "code": error.code})
            return error_response(
                error, request_id=request_id, media_type=media_type or Format.JSON
            )

    def _options(self, headers: Mapping[str, str]) -> Mapping[str, str]:
        if "access-control-request-method" in headers:
            return self.gateway.origins.preflight_headers(headers)
        return {"Allow": METHODS}

    async def _run(self, request: Request, media_type: Format, request_id: str) -> Response:
        self.gateway.origins.check(request.headers)
        viewer = await self.gateway.callers.viewer_of(request, request.headers.get("authorization"))
        operation = self.gateway.documents.resolve(await read_operation(request))
        context = self.gateway.make_context(viewer, request_id)
        allowed = READING if request.method == "GET" else ONE_ANSWER
        entry = Entry(operation, request_id)
        if media_type.is_stream:
            answers = self._answers(operation, context, allowed, entry)
            until = partial(self._has_to_end, request, viewer)
            return stream_response(answers, media_type=media_type, until=until)
        answer = await self.gateway.executor.answer(operation, context, allowed=allowed)
        entry.add(answer)
        entry.write()
        return answer_response(answer, media_type=media_type)

    async def _has_to_end(self, request: Request, viewer: Viewer) -> None:
        """Returns once the server drains, or the caller's key has ended or changed."""
        authorization = request.headers.get("authorization")
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.gateway.draining.wait(), RECHECK_SECONDS)
                return
            try:
                now = await self.gateway.callers.viewer_of(request, authorization)
            except RequestError:
                return
            if now != viewer:
                return

    async def _answers(
        self,
        operation: Operation,
        context: Context,
        allowed: frozenset[OperationType],
        entry: Entry,
    ) -> AsyncGenerator[Answer, None]:
        """The headers have left: what is refused now is told in the stream."""
        try:
            stream = self.gateway.executor.stream(operation, context, allowed=allowed)
            async with aclosing(stream) as answers:
                async for answer in answers:
                    entry.add(answer)
                    yield answer
        except RequestError as error:
            body = error_body(error, request_id=context.request_id)
            yield Answer(body, was_executed=False)
        finally:
            entry.write()


def _allowed(request: Request) -> Request:
    if request.method in ("GET", "POST"):
        return request
    raise RequestError(
        405,
        "METHOD_NOT_ALLOWED",
        f"{request.method} is not supported",
        hint="Use POST, or GET for queries",
        headers={"Allow": METHODS},
    )


def _acceptable(media_type: Format | None) -> Format:
    if media_type is not None:
        return media_type
    raise RequestError(
        406,
        "NOT_ACCEPTABLE",
        "None of the media types in Accept is available",
        hint=f"Accept {Format.RESPONSE} or {Format.JSON}",
    )
