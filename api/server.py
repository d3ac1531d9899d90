"""Uvicorn as we run it: one process, no access log, and an end that drains."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import AsyncIterator, Callable, Generator
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from api.endpoint.bodies import LARGEST_BODY
from domain.errors import ConfigurationError

DRAIN_SECONDS: Final = 12
"""A little longer than an operation may take."""


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises `ConfigurationError` when the address cannot be had."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, address = found[0]
        is_any = family == socket.AF_INET6 and host == "::"
        return socket.create_server(address[:2], family=family, dualstack_ipv6=is_any)
    except OSError as error:
        raise ConfigurationError(
            f"Cannot listen on {host} port {port}: {error.strerror or error}",
            hint="Set PORT to a free port, as in: PORT=9000",
        ) from None


class Server(uvicorn.Server):
    """Signals belong to whoever runs it; `stop` may be called from a signal handler."""

    def __init__(self, app: ASGIApp, *, draining: asyncio.Event) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                lifespan="off",
                # A proxy's word for where a caller is would open the demo's door (api/auth.py).
                proxy_headers=False,
                server_header=False,
                ws="websockets-sansio",
                ws_max_size=LARGEST_BODY,
                ws_per_message_deflate=False,
                timeout_graceful_shutdown=DRAIN_SECONDS,
            )
        )
        self._draining = draining
        self.has_ended = asyncio.Event()

    def stop(self) -> None:
        """Lets running operations end; called again, it waits for nothing."""
        self.force_exit = self.should_exit
        self.should_exit = True
        self._draining.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


@contextlib.asynccontextmanager
async def running(
    app: ASGIApp, listener: socket.socket, *, draining: asyncio.Event
) -> AsyncIterator[Server]:
    """Serves in the background; stops on the way out."""
    server = Server(app, draining=draining)
    task = asyncio.create_task(server.serve(sockets=[listener]), name="server")
    task.add_done_callback(lambda _: server.has_ended.set())
    try:
        yield server
    finally:
        server.stop()
        await task


@contextlib.contextmanager
def on_stop_signals(stop: Callable[[], object]) -> Generator[None, None, None]:
    """Ctrl-C and SIGTERM call `stop`, inside the running loop."""
    loop = asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM)
    for wanted in signals:
        loop.add_signal_handler(wanted, stop)
    try:
        yield
    finally:
        for wanted in signals:
            loop.remove_signal_handler(wanted)
