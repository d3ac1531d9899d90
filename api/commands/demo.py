"""`deskgraph demo`: emulated desks, a filled cache, a running API. Ctrl-C ends all of it."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import secrets
import socket
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from api.app import create_app
from api.commands import say
from api.demo.desks import EmulatedDesks, World, emulated_desks
from api.demo.snapshot import digest_of, restore, save
from api.logs import configure_logs
from api.progress import DeskProgress, Screen, require_filled, watch
from api.server import listen, on_stop_signals, running
from api.service import open_service
from api.settings import Environment, read_settings

HOST = "127.0.0.1"
QUERIES = (
    "{ tickets(first: 5, filter: { status: [OPEN] }) "
    "{ totalCount nodes { subject status desk { key } sync { freshness } } } }",
    "{ desks { key state lagSeconds budget { used limit } } }",
    "{ tickets(first: 3) { nodes { subject requester { name } "
    "comments(first: 3) { nodes { visibility body } } } } }",
)


def run(arguments: argparse.Namespace) -> int:
    started_at = time.monotonic()
    folder = Path(arguments.folder).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    # Only the port comes from outside: a demo must never write to a real desk.
    port = arguments.port or os.environ.get("PORT", "")
    bare = read_settings(Environment({"HOST": HOST, "PORT": port}))
    with listen(bare.host, bare.port) as listener, (folder / "demo.log").open("a") as log:
        configure_logs("info", stream=log)
        options = () if arguments.tickets is None else ("--tickets", str(arguments.tickets))
        world = World(arguments.seed, options)
        demo = Demo(folder, world, arguments.pace, listener, started_at)
        asyncio.run(demo.run())
    return 0


@dataclass(frozen=True, slots=True)
class Demo:
    folder: Path
    world: World
    acts_per_second: float
    listener: socket.socket
    started_at: float

    async def run(self) -> None:
        """Until Ctrl-C or SIGTERM, at any moment."""
        main = asyncio.current_task()
        assert main is not None
        with on_stop_signals(main.cancel), contextlib.suppress(asyncio.CancelledError):
            say("Starting an emulated Zendesk and an emulated Gorgias")
            async with emulated_desks(self.world) as emulated:
                await self._run_with(emulated)
        say("The demo has ended")

    async def _run_with(self, emulated: EmulatedDesks) -> None:
        cache = self.folder / "deskgraph.sqlite"
        snapshot = self.folder / f"filled-{digest_of(self.world)}.sqlite"
        is_restored = await restore(cache, snapshot)
        environment = {
            **emulated.environment,
            "DATABASE_URL": f"sqlite:///{cache}",
            "DESKGRAPH_PROFILE": "demo",
            # The emulators forget their grants with this process: nothing has to be read again.
            "DESKGRAPH_SECRET": secrets.token_urlsafe(32),
        }
        settings = read_settings(Environment(environment))
        async with (
            open_service(settings) as service,
            running(create_app(service), self.listener, draining=service.draining) as server,
        ):
            desks = await watch(service, Screen(sys.stdout), totals=emulated.totals)
            require_filled(desks)
            if not is_restored and not await emulated.were_written_to():
                await asyncio.to_thread(save, cache, snapshot)
            await emulated.set_pace(self.acts_per_second)
            self._greet(desks)
            await server.has_ended.wait()

    def _greet(self, desks: Sequence[DeskProgress]) -> None:
        address = f"http://{HOST}:{self.listener.getsockname()[1]}"
        tickets = sum(desk.tickets for desk in desks)
        say(f"Filled in {time.monotonic() - self.started_at:.1f} s: {tickets} tickets")
        say(f"\n  API       {address}/graphql\n  GraphiQL  {address}/graphiql")
        say(f"  Log       {self.folder / 'demo.log'}\n\nThree queries to try:\n")
        for query in QUERIES:
            say(f"  {query}")
        say("\nCustomers and agents go on writing at the emulated desks. Ctrl-C ends everything.")
