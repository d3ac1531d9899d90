"""Who is calling and what their role allows."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass

from emulator.gorgias.errors import Refusal, forbidden
from emulator.gorgias.oauth import OAuth
from emulator.gorgias.records import User
from emulator.gorgias.store import Store
from emulator.kernel.http import Request

API_KEY = "demo-token"
_READ_ONLY_ROLES = {"observer-agent"}


@dataclass(frozen=True, slots=True)
class Caller:
    """The signed-in user; `limit` names the rate-limit bucket of the way they signed in."""

    user: User
    limit: str

    def need_admin(self) -> None:
        if self.user.role != "admin":
            raise forbidden()

    def need_writer(self) -> None:
        if self.user.role in _READ_ONLY_ROLES:
            raise forbidden()


def caller_of(request: Request, store: Store, oauth: OAuth, owner_id: int) -> Caller:
    """The user whose e-mail stands in the credentials; an unknown one acts as the account's owner.

    Raises the 401 of a missing, wrong or expired credential.
    """
    scheme, _, credential = request.headers.get("authorization", "").partition(" ")
    owner = store.users.get(owner_id)
    if owner is None:
        raise unauthorized()
    if scheme.lower() == "bearer" and oauth.is_valid(credential.strip()):
        return Caller(owner, "oauth")
    if scheme.lower() == "basic":
        email, key = basic_pair(credential)
        if email and key == API_KEY:
            return Caller(store.users.first("email", email.casefold()) or owner, "api_key")
    raise unauthorized()


def basic_pair(credential: str) -> tuple[str, str]:
    """User name and password of a Basic credential; empty texts when it is none."""
    try:
        name, _, password = b64decode(credential, validate=True).decode().partition(":")
    except ValueError:
        return "", ""
    return name, password


def unauthorized() -> Refusal:
    return Refusal(401, "Unauthorized.", headers={"WWW-Authenticate": 'Basic realm="Gorgias"'})
