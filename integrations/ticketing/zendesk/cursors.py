"""Reads lane cursors back. They come from our own database, so an odd one means: start again."""

from __future__ import annotations

from domain.observation import Cursor


def text(cursor: Cursor | None, key: str) -> str | None:
    value = cursor.get(key) if cursor else None
    return value if isinstance(value, str) and value else None


def whole(cursor: Cursor | None, key: str) -> int | None:
    value = cursor.get(key) if cursor else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def tail(watermark: int | None, *, pending: int | None = None, after: str | None = None) -> Cursor:
    return {"watermark": watermark, "next": pending, "after": after}
