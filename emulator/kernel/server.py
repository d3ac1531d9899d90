"""Serves hosts on loopback ports until told to stop, and lets their time go on."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
import uvicorn
from starlette.types import ASGIApp

from emulator.kernel.asgi import ControlApp, CuttableProtocol, HostApp
from emulator.kernel.clock import MovableClock
from emulator.kernel.control import Control
from emulator.kernel.courier import Courier
from emulator.kernel.host import Host

_log = logging.getLogger(__name__)
_TICK_SECONDS = 0.05


class PortTakenError(OSError):
    """Another program listens on the wanted port."""


def bind(port: int) -> socket.socket:
    """A socket on 127.0.0.1, 0 for any free port; raises `PortTakenError`."""
    # With the protocol named, asyncio switches TCP_NODELAY on: else each answer waits for an ACK.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError as flaw:
        listener.close()
        raise PortTakenError(f"Port {port} cannot be used: {flaw.strerror}") from flaw
    return listener


def address(listener: socket.socket) -> str:
    """`http://127.0.0.1:<port>`."""
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


@asynccontextmanager
async def serving(
    hosts: Mapping[socket.socket, Host],
    *,
    clock: MovableClock,
    control_listener: socket.socket | None = None,
) -> AsyncIterator[None]:
    """All hosts answer inside this context: requests, control requests, webhooks and acts."""
    names = [host.service.name for host in hosts.values()]
    controls = {
        host.service.name: Control(host, clock=clock, services=names) for host in hosts.values()
    }
    async with AsyncExitStack() as stack:
        # A webhook goes where it is addressed: no proxy from the environment, no redirects.
        client = await stack.enter_async_context(httpx.AsyncClient(trust_env=False))
        for listener, host in hosts.items():
            app = HostApp(host, controls[host.service.name])
            await stack.enter_async_context(_listening(app, listener))
            await stack.enter_async_context(_living(host, Courier(host, client)))
        if control_listener is not None:
            await stack.enter_async_context(_listening(ControlApp(controls), control_listener))
        yield


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.is_listening.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Several servers share this loop, so the signals belong to whoever runs them all."""
        yield


@asynccontextmanager
async def _listening(app: ASGIApp, listener: socket.socket) -> AsyncIterator[None]:
    server = _Server(
        uvicorn.Config(
            app,
            http=CuttableProtocol,
            ws="none",
            lifespan="off",
            # The application logs its own defects; uvicorn would add one for each cut connection.
            log_config=None,
            log_level=logging.CRITICAL,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            # The date is the emulator's, which may have been moved.
            date_header=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=1,
        )
    )
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        await server.is_listening.wait()
        yield
    finally:
        server.should_exit = True
        await task


@asynccontextmanager
async def _living(host: Host, courier: Courier) -> AsyncIterator[None]:
    task = asyncio.create_task(_live(host, courier))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await courier.close()


async def _live(host: Host, courier: Courier) -> None:
    loop = asyncio.get_running_loop()
    due, last = 0.0, loop.time()
    while True:
        await asyncio.sleep(_TICK_SECONDS)
        now = loop.time()
        # After a stall the backlog is not worked off in one burst.
        due = min(due + host.acts_per_second * (now - last), max(1.0, host.acts_per_second))
        last = now
        try:
            host.service.advance()
            while due >= 1:
                due -= 1
                _log.info("%s: %s", host.service.name, host.service.act())
            courier.dispatch()
        except Exception:
            # One failed act must not stop the clock of the whole desk.
            _log.exception("%s failed while its time went on", host.service.name)
