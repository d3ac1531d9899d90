"""Zendesk's four error envelopes in, one typed error out, with a hint that names the setting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import orjson

from domain.errors import (
    ForbiddenError,
    NotFoundError,
    ProviderError,
    ProviderUnavailableError,
    RateLimitedError,
    StaleStampError,
    TicketClosedError,
    UnauthorizedError,
)
from domain.http import Response
from domain.records import JsonValue
from domain.text import storable
from integrations.ticketing.refusals import refusal
from integrations.ticketing.zendesk.limits import retry_after_of

HINT_UNAUTHORIZED: Final = (
    "Check ZENDESK_OAUTH_CLIENT_ID and ZENDESK_OAUTH_CLIENT_SECRET; or, with an API token, that "
    "ZENDESK_TOKEN is correct, that ZENDESK_EMAIL is the agent's address (/token is added to it "
    "for you) and that API token access is enabled in Zendesk's Admin Center. "
    "Zendesk ends all API tokens on 2027-04-30"
)
HINT_FORBIDDEN: Final = (
    "The credential's role or scope, or the account's plan, does not allow this: use an admin's "
    "credential, or give the OAuth client of ZENDESK_OAUTH_CLIENT_ID the scopes read and write"
)
HINT_NO_DESK: Final = (
    "Check ZENDESK_SUBDOMAIN: it is the first word of {subdomain}.zendesk.com, as in your browser"
)
HINT_RATE: Final = (
    "Rate limit exceeded: send fewer requests, wait longer after each refusal, or read from the "
    "cache, which costs none"
)
HINT_CLOSED: Final = "Zendesk never changes a closed ticket again: create a follow-up ticket"
HINT_STALE: Final = "The ticket has changed since it was read: read it again and decide again"

_BY_STATUS: Final[Mapping[int, tuple[type[ProviderError], str]]] = {
    401: (UnauthorizedError, HINT_UNAUTHORIZED),
    403: (ForbiddenError, HINT_FORBIDDEN),
    429: (RateLimitedError, HINT_RATE),
}
_DATABASE_CODES: Final = frozenset(
    {"DatabaseConflict", "DatabaseDeadlock", "IdempotentRequestInProgress"}
)


@dataclass(frozen=True, slots=True)
class Envelope:
    """What an error body says, in whichever of its forms."""

    code: str | None = None
    description: str | None = None
    details: Mapping[str, str] = field(default_factory=dict)


def error_of(response: Response, *, doing: str) -> ProviderError | None:
    """None for success. `doing`: "create ticket"."""
    if response.is_success:
        return None
    status = response.status
    envelope = envelope_of(response)
    error_class, hint = _class_and_hint(status, envelope)
    return error_class(
        refusal(response, doing=doing),
        status=status,
        hint=hint,
        native_code=envelope.code,
        details=envelope.details,
        retry_after_seconds=retry_after_of(response),
        request_id=response.headers.get("x-request-id"),
    )


def _class_and_hint(status: int, envelope: Envelope) -> tuple[type[ProviderError], str | None]:
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status >= 500:
        return ProviderUnavailableError, envelope.description or "We try again"
    if 300 <= status < 400:
        return ProviderError, HINT_NO_DESK
    if status == 404:
        return NotFoundError, None if is_missing_record(envelope) else HINT_NO_DESK
    if status == 409:
        return _conflict(envelope)
    if status == 422 and _is_closed(envelope):
        return TicketClosedError, HINT_CLOSED
    return ProviderError, _told(envelope)


def is_missing_record(envelope: Envelope) -> bool:
    """A record is not there. Any other 404 is a wrong path or account, and proves nothing."""
    return envelope.code == "RecordNotFound"


def _conflict(envelope: Envelope) -> tuple[type[ProviderError], str]:
    """Zendesk's 409 is either a database collision (try again) or an outdated stamp (look).

    The wording of the latter is not certain, so every 409 that is no known collision counts as it:
    the audits tell then what happened.
    """
    said = envelope.description or ""
    if envelope.code in _DATABASE_CODES or "collision" in said.lower():
        return ProviderUnavailableError, "Two writes met in Zendesk's database: we try again"
    return StaleStampError, HINT_STALE


def _is_closed(envelope: Envelope) -> bool:
    return "closed" in envelope.details.get("status", "").lower()


def _told(envelope: Envelope) -> str | None:
    fields = "; ".join(f"{name}: {said}" for name, said in envelope.details.items())
    return (fields or envelope.description or envelope.code or "")[:500] or None


def envelope_of(response: Response) -> Envelope:
    """Reads any body; one that is no JSON is its own description, HTML is none."""
    try:
        body: JsonValue = orjson.loads(response.body)
    except orjson.JSONDecodeError:
        return Envelope(description=_plain_text(response.body))
    if not isinstance(body, dict):
        return Envelope()
    match body:
        case {"error": dict() as inner}:
            return Envelope(_text(inner.get("title")), _text(inner.get("message")))
        case {"errors": [dict() as first, *_]}:
            return Envelope(_text(first.get("code")), _text(first.get("title")))
    description = _text(body.get("description"))
    code = _text(body.get("error"))
    return Envelope(code, description, _details(body.get("details")))


def _details(details: JsonValue) -> Mapping[str, str]:
    """`{"status": [{"description": ...}, ...]}`: every field, never just `base`."""
    if not isinstance(details, dict):
        return {}
    return {storable(name): "; ".join(_messages(found)) for name, found in details.items()}


def _messages(found: JsonValue) -> list[str]:
    members = found if isinstance(found, list) else [found]
    told = [member.get("description") if isinstance(member, dict) else member for member in members]
    return [storable(text)[:300] for text in told if isinstance(text, str)]


def _plain_text(body: bytes) -> str | None:
    text = body[:300].decode("utf-8", "replace").strip()
    return None if not text or text.startswith("<") else storable(text)


def _text(value: JsonValue) -> str | None:
    return storable(value)[:300] if isinstance(value, str) else None
