"""The whole engine over a real SQLite file and a real PostgreSQL, in real time."""

from __future__ import annotations

import asyncio
import time
from random import Random

from sqlalchemy import select

from db import tables
from db.database import Database
from db.feed import FeedCursor, feed_state, read_changes
from db.open import open_database
from domain.words import Priority, Visibility
from domain.writes import CommentDraft, OperationState, TicketPatch
from sync.engine import Engine
from sync.requests import Write
from tests.simulation.view import cached_views, view_of
from tests.sync.bench import EmulatedDesk, emulated_desk


class _Clock:
    def now(self) -> float:
        return time.time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


async def _is_equal(database: Database, desk: EmulatedDesk) -> bool:
    cached = await cached_views(database, desk.key)
    real = {str(number): view_of(desk.truths.seen(number)) for number in desk.truths.ids()}
    return cached == real


async def test_backfill_writes_and_feed(database: Database) -> None:
    clock = _Clock()
    desks = [emulated_desk(name, clock=clock, tickets=8) for name in ("zendesk", "gorgias")]
    engine = Engine(database, [desk.connection for desk in desks], clock=clock, random=Random(1))
    await engine.start()
    async with asyncio.timeout(30.0):
        for desk in desks:
            while not await _is_equal(database, desk):
                await clock.sleep(0.1)
        for desk in desks:
            outcome = await engine.submit(
                Write(
                    f"k-{desk.key}",
                    desk.key,
                    "ann",
                    ticket_id=f"{desk.key}/2",
                    patch=TicketPatch(
                        priority=Priority.URGENT,
                        comment=CommentDraft("退款 \N{FIRE}", Visibility.INTERNAL),
                    ),
                )
            )
            assert outcome.state is OperationState.CONFIRMED, outcome
            rows = await database.fetch(
                select(tables.comment.c.body).where(tables.comment.c.id == outcome.comment_id)
            )
            assert rows[0].body == "退款 \N{FIRE}"
    await engine.stop()
    state = await feed_state(database)
    entries = await read_changes(database, FeedCursor(state.epoch, 0), limit=1_000)
    assert {entry.change.ticket_id for entry in entries} >= {"zendesk/2", "gorgias/2"}


async def test_two_processes_share_a_desk_by_its_lease(postgres_url: str) -> None:
    """Both run; one works. When it stops, the other goes on at once."""
    clock = _Clock()
    desk = emulated_desk("gorgias", clock=clock, tickets=6)
    one, other = open_database(postgres_url), open_database(postgres_url)
    engines = [
        Engine(
            database, [desk.connection], clock=clock, random=Random(number), is_only_process=False
        )
        for number, database in enumerate((one, other))
    ]
    await engines[0].start()
    async with asyncio.timeout(30.0):
        while not await _is_equal(one, desk):
            await clock.sleep(0.1)
        await engines[1].start()
        await asyncio.sleep(0)
        assert engines[1].desks[0].lease is None
        await engines[0].stop()
        desk.service.act()
        while engines[1].desks[0].lease is None or not await _is_equal(other, desk):
            await clock.sleep(0.1)
    await engines[1].stop()
    await one.close()
    await other.close()
