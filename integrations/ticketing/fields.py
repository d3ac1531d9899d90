"""Takes one value out of a JSON row, with its type proven. A row that lies about a type is odd."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from domain.records import JsonValue
from domain.text import storable

Row = Mapping[str, JsonValue]
DEEPEST: Final = 64


class MalformedRowError(Exception):
    """A row lacks what every row has, or holds another type. Never leaves this package."""

    def __init__(self, message: str, *, key: str | None = None) -> None:
        super().__init__(message)
        self.key = key
        """The row's own key at fault."""


def _refuse(key: str, value: JsonValue) -> MalformedRowError:
    return MalformedRowError(f"{key!r} cannot be {type(value).__name__}", key=key)


def text(row: Row, key: str) -> str | None:
    value = row.get(key)
    if value is None:
        return None
    if not isinstance(value, str):
        raise _refuse(key, value)
    return storable(value)


def needed_text(row: Row, key: str) -> str:
    value = text(row, key)
    if value is None:
        raise MalformedRowError(f"{key!r} is missing", key=key)
    return value


def identifier(row: Row, key: str) -> str | None:
    """An id as text. They pass 32 bits, so a float (an overflow) is refused."""
    value = row.get(key)
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return value
    raise _refuse(key, value)


def needed_identifier(row: Row, key: str) -> str:
    value = identifier(row, key)
    if value is None:
        raise MalformedRowError(f"{key!r} is missing", key=key)
    return value


def child_identifier(row: Row, key: str, inner: str) -> str | None:
    """An id inside an object inside the row; the row's own key is at fault when it is odd."""
    try:
        return identifier(child(row, key), inner)
    except MalformedRowError as error:
        raise MalformedRowError(f"{key}: {error}", key=key) from None


def whole(row: Row, key: str) -> int | None:
    value = row.get(key)
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise _refuse(key, value)


def flag(row: Row, key: str, *, default: bool) -> bool:
    value = row.get(key)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise _refuse(key, value)
    return value


def moment(row: Row, key: str) -> datetime | None:
    value = text(row, key)
    if value is None:
        return None
    try:
        parsed = datetime.fromisoformat(value)
        return parsed.replace(tzinfo=parsed.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        raise MalformedRowError(f"{key!r} is no time", key=key) from None


def needed_moment(row: Row, key: str) -> datetime:
    value = moment(row, key)
    if value is None:
        raise MalformedRowError(f"{key!r} is missing", key=key)
    return value


def texts(row: Row, key: str) -> list[str]:
    found: list[str] = []
    for value in _list(row, key):
        if not isinstance(value, str):
            raise _refuse(key, value)
        found.append(storable(value))
    return found


def child(row: Row, key: str) -> Row:
    """An object inside the row; empty where it is missing."""
    value = row.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _refuse(key, value)
    return value


def children(row: Row, key: str) -> Iterator[Row]:
    for value in _list(row, key):
        if not isinstance(value, dict):
            raise _refuse(key, value)
        yield value


def _list(row: Row, key: str) -> list[JsonValue]:
    value = row.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise _refuse(key, value)
    return value


def clean(value: JsonValue, *, depth: int = DEEPEST) -> JsonValue:
    """Any JSON value with all of its texts made storable. Raises for one that is nested too deeply
    to be anybody's: the interpreter's own limit is no safe one."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, list | dict) and depth == 0:
        raise MalformedRowError(f"a value is nested more than {DEEPEST} levels deep")
    if isinstance(value, list):
        return [clean(member, depth=depth - 1) for member in value]
    if isinstance(value, dict):
        return {storable(key): clean(member, depth=depth - 1) for key, member in value.items()}
    return value


def micros(time: datetime) -> int:
    """Microseconds since the epoch, exactly: a float of seconds would round."""
    passed = time - datetime(1970, 1, 1, tzinfo=UTC)
    return (passed.days * 86_400 + passed.seconds) * 1_000_000 + passed.microseconds
