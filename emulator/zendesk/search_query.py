"""Zendesk's search language: words, phrases and `field:value` terms, some turned round by `-`.

https://support.zendesk.com/hc/en-us/articles/4408886879258
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from emulator.zendesk.times import seconds_of

TYPES: Final = ("ticket", "user", "organization", "group")
_TERM = re.compile(
    r"(?P<minus>-)?(?:(?P<field>[A-Za-z_][\w.]*)(?P<sign>>=|<=|:|>|<))?"
    r'(?P<value>"[^"]*"|[^\s"]+)'
)
_AGO = re.compile(r"(\d+)\s*(minute|hour|day|week|month|year)s?", re.IGNORECASE)
_SECONDS = {
    "minute": 60,
    "hour": 3_600,
    "day": 86_400,
    "week": 604_800,
    "month": 2_592_000,
    "year": 31_536_000,
}
_DAY = 86_400


class QueryError(ValueError):
    """A query that cannot be understood."""


@dataclass(frozen=True, slots=True)
class Term:
    """`field` is empty for a word or phrase; `sign` is one of `: > < >= <=`."""

    field: str
    sign: str
    value: str
    is_negated: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked. `type` is None when all kinds are searched."""

    terms: tuple[Term, ...]
    type: str | None
    order_by: str | None
    sort: str | None


def parse(text: str) -> Query:
    terms: list[Term] = []
    special: dict[str, str] = {}
    for match in _TERM.finditer(text):
        field = (match["field"] or "").lower()
        value = match["value"].strip('"')
        if field in {"order_by", "sort"} or (field == "type" and not match["minus"]):
            special[field] = value.lower()
        elif value:
            terms.append(Term(field, match["sign"] or ":", value, bool(match["minus"])))
    kind = special.get("type")
    if kind is not None and kind not in TYPES:
        raise QueryError(f"type:{kind} is not a kind of record")
    return Query(tuple(terms), kind, special.get("order_by"), special.get("sort"))


def span_of(value: str, *, now: float) -> tuple[int, int]:
    """The first second of a date, time or `3hours` ago, and the first one after it.

    Raises `QueryError`.
    """
    ago = _AGO.fullmatch(value)
    if ago is not None:
        then = int(now) - int(ago[1]) * _SECONDS[ago[2].lower()]
        return then, then + 1
    try:
        start = seconds_of(value)
        is_day = len(value) == 10 and date.fromisoformat(value) is not None
    except ValueError:
        raise QueryError(f"{value!r} is no date") from None
    return start, start + (_DAY if is_day else 1)


def is_within(moment: int, sign: str, span: tuple[int, int]) -> bool:
    start, end = span
    return {
        ":": start <= moment < end,
        ">": moment >= end,
        ">=": moment >= start,
        "<": moment < start,
        "<=": moment < end,
    }[sign]
