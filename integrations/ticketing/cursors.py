"""Reads lane cursors back. They come from our own database, so an odd one means: start again."""

from __future__ import annotations

from domain.observation import Cursor


def text(cursor: Cursor | None, key: str) -> str | None:
    value = cursor.get(key) if cursor else None
    return value if isinstance(value, str) and value else None


def whole(cursor: Cursor | None, key: str) -> int | None:
    value = cursor.get(key) if cursor else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def wholes(cursor: Cursor | None, key: str) -> list[int]:
    value = cursor.get(key) if cursor else None
    members = value if isinstance(value, list) else []
    return [member for member in members if isinstance(member, int) and member is not True]
