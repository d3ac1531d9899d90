"""`deskgraph serve`: the API server."""

from __future__ import annotations

import argparse
import asyncio
import socket

from api.app import create_app
from api.commands import current_settings, say
from api.logs import configure_logs
from api.server import listen, on_stop_signals, running
from api.service import open_service
from api.settings import Settings


def run(arguments: argparse.Namespace) -> int:
    fallback = {"DESKGRAPH_PROFILE": "development"} if arguments.development else None
    settings = current_settings(fallback, HOST=arguments.host, PORT=arguments.port)
    configure_logs(settings.log_level.value)
    with listen(settings.host, settings.port) as listener:
        asyncio.run(serve(settings, listener))
    return 0


async def serve(settings: Settings, listener: socket.socket) -> None:
    """Until Ctrl-C or SIGTERM; then running operations end first."""
    async with (
        open_service(settings) as service,
        running(create_app(service), listener, draining=service.draining) as server,
    ):
        with on_stop_signals(server.stop):
            host, port = listener.getsockname()[:2]
            say(f"Deskgraph listens on http://{host}:{port}/graphql")
            await server.has_ended.wait()
