"""The change feed's cursors, on both databases."""

from __future__ import annotations

import pytest

from db.database import Database, Transaction
from db.feed import FeedCursor, feed_state, read_changes
from db.write.feed import append_changes, ensure_epoch, trim_changes
from domain.errors import CursorExpiredError, InvalidInputError
from tests.db.samples import append, change_of


@pytest.fixture
async def feed(database: Database) -> Database:
    await database.write(lambda tx: ensure_epoch(tx, "first"))
    await database.write(lambda tx: ensure_epoch(tx, "second"))
    return database


async def test_entries_are_read_in_order_and_page_by_page(feed: Database) -> None:
    await feed.write(lambda tx: append(tx, "a", "a2"))
    await feed.write(lambda tx: append(tx, "b", "b2"))
    await feed.write(lambda tx: append(tx, "c", "c2"))
    cursor, seen = FeedCursor("first", 0), []
    while entries := await read_changes(feed, cursor, limit=4):
        seen += [entry.change for entry in entries]
        cursor = FeedCursor.parse(str(FeedCursor(cursor.epoch, entries[-1].position)))
    assert seen == [change_of(ticket) for ticket in ("a", "a2", "b", "b2", "c", "c2")]
    assert (await feed_state(feed)).cursor == cursor


async def test_a_rolled_back_entry_never_shows(feed: Database) -> None:
    async def fails(tx: Transaction) -> None:
        await append(tx, "never")
        raise KeyError

    with pytest.raises(KeyError):
        await feed.write(fails)
    await feed.write(lambda tx: append(tx, "kept"))
    entries = await read_changes(feed, FeedCursor("first", 0), limit=9)
    assert [entry.change.ticket_id for entry in entries] == ["acme/kept"]


async def test_a_cursor_behind_what_is_kept_expires(feed: Database) -> None:
    await feed.write(lambda tx: append_changes(tx, [change_of("1", 1.0), change_of("2", 2.0)]))
    behind = FeedCursor("first", 0)
    first, second = await read_changes(feed, behind, limit=9)
    await feed.write(lambda tx: trim_changes(tx, before=1.5))
    with pytest.raises(CursorExpiredError):
        await read_changes(feed, behind, limit=9)
    left = await read_changes(feed, FeedCursor("first", first.position), limit=9)
    assert left == [second]
    await feed.write(lambda tx: trim_changes(tx, before=9.0))
    assert (await feed_state(feed)).head == second.position
    await feed.write(lambda tx: append(tx, "3"))
    assert len(await read_changes(feed, FeedCursor("first", second.position), limit=9)) == 1


async def test_a_cursor_of_another_epoch_expires(feed: Database) -> None:
    with pytest.raises(CursorExpiredError):
        await read_changes(feed, FeedCursor("second", 0), limit=9)


@pytest.mark.parametrize("text", ["", "7", ":7", "a:", "a:-1", "a:x", "a:٣", "a:" + "9" * 30])
def test_a_strangers_cursor_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError):
        FeedCursor.parse(text)
