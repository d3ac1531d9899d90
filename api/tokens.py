"""Where OAuth grants are kept: sealed in the cache, or in memory where nothing is lost by that."""

from __future__ import annotations

import base64
import logging
from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from db.database import Database
from db.tokens import SqlTokenStore
from domain.errors import ConfigurationError
from domain.ports import Clock, TokenStore
from integrations.ticketing.auth import MemoryTokenStore, OAuthGrant
from integrations.ticketing.factory import DeskSettings

log = logging.getLogger("deskgraph.api")

SHORTEST_SECRET: Final = 32
_HINT: Final = "Set DESKGRAPH_SECRET to the output of: openssl rand -base64 32"


def open_token_store(
    secret: str | None, desks: Sequence[DeskSettings], *, database: Database, clock: Clock
) -> TokenStore:
    """Raises `ConfigurationError` where a desk's grant would be lost with the process."""
    if secret is not None:
        return SqlTokenStore(database, key=sealing_key(secret), clock=clock)
    grants = [desk.sign_in for desk in desks if isinstance(desk.sign_in, OAuthGrant)]
    if any(grant.refresh_token is not None for grant in grants):
        # The provider rotates it with each use: the one in the settings works only once.
        raise ConfigurationError(
            "A desk signs in with a refresh token, and DESKGRAPH_SECRET is not set", hint=_HINT
        )
    if grants:
        log.warning("OAuth tokens are kept in memory: set DESKGRAPH_SECRET to keep them")
    return MemoryTokenStore()


def sealing_key(secret: str) -> str:
    """Of a secret in any form, as long as nobody can guess it."""
    if len(secret) < SHORTEST_SECRET:
        raise ConfigurationError(
            f"DESKGRAPH_SECRET is shorter than {SHORTEST_SECRET} characters", hint=_HINT
        )
    return base64.urlsafe_b64encode(sha256(secret.encode()).digest()).decode()
