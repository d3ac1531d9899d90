"""Both emulated help desks, a real engine and a schema over them, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any

from db.database import Database
from db.open import open_inline
from domain.http import Request, Response
from emulator.gorgias.service import GorgiasService
from emulator.kernel.service import Service
from emulator.kernel.world import read_stories
from emulator.zendesk.service import ZendeskService
from integrations.ticketing.dictionary import ProviderDictionary
from integrations.ticketing.gorgias.dictionary import GorgiasDictionary
from integrations.ticketing.zendesk.dictionary import ZendeskDictionary
from schema.build import build_schema
from schema.context import Context, Scope, Viewer
from sync.engine import Connection, Engine
from sync.operations.front import Writes
from tests.simulation.loop import START, VirtualClock, run_virtually
from tests.simulation.transport import FaultyClient, Line

DATA = Path(__file__).parents[2] / "emulator" / "data" / "sample_threads.jsonl"
WEB_URL = "https://desk.example"
SETTLED_SECONDS = 60.0


@dataclass
class CountingClient:
    """Counts the requests."""

    line: FaultyClient
    sent: int = 0

    async def send(self, request: Request, *, timeout_seconds: float = 30.0) -> Response:
        self.sent += 1
        return await self.line.send(request, timeout_seconds=timeout_seconds)

    async def close(self) -> None:
        await self.line.close()


@dataclass
class Live:
    """`acme` is Zendesk, `shop` is Gorgias; each has the same threads."""

    writes: Writes = Writes.ON
    scopes: frozenset[Scope] = frozenset(Scope)
    desks: frozenset[str] | None = None
    viewer: str = "tester"
    tickets: int = 6
    database: Database = field(default_factory=open_inline)
    clients: dict[str, CountingClient] = field(default_factory=dict)

    async def start(self) -> None:
        self.clock = VirtualClock(asyncio.get_running_loop())
        zendesk = ZendeskService(clock=self.clock, random=Random(1), base_url=WEB_URL)
        gorgias = GorgiasService(clock=self.clock, random=Random(2))
        self.services: dict[str, Service] = {"acme": zendesk, "shop": gorgias}
        connections = [
            self._connection(
                "acme", zendesk, ZendeskDictionary(web_url=WEB_URL), "a@b.example/token"
            ),
            self._connection(
                "shop",
                gorgias,
                GorgiasDictionary(web_url=WEB_URL, window_seconds=10.0),
                "a@b.example",
            ),
        ]
        self.engine = Engine(
            self.database, connections, clock=self.clock, random=Random(3), writes=self.writes
        )
        await self.engine.start()

    def _connection(
        self, key: str, service: Service, words: ProviderDictionary, user: str
    ) -> Connection:
        service.load(read_stories([DATA], tickets=self.tickets, seed=1, now=START))
        line = FaultyClient(service, user, Random(4), Line.calm(), self.clock)
        client = self.clients[key] = CountingClient(line)
        return Connection(key, key.title(), WEB_URL, words, client)

    def cut_off(self, desk: str) -> None:
        """From now on the desk cannot be reached."""
        self.clients[desk].line.line = replace(Line.calm(), refused=1.0)

    def reconnect(self, desk: str) -> None:
        self.clients[desk].line.line = Line.calm()

    def context(self) -> Context:
        return Context(
            Viewer(self.viewer, self.scopes, self.desks),
            self.database,
            self.engine,
            self.clock,
            "request-1",
            Random(5),
        )

    async def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        result = await build_schema().execute(query, variables, context_value=self.context())
        assert result.errors is None, [
            (error.message, error.path, error.original_error) for error in result.errors
        ]
        assert result.data is not None
        return result.data

    async def write(self, name: str, input_type: str, shown: str, **given: Any) -> Any:
        """The payload of one mutation."""
        query = f"mutation M($input: {input_type}!) {{ {name}(input: $input) {{ {shown} }} }}"
        return (await self.ask(query, input=given))[name]

    async def first_ticket(self, desk: str) -> str:
        """The id of a ticket that can be changed."""
        query = "query ($f: TicketFilter) { tickets(first: 1, filter: $f) { nodes { id } } }"
        where = {"desk": {"in": [desk]}, "status": ["NEW", "OPEN", "PENDING"]}
        data = await self.ask(query, f=where)
        return str(data["tickets"]["nodes"][0]["id"])


def live(scenario: Callable[[Live], Awaitable[None]], **settings: Any) -> None:
    """Runs a scenario against desks that are fully copied."""

    async def run() -> None:
        world = Live(**settings)
        await world.start()
        await world.clock.sleep(SETTLED_SECONDS)
        try:
            await scenario(world)
        finally:
            await world.engine.stop()
            await world.database.close()

    run_virtually(run())
