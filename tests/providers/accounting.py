"""Where each value of a provider's row went: in the record, or left out for a reason."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from datetime import datetime

from domain.records import JsonValue

Json = dict[str, JsonValue]
Check = Callable[[JsonValue], bool]


def is_empty(value: JsonValue) -> bool:
    return value is None or value in ("", [], {})


def is_time(seen: datetime | None) -> Check:
    return lambda value: (
        isinstance(value, str)
        and seen is not None
        and seen == datetime.fromisoformat(value.replace("Z", "+00:00"))
    )


def is_text(seen: object) -> Check:
    """Ids are numbers at Zendesk and text with us."""
    return lambda value: not isinstance(value, bool) and str(value) == seen


def unaccounted(row: Json, checks: Mapping[str, Check], left_out: Container[str]) -> list[str]:
    """Keys with a value that is neither in the record nor left out for a reason."""
    return [
        key
        for key, value in row.items()
        if key not in left_out
        and not is_empty(value)
        and not (key in checks and checks[key](value))
    ]
