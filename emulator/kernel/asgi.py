"""Hosts as ASGI applications under uvicorn, with the faults that happen on the wire."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import replace
from email.utils import formatdate

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from emulator.kernel.control import PREFIX, Control
from emulator.kernel.host import Host, Reply
from emulator.kernel.http import Request, Response

_log = logging.getLogger(__name__)
_WITHOUT_BODY = frozenset({204, 304})


class CuttableProtocol(H11Protocol):
    """Hands the connection to the application, which may close it in the midst of an answer."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn
        super().connection_made(transport)
        self.app_state = {"transport": transport}


class HostApp:
    """One service on its port, with its control endpoint below `/_emulator`."""

    def __init__(self, host: Host, control: Control) -> None:
        self._host = host
        self._control = control

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = await _read(scope, receive)
        if request is None:
            return
        try:
            if request.path == PREFIX or request.path.startswith(f"{PREFIX}/"):
                reply = Reply(self._control.answer(request))
            else:
                reply = await self._host.answer(request)
            await _reply(reply, scope, receive, send, now=self._host.clock.now())
        except Exception:
            # A defect of ours must not look like the provider's; uvicorn answers a bare 500.
            _log.exception("The emulator failed at %s %s", request.method, request.path)
            raise


class ControlApp:
    """The control endpoints of all services on one port: `/zendesk/_emulator/...`."""

    def __init__(self, controls: Mapping[str, Control]) -> None:
        self._controls = controls

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = await _read(scope, receive)
        if request is None:
            return
        name, _, rest = request.path.removeprefix("/").partition("/")
        control = self._controls.get(name)
        if control is None:
            places = [f"/{name}{PREFIX}" for name in self._controls]
            response = Response.of_json({"error": "No such service", "places": places}, 404)
        else:
            response = control.answer(replace(request, path=f"/{rest}"))
        await _reply(Reply(response), scope, receive, send, now=None)


async def _read(scope: Scope, receive: Receive) -> Request | None:
    """The whole request; None when the caller left while sending it."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            break
    target = scope["raw_path"].decode("latin-1")
    if scope["query_string"]:
        target = f"{target}?{scope['query_string'].decode('latin-1')}"
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return Request.of(scope["method"], target, headers, b"".join(parts))


async def _reply(
    reply: Reply, scope: Scope, receive: Receive, send: Send, *, now: float | None
) -> None:
    response = reply.response
    if response is not None:
        headers = _headers(response, now)
        start = {"type": "http.response.start", "status": response.status, "headers": headers}
        await send(start)
        body = b"" if response.status in _WITHOUT_BODY else response.body
        is_cut = reply.keep < 1 and len(body) > 0
        part = body[: int(len(body) * reply.keep)] if is_cut else body
        await send({"type": "http.response.body", "body": part, "more_body": is_cut})
        if not is_cut:
            return
    scope["state"]["transport"].close()
    while (await receive())["type"] != "http.disconnect":
        pass


def _headers(response: Response, now: float | None) -> list[tuple[bytes, bytes]]:
    headers = [(name.lower(), value) for name, value in response.headers]
    present = {name for name, _ in headers}
    if response.status not in _WITHOUT_BODY:
        if "content-type" not in present:
            headers.append(("content-type", response.media_type))
        headers.append(("content-length", str(len(response.body))))
    if "date" not in present:
        headers.append(("date", formatdate(now, usegmt=True)))
    return [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in headers]
