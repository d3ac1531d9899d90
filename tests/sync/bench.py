"""An engine over emulated desks, in virtual time and without faults but those that a test makes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from random import Random
from typing import Any

import orjson
from sqlalchemy import select

from db import tables
from db.database import AnyRow, Database
from db.open import open_inline
from domain.http import Request, Response
from domain.ports import Clock
from emulator.gorgias.service import GorgiasService
from emulator.kernel.service import Behaviour
from emulator.kernel.world import read_stories
from emulator.zendesk.service import ZendeskService
from integrations.ticketing.dictionary import ProviderDictionary
from integrations.ticketing.gorgias.dictionary import GorgiasDictionary
from integrations.ticketing.zendesk.dictionary import ZendeskDictionary
from sync.desk import Desk
from sync.engine import Connection, Engine
from tests.simulation.loop import START, VirtualClock, run_virtually
from tests.simulation.transport import FaultyClient, Line
from tests.simulation.view import (
    GONE,
    GorgiasTruths,
    Truths,
    View,
    ZendeskTruths,
    cached_views,
    view_of,
)
from tests.simulation.world import DATA, USERS

Rewrite = Callable[[Request, Response], Response]


@dataclass(slots=True)
class OpenClient:
    """A client whose answers a test may change, and whose requests it can look at."""

    inner: FaultyClient
    rewrite: Rewrite | None = None
    sent: list[Request] = field(default_factory=list)

    async def send(self, request: Request, *, timeout_seconds: float = 30.0) -> Response:
        self.sent.append(request)
        answer = await self.inner.send(request, timeout_seconds=timeout_seconds)
        return self.rewrite(request, answer) if self.rewrite else answer

    async def close(self) -> None:
        return


@dataclass(slots=True)
class EmulatedDesk:
    key: str
    service: ZendeskService | GorgiasService
    dictionary: ProviderDictionary
    truths: Truths
    client: OpenClient

    @property
    def connection(self) -> Connection:
        return Connection(
            self.key, self.key.title(), "https://x.example.com", self.dictionary, self.client
        )

    def versions(self) -> dict[int, int | None]:
        return {number: self.truths.seen(number).version for number in self.truths.ids()}

    def is_gone(self, ticket_id: int) -> bool:
        return view_of(self.truths.seen(ticket_id)) is GONE


@dataclass(slots=True)
class Bench:
    clock: Clock
    database: Database
    desks: dict[str, EmulatedDesk]
    engines: list[Engine] = field(default_factory=list)

    @property
    def engine(self) -> Engine:
        return self.engines[-1]

    async def start(self, *, audits: bool = True) -> None:
        engine = Engine(
            self.database,
            [desk.connection for desk in self.desks.values()],
            clock=self.clock,
            random=Random(len(self.engines)),
            audits=audits,
        )
        self.engines.append(engine)
        await engine.start()

    async def until(
        self, holds: Callable[[], Coroutine[Any, Any, object]], *, within: float
    ) -> float:
        """Waits in steps of 0.1 s; returns how long it took, fails when it takes longer."""
        began = self.clock.now()
        while not await holds():
            assert self.clock.now() < began + within, await self.desk_rows()
            await self.clock.sleep(0.1)
        return self.clock.now() - began

    def kept(self, desk: str) -> Desk:
        """A desk as the engine keeps it."""
        return next(kept for kept in self.engine.desks if kept.key == desk)

    async def ticket(self, ticket_id: str) -> AnyRow:
        t = tables.ticket
        return (await self.database.fetch(select(t).where(t.c.id == ticket_id)))[0]

    async def told_of(self, ticket_id: str) -> list[str]:
        """The kinds of changes that the feed tells of a ticket, in order."""
        c = tables.change.c
        query = select(c.kind).where(c.ticket_id == ticket_id).order_by(c.position)
        return [row.kind for row in await self.database.fetch(query)]

    async def desk_rows(self) -> dict[str, AnyRow]:
        return {row.key: row for row in await self.database.fetch(select(tables.desk))}

    async def lane(self, desk: str, name: str) -> AnyRow:
        rows = await self.database.fetch(
            select(tables.lane).where(tables.lane.c.desk == desk, tables.lane.c.name == name)
        )
        return rows[0]

    async def has_run(self, desk: str, name: str) -> bool:
        rows = await self.database.fetch(
            select(tables.lane.c.ran_at).where(
                tables.lane.c.desk == desk, tables.lane.c.name == name
            )
        )
        return bool(rows) and rows[0][0] is not None

    async def is_equal(self, desk: str) -> bool:
        return not await self.differences(desk)

    async def differences(self, desk: str) -> list[str]:
        """The tickets of which the cache and the provider tell different things."""
        cached = await cached_views(self.database, desk)
        real = {
            str(number): view_of(self.desks[desk].truths.seen(number))
            for number in self.desks[desk].truths.ids()
        }
        return [
            ticket_id
            for ticket_id in {**real, **cached}
            if real.get(ticket_id, GONE) != cached.get(ticket_id, GONE)
        ]

    async def cached(self, desk: str, ticket_id: int) -> View:
        return (await cached_views(self.database, desk)).get(str(ticket_id), GONE)


def emulated_desk(
    provider: str, *, clock: Clock, tickets: int = 12, user: str | None = None, limits: bool = True
) -> EmulatedDesk:
    behaviour = Behaviour(limits_on=limits)
    service: ZendeskService | GorgiasService
    words: ProviderDictionary
    truths: Truths
    if provider == "zendesk":
        zendesk = ZendeskService(
            clock=clock, random=Random(1), behaviour=behaviour, base_url="https://x.example.com"
        )
        service, words = zendesk, ZendeskDictionary(web_url="https://x.example.com")
        truths = ZendeskTruths(zendesk, words)
    else:
        gorgias = GorgiasService(clock=clock, random=Random(1), behaviour=behaviour)
        service = gorgias
        words = GorgiasDictionary(web_url="https://x.example.com", window_seconds=10.0)
        truths = GorgiasTruths(gorgias, words)
    service.load(read_stories([DATA], tickets=tickets, seed=1, now=START))
    inner = FaultyClient(service, user or USERS[provider], Random(1), Line.calm(), clock)
    return EmulatedDesk(provider, service, words, truths, OpenClient(inner))


def on_bench(
    scenario: Callable[[Bench], Coroutine[Any, Any, None]],
    *providers: str,
    tickets: int = 12,
    user: str | None = None,
) -> None:
    """Runs a scenario over emulated desks, each named as its provider."""

    async def main() -> None:
        clock = VirtualClock(asyncio.get_running_loop())
        desks = {
            name: emulated_desk(name, clock=clock, tickets=tickets, user=user) for name in providers
        }
        bench = Bench(clock, open_inline(), desks)
        try:
            await scenario(bench)
        finally:
            for engine in bench.engines:
                await engine.abandon()
            await bench.database.close()

    run_virtually(main())


def changed_json(response: Response, **changes: object) -> Response:
    body = orjson.loads(response.body) | changes
    return Response(response.status, response.headers, orjson.dumps(body))
