"""The front of the sync module: what the API, the CLI and tests start, ask and stop."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from sqlalchemy import update

from db import tables
from db.database import Database, Transaction
from db.write.feed import ensure_epoch
from db.write.inbox import InboxRow, receive
from domain.errors import InvalidInputError
from domain.http import HttpClient
from domain.ids import split_record_id
from domain.ports import Clock
from domain.words import DeskState, Purpose
from integrations.ticketing.dictionary import ProviderDictionary, Window
from sync.budget import BudgetSnapshot
from sync.desk import Desk
from sync.feed import Feed
from sync.link import DeskLink
from sync.operations.front import Operations, Writes
from sync.requests import Write, WriteOutcome
from sync.runner import DeskRunner


@dataclass(frozen=True, slots=True)
class Connection:
    """One desk as the settings describe it."""

    key: str
    name: str
    web_url: str
    dictionary: ProviderDictionary
    client: HttpClient
    window: Window = field(default_factory=Window)


class Engine:
    """Keeps every connected desk true, and takes writes to them. One desk never stops another."""

    def __init__(
        self,
        database: Database,
        connections: Sequence[Connection],
        *,
        clock: Clock,
        random: Random,
        writes: Writes = Writes.ON,
        is_only_process: bool = True,
        audits: bool = True,
    ) -> None:
        """`audits`: whether comments are read again and again (docs/sync.md, the bounds)."""
        self.feed = Feed()
        self._database = database
        self._random = random
        holder = f"{random.getrandbits(64):016x}"
        self._runners: dict[str, DeskRunner] = {}
        for connection in connections:
            link = DeskLink(
                connection.key,
                connection.name,
                connection.web_url,
                connection.dictionary,
                connection.client,
                clock,
                random,
            )
            desk = Desk(link, database, self.feed)
            self._runners[connection.key] = DeskRunner(
                desk, Operations(desk, writes), holder, is_only_process, connection.window, audits
            )
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def desks(self) -> Sequence[Desk]:
        return [runner.desk for runner in self._runners.values()]

    async def start(self) -> None:
        """Registers the desks and begins to sync; returns at once."""
        await self._prepare()
        for key, runner in self._runners.items():
            await runner.register()
            self._tasks.append(asyncio.create_task(runner.run(), name=f"desk {key}"))

    async def stop(self) -> None:
        """Ends every task, gives the leases back and closes the connections."""
        await self.abandon()
        for runner in self._runners.values():
            await runner.stop()
            await runner.desk.link.client.close()

    async def abandon(self) -> None:
        """Ends every task and leaves the leases as they are, as a killed process would."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    async def _prepare(self) -> None:
        """Desks without settings any more stay readable and are not synced."""
        epoch = f"{self._random.getrandbits(64):016x}"

        async def unit(tx: Transaction) -> None:
            await ensure_epoch(tx, epoch)
            await tx.execute(
                update(tables.desk)
                .where(tables.desk.c.key.not_in(list(self._runners)))
                .values(state=DeskState.DETACHED.value)
            )

        await self._database.write(unit)

    def _runner(self, desk: str) -> DeskRunner:
        if runner := self._runners.get(desk):
            return runner
        raise InvalidInputError(
            f"Desk {desk} is not connected",
            hint=f"Connected desks: {', '.join(sorted(self._runners)) or 'none'}.",
            path=("desk",),
        )

    async def submit(self, write: Write, *, dry_run: bool = False) -> WriteOutcome:
        """Records a write and drives it; answers when it has ended, or after nine seconds."""
        runner = self._runner(write.desk)
        runner.desk.held_lease()
        return await runner.operations.submit(write, dry_run=dry_run)

    async def receive(self, row: InboxRow) -> None:
        """Keeps a verified webhook event: once it returns, its sender may be told so."""
        desk = self._runner(row.desk).desk

        async def unit(tx: Transaction) -> None:
            await receive(tx, row)

        await self._database.write(unit, urgent=True)
        desk.inbox_wake.set()

    async def refresh(self, ticket_id: str) -> None:
        """Asks the provider for a ticket and its comments now."""
        desk_key, _ = split_record_id(ticket_id)
        runner = self._runner(desk_key)
        await runner.refetcher.read_ticket(ticket_id, Purpose.INTERACTIVE)

    def budget(self, desk: str) -> BudgetSnapshot:
        return self._runner(desk).desk.link.budget.snapshot()

    def dictionary(self, desk: str) -> ProviderDictionary:
        return self._runner(desk).desk.link.dictionary
