"""Request budgets: one per account and minute, and the tighter ones of single endpoints.

https://developer.zendesk.com/api-reference/introduction/rate-limits/
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from emulator.kernel.http import Request
from emulator.zendesk.errors import Refused, too_many_requests, too_many_updates


class Plan(StrEnum):
    ENTERPRISE = "enterprise"
    PROFESSIONAL = "professional"
    TEAM = "team"

    @property
    def requests_per_minute(self) -> int:
        return {Plan.ENTERPRISE: 700, Plan.PROFESSIONAL: 400, Plan.TEAM: 200}[self]


@dataclass(frozen=True, slots=True)
class Budget:
    """So many requests in so many seconds. `bucket` is its name in the headers (None: not told)."""

    total: int
    seconds: int = 60
    bucket: str | None = None
    words: str = "Number of allowed API requests per minute exceeded"
    is_coded: bool = False


@dataclass(slots=True)
class _Window:
    started_at: float
    used: int = 0


INCREMENTAL = Budget(
    10,
    bucket="incremental-exports",
    words="Number of allowed incremental export API requests per minute exceeded",
)
INCREMENTAL_SAMPLE = Budget(10, seconds=1_200, bucket="incremental-exports-sample")
SEARCH = Budget(2_500, bucket="search-index")
SEARCH_EXPORT = Budget(100, bucket="search-export")
TICKET_CREATE = Budget(300, bucket="ticket-request-create-by-user-and-ip")
TICKETS_UPDATE = Budget(100, bucket="tickets-update")
TICKET_UPDATES = Budget(
    30,
    seconds=600,
    bucket="per-ticket-updates",
    words="Number of allowed updates to this ticket in 10 minutes exceeded",
)
TICKETS_INDEX = Budget(20_000, bucket="tickets-index")
DEEP_PAGINATION = Budget(50, bucket="tickets-index-deep-pagination")
TICKET_DELETE = Budget(400, bucket="tickets-destroy")
DELETED_INDEX = Budget(10, bucket="deleted-tickets-index")
FIELDS_INDEX = Budget(300, bucket="ticket-fields-index")
TAGS_INDEX = Budget(100, bucket="tags-index")
USER_UPDATE = Budget(5, bucket="create-update-user", is_coded=True)
USER_UPDATES = Budget(1, seconds=1, is_coded=True)
ORGANIZATION_UPDATE = Budget(5, is_coded=True, words="Too many requests to update")
WEBHOOKS = Budget(100)


class Limits:
    """Counts requests in fixed windows. Time is passed in with every call."""

    def __init__(self, plan: Plan, *, is_on: bool = True, has_old_headers: bool = False) -> None:
        self._account = Budget(plan.requests_per_minute)
        self._is_on = is_on
        self._old = has_old_headers
        self._windows: dict[tuple[Budget, str], _Window] = {}

    def spend_account(self, request: Request, *, now: float) -> dict[str, str]:
        """Counts a request to the account, or to the webhooks' own budget; returns its headers.

        Raises `Refused` (429) with the headers inside when the budget is used up.
        """
        if not self._is_on:
            return {}
        is_webhook = request.path.startswith("/api/v2/webhooks")
        budget = WEBHOOKS if is_webhook else self._account
        left, resets = self._count(budget, "", now)
        headers = {"x-rate-limit": str(budget.total), "x-rate-limit-remaining": str(max(0, left))}
        if not is_webhook:
            spelling = "rate-limit" if self._old else "ratelimit"
            first = "rate-limit" if self._old else "ratelimit-limit"
            headers[first] = str(budget.total)
            headers[f"{spelling}-remaining"] = str(max(0, left))
            headers[f"{spelling}-reset"] = str(resets)
        if left < 0:
            raise _refusal(budget, resets, headers)
        return headers

    def spend(self, budget: Budget, key: str = "", *, now: float) -> dict[str, str]:
        """Counts a request to one endpoint's budget; returns its header. Raises `Refused` (429)."""
        if not self._is_on:
            return {}
        left, resets = self._count(budget, key, now)
        headers = {}
        if budget.bucket is not None:
            spelling = "zendesk-rate-limit" if self._old else "zendesk-ratelimit"
            value = f"total={budget.total}; remaining={max(0, left)}; resets={resets}"
            headers[f"{spelling}-{budget.bucket}"] = value
        if left < 0:
            raise _refusal(budget, resets, headers)
        return headers

    def _count(self, budget: Budget, key: str, now: float) -> tuple[int, int]:
        """What is left after this request (below 0: one too many), and seconds to the reset."""
        started_at: float = math.floor(now / budget.seconds) * budget.seconds
        if budget is TICKET_UPDATES:
            started_at = now  # its window opens with the first update, not with the clock
        window = self._windows.get((budget, key))
        if window is None or now >= window.started_at + budget.seconds:
            window = self._windows[budget, key] = _Window(started_at)
        window.used += 1
        resets = max(1, math.ceil(window.started_at + budget.seconds - now))
        left = budget.total - window.used
        window.used = min(window.used, budget.total)
        return left, resets


def _refusal(budget: Budget, retry_after: int, headers: dict[str, str]) -> Refused:
    make = too_many_updates if budget.is_coded else too_many_requests
    refused = make(budget.words, retry_after)
    return Refused(refused.response.with_headers(headers))
