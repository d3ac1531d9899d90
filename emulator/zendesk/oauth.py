"""OAuth tokens: client credentials, and refreshing, which replaces the pair.

https://developer.zendesk.com/api-reference/ticketing/oauth/grant_type_tokens/
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from urllib.parse import parse_qsl

from emulator.kernel.http import JsonValue, Request, Response
from emulator.zendesk import errors
from emulator.zendesk.times import stamp

CLIENT_ID = "demo-client"
CLIENT_SECRET = "demo-secret"
CLIENT_USER = "oauth-admin@example.com"

ACCESS_SECONDS = 1_800
REFRESH_SECONDS = 2_592_000
_ACCESS_RANGE = (300, 172_800)
_REFRESH_RANGE = (604_800, 7_776_000)


@dataclass(frozen=True, slots=True)
class Grant:
    """An access token and its refresh token, alive until the times given."""

    access_token: str
    refresh_token: str
    scope: str
    user_name: str
    expires_at: float
    refresh_expires_at: float

    @property
    def scopes(self) -> frozenset[str]:
        return frozenset(self.scope.split())


class Tokens:
    def __init__(self, *, random: Random, now: Callable[[], float]) -> None:
        self._random = random
        self._now = now
        self._by_access: dict[str, Grant] = {}
        self._by_refresh: dict[str, Grant] = {}

    def grant_of(self, access_token: str) -> Grant | None:
        grant = self._by_access.get(access_token)
        return grant if grant is not None and grant.expires_at > self._now() else None

    def revoke(self, grant: Grant) -> None:
        self._by_access.pop(grant.access_token, None)
        self._by_refresh.pop(grant.refresh_token, None)

    def show(self, grant: Grant) -> Response:
        """`GET /api/v2/oauth/tokens/current`: of the token only its beginning."""
        token = {
            "token": grant.access_token[:10],
            "scopes": grant.scope.split(),
            "expires_at": stamp(int(grant.expires_at)),
            "refresh_token_expires_at": stamp(int(grant.refresh_expires_at)),
        }
        return Response.of_json({"token": token})

    def create(self, request: Request) -> Response:
        """`POST /oauth/tokens`. Raises `Refused` with OAuth's own envelope."""
        form = _form(request)
        kind = form.get("grant_type")
        if kind == "client_credentials":
            _check_client(form, needs_secret=True)
            return self._issue(form, str(form.get("scope") or "read write"), CLIENT_USER)
        if kind == "refresh_token":
            _check_client(form, needs_secret=False)
            return self._refresh(form)
        if kind == "authorization_code":
            raise errors.oauth(400, "invalid_grant", "The provided code is invalid or expired.")
        raise errors.oauth(
            400, "unsupported_grant_type", "The authorization grant type is not supported."
        )

    def _refresh(self, form: dict[str, JsonValue]) -> Response:
        old = self._by_refresh.get(str(form.get("refresh_token")))
        if old is None or old.refresh_expires_at <= self._now():
            why = "The provided refresh token is invalid, expired or revoked."
            raise errors.oauth(400, "invalid_grant", why)
        answer = self._issue(form, str(form.get("scope") or old.scope), old.user_name)
        self.revoke(old)
        return answer

    def _issue(self, form: dict[str, JsonValue], scope: str, user_name: str) -> Response:
        access_seconds = _seconds(form, "expires_in", ACCESS_SECONDS, _ACCESS_RANGE)
        refresh_seconds = _seconds(
            form, "refresh_token_expires_in", REFRESH_SECONDS, _REFRESH_RANGE
        )
        grant = Grant(
            access_token=self._secret(),
            refresh_token=self._secret(),
            scope=scope,
            user_name=user_name,
            expires_at=self._now() + access_seconds,
            refresh_expires_at=self._now() + refresh_seconds,
        )
        self._by_access[grant.access_token] = grant
        self._by_refresh[grant.refresh_token] = grant
        body = {
            "access_token": grant.access_token,
            "refresh_token": grant.refresh_token,
            "token_type": "bearer",
            "scope": scope,
            "expires_in": access_seconds,
            "refresh_token_expires_in": refresh_seconds,
        }
        return Response.of_json(body, 201)

    def _secret(self) -> str:
        return f"{self._random.getrandbits(256):064x}"


def _form(request: Request) -> dict[str, JsonValue]:
    """The parameters, from JSON or from a form."""
    if "x-www-form-urlencoded" in request.headers.get("content-type", ""):
        return dict(parse_qsl(request.body.decode(errors="replace")))
    try:
        parsed = request.json()
    except ValueError:
        parsed = None
    if not isinstance(parsed, dict):
        raise errors.oauth(400, "invalid_request", "The request is missing a required parameter.")
    return parsed


def _check_client(form: dict[str, JsonValue], *, needs_secret: bool) -> None:
    """A public client may refresh without its secret, but never with a wrong one."""
    secret = form.get("client_secret")
    is_secret_right = secret == CLIENT_SECRET or (secret is None and not needs_secret)
    if form.get("client_id") != CLIENT_ID or not is_secret_right:
        why = (
            "Client authentication failed due to unknown client, no client authentication "
            "included, or unsupported authentication method."
        )
        raise errors.oauth(401, "invalid_client", why)


def _seconds(form: dict[str, JsonValue], name: str, default: int, allowed: tuple[int, int]) -> int:
    value = form.get(name)
    if value is None:
        return default
    if isinstance(value, str) and value.isdigit():
        value = int(value)
    low, high = allowed
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        why = f"{name} must be between {low} and {high} seconds."
        raise errors.oauth(400, "invalid_request", why)
    return value
