"""Which web pages may call: CORS, cross-site requests and WebSocket handshakes."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from strawberry.http.websocket_origin import is_same_origin

from api.endpoint.errors import RequestError

log = logging.getLogger("deskgraph.api")

PREFLIGHT_HEADER: Final = "apollo-require-preflight"
_REQUEST_HEADERS: Final = f"authorization, content-type, {PREFLIGHT_HEADER}, x-request-id"
_HINTS: Final = 20


@dataclass(slots=True)
class Origins:
    """An allow-list, closed by default. Pages on the API's own origin are always allowed."""

    allowed: frozenset[str]
    _hinted: set[str] = field(default_factory=set)

    def check(self, headers: Mapping[str, str]) -> None:
        """Raises `RequestError` for a browser's cross-site request that needed no preflight."""
        if headers.get("sec-fetch-site") != "cross-site" or headers.get(PREFLIGHT_HEADER):
            return
        origin = headers.get("origin", "")
        if origin not in self.allowed:
            self._hint(origin)
            raise RequestError(
                403,
                "FORBIDDEN",
                "Another web site's page may not call this API",
                hint="Add its origin to DESKGRAPH_CORS_ORIGINS, or send apollo-require-preflight",
            )

    def cors_headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """For every answer. They name the caller's origin when it is allowed."""
        origin = headers.get("origin")
        if origin is None or not self.allowed:
            return {}
        if origin not in self.allowed:
            return {"Vary": "Origin"}
        return {
            "Vary": "Origin",
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Expose-Headers": "X-Request-Id, Retry-After",
        }

    def preflight_headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Raises `RequestError` for an origin that is not allowed."""
        origin = headers.get("origin", "")
        if origin not in self.allowed:
            self._hint(origin)
            raise RequestError(
                403,
                "FORBIDDEN",
                "This origin may not call the API from a browser",
                hint="Add it to DESKGRAPH_CORS_ORIGINS",
                headers=self.cors_headers(headers),
            )
        return self.cors_headers(headers) | {
            "Access-Control-Allow-Methods": "GET, POST",
            "Access-Control-Allow-Headers": _REQUEST_HEADERS,
            "Access-Control-Max-Age": "600",
        }

    def may_open_socket(self, headers: Mapping[str, str]) -> bool:
        """Browsers send `Origin` and check no CORS for WebSockets; other clients need no check."""
        origin = headers.get("origin")
        if origin is None or origin in self.allowed:
            return True
        if is_same_origin(origin, headers.get("host")):
            return True
        self._hint(origin)
        return False

    def _hint(self, origin: str) -> None:
        """Once for each origin, and for a few only: the caller writes that header."""
        if origin in self._hinted or len(self._hinted) >= _HINTS:
            return
        self._hinted.add(origin)
        log.warning(
            "a web page was refused: add its origin to DESKGRAPH_CORS_ORIGINS to allow it",
            extra={"origin": origin[:200]},
        )
