"""Answers that come one by one over HTTP: server-sent events and multipart/mixed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import Final

from starlette.responses import StreamingResponse
from strawberry.http import GraphQLHTTPResponse
from strawberry.http.streaming import (
    MULTIPART_SUBSCRIPTION_BOUNDARY,
    HTTPStreamTransport,
    MultipartSubscriptionTransport,
    SSETransport,
    merge_stream_with_heartbeat,
)

from api.endpoint.accept import Format
from api.endpoint.answers import Answer
from api.endpoint.responses import encode

Step = asyncio.Future[Answer | None]
"""The next answer; None: there is none any more."""


class Events(SSETransport):
    """graphql-sse in distinct connections mode. Lines end with LF: CR LF stalls urql's reader."""

    def encode_event(self, event: str, data: str | None = None) -> str:
        return f"event: {event}\ndata: {data or ''}\n\n"

    def encode_comment(self, comment: str) -> str:
        return f": {comment}\n\n"


class Multipart(MultipartSubscriptionTransport):
    """Apollo's subscriptions over multipart/mixed, with the first delimiter and a clean end.

    A part is read once the delimiter behind it has come: each one brings its own.
    """

    send_initial_heartbeat = False

    @property
    def headers(self) -> Mapping[str, str]:
        kind = f'multipart/mixed;boundary="{self.separator}";subscriptionSpec=1.0'
        return {"Content-Type": kind, "Cache-Control": "no-store", "X-Accel-Buffering": "no"}

    def encode_complete(self) -> str:
        return "--\r\n"


_TRANSPORTS: Final[dict[Format, HTTPStreamTransport]] = {
    Format.EVENTS: Events(),
    Format.MULTIPART: Multipart(),
}


def stream_response(
    answers: AsyncGenerator[Answer, None],
    *,
    media_type: Format,
    until: Callable[[], Awaitable[None]],
) -> StreamingResponse:
    """Ends when the answers do. Once `until` returns it ends at once, without saying that the
    operation is complete, so that the client connects again.
    """
    transport = _TRANSPORTS[media_type]

    async def chunks() -> AsyncGenerator[str, None]:
        if media_type is Format.MULTIPART:
            yield f"--{MULTIPART_SUBSCRIPTION_BOUNDARY}"
        stop: Step = asyncio.ensure_future(until())
        try:
            async with aclosing(_before(stop, answers)) as open_answers:
                async for answer in open_answers:
                    yield _next(transport, answer)
            if not stop.done():
                yield transport.encode_complete()
        finally:
            stop.cancel()

    body = merge_stream_with_heartbeat(
        chunks,
        lambda: transport.heartbeat_message(_text),
        interval=transport.heartbeat_interval,
        send_initial_heartbeat=transport.send_initial_heartbeat,
    )
    return StreamingResponse(body(), headers=dict(transport.headers))


def _next(transport: HTTPStreamTransport, answer: Answer) -> str:
    payload = GraphQLHTTPResponse(**answer.payload)  # type: ignore[typeddict-item]  # same keys
    return transport.encode_next(payload, _text)


def _text(payload: object) -> str:
    return encode(payload).decode()


async def _before(
    stop: Step, answers: AsyncGenerator[Answer, None]
) -> AsyncGenerator[Answer, None]:
    """The answers, until they end or `stop` is done."""
    step: Step = asyncio.get_running_loop().create_future()
    try:
        while True:
            step = asyncio.ensure_future(_step(answers))
            await asyncio.wait({step, stop}, return_when=asyncio.FIRST_COMPLETED)
            if not step.done() or (answer := step.result()) is None:
                return
            yield answer
    finally:
        step.cancel()
        await asyncio.gather(step, return_exceptions=True)
        await answers.aclose()


async def _step(answers: AsyncIterator[Answer]) -> Answer | None:
    return await anext(answers, None)
