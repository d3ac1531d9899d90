"""Writes of ours that no read has confirmed yet: shown over what the cache holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import bindparam, select

from db.tables import operation, overlay
from schema.load import Loader


@dataclass(frozen=True, slots=True)
class Overlay:
    """`content`: `add` or `remove` with tags, or `set` with values by the field's external id."""

    ticket_id: str
    content: dict[str, Any]


async def overlays_of(loader: Loader, ticket_ids: Sequence[str], part: str) -> list[Overlay]:
    """Of one part of some tickets, in the order in which they were written."""
    rows = await loader.fetch(
        select(overlay.c.ticket_id, overlay.c.content)
        .join(operation, operation.c.id == overlay.c.operation_id)
        .where(
            overlay.c.ticket_id.in_(bindparam("ids", list(ticket_ids), expanding=True)),
            overlay.c.part == part,
        )
        .order_by(overlay.c.replied_at, operation.c.created_at, operation.c.step)
    )
    return [Overlay(row.ticket_id, orjson.loads(row.content)) for row in rows]
