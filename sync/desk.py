"""One desk being kept true: its line, its lease, its health, and the one way to store a page."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from db.database import Database, DatabaseUnavailableError, Transaction
from db.write.lanes import Lease, LeaseLostError, require_lease, update_desk
from domain.observation import LanePage
from domain.words import SyncSource
from sync.apply import Applied, Arrival, apply_page, portions
from sync.decide import Interval
from sync.feed import Feed
from sync.health import Health
from sync.link import DeskLink
from sync.operations.settle import settle_marked

log = logging.getLogger("deskgraph.sync")

LANE_CALLS_PER_MINUTE = 30.0
"""What the clocked lanes of one desk ask for at their full pace."""

PORTION = 150
"""How many tickets, or five times as many comments, one transaction stores."""

Result = TypeVar("Result")
Also = Callable[[Transaction, Applied], Awaitable[None]]


@dataclass(slots=True)
class Desk:
    """What lanes, refetches and writes of one desk share."""

    link: DeskLink
    database: Database
    feed: Feed
    health: Health = field(default_factory=Health)
    lease: Lease | None = None
    needs_wake: asyncio.Event = field(default_factory=asyncio.Event)
    inbox_wake: asyncio.Event = field(default_factory=asyncio.Event)
    refused_lanes: set[str] = field(default_factory=set)
    """Lanes that the credential may not use: their stand-ins run instead."""
    _saved_health: dict[str, object] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return self.link.key

    def now(self) -> float:
        return self.link.clock.now()

    async def sleep_or(self, wake: asyncio.Event, seconds: float) -> None:
        """Sleeps, unless the event is set before the time is over."""
        timer = asyncio.ensure_future(self.link.clock.sleep(seconds))
        woken = asyncio.ensure_future(wake.wait())
        try:
            await asyncio.wait((timer, woken), return_when=asyncio.FIRST_COMPLETED)
        finally:
            timer.cancel()
            woken.cancel()

    def pace(self) -> float:
        """Stretches the lanes' periods on small plans: they take 40 % of the budget at most."""
        account = self.link.budget.snapshot()
        per_minute = account.limit * 60.0 / account.window_seconds
        return max(1.0, LANE_CALLS_PER_MINUTE / (0.4 * per_minute))

    def held_lease(self) -> Lease:
        """Raises `LeaseLostError` when this process may not write the desk (any more)."""
        if self.lease is None or not self.lease.is_held(self.now()):
            raise LeaseLostError(f"Desk {self.key} is not leased to this process")
        return self.lease

    async def write(
        self, unit: Callable[[Transaction], Awaitable[Result]], *, urgent: bool = False
    ) -> Result:
        """One transaction under the lease's fence."""
        lease = self.held_lease()

        async def fenced(tx: Transaction) -> Result:
            await require_lease(tx, lease)
            return await unit(tx)

        return await self.database.write(fenced, urgent=urgent)

    async def store(
        self,
        page: LanePage,
        interval: Interval,
        source: SyncSource,
        *,
        reads_new_comments: bool = False,
        also: Also | None = None,
        urgent: bool = False,
    ) -> Applied:
        """Applies a page; publishes after each commit.

        A long page takes several transactions, so that a person's write never waits for all of it:
        the last one, with which `also` is committed, proves that the whole page was stored.
        """
        arrival = Arrival(
            desk=self.key,
            source=source,
            interval=interval,
            at=self.now(),
            comments_ride_along=self.link.dictionary.comments_ride_along,
            reads_new_comments=reads_new_comments,
        )

        stored = Applied()
        *first, last = portions(page, PORTION)
        for portion in first:
            stored = await self._store_portion(portion, arrival, stored, None, urgent=urgent)
        stored = await self._store_portion(last, arrival, stored, also, urgent=urgent)
        self.health.saw_oddities(page.oddities, now=arrival.at)
        return stored

    async def _store_portion(
        self,
        page: LanePage,
        arrival: Arrival,
        before: Applied,
        also: Also | None,
        *,
        urgent: bool,
    ) -> Applied:
        async def unit(tx: Transaction) -> tuple[Applied, Applied]:
            applied = await apply_page(tx, arrival, page)
            await settle_marked(tx, self.key, page, at=arrival.at)
            together = before.with_more(applied)
            if also is not None:
                await also(tx, together)
            return applied, together

        applied, together = await self.write(unit, urgent=urgent)
        self.needs_wake.set()
        self.feed.publish(applied.changes)
        return together

    def took_over(self) -> None:
        """Another process may have written the desk's state since this one last did."""
        self._saved_health = {}

    async def save_health(self) -> None:
        """Writes the desk's state when it has changed."""
        columns = self.health.columns()
        if columns == self._saved_health:
            return

        async def unit(tx: Transaction) -> None:
            await update_desk(tx, self.key, columns)

        try:
            await self.write(unit)
        except DatabaseUnavailableError:
            # Nobody could read it now either: the next turn of any lane saves it.
            return
        self._tell(columns)
        self._saved_health = columns

    def _tell(self, columns: Mapping[str, object]) -> None:
        """A line in the log when the desk's problem becomes another one, or ends."""
        code = columns["problem_code"]
        if code == self._saved_health.get("problem_code"):
            return
        if code is None:
            log.info("desk is well again", extra={"desk": self.key})
            return
        told = {name: columns[f"problem_{name}"] for name in ("code", "message", "hint")}
        log.warning("desk has a problem", extra={"desk": self.key, "problem": told})
