"""The webhook inbox: once per event, oldest first, until it was handled."""

from __future__ import annotations

from functools import partial

from db.database import Database
from db.write.inbox import InboxRow, forget_handled, mark_handled, receive, waiting_events
from tests.db.samples import add_desk


async def test_an_event_is_kept_once_and_waits_until_it_is_handled(database: Database) -> None:
    await database.write(add_desk)
    first = InboxRow("acme", "e1", 1.0, b"{}", "35436", 7)
    second = InboxRow("acme", "e2", 2.0, b"\x00\xff")
    for row in (second, first, InboxRow("acme", "e1", 9.0, b"again")):
        await database.write(partial(receive, row=row))
    assert await waiting_events(database, "acme", limit=9) == [first, second]
    await database.write(lambda tx: mark_handled(tx, "acme", ["e1"], at=3.0))
    assert await waiting_events(database, "acme", limit=9) == [second]
    await database.write(lambda tx: receive(tx, first))
    assert await waiting_events(database, "acme", limit=9) == [second]
    await database.write(lambda tx: forget_handled(tx, "acme", before=4.0))
    await database.write(lambda tx: receive(tx, first))
    assert await waiting_events(database, "acme", limit=9) == [first, second]
