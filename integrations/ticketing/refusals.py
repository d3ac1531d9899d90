"""What the error replies of all providers have in common."""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final

from domain.http import Response

# Python renames these two between its versions; our messages stay.
_PHRASES: Final = {413: "Request Entity Too Large", 422: "Unprocessable Entity"}


def refusal(response: Response, *, doing: str) -> str:
    """`Failed to create ticket: 401 Unauthorized`."""
    return f"Failed to {doing}: {response.status} {phrase_of(response.status)}"


def phrase_of(status: int) -> str:
    if status in _PHRASES:
        return _PHRASES[status]
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown Status"


def retry_after_of(response: Response) -> float | None:
    """The seconds of `Retry-After`, in either of its forms."""
    word = response.headers.get("retry-after", "").strip()
    seconds = seconds_of(word)
    return _seconds_until(word, response.headers.get("date", "")) if seconds is None else seconds


def seconds_of(word: str) -> float | None:
    return float(word) if re.fullmatch(r"\d{1,9}(\.\d+)?", word.strip(), re.ASCII) else None


def _seconds_until(date: str, now: str) -> float | None:
    """Both ends by the server's clock, so that ours does not matter."""
    try:
        return max(0.0, (parsedate_to_datetime(date) - parsedate_to_datetime(now)).total_seconds())
    except (ValueError, TypeError):
        return None
