"""Signing in: Basic, and OAuth with tokens that expire and rotate."""

from __future__ import annotations

import asyncio
import base64
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import orjson

from domain.errors import NotSentError, UnauthorizedError
from domain.http import HttpClient, Request, Response
from domain.ports import TokenPair, TokenStore
from domain.records import JsonValue

DEFAULT_LIFE_SECONDS: Final = 1_800.0
"""Of an access token whose answer does not say: the shortest that Zendesk gives by default."""

EARLY_SECONDS: Final = 120.0


class BasicSigner:
    """One fixed pair, never shown."""

    def __init__(self, username: str, password: str) -> None:
        word = base64.b64encode(f"{username}:{password}".encode()).decode()
        self._headers = {"authorization": f"Basic {word}"}

    def __repr__(self) -> str:
        return "BasicSigner(...)"

    async def headers(self) -> Mapping[str, str]:
        return self._headers

    async def refused(self, headers: Mapping[str, str]) -> bool:
        del headers
        return False

    async def close(self) -> None: ...


class MemoryTokenStore:
    """For the bare library: a grant lives as long as its process."""

    def __init__(self) -> None:
        self._tokens: dict[str, TokenPair] = {}

    def __repr__(self) -> str:
        return f"MemoryTokenStore(desks={len(self._tokens)})"

    async def load(self, desk: str) -> TokenPair | None:
        return self._tokens.get(desk)

    async def save(self, desk: str, tokens: TokenPair) -> None:
        self._tokens[desk] = tokens


@dataclass(frozen=True, slots=True)
class OAuthGrant:
    """How one provider gives tokens to an OAuth client."""

    path: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str
    id_setting: str
    secret_setting: str
    refresh_token: str | None = field(default=None, repr=False)
    """The first one, where a person gave consent; None: the client signs in for itself."""
    is_form: bool = False
    """RFC 6749 wants a form; Zendesk documents JSON."""


def zendesk_grant(client_id: str, client_secret: str, *, scope: str = "read write") -> OAuthGrant:
    """https://developer.zendesk.com/api-reference/ticketing/oauth/grant_type_tokens/"""
    return OAuthGrant(
        "/oauth/tokens",
        client_id.strip(),
        client_secret.strip(),
        scope,
        "ZENDESK_OAUTH_CLIENT_ID",
        "ZENDESK_OAUTH_CLIENT_SECRET",
    )


def gorgias_grant(
    client_id: str,
    client_secret: str,
    refresh_token: str,
    *,
    scope: str = "openid email profile offline write:all",
) -> OAuthGrant:
    """https://developers.gorgias.com/docs/oauth2-bearer-token: a person consents, then refresh."""
    return OAuthGrant(
        "/oauth/token",
        client_id.strip(),
        client_secret.strip(),
        scope,
        "GORGIAS_OAUTH_CLIENT_ID",
        "GORGIAS_OAUTH_CLIENT_SECRET",
        refresh_token.strip(),
        is_form=True,
    )


