"""Scalars: instants as RFC 3339 in UTC, addresses, and JSON that no type models."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, Final, NewType

import strawberry
from strawberry.scalars import JSON
from strawberry.types.scalar import ScalarDefinition

from domain.errors import InvalidInputError

URL = NewType("URL", str)

_RFC_3339 = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)


def moment(seconds: float) -> datetime:
    """A time of our own clock."""
    return datetime.fromtimestamp(seconds, UTC)


def optional_moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else moment(seconds)


def format_instant(value: datetime) -> str:
    precision = "microseconds" if value.microsecond % 1000 else "milliseconds"
    return value.astimezone(UTC).isoformat(timespec=precision).removesuffix("+00:00") + "Z"


def parse_instant(value: object) -> datetime:
    if not isinstance(value, str) or not _RFC_3339.fullmatch(value):
        raise _no_instant()
    try:
        return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _no_instant() from None


def _no_instant() -> InvalidInputError:
    return InvalidInputError("DateTime takes RFC 3339 with an offset, e.g. 2026-11-23T09:00:00Z")


def _same(value: Any) -> Any:
    return value


SCALARS: Final[dict[object, ScalarDefinition]] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description="An RFC 3339 instant in UTC, e.g. 2026-11-23T09:00:00.123Z.",
        specified_by_url="https://scalars.graphql.org/andimarek/date-time",
        serialize=format_instant,
        parse_value=parse_instant,
    ),
    JSON: strawberry.scalar(
        name="JSON",
        description="Any JSON value; used only for what no type models.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc8259",
        serialize=_same,
        parse_value=_same,
    ),
    URL: strawberry.scalar(
        name="URL",
        description="An absolute address, e.g. https://acme.zendesk.com/agent/tickets/1.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3986",
        serialize=_same,
        parse_value=_same,
    ),
}
