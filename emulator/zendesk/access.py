"""Who asks: sign-in with API token or OAuth, roles and scopes.

Any user name with the token `demo-token` signs in; a name that begins with `agent` is an agent,
any other an admin. https://developer.zendesk.com/api-reference/introduction/security-and-auth/
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from emulator.kernel.http import Request
from emulator.zendesk.desk import Desk
from emulator.zendesk.errors import bad_token, forbidden, not_signed_in
from emulator.zendesk.oauth import Grant, Tokens
from emulator.zendesk.records import User

API_TOKEN = "demo-token"
_SCOPED_RESOURCES = frozenset(
    [
        "tickets",
        "users",
        "organizations",
        "webhooks",
        "macros",
        "triggers",
        "automations",
        "requests",
    ]
)


@dataclass(frozen=True, slots=True)
class Principal:
    """A signed-in user. `scopes` is None for an API token: everything."""

    user_id: int
    is_admin: bool
    scopes: frozenset[str] | None = None

    def check_scope(self, request: Request) -> None:
        """Raises `Refused` (403): a token with a scope nobody knows is refused everywhere."""
        if self.scopes is None:
            return
        resource = _resource(request.path)
        right = "read" if request.method == "GET" else "write"
        if not self.scopes & {right, f"{resource}:{right}"}:
            raise forbidden()

    def check_admin(self) -> None:
        if not self.is_admin:
            raise forbidden()


class Access:
    """Signs requests in, and makes the user of a name that was not seen before."""

    def __init__(self, desk: Desk, tokens: Tokens) -> None:
        self._desk = desk
        self._tokens = tokens

    def bearer_grant(self, request: Request) -> Grant | None:
        """What the request's bearer token grants, None without one; raises `Refused` (401)."""
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        grant = self._tokens.grant_of(secret.strip())
        if grant is None:
            raise bad_token()
        return grant

    def sign_in(self, request: Request) -> Principal:
        """Raises `Refused` (401)."""
        grant = self.bearer_grant(request)
        if grant is not None:
            user = self._staff_user(grant.user_name)
            return Principal(user.id, user.role == "admin", grant.scopes)
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            raise not_signed_in()
        name = _token_user(secret)
        return Principal(self._staff_user(name).id, not name.startswith("agent"))

    def _staff_user(self, name: str) -> User:
        email = name if "@" in name else f"{name}@example.com"
        found = self._desk.users.now().find("email", email.lower())
        if found:
            return found[0]
        now = self._desk.second
        user = User(
            id=self._desk.next_id(),
            name=email.partition("@")[0],
            email=email,
            role="agent" if name.startswith("agent") else "admin",
            created_at=now,
            updated_at=now,
            is_verified=True,
        )
        self._desk.users.put(user, now=self._desk.now)
        return user


def _token_user(secret: str) -> str:
    try:
        name, _, token = base64.b64decode(secret.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise not_signed_in() from None
    user, slash, kind = name.rpartition("/")
    if not (slash and kind == "token" and user and token == API_TOKEN):
        raise not_signed_in()
    return user


def _resource(path: str) -> str:
    """The resource that a path's scope is named after; "" for one without scopes of its own."""
    parts = path.removeprefix("/api/v2/").split("/")
    name = parts[1] if parts[0] == "incremental" and len(parts) > 1 else parts[0]
    name = "tickets" if name in {"ticket_events", "deleted_tickets", "ticket_audits"} else name
    return name if name in _SCOPED_RESOURCES else ""
