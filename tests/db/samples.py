"""Rows that several tests need."""

from __future__ import annotations

from db.database import Transaction
from db.write.feed import ChangeRow, append_changes
from db.write.lanes import DeskRow, ensure_desk
from domain.words import ChangeKind, SyncSource


async def add_desk(tx: Transaction) -> None:
    await ensure_desk(tx, DeskRow("acme", "zendesk", "Acme", "https://acme.example.com"))


def change_of(ticket: str, at: float = 1.0) -> ChangeRow:
    return ChangeRow(
        f"acme/{ticket}", "acme", ChangeKind.UPDATED, ("status", "tags"), SyncSource.TAIL, at
    )


async def append(tx: Transaction, *tickets: str) -> None:
    await append_changes(tx, [change_of(ticket) for ticket in tickets])
