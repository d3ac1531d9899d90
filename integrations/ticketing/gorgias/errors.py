"""Gorgias's error envelope in, one typed error out, with a hint that names the setting."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

import orjson

from domain.errors import (
    ForbiddenError,
    MergedError,
    NotFoundError,
    ProviderError,
    ProviderUnavailableError,
    RateLimitedError,
    UnauthorizedError,
)
from domain.http import Response
from domain.records import JsonValue
from domain.text import storable
from integrations.ticketing.refusals import refusal, retry_after_of

HINT_UNAUTHORIZED: Final = (
    "Check that GORGIAS_API_KEY is correct (Settings, REST API: the key itself, not the line with "
    "the user name), that GORGIAS_USERNAME is the e-mail address of the key's user and that the "
    "key's user has the permissions; or, with OAuth, GORGIAS_OAUTH_CLIENT_ID and "
    "GORGIAS_OAUTH_CLIENT_SECRET"
)
HINT_FORBIDDEN: Final = (
    "The role of the user whose GORGIAS_API_KEY is used, or the scopes of the OAuth client, do "
    "not allow this: use an admin's key, or give the client the scope write:all"
)
HINT_NO_DESK: Final = (
    "Check GORGIAS_DOMAIN: it is the first word of {domain}.gorgias.com, as in your browser"
)
HINT_RATE: Final = (
    "Rate limit exceeded: send fewer requests, wait longer after each refusal, or read from the "
    "cache, which costs none. Other apps of the account share the limit"
)
LONGEST_WAIT_SECONDS: Final = 60.0
"""The bucket drains in 20 seconds: a longer wait than this is not meant."""

_TICKET_PATH: Final = re.compile(r"/api/tickets/(\d+)/?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Envelope:
    """`{"error": {"msg": ..., "data": {field: [messages]}}}`.

    https://developers.gorgias.com/reference/errors
    """

    message: str | None = None
    details: Mapping[str, str] = field(default_factory=dict)
    is_api: bool = False
    """True: the API itself says so, and no page of a web server."""


def error_of(response: Response, *, doing: str) -> ProviderError | None:
    """None for success. `doing`: "create ticket"."""
    if response.is_success:
        return None
    envelope = envelope_of(response)
    message = refusal(response, doing=doing)
    if is_merged(response):
        return MergedError(message, merged_into=merged_into(response), status=response.status)
    error_class, hint = _class_and_hint(response.status, envelope)
    retry_after = retry_after_of(response)
    return error_class(
        message,
        status=response.status,
        hint=hint,
        native_code=envelope.message,
        details=envelope.details,
        retry_after_seconds=None if retry_after is None else min(retry_after, LONGEST_WAIT_SECONDS),
        request_id=response.headers.get("x-request-id"),
    )


def _class_and_hint(status: int, envelope: Envelope) -> tuple[type[ProviderError], str | None]:
    if status == 401:
        return UnauthorizedError, HINT_UNAUTHORIZED
    if status == 403:
        # The same status tells that a trial's quota of messages is used up.
        is_quota = "quota" in (envelope.message or "").lower()
        return ForbiddenError, envelope.message if is_quota else HINT_FORBIDDEN
    if status == 429:
        return RateLimitedError, HINT_RATE
    if status in (404, 410):
        return NotFoundError, None if envelope.is_api else HINT_NO_DESK
    if status >= 500:
        return ProviderUnavailableError, envelope.message or "We try again"
    if 300 <= status < 400:
        return ProviderError, HINT_NO_DESK
    return ProviderError, _told(envelope)


def _told(envelope: Envelope) -> str | None:
    fields = "; ".join(f"{name}: {said}" for name, said in envelope.details.items())
    return (fields or envelope.message or "")[:500] or None


def is_missing(response: Response) -> bool:
    """A record is not there. A web server's page tells of a wrong account, and proves nothing."""
    return response.status in (404, 410) and envelope_of(response).is_api


def is_merged(response: Response) -> bool:
    """A 301 of the API that says so; any other is an address that has moved."""
    said = envelope_of(response).message or ""
    return response.status == 301 and "merge" in said.lower()


def merged_into(response: Response) -> str | None:
    """The ticket that lives on, where the answer names it. The address itself is never followed."""
    path = urlsplit(response.headers.get("location", "")).path
    match = _TICKET_PATH.fullmatch(path)
    return match[1] if match else None


def envelope_of(response: Response) -> Envelope:
    try:
        body: JsonValue = orjson.loads(response.body)
    except orjson.JSONDecodeError:
        return Envelope()
    match body:
        case {"error": dict() as error}:
            return Envelope(_text(error.get("msg")), _details(error.get("data")), is_api=True)
        case {"error": str() as said}:
            return Envelope(_text(said), is_api=True)
    return Envelope()


def _details(data: JsonValue) -> Mapping[str, str]:
    if not isinstance(data, dict):
        return {}
    return {storable(name): "; ".join(_messages(found)) for name, found in data.items()}


def _messages(found: JsonValue, *, depth: int = 4) -> list[str]:
    """Those of a list's members stand deeper, under the members' numbers."""
    if isinstance(found, str):
        return [storable(found)[:300]]
    if depth == 0 or not isinstance(found, list | dict):
        return []
    members = found.values() if isinstance(found, dict) else found
    return [text for member in members for text in _messages(member, depth=depth - 1)]


def _text(value: JsonValue) -> str | None:
    return storable(value)[:300] if isinstance(value, str) else None
