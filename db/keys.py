"""API keys: shown once when they are made, kept as a digest."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import bindparam, insert, select, update

from db.database import AnyRow, Database, Transaction
from db.tables import api_key
from domain.errors import InvalidInputError

ENTROPY_BYTES = 32
_MARK = "dgk"
_PREFIX_BYTES = 6
_BY_PREFIX = select(api_key).where(api_key.c.prefix == bindparam("wanted"))


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What a key may do. Times are our clock's."""

    prefix: str
    name: str
    scopes: frozenset[str]
    desks: frozenset[str] | None
    """The desks it may see; None: all of them, also those that come later."""
    created_at: float
    revoked_at: float | None = None


async def create_api_key(
    database: Database,
    name: str,
    *,
    scopes: Collection[str],
    desks: Collection[str] | None,
    entropy: bytes,
    at: float,
) -> str:
    """Stores a new key and returns its plain text, which cannot be had again.

    `entropy`: 32 random bytes, of which the first six become the visible prefix. Raises
    `InvalidInputError` for words that hold spaces.
    """
    if len(entropy) != ENTROPY_BYTES:
        raise ValueError(f"A key is made from {ENTROPY_BYTES} random bytes")
    for word in (*scopes, *(desks or ())):
        if not word or word.split() != [word]:
            raise InvalidInputError(f"{word!r} is neither a scope nor a desk")
    prefix = entropy[:_PREFIX_BYTES].hex()
    secret = base64.urlsafe_b64encode(entropy[_PREFIX_BYTES:]).decode().rstrip("=")
    text = f"{_MARK}_{prefix}_{secret}"
    row = {
        "prefix": prefix,
        "digest": sha256(text.encode()).digest(),
        "name": name,
        "scopes": " ".join(sorted(scopes)),
        "desks": None if desks is None else " ".join(sorted(desks)),
        "created_at": at,
    }

    async def unit(tx: Transaction) -> None:
        await tx.execute(insert(api_key), row)

    await database.write(unit, urgent=True)
    return text


async def verify_api_key(database: Database, text: str) -> ApiKey | None:
    """The key that a caller presents; None when it is unknown, wrong or revoked."""
    mark, _, rest = text.partition("_")
    prefix = rest.partition("_")[0]
    if mark != _MARK or not prefix.isascii() or not prefix.isalnum():
        return None
    rows = await database.fetch(_BY_PREFIX, {"wanted": prefix})
    presented = sha256(text.encode(errors="replace")).digest()
    kept = bytes(rows[0].digest) if rows else bytes(len(presented))
    if not hmac.compare_digest(presented, kept) or rows[0].revoked_at is not None:
        return None
    return _key(rows[0])


async def list_api_keys(database: Database) -> Sequence[ApiKey]:
    """Every key, revoked ones too, oldest first."""
    rows = await database.fetch(select(api_key).order_by(api_key.c.created_at, api_key.c.prefix))
    return [_key(row) for row in rows]


async def revoke_api_key(database: Database, prefix: str, *, at: float) -> bool:
    """False when there is no such key, or it was revoked before."""

    async def unit(tx: Transaction) -> bool:
        rows = await tx.execute(_BY_PREFIX, {"wanted": prefix})
        if not rows or rows[0].revoked_at is not None:
            return False
        await tx.execute(update(api_key).where(api_key.c.prefix == prefix).values(revoked_at=at))
        return True

    return await database.write(unit, urgent=True)


def _key(row: AnyRow) -> ApiKey:
    return ApiKey(
        row.prefix,
        row.name,
        frozenset(row.scopes.split()),
        None if row.desks is None else frozenset(row.desks.split()),
        row.created_at,
        row.revoked_at,
    )
