"""The real server on a free port of this machine, in the test's own loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.types import ASGIApp

from api.server import Server, listen, running


@asynccontextmanager
async def serving(app: ASGIApp, *, draining: asyncio.Event) -> AsyncIterator[tuple[str, Server]]:
    """Yields `127.0.0.1:<port>` and the server; the port is open from the first moment."""
    with listen("127.0.0.1", 0) as listener:
        async with running(app, listener, draining=draining) as server:
            yield f"127.0.0.1:{listener.getsockname()[1]}", server