class OAuthSigner:
    """Keeps one valid access token. A rotated pair is stored before it is used.

    The old pair ends when the new one is given: a pair that is lost between the two locks the desk
    out. One task at a time renews; the store is read again first, as another process may have.
    """

    def __init__(
        self,
        *,
        client: HttpClient,
        desk: str,
        grant: OAuthGrant,
        store: TokenStore | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        """`client` is unsigned: it sends to the provider's token endpoint only."""
        self._client = client
        self._desk = desk
        self._grant = grant
        self._store = store or MemoryTokenStore()
        self._now = now
        self._lock = asyncio.Lock()
        self._renewals: set[asyncio.Future[TokenPair]] = set()
        self._held: TokenPair | None = None

    def __repr__(self) -> str:
        return f"OAuthSigner(desk={self._desk!r})"

    async def headers(self) -> Mapping[str, str]:
        """Raises `UnauthorizedError`; `NotSentError` while the provider cannot be reached."""
        if (held := self._held) is not None and self._is_fresh(held):
            return _bearer(held)
        return _bearer(await self._shielded(None))

    async def refused(self, headers: Mapping[str, str]) -> bool:
        """Renews, unless another task has done so since these headers were made."""
        return _bearer(await self._shielded(headers.get("authorization"))) != headers

    async def close(self) -> None:
        await self._client.close()

    async def _shielded(self, refused: str | None) -> TokenPair:
        """A caller that gives up must not end a renewal whose answer holds the only new pair."""
        renewal = asyncio.ensure_future(self._one_at_a_time(refused))
        self._renewals.add(renewal)
        renewal.add_done_callback(self._renewals.discard)
        return await asyncio.shield(renewal)

    async def _one_at_a_time(self, refused: str | None) -> TokenPair:
        async with self._lock:
            return await self._fresh_pair(refused)

    async def _fresh_pair(self, refused: str | None) -> TokenPair:
        stored = await self._store.load(self._desk)
        for pair in (stored, self._held):
            if pair is None or not self._is_fresh(pair):
                continue
            if _bearer(pair)["authorization"] != refused:
                self._held = pair
                return pair
        renewed = await self._renew(stored or self._held)
        await self._store.save(self._desk, renewed)
        # Only now: even a pair that is of no use to us has replaced the old one.
        self._check_scope(renewed)
        self._held = renewed
        return renewed

    def _is_fresh(self, pair: TokenPair) -> bool:
        """Renewed two minutes before the end, so that no request meets it on its way."""
        return self._now() < pair.expires_at - EARLY_SECONDS and not self._missing_scope(pair)

    async def _renew(self, old: TokenPair | None) -> TokenPair:
        """By the refresh token where there is one, else by the client's own credentials."""
        refresh = old.refresh_token if old is not None else self._grant.refresh_token
        ends = old.refresh_expires_at if old is not None else None
        if refresh is None or (ends is not None and self._now() >= ends):
            return await self._ask({"grant_type": "client_credentials"}, old)
        try:
            return await self._ask({"grant_type": "refresh_token", "refresh_token": refresh}, old)
        except UnauthorizedError:
            if self._grant.refresh_token is not None:
                raise
            # A pair that was rotated and then lost: the client can still sign in for itself.
            return await self._ask({"grant_type": "client_credentials"}, old)

    async def _ask(self, asked: Mapping[str, str], old: TokenPair | None) -> TokenPair:
        grant = self._grant
        body: dict[str, JsonValue] = {
            "client_id": grant.client_id,
            "client_secret": grant.client_secret,
            "scope": grant.scope,
            **asked,
        }
        response = await self._client.send(
            Request("POST", grant.path, body=body, is_form=grant.is_form)
        )
        if response.status >= 500 or response.status == 429:
            raise NotSentError(f"Could not sign in: the token endpoint answered {response.status}")
        if not response.is_success:
            raise self._refusal(response)
        return self._pair_of(response, old)

    def _pair_of(self, response: Response, old: TokenPair | None) -> TokenPair:
        body = _object(response)
        token, refresh = body.get("access_token"), body.get("refresh_token")
        if not isinstance(token, str) or not re.fullmatch(r"[\x21-\x7e]+", token):
            raise NotSentError("Could not sign in: the token endpoint gave no token")
        scope = body.get("scope")
        refresh_life = _seconds(body.get("refresh_token_expires_in"))
        return TokenPair(
            token,
            self._now() + (_seconds(body.get("expires_in")) or DEFAULT_LIFE_SECONDS),
            # Some servers keep the refresh token and then do not repeat it.
            refresh if isinstance(refresh, str) else (old.refresh_token if old else None),
            None if refresh_life is None else self._now() + refresh_life,
            scope if isinstance(scope, str) else self._grant.scope,
        )

    def _missing_scope(self, pair: TokenPair) -> set[str]:
        return set(self._grant.scope.split()) - set(pair.scope.split())

    def _check_scope(self, pair: TokenPair) -> None:
        """Zendesk gives a token for less than was asked, and then forbids every call."""
        if missing := self._missing_scope(pair):
            raise UnauthorizedError(
                f"Failed to sign in: the token lacks the scope {' '.join(sorted(missing))}",
                status=403,
                hint=f"Give the OAuth client of {self._grant.id_setting} that scope",
            )

    def _refusal(self, response: Response) -> UnauthorizedError:
        """Only the error's code is repeated: a body may repeat what was sent."""
        code = _object(response).get("error")
        word = code if isinstance(code, str) and re.fullmatch(r"[A-Za-z_]{1,60}", code) else None
        return UnauthorizedError(
            f"Failed to sign in: {response.status} {word or 'refused'}",
            status=response.status,
            hint=(
                f"Check {self._grant.id_setting}, {self._grant.secret_setting} "
                f"and that the client may have the scope {self._grant.scope!r}"
            ),
            native_code=word,
        )


def _bearer(pair: TokenPair) -> Mapping[str, str]:
    return {"authorization": f"Bearer {pair.access_token}"}


def _object(response: Response) -> dict[str, JsonValue]:
    try:
        body: JsonValue = orjson.loads(response.body)
    except orjson.JSONDecodeError:
        return {}
    return body if isinstance(body, dict) else {}


def _seconds(value: JsonValue) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and isinstance(value, int | float) and value > 0 else None
