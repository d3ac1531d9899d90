"""Reads and follows the change feed for one viewer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import bindparam, select

from db import tables
from db.database import Database
from db.feed import FeedCursor, FeedEntry, feed_state, read_changes
from db.read.filters import conditions
from domain.errors import CursorExpiredError, InvalidInputError
from domain.queries import PAGE_DEFAULT, PAGE_LARGEST, TicketFilter
from schema.connections import PageInfo
from schema.context import Context, Scope
from schema.errors import require
from schema.load import Loader
from schema.types.change import Change, ChangeConnection, ChangeEdge, changes_of, resync
from schema.types.desk import Desk
from schema.types.inputs import TicketFilter as TicketFilterInput

BATCH: Final = 200
SCANNED_AT_MOST: Final = 2_000
"""Entries that one page looks at: a page of rare matches may be short, and says there is more."""
OTHERS_WRITE_SECONDS: Final = 1.0
"""How often to look where other processes write: nothing wakes us then."""
WE_WRITE_SECONDS: Final = 15.0
DESKS_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class FeedReader:
    """The feed as one viewer sees it. Raises `InvalidInputError` when made of a bad filter."""

    context: Context
    where: TicketFilter | None

    @classmethod
    def of(cls, context: Context, given: TicketFilterInput | None) -> FeedReader:
        if given is not None and given.reads_email():
            require(context.viewer, Scope.CUSTOMERS_PII)
        where = None if given is None else given.query()
        if where is not None:
            conditions(where)
        return cls(context, where)

    async def admitted(self, entries: Sequence[FeedEntry]) -> list[FeedEntry]:
        """Those at the viewer's desks whose ticket, as last seen, the filter admits."""
        seen = [entry for entry in entries if self.context.viewer.sees(entry.change.desk)]
        if self.where is None or not seen:
            return seen
        ids = sorted({entry.change.ticket_id for entry in seen})
        rows = await self.context.database.fetch(
            select(tables.ticket.c.id).where(
                tables.ticket.c.id.in_(bindparam("ids", ids, expanding=True)),
                *conditions(self.where),
            )
        )
        matching = {row.id for row in rows}
        return [entry for entry in seen if entry.change.ticket_id in matching]


def cursor_of(after: str) -> FeedCursor:
    try:
        return FeedCursor.parse(after)
    except InvalidInputError as error:
        raise InvalidInputError(error.message, hint=error.hint, path=("after",)) from None


