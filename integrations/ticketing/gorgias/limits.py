"""How many requests Gorgias allows, and what its header says about that."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from domain.http import Response
from integrations.ticketing.dictionary import BudgetReading, Limit

# https://developers.gorgias.com/reference/limitations
# One leaky bucket per account. A key may fill it with 40, an OAuth client with 80: the header says
# so. On the Enterprise plan it drains in 10 seconds, which nothing says.
UNITS: Final = 40
WINDOW_SECONDS: Final = 20.0
_HEADER: Final = "x-gorgias-account-api-call-limit"
_USED: Final = re.compile(r"\s*(\d{1,9})\s*/\s*(\d{1,9})\s*", re.ASCII)


def account_limit(window_seconds: float) -> Limit:
    return Limit(UNITS, window_seconds)


def budget_of(response: Response, *, window_seconds: float) -> Sequence[BudgetReading]:
    """`7/40`: seven are in the bucket, which runs dry at the pace in which it drains."""
    match = _USED.fullmatch(response.headers.get(_HEADER, ""))
    if match is None or int(match[2]) == 0:
        return ()
    used, limit = int(match[1]), int(match[2])
    drained_in = min(1.0, used / limit) * window_seconds
    return (BudgetReading("account", limit, max(0, limit - used), drained_in),)
