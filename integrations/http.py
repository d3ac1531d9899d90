"""The product's only way onto the network: signed requests to one host, and honest failures."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol
from urllib.parse import urlencode, urlsplit

import httpx
import orjson

from domain.errors import (
    InvalidInputError,
    NoAnswerError,
    NotSentError,
    TransportError,
)
from domain.http import Request, Response
from integrations.address import checked_base_url, is_loopback

USER_AGENT: Final = "deskgraph/0.1"
CONNECT_SECONDS: Final = 5.0
LARGEST_RESPONSE: Final = 64 * 1024 * 1024
# Shorter than any provider's own idle time: a connection that the server closes while we write
# leaves us not knowing what became of the request.
KEEP_ALIVE_SECONDS: Final = 20.0

# Before these, not one byte of the request has left.
_NEVER_SENT: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.LocalProtocolError,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
)


_NOT_REACHED: Final = (
    "The help desk was not reached: check its address in the settings, and this machine's network"
)


class Signer(Protocol):
    """Proves who we are, on every request."""

    async def headers(self) -> Mapping[str, str]:
        """Raises `UnauthorizedError` when no credential can be had."""
        ...

    async def refused(self, headers: Mapping[str, str]) -> bool:
        """These were answered with 401. True: there are newer ones, try once more."""
        ...

    async def close(self) -> None: ...


class Unsigned:
    """For requests that carry their credentials in the body."""

    async def headers(self) -> Mapping[str, str]:
        return {}

    async def refused(self, headers: Mapping[str, str]) -> bool:
        del headers
        return False

    async def close(self) -> None: ...


@dataclass(slots=True)
class _Flight:
    """Whether a request has begun to leave, which a total timeout cannot tell by itself."""

    has_left: bool = False

    async def trace(self, event: str, _info: Mapping[str, object]) -> None:
        if event.endswith("send_request_headers.started"):
            self.has_left = True


class HttpxClient:
    """Implements `domain.http.HttpClient`. Never follows a redirect: a 301 is an answer."""

    def __init__(
        self,
        base_url: str,
        sign: Signer,
        *,
        user_agent: str = USER_AGENT,
        setting: str = "base_url",
        largest_response: int = LARGEST_RESPONSE,
    ) -> None:
        """`setting` is named in the `ConfigurationError` for a base URL that cannot be used."""
        self._base_url = checked_base_url(base_url, setting=setting)
        self._sign = sign
        self._user_agent = user_agent
        self._largest_response = largest_response
        self._client: httpx.AsyncClient | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def __repr__(self) -> str:
        return f"HttpxClient({self._base_url!r})"

    async def send(self, request: Request, *, timeout_seconds: float = 30.0) -> Response:
        """Raises `NotSentError` when no byte can have arrived, `NoAnswerError` when it may have."""
        signed = await self._signed()
        response = await self._exchange(request, signed, timeout_seconds)
        # A 401 proves that nothing was executed, so that any request may be sent again.
        if response.status == 401 and await self._sign.refused(signed):
            signed = await self._signed()
            response = await self._exchange(request, signed, timeout_seconds)
        return response

    async def close(self) -> None:
        if self._client is not None and self._loop is asyncio.get_running_loop():
            await self._client.aclose()
        self._client = None
        await self._sign.close()

    async def _signed(self) -> Mapping[str, str]:
        try:
            return await self._sign.headers()
        except NoAnswerError as error:
            # The sign-in got no answer; the request itself has not left.
            raise NotSentError(f"Could not sign in: {error.message}") from None

    def _pool(self) -> httpx.AsyncClient:
        """One pool per event loop: a library user may call `asyncio.run` more than once."""
        loop = asyncio.get_running_loop()
        if self._client is None or self._loop is not loop:
            self._loop = loop
            is_local = is_loopback(urlsplit(self._base_url).hostname or "")
            self._client = httpx.AsyncClient(
                follow_redirects=False,
                # A proxy from the environment must not swallow calls to this machine.
                trust_env=not is_local,
                limits=httpx.Limits(max_connections=20, keepalive_expiry=KEEP_ALIVE_SECONDS),
            )
        return self._client

    async def _exchange(
        self, request: Request, signed: Mapping[str, str], timeout_seconds: float
    ) -> Response:
        flight = _Flight()
        try:
            async with asyncio.timeout(timeout_seconds):
                return await self._receive(self._built(request, signed, timeout_seconds, flight))
        except _NEVER_SENT as error:
            raise NotSentError(self._told(error), hint=_NOT_REACHED) from None
        except (httpx.HTTPError, httpx.StreamError, TimeoutError) as error:
            raise self._failure(error, flight) from None

    def _failure(self, error: Exception, flight: _Flight) -> TransportError:
        if not flight.has_left:
            return NotSentError(self._told(error), hint=_NOT_REACHED)
        return NoAnswerError(self._told(error), hint="The request may have been executed")

    def _told(self, error: Exception) -> str:
        """Class and host only: an exception's own text may repeat what was sent."""
        return f"{type(error).__name__} while talking to {urlsplit(self._base_url).netloc}"

    def _built(
        self, request: Request, signed: Mapping[str, str], timeout_seconds: float, flight: _Flight
    ) -> httpx.Request:
        if not request.path.startswith("/") or request.path.startswith("//"):
            raise InvalidInputError(f"{request.path[:80]!r} is no path on the desk's host")
        headers = {"accept": "application/json", "user-agent": self._user_agent}
        content = None
        if request.body is not None:
            content = _form(request) if request.is_form else _json(request)
            kind = "x-www-form-urlencoded" if request.is_form else "json"
            headers["content-type"] = f"application/{kind}"
        # What signs comes last: no request can replace it.
        headers |= {name.lower(): value for name, value in request.headers.items()}
        headers |= {name.lower(): value for name, value in signed.items()}
        return self._pool().build_request(
            request.method,
            httpx.URL(self._base_url).copy_with(path=request.path),
            params=list(request.query) or None,
            headers=headers,
            content=content,
            timeout=httpx.Timeout(timeout_seconds, connect=CONNECT_SECONDS, pool=CONNECT_SECONDS),
            extensions={"trace": flight.trace},
        )

    async def _receive(self, built: httpx.Request) -> Response:
        answer = await self._pool().send(built, stream=True)
        try:
            body = bytearray()
            async for piece in answer.aiter_bytes():
                body += piece
                if len(body) > self._largest_response:
                    raise NoAnswerError(
                        f"The answer is larger than {self._largest_response} bytes",
                        hint="The request may have been executed",
                    )
        finally:
            await answer.aclose()
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return Response(answer.status_code, headers, bytes(body))


def _form(request: Request) -> bytes:
    assert isinstance(request.body, dict)
    return urlencode(request.body).encode()


def _json(request: Request) -> bytes:
    try:
        return orjson.dumps(request.body)
    except TypeError:
        raise InvalidInputError(
            "The request holds something that JSON cannot carry",
            hint="Unpaired surrogates and integers beyond 64 bits cannot be sent",
        ) from None
