"""Runs one desk in this process: takes the lease, then lanes, refetches and open operations."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from db import tables
from db.database import DatabaseUnavailableError, Transaction
from db.write.lanes import (
    DeskRow,
    Lease,
    LeaseLostError,
    ensure_desk,
    load_lane,
    release_lease,
    take_lease,
    update_desk,
)
from domain.errors import ConfigurationError, DeskgraphError
from domain.words import Purpose
from integrations.ticketing.dictionary import Lane, Window
from sync.audit import CommentAudit
from sync.desk import Desk
from sync.health import RETRY_SECONDS
from sync.hints import HintRunner
from sync.lanes import LaneRunner
from sync.operations.front import Operations
from sync.refetch import Refetcher
from sync.ticket_audit import ALL_TICKETS, OPEN_TICKETS, TicketAudit

log = logging.getLogger("deskgraph.sync")

LEASE_SECONDS = 30.0
RENEW_SECONDS = 10.0
FIRST_READING_SECONDS = 60.0
"""How long a backfill waits for the first reading of a feed."""


@dataclass(slots=True)
class DeskRunner:
    """One desk's tasks. `run` goes on until it is cancelled."""

    desk: Desk
    operations: Operations
    holder: str
    is_only_process: bool
    """True where the database admits one writing process: its lease never has to be waited for."""
    window: Window = field(default_factory=Window)
    audits: bool = True
    refetcher: Refetcher = field(init=False)

    def __post_init__(self) -> None:
        self.refetcher = Refetcher(self.desk)

    async def register(self) -> None:
        link = self.desk.link
        row = DeskRow(link.key, link.dictionary.name, link.name, link.web_url)

        async def unit(tx: Transaction) -> None:
            await ensure_desk(tx, row)

        await self.desk.database.write(unit)

    async def run(self) -> None:
        while True:
            try:
                await self._take_lease()
                await self._run_leased()
            except* LeaseLostError:
                log.warning("lease lost", extra={"desk": self.desk.key})
            except* DatabaseUnavailableError as away:
                log.warning("database away: %s", away.exceptions[0], extra={"desk": self.desk.key})
            except* Exception:
                # A bug of ours: the desk must not stay silent for ever.
                log.exception("desk failed", extra={"desk": self.desk.key})
            finally:
                await self.operations.stop()
            await self.desk.link.clock.sleep(1.0)

    async def stop(self) -> None:
        """Gives the lease back, so that another process need not wait for it."""
        await self.operations.stop()
        if (lease := self.desk.lease) is not None:
            self.desk.lease = None

            async def unit(tx: Transaction) -> None:
                await release_lease(tx, lease)

            try:
                await self.desk.database.write(unit)
            except DatabaseUnavailableError:
                log.warning("lease not given back: it runs out", extra={"desk": self.desk.key})

    async def _take_lease(self) -> None:
        while not await self._renew():
            await self.desk.link.clock.sleep(RENEW_SECONDS / 2)

    async def _renew(self) -> bool:
        now = self.desk.now()
        force = self.is_only_process and self.desk.lease is None

        async def unit(tx: Transaction) -> Lease | None:
            return await take_lease(
                tx, self.desk.key, self.holder, now=now, seconds=LEASE_SECONDS, force=force
            )

        lease = await self.desk.database.write(unit, urgent=True)
        old, self.desk.lease = self.desk.lease, lease
        return lease is not None and (old is None or old.fence == lease.fence)

    async def _run_leased(self) -> None:
        self.desk.took_over()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_lease(), name=f"{self.desk.key} lease")
            await self._check_account()
            await self.operations.resume()
            tasks.create_task(self.refetcher.run(), name=f"{self.desk.key} refetch")
            if self.audits:
                self._start_audits(tasks)
            tasks.create_task(HintRunner(self.desk).run(), name=f"{self.desk.key} inbox")
            lanes = self.desk.link.dictionary.lanes(self.window)
            self.desk.health.first_copy = {
                lane.name for lane in lanes if lane.period_seconds is None
            }
            for lane in lanes:
                task: Coroutine[object, object, None] = self._run_lane(lane, lanes)
                tasks.create_task(task, name=f"{self.desk.key} {lane.name}")

    def _start_audits(self, tasks: asyncio.TaskGroup) -> None:
        name = f"{self.desk.key} audit"
        tasks.create_task(CommentAudit(self.desk, self.refetcher).run(), name=name)
        for rounds in (OPEN_TICKETS, ALL_TICKETS):
            tasks.create_task(TicketAudit(self.desk, self.refetcher, rounds).run(), name=name)

    async def _run_lane(self, lane: Lane, lanes: Sequence[Lane]) -> None:
        """A backfill waits for the feeds that tell nothing older than their first reading.

        Not for ever: a desk without such a feed is better than none, and the audit of tickets
        closes the gap.
        """
        if lane.period_seconds is None:
            until = self.desk.now() + FIRST_READING_SECONDS
            while self.desk.now() < until and not await self._have_begun(lanes):
                await self.desk.link.clock.sleep(0.25)
        await LaneRunner(self.desk, lane).run()

    async def _have_begun(self, lanes: Sequence[Lane]) -> bool:
        feeds = [lane.name for lane in lanes if lane.begins_when_first_read]
        rows = [await load_lane(self.desk.database, self.desk.key, name) for name in feeds]
        return all(row.ran_at is not None for row in rows)

    async def _keep_lease(self) -> None:
        pause = RENEW_SECONDS
        while True:
            await self.desk.link.clock.sleep(pause)
            try:
                renewed = await self._renew()
            except DatabaseUnavailableError:
                # Ours until it runs out, which raises.
                self.desk.held_lease()
                pause = 1.0
                continue
            pause = RENEW_SECONDS
            if not renewed:
                self.desk.lease = None
                raise LeaseLostError(f"Desk {self.desk.key} was taken over")

    async def _check_account(self) -> None:
        """Waits for the provider, and binds the desk to the account behind the credentials."""
        attempt = 0
        while True:
            try:
                await self._bind_account()
                self.desk.health.succeeded("sign-in")
                await self.desk.save_health()
                return
            except LeaseLostError:
                raise
            except DeskgraphError as error:
                self.desk.health.failed("sign-in", error, now=self.desk.now())
                await self.desk.save_health()
            await self.desk.link.clock.sleep(RETRY_SECONDS[min(attempt, len(RETRY_SECONDS) - 1)])
            attempt += 1

    async def _bind_account(self) -> None:
        link = self.desk.link
        request = link.dictionary.build_identity()
        answer = await link.ask(request, Purpose.TAIL, doing="sign in")
        account = link.dictionary.parse_identity(answer.response)
        link.own_user_id = link.dictionary.parse_own_user(answer.response)
        rows = await self.desk.database.fetch(
            select(tables.desk.c.account).where(tables.desk.c.key == self.desk.key)
        )
        if rows[0][0] not in (None, account):
            raise ConfigurationError(
                f"Desk {self.desk.key} is bound to another account ({rows[0][0]}, not {account})",
                hint="Give the new account a desk key of its own.",
            )

        async def unit(tx: Transaction) -> None:
            await update_desk(
                tx, self.desk.key, {"account": account, "reached_at": self.desk.now()}
            )

        await self.desk.write(unit)
