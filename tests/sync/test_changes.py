"""What the feed says has changed is what has changed."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from db import tables
from db.feed import FeedCursor, feed_state, read_changes
from domain.words import FieldType
from domain.writes import TicketPatch
from tests.sync.bench import Bench, on_bench


async def _changed_elsewhere(bench: Bench, desk: str, patch: TicketPatch) -> set[str]:
    """Another client changes ticket 3; returns the names that the feed then tells."""
    emulated = bench.desks[desk]
    cursor = (await feed_state(bench.database)).cursor
    for step in emulated.dictionary.update_steps(patch):
        request = emulated.dictionary.build_step(step, ticket_id="3", operation_id="x", stamp=None)
        assert (await emulated.client.inner.send(request)).is_success
    await bench.clock.sleep(60.0)
    assert await bench.is_equal(desk)
    return await _told(bench, f"{desk}/3", cursor)


async def _told(bench: Bench, ticket_id: str, cursor: FeedCursor) -> set[str]:
    entries = await read_changes(bench.database, cursor, limit=1_000)
    told = [entry.change for entry in entries if entry.change.ticket_id == ticket_id]
    return {name for change in told for name in change.changed}


@pytest.mark.parametrize("provider", ["zendesk", "gorgias"])
def test_tags_and_custom_fields_are_told_only_when_they_change(provider: str) -> None:
    async def scenario(bench: Bench) -> None:
        await bench.start()
        await bench.clock.sleep(120.0)
        parts = {"tags", "custom_fields"}
        told = await _changed_elsewhere(bench, provider, TicketPatch(subject="Moved"))
        assert "subject" in told
        assert not told & parts
        told = await _changed_elsewhere(bench, provider, TicketPatch(add_tags=("moved",)))
        assert told & parts == {"tags"}
        field_id = next(iter(await _field_ids(bench, provider)))
        patch = TicketPatch(custom_fields={field_id: "told once"})
        told = await _changed_elsewhere(bench, provider, patch)
        assert told & parts == {"custom_fields"}

    on_bench(scenario, provider)


async def _field_ids(bench: Bench, desk: str) -> list[str]:
    """The desk's own custom text fields."""
    field = tables.ticket_field.c
    rows = await bench.database.fetch(
        select(field.external_id)
        .where(field.desk == desk, field.type == FieldType.TEXT.value, field.active)
        .order_by(field.id)
    )
    return [row.external_id for row in rows]
