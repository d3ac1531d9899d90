"""`/graphql` over WebSocket: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md

Ours, not Strawberry's: that one closes the connection, and so every other subscription on it, for
a syntax error; shares one context among its operations; and breaks on messages of other shapes.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Final

from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from api.auth import RECHECK_SECONDS
from api.endpoint.errors import RequestError, error_body
from api.endpoint.execution import ONE_ANSWER
from api.endpoint.gateway import Gateway
from api.endpoint.journal import Entry
from api.endpoint.operation import Operation, decode, operation_of_json
from api.endpoint.responses import encode
from api.request_ids import new_request_id
from domain.records import JsonValue
from schema.context import Viewer

log = logging.getLogger("deskgraph.api")

PROTOCOL: Final = "graphql-transport-ws"
INIT_SECONDS: Final = 5.0
MOST_OPERATIONS: Final = 20
_LONGEST_REASON: Final = 120
"""Bytes: a close frame holds 123."""

Message = Mapping[str, JsonValue]


class Closing(Exception):  # noqa: N818  a way out of the connection's loop, no failure
    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason.encode()[:_LONGEST_REASON].decode(errors="ignore")


@dataclass(frozen=True, slots=True)
class SocketEndpoint:
    gateway: Gateway

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        socket = WebSocket(scope, receive, send)
        if not self.gateway.origins.may_open_socket(socket.headers):
            await socket.close()  # before it was accepted: the handshake is answered with 403
            return
        if PROTOCOL not in scope.get("subprotocols", ()):
            await socket.accept()
            await socket.close(4406, f"Only {PROTOCOL} is spoken here")
            return
        await socket.accept(subprotocol=PROTOCOL)
        await Connection(socket, self.gateway).run()


@dataclass(slots=True)
class Connection:
    """One client, and its running operations by their ids."""

    socket: WebSocket
    gateway: Gateway
    _viewer: Viewer | None = None
    _authorization: str | None = None
    _deadline: float = 0.0
    _running: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    async def run(self) -> None:
        self._allow(INIT_SECONDS)
        try:
            while (message := await self._next()) is not None:
                await self._handle(message)
        except WebSocketDisconnect:
            pass
        except Closing as closing:
            await self._stop_all()
            await self._close(closing)
        finally:
            await self._stop_all()

    def _allow(self, seconds: float) -> None:
        self._deadline = asyncio.get_running_loop().time() + seconds

    async def _next(self) -> Message | None:
        """None: the client has gone."""
        while True:
            if asyncio.get_running_loop().time() >= self._deadline:
                await self._recheck()
            try:
                async with asyncio.timeout_at(self._deadline):
                    received = await self.socket.receive()
            except TimeoutError:
                continue
            if received["type"] == "websocket.disconnect":
                return None
            return _decoded(received.get("text"))

    async def _recheck(self) -> None:
        """A key that was revoked or changed ends its connections too."""
        if self._viewer is None:
            raise Closing(4408, "Connection initialisation timeout")
        if await self._authenticated() != self._viewer:
            raise Closing(4401, "The API key has changed")
        self._allow(RECHECK_SECONDS)

    async def _authenticated(self) -> Viewer:
        try:
            return await self.gateway.callers.viewer_of(self.socket, self._authorization)
        except RequestError as error:
            raise Closing(4401, error.message) from None

    async def _handle(self, message: Message) -> None:
        match message.get("type"):
            case "connection_init":
                await self._init(message.get("payload"))
            case "ping":
                await self._send({"type": "pong"})
            case "pong":
                pass
            case "subscribe":
                await self._subscribe(message)
            case "complete":
                if (task := self._running.pop(_id_of(message), None)) is not None:
                    task.cancel()
            case _:
                raise Closing(4400, "Unknown message type")

    async def _init(self, payload: JsonValue) -> None:
        if self._viewer is not None:
            raise Closing(4429, "Too many initialisation requests")
        if not isinstance(payload, dict | None):
            raise Closing(4400, "The payload of connection_init must be an object")
        # Browsers cannot set headers on a WebSocket, others can.
        named = {name.lower(): value for name, value in (payload or {}).items()}
        given = named.get("authorization", self.socket.headers.get("authorization"))
        self._authorization = given if isinstance(given, str) else None
        self._viewer = await self._authenticated()
        self._allow(RECHECK_SECONDS)
        await self._send({"type": "connection_ack"})

    async def _subscribe(self, message: Message) -> None:
        if self._viewer is None:
            raise Closing(4401, "Unauthorized: connection_init comes first")
        name = _id_of(message)
        if name in self._running:
            raise Closing(4409, f"Subscriber for {name} already exists")
        try:
            operation = operation_of_json(message.get("payload"))
            _check_count(len(self._running))
            operation = self.gateway.documents.resolve(operation)
        except RequestError as error:
            if error.code == "BAD_REQUEST":
                raise Closing(4400, error.message) from None
            await self._send_error(name, error_body(error, request_id=new_request_id()))
            return
        run = self._run(name, operation, self._viewer)
        self._running[name] = asyncio.create_task(run, name=f"operation {name}")

    async def _run(self, name: str, operation: Operation, viewer: Viewer) -> None:
        request_id = new_request_id()
        entry = Entry(operation, request_id)
        try:
            await self._answer(name, operation, viewer, entry)
        except RequestError as error:
            self._forget(name)
            await self._send_error(name, error_body(error, request_id=request_id))
        except WebSocketDisconnect:
            pass
        except Exception as error:
            log.error("an operation failed", exc_info=error, extra={"request_id": request_id})
            failure = RequestError(500, "INTERNAL", "Deskgraph failed to answer this")
            self._forget(name)
            await self._send_error(name, error_body(failure, request_id=request_id))
        finally:
            self._forget(name)
            entry.write()

    async def _answer(self, name: str, operation: Operation, viewer: Viewer, entry: Entry) -> None:
        context = self.gateway.make_context(viewer, entry.request_id)
        answers = self.gateway.executor.stream(operation, context, allowed=ONE_ANSWER)
        async with aclosing(answers):
            async for answer in answers:
                entry.add(answer)
                if not answer.was_executed:
                    self._forget(name)
                    await self._send_error(name, answer.payload)
                    return
                await self._send({"id": name, "type": "next", "payload": answer.payload})
        self._forget(name)
        await self._send({"id": name, "type": "complete"})

    def _forget(self, name: str) -> None:
        """Before its last message: the client may then use the id again at once."""
        if self._running.get(name) is asyncio.current_task():
            del self._running[name]

    async def _send_error(self, name: str, payload: Mapping[str, object]) -> None:
        await self._send({"id": name, "type": "error", "payload": payload["errors"]})

    async def _send(self, message: Mapping[str, object]) -> None:
        await self.socket.send_text(encode(message).decode())

    async def _stop_all(self) -> None:
        tasks = list(self._running.values())
        self._running.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _close(self, closing: Closing) -> None:
        try:
            await self.socket.close(closing.code, closing.reason)
        except (WebSocketDisconnect, RuntimeError):
            log.debug("the client had gone before its connection was closed")


def _decoded(text: str | None) -> Message:
    if text is None:
        raise Closing(4400, "Messages must be text")
    try:
        message = decode(text)
    except RequestError:
        raise Closing(4400, "Messages must be JSON") from None
    if not isinstance(message, dict):
        raise Closing(4400, "A message must be an object")
    return message


def _id_of(message: Message) -> str:
    name = message.get("id")
    if not isinstance(name, str) or not 0 < len(name) <= 128:
        raise Closing(4400, "A message needs an id of at most 128 characters")
    return name


def _check_count(running: int) -> None:
    if running >= MOST_OPERATIONS:
        raise RequestError(
            429,
            "TOO_MANY_SUBSCRIPTIONS",
            f"A connection may run {MOST_OPERATIONS} operations at once",
            hint="Complete one first, or open another connection",
        )
