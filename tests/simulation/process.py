"""One running copy of the product that can be killed at any commit, or be stopped for a while."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import TypeVar

from sqlalchemy.sql.base import Executable

from db.database import Database, Rows, Transaction
from domain.errors import TransportError
from domain.http import HttpClient, Request, Response
from domain.ports import Clock
from sync.engine import Connection, Engine

Result = TypeVar("Result")


@dataclass(slots=True)
class Gate:
    """Everything a process does goes through it; a dead or stopped process does not get through."""

    random: Random
    commit_death: float
    is_dead: bool = False
    died: asyncio.Event = field(default_factory=asyncio.Event)
    running: asyncio.Event = field(default_factory=asyncio.Event)

    async def passed(self) -> None:
        await self.running.wait()
        if self.is_dead:
            await asyncio.Event().wait()

    def kill(self) -> None:
        self.is_dead = True
        self.died.set()

    async def after_commit(self) -> None:
        if self.random.random() < self.commit_death:
            self.kill()
        await self.passed()


@dataclass(frozen=True, slots=True)
class GatedDatabase:
    inner: Database
    gate: Gate
    clock: Clock
    dialect_name: str = "sqlite"
    is_read_only: bool = False

    async def write(
        self, unit: Callable[[Transaction], Awaitable[Result]], *, urgent: bool = False
    ) -> Result:
        await self.clock.sleep(self.gate.random.uniform(0.0, 0.01))
        await self.gate.passed()
        result = await self.inner.write(unit, urgent=urgent)
        await self.gate.after_commit()
        return result

    async def fetch(
        self, statement: Executable, parameters: Mapping[str, object] | None = None
    ) -> Rows:
        await self.gate.passed()
        return await self.inner.fetch(statement, parameters)

    async def close(self) -> None:
        return


@dataclass(frozen=True, slots=True)
class GatedClient:
    inner: HttpClient
    gate: Gate

    async def send(self, request: Request, *, timeout_seconds: float = 30.0) -> Response:
        await self.gate.passed()
        try:
            answer = await self.inner.send(request, timeout_seconds=timeout_seconds)
        except TransportError:
            await self.gate.passed()
            raise
        await self.gate.passed()
        return answer

    async def close(self) -> None:
        return


class Process:
    """An engine behind a gate."""

    def __init__(
        self,
        database: Database,
        connection: Connection,
        *,
        clock: Clock,
        random: Random,
        commit_death: float,
        is_only_process: bool,
        audits: bool,
    ) -> None:
        self.gate = Gate(random, commit_death)
        self.gate.running.set()
        self.database = GatedDatabase(database, self.gate, clock)
        self.engine = Engine(
            self.database,
            [
                Connection(
                    connection.key,
                    connection.name,
                    connection.web_url,
                    connection.dictionary,
                    GatedClient(connection.client, self.gate),
                )
            ],
            clock=clock,
            random=random,
            is_only_process=is_only_process,
            audits=audits,
        )
        self._starting: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._starting = asyncio.create_task(self.engine.start())

    async def end(self) -> None:
        """As a killed process ends: nothing is tidied up."""
        self.gate.kill()
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.gather(self._starting, return_exceptions=True)
        await self.engine.abandon()
