"""Values of custom fields: what each type takes, and which tags they stand for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from emulator.kernel.http import JsonValue
from emulator.zendesk.records import FieldValue, FieldValues, TicketField

_INTEGER = re.compile(r"-?\d+")
_DECIMAL = re.compile(r"-?\d+(\.\d+)?")
_TRUE, _FALSE = frozenset({"true", "1", "yes"}), frozenset({"false", "0", "no", ""})


class BadValueError(ValueError):
    """A value that a field does not take."""


def parsed(field: TicketField, value: JsonValue) -> FieldValue:
    """The value as the field keeps it; raises `BadValueError`."""
    if field.type == "checkbox":
        return _truth(value)
    if value is None or value in ("", []):
        return () if field.type == "multiselect" else None
    if field.type == "multiselect":
        return _options(field, value if isinstance(value, list) else [value])
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise BadValueError(f"{value!r} is no value of a {field.type}")
    text = str(value)
    if not _is_well_formed(field, text):
        raise BadValueError(f"{text!r} is no {field.type}")
    return text


def _truth(value: JsonValue) -> bool:
    text = str(value).lower() if value is not None else ""
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise BadValueError(f"{value!r} is neither true nor false")


def _options(field: TicketField, values: list[JsonValue]) -> tuple[str, ...]:
    chosen = tuple(dict.fromkeys(str(value) for value in values))
    if not field.option_values.issuperset(chosen):
        raise BadValueError(f"{chosen!r} are not all options")
    return chosen


def _is_well_formed(field: TicketField, text: str) -> bool:
    if field.type == "tagger":
        return text in field.option_values
    if field.type == "integer":
        return _INTEGER.fullmatch(text) is not None
    if field.type == "decimal":
        return _DECIMAL.fullmatch(text) is not None
    if field.type == "date":
        return _is_date(text)
    if field.type == "regexp" and field.pattern:
        return re.search(field.pattern, text) is not None
    return True


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text[:10])
    except ValueError:
        return False
    return True


def tags_of(field: TicketField, value: FieldValue) -> tuple[str, ...]:
    """The tags that a field's value puts on its ticket."""
    if field.type == "tagger" and isinstance(value, str):
        return (value,)
    if field.type == "multiselect" and isinstance(value, tuple):
        return value
    return (field.tag,) if field.type == "checkbox" and value is True and field.tag else ()


def tags_after(
    fields: Iterable[TicketField], before: FieldValues, after: FieldValues, tags: Iterable[str]
) -> tuple[str, ...]:
    """The tags once the fields have changed: the old values' tags go, the new ones' come."""
    kept = dict.fromkeys(tags)
    for field in fields:
        old, new = before.get(field.id), after.get(field.id)
        if old == new:
            continue
        for tag in tags_of(field, old):
            kept.pop(tag, None)
        kept |= dict.fromkeys(tags_of(field, new))
    return tuple(sorted(kept))


def fields_after(
    fields: Iterable[TicketField], before: FieldValues, tags: Iterable[str]
) -> dict[int, FieldValue]:
    """The fields once tags were set by hand: an option's tag chooses it, without it it goes."""
    present = set(tags)
    after = dict(before)
    for field in fields:
        if field.type == "checkbox" and field.tag:
            if field.tag in present or after.get(field.id):
                after[field.id] = field.tag in present
        elif field.type == "tagger":
            current = after.get(field.id)
            chosen = [value for _, value in field.options if value in present]
            if current not in chosen and (current or chosen):
                after[field.id] = chosen[0] if chosen else None
        elif field.type == "multiselect":
            chosen = [value for _, value in field.options if value in present]
            if chosen or after.get(field.id):
                after[field.id] = tuple(chosen)
    return after
