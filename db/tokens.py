"""OAuth grants at rest: sealed with a key that the database never sees."""

from __future__ import annotations

from dataclasses import asdict

import orjson
from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import select

from db.database import Database, Transaction
from db.dialect import upsert
from db.tables import oauth_grant
from domain.errors import ConfigurationError
from domain.ports import Clock, TokenPair


class SqlTokenStore:
    """`domain.ports.TokenStore` over the table `oauth_grant`."""

    def __init__(self, database: Database, *, key: str, clock: Clock) -> None:
        """`key`: 32 bytes as URL-safe base64. Raises `ConfigurationError` for anything else."""
        try:
            self._seal = Fernet(key)
        except ValueError as error:
            raise ConfigurationError(
                "The encryption key is not 32 bytes in URL-safe base64",
                hint="Make one with `openssl rand -base64 32 | tr '+/' '-_'`.",
            ) from error
        self._database = database
        self._clock = clock

    async def load(self, desk: str) -> TokenPair | None:
        """Raises `ConfigurationError` when the grant was sealed with another key."""
        rows = await self._database.fetch(
            select(oauth_grant.c.sealed).where(oauth_grant.c.desk == desk)
        )
        if not rows:
            return None
        try:
            opened = self._seal.decrypt(bytes(rows[0].sealed))
        except InvalidToken as error:
            raise ConfigurationError(
                f"The stored OAuth grant of desk {desk} was sealed with another encryption key",
                hint="Set the key it was sealed with, or sign the desk in again.",
            ) from error
        return TokenPair(**orjson.loads(opened))

    async def save(self, desk: str, tokens: TokenPair) -> None:
        """Committed when it returns: a rotated grant is never used before it is kept."""
        sealed = self._seal.encrypt(orjson.dumps(asdict(tokens)))
        row = {"desk": desk, "sealed": sealed, "saved_at": self._clock.now()}

        async def unit(tx: Transaction) -> None:
            await tx.execute(upsert(oauth_grant, tx.dialect_name), row)

        await self._database.write(unit, urgent=True)