async def load_changes(
    loader: Loader, first: int | None, after: str | None, given: TicketFilterInput | None
) -> Any:
    """A page behind a cursor; without one, an empty page at the feed's present end."""
    size = PAGE_DEFAULT if first is None else first
    if not 0 <= size <= PAGE_LARGEST:
        raise InvalidInputError(f"A page has 0 to {PAGE_LARGEST} rows", path=("first",))
    reader = FeedReader.of(loader.context, given)
    database = loader.context.database
    if after is None:
        return await _page(loader, (await feed_state(database)).cursor, [], has_more=False)
    cursor = cursor_of(after)
    found: list[FeedEntry] = []
    for _ in range(SCANNED_AT_MOST // BATCH):
        entries = await read_changes(database, cursor, limit=BATCH)
        admitted = await reader.admitted(entries)
        for entry in admitted:
            if len(found) == size:
                return await _page(loader, cursor, found, has_more=True)
            found.append(entry)
            cursor = FeedCursor(cursor.epoch, entry.position)
        if entries:
            cursor = FeedCursor(cursor.epoch, entries[-1].position)
        if len(entries) < BATCH:
            return await _page(loader, cursor, found, has_more=False)
    return await _page(loader, cursor, found, has_more=True)


async def _page(
    loader: Loader, cursor: FeedCursor, entries: Sequence[FeedEntry], *, has_more: bool
) -> ChangeConnection:
    connection = ChangeConnection.__new__(ChangeConnection)
    connection.related = {}
    for pick in loader.picks(loader.picked, "ChangeConnection"):
        if pick.name == "page_info":
            start = str(FeedCursor(cursor.epoch, entries[0].position)) if entries else None
            connection.related[pick.key] = PageInfo(
                has_next_page=has_more,
                has_previous_page=False,
                start_cursor=start,
                end_cursor=str(cursor),
            )
        elif pick.name == "nodes":
            picks = loader.picks(pick.nodes, "Change")
            connection.related[pick.key] = await changes_of(loader, cursor.epoch, entries, picks)
        elif pick.name == "edges":
            connection.related[pick.key] = await _edges(loader, cursor.epoch, entries, pick.nodes)
    return connection


async def _edges(
    loader: Loader, epoch: str, entries: Sequence[FeedEntry], nodes: Any
) -> list[ChangeEdge]:
    edges = []
    for entry in entries:
        edge = ChangeEdge.__new__(ChangeEdge)
        edge.related = {}
        edge.cursor = str(FeedCursor(epoch, entry.position))
        edges.append(edge)
    for pick in loader.picks(nodes, "ChangeEdge"):
        if pick.name == "node":
            picks = loader.picks(pick.nodes, "Change")
            changes = await changes_of(loader, epoch, entries, picks)
            for edge, change in zip(edges, changes, strict=True):
                edge.related[pick.key] = change
    return edges


async def follow_tickets(
    loader: Loader, given: TicketFilterInput | None, after: str | None
) -> AsyncGenerator[Change, None]:
    """What was missed since `after`, then what happens. Never ends by itself."""
    context = loader.context
    database = context.database
    reader = FeedReader.of(context, given)
    cursor = cursor_of(after) if after is not None else (await feed_state(database)).cursor
    picks = loader.picks(loader.picked, "Change")
    pause = OTHERS_WRITE_SECONDS if _others_write(database) else WE_WRITE_SECONDS
    while True:
        async with _news(context, pause) as wait:
            try:
                entries = await read_changes(database, cursor, limit=BATCH)
            except CursorExpiredError:
                cursor = (await feed_state(database)).cursor
                yield resync(cursor, context.clock.now(), picks)
                continue
            admitted = await reader.admitted(entries)
            for change in await changes_of(loader.anew(), cursor.epoch, admitted, picks):
                yield change
            if entries:
                cursor = FeedCursor(cursor.epoch, entries[-1].position)
            else:
                await wait()


def _others_write(database: Database) -> bool:
    return database.dialect_name != "sqlite" or database.is_read_only


@asynccontextmanager
async def _news(context: Context, seconds: float) -> AsyncIterator[Any]:
    """Listens before the feed is read, so that nothing published meanwhile is slept through."""
    published = asyncio.ensure_future(context.engine.feed.wait())

    async def wait() -> None:
        timer = asyncio.ensure_future(context.clock.sleep(seconds))
        try:
            await asyncio.wait((published, timer), return_when=asyncio.FIRST_COMPLETED)
        finally:
            timer.cancel()

    try:
        # Its first step is what listens.
        await asyncio.sleep(0)
        yield wait
    finally:
        published.cancel()


async def follow_desks(loader: Loader, key: str | None) -> AsyncGenerator[Desk, None]:
    """Every visible desk as it is, then each one whose state, problem or progress has changed."""
    known: dict[str, Any] = {}
    while True:
        changed = []
        for row in await _desk_states(loader, key):
            if known.get(row.key) != row:
                known[row.key] = row
                changed.append(row.key)
        picks = loader.picks(loader.picked, "Desk")
        found = await loader.anew().by_ids(Desk, changed, picks)
        for desk_key in changed:
            if desk_key in found:
                yield found[desk_key]
        await loader.context.clock.sleep(DESKS_SECONDS)


async def _desk_states(loader: Loader, key: str | None) -> Sequence[Any]:
    desk, lane = tables.desk.c, tables.lane.c
    statement = select(desk.key, desk.state, desk.problem_code, desk.problem_message, lane.done)
    is_backfill = (lane.desk == desk.key) & (lane.name == "backfill")
    statement = statement.join(tables.lane, is_backfill, isouter=True).order_by(desk.key)
    statement = statement.where(*loader.visible(Desk))
    if key is not None:
        statement = statement.where(desk.key == key)
    return await loader.fetch(statement)
