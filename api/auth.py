"""Who calls: the owner of an API key; in the demo, anyone on this machine."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from starlette.requests import HTTPConnection

from api.endpoint.errors import RequestError
from db.database import Database
from db.keys import ApiKey, list_api_keys, verify_api_key
from schema.context import Scope, Viewer

RECHECK_SECONDS: Final = 30.0
"""How often a long connection's key is looked at again."""

# Set by proxies: behind one, every caller seems to be on this machine.
_PROXY_HEADERS: Final = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
_LOCAL_NAMES: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
_MAKE_A_KEY: Final = "deskgraph token create --name web --scopes tickets:read"


@dataclass(frozen=True, slots=True)
class Callers:
    """Default deny: raises `RequestError` (401) for whoever is not known."""

    database: Database
    serves_this_machine: bool
    """The demo: callers on this machine need no key while there is none."""

    async def viewer_of(self, connection: HTTPConnection, authorization: str | None) -> Viewer:
        """`authorization` as the header has it: `Bearer <key>`."""
        if authorization is not None:
            return await self._owner_of(authorization)
        if self.serves_this_machine and is_local(connection) and not await self._has_keys():
            return Viewer("demo", frozenset(Scope))
        raise _unauthenticated("The API key is missing")

    async def _owner_of(self, authorization: str) -> Viewer:
        kind, _, key = authorization.strip().partition(" ")
        if kind.lower() != "bearer" or not key.strip():
            raise _unauthenticated("The Authorization header holds no bearer key")
        found = await verify_api_key(self.database, key.strip())
        if found is None:
            raise _unauthenticated("The API key is not valid")
        return viewer_of_key(found)

    async def _has_keys(self) -> bool:
        return any(key.revoked_at is None for key in await list_api_keys(self.database))


def viewer_of_key(key: ApiKey) -> Viewer:
    """A scope that this version does not know allows nothing."""
    scopes = frozenset(scope for scope in Scope if scope.value in key.scopes)
    return Viewer(key.name, scopes, key.desks)


def is_local(connection: HTTPConnection) -> bool:
    """The socket's peer is this machine, and nothing speaks for somebody elsewhere.

    A name that is not ours in `Host` would be a web page whose name was pointed at this machine.
    """
    if any(name in connection.headers for name in _PROXY_HEADERS):
        return False
    return _is_loopback(connection) and _names_this_machine(connection.headers)


def _is_loopback(connection: HTTPConnection) -> bool:
    if connection.client is None:
        return False
    try:
        return ipaddress.ip_address(connection.client.host).is_loopback
    except ValueError:
        return False


def _names_this_machine(headers: Mapping[str, str]) -> bool:
    host = headers.get("host", "").lower()
    name = host[: host.find("]") + 1] if host.startswith("[") else host.partition(":")[0]
    return name in _LOCAL_NAMES or name.endswith(".localhost")


def _unauthenticated(message: str) -> RequestError:
    return RequestError(
        401,
        "UNAUTHENTICATED",
        message,
        hint=f'Send "Authorization: Bearer <key>"; make a key with: {_MAKE_A_KEY}',
        headers={"WWW-Authenticate": 'Bearer realm="deskgraph"'},
    )
