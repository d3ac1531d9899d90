"""The change feed: rows go into the same transaction as the records they tell of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import insert

from db.database import Transaction
from db.tables import change
from domain.words import ChangeKind, SyncSource


@dataclass(frozen=True, slots=True)
class ChangeRow:
    ticket_id: str
    desk: str
    kind: ChangeKind
    changed: tuple[str, ...]
    source: SyncSource
    at: float


async def append_changes(tx: Transaction, changes: Sequence[ChangeRow]) -> None:
    if changes:
        await tx.execute(
            insert(change),
            [
                {
                    "ticket_id": row.ticket_id,
                    "desk": row.desk,
                    "kind": row.kind.value,
                    "changed": " ".join(row.changed),
                    "source": row.source.value,
                    "at": row.at,
                }
                for row in changes
            ],
        )
