"""How many requests Zendesk allows, by family, and what its headers say about that."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from domain.http import Response
from integrations.ticketing import refusals
from integrations.ticketing.dictionary import BudgetReading, Limit

ACCOUNT: Final = "account"
INCREMENTAL: Final = "incremental"
TICKET: Final = "ticket"
TICKETS_UPDATE: Final = "tickets_update"
CREATE: Final = "tickets_create"
SEARCH: Final = "search"
SEARCH_EXPORT: Final = "search_export"

# https://developer.zendesk.com/api-reference/introduction/rate-limits/
# The account's limit is its plan's (200, 400, 700 or 2,500): the headers correct it.
LIMITS: Final[Mapping[str, Limit]] = MappingProxyType(
    {
        ACCOUNT: Limit(700, 60.0),
        # All exports together. Those of users by cursor are said to have 20 of their own: spent
        # from the same ten, neither is ever too many.
        INCREMENTAL: Limit(10, 60.0),
        TICKET: Limit(30, 600.0),
        TICKETS_UPDATE: Limit(100, 60.0),
        CREATE: Limit(300, 60.0),
        SEARCH: Limit(2_500, 60.0),
        SEARCH_EXPORT: Limit(100, 60.0),
    }
)

_FAMILY_OF_BUCKET: Final[Mapping[str, str]] = MappingProxyType(
    {
        "incremental-exports": INCREMENTAL,
        "per-ticket-updates": TICKET,
        "tickets-update": TICKETS_UPDATE,
        "ticket-request-create-by-user-and-ip": CREATE,
        "search-index": SEARCH,
        "search-export": SEARCH_EXPORT,
    }
)
# The spelling changed in February 2024: both are in the wild.
_BUCKET: Final = re.compile(r"zendesk-rate-?limit-(?P<bucket>.+)")
_PART: Final = re.compile(r"(total|remaining|resets)\s*=\s*(\d+(?:\.\d+)?)")


def ticket_family(ticket_id: str) -> str:
    """One bucket per ticket: its readings and its `Limit` go by the word before the colon."""
    return f"{TICKET}:{ticket_id}"


def budget_of(response: Response) -> Sequence[BudgetReading]:
    """One reading per bucket that the headers name.

    A reading of the family "ticket" is about the ticket that the request was for.
    """
    headers = response.headers
    readings = []
    limit = _first(headers, "x-rate-limit", "ratelimit-limit", "rate-limit")
    remaining = _first(
        headers, "x-rate-limit-remaining", "ratelimit-remaining", "rate-limit-remaining"
    )
    resets = _first(headers, "ratelimit-reset", "rate-limit-reset")
    if limit is not None or remaining is not None:
        readings.append(BudgetReading(ACCOUNT, _whole(limit), _whole(remaining), resets))
    for name, value in headers.items():
        if match := _BUCKET.fullmatch(name):
            readings.append(_bucket_reading(match["bucket"], value))
    return readings


def _bucket_reading(bucket: str, value: str) -> BudgetReading:
    parts = {part: float(number) for part, number in _PART.findall(value)}
    return BudgetReading(
        _FAMILY_OF_BUCKET.get(bucket, bucket),
        _whole(parts.get("total")),
        _whole(parts.get("remaining")),
        parts.get("resets"),
    )


def retry_after_of(response: Response) -> float | None:
    """Seconds to wait: `Retry-After` in either form, else until an empty bucket fills again."""
    seconds = refusals.retry_after_of(response)
    if seconds is not None or response.status != 429:
        return seconds
    empty = [reading for reading in budget_of(response) if reading.remaining == 0]
    waits = [r.resets_in_seconds for r in empty if r.resets_in_seconds is not None]
    return max(waits, default=None)


def _first(headers: Mapping[str, str], *names: str) -> float | None:
    found = (refusals.seconds_of(headers[name]) for name in names if name in headers)
    return next((number for number in found if number is not None), None)


def _whole(number: float | None) -> int | None:
    return None if number is None else int(number)
