"""Comment rows, each with its own evidence, and their attachments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import bindparam, delete, insert, select

from db.database import AnyRow, Transaction
from db.dialect import upsert
from db.tables import attachment, comment

_EVIDENCE = (
    comment.c.id,
    comment.c.ticket_id,
    comment.c.gone,
    comment.c.digest,
    comment.c.version,
    comment.c.seen_from,
    comment.c.seen_to,
)
_OF_TICKETS = select(*_EVIDENCE).where(comment.c.ticket_id.in_(bindparam("ids", expanding=True)))
_BY_ID = select(*_EVIDENCE).where(comment.c.id.in_(bindparam("ids", expanding=True)))


async def held_comments(tx: Transaction, ticket_ids: Iterable[str]) -> list[AnyRow]:
    """The evidence of every comment of these tickets."""
    return list(await tx.execute(_OF_TICKETS, {"ids": sorted(set(ticket_ids))}))


async def comments_by_id(tx: Transaction, comment_ids: Iterable[str]) -> dict[str, AnyRow]:
    rows = await tx.execute(_BY_ID, {"ids": sorted(set(comment_ids))})
    return {row.id: row for row in rows}


async def store_comments(tx: Transaction, rows: Sequence[Mapping[str, object]]) -> None:
    if rows:
        await tx.execute(upsert(comment, tx.dialect_name), rows)


_WIDEN_COLUMNS = ("version", "seen_from", "seen_to")


async def widen_comments(tx: Transaction, rows: Sequence[Mapping[str, object]]) -> None:
    """Grows the evidence of unchanged comments; each row has of_comment and the three values."""
    if rows:
        await tx.execute(
            comment.update()
            .where(comment.c.id == bindparam("of_comment"))
            .values({name: bindparam(f"new_{name}") for name in _WIDEN_COLUMNS}),
            rows,
        )


async def hide_comments(tx: Transaction, rows: Sequence[Mapping[str, object]]) -> None:
    """Marks comments as gone; each row has of_comment, digest, and the three values."""
    if rows:
        await tx.execute(
            comment.update()
            .where(comment.c.id == bindparam("of_comment"))
            .values(
                gone=True,
                digest=bindparam("new_digest"),
                **{name: bindparam(f"new_{name}") for name in _WIDEN_COLUMNS},
            ),
            rows,
        )


async def replace_attachments(
    tx: Transaction, comment_ids: Sequence[str], rows: Sequence[Mapping[str, object]]
) -> None:
    if comment_ids:
        await tx.execute(delete(attachment).where(attachment.c.comment_id.in_(comment_ids)))
    if rows:
        await tx.execute(insert(attachment), rows)
