"""OAuth grants and API keys: what is stored cannot be used by whoever reads the database."""

from __future__ import annotations

import hashlib

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select

from db.database import Database
from db.keys import create_api_key, list_api_keys, revoke_api_key, verify_api_key
from db.tables import api_key, oauth_grant
from db.tokens import SqlTokenStore
from domain.errors import ConfigurationError, InvalidInputError
from domain.ports import TokenPair

KEY = Fernet.generate_key().decode()
GRANT = TokenPair("access-secret", 1_790_000_000.5, "refresh-secret", None, "read write")


class _Clock:
    def now(self) -> float:
        return 5.0

    async def sleep(self, seconds: float) -> None: ...


async def test_a_grant_survives_a_restart_and_is_not_readable_at_rest(database: Database) -> None:
    assert await SqlTokenStore(database, key=KEY, clock=_Clock()).load("acme") is None
    await SqlTokenStore(database, key=KEY, clock=_Clock()).save("acme", TokenPair("old", 1.0))
    await SqlTokenStore(database, key=KEY, clock=_Clock()).save("acme", GRANT)
    assert await SqlTokenStore(database, key=KEY, clock=_Clock()).load("acme") == GRANT
    rows = await database.fetch(select(oauth_grant))
    assert len(rows) == 1
    assert b"secret" not in bytes(rows[0].sealed)


async def test_another_key_is_told_clearly(database: Database) -> None:
    await SqlTokenStore(database, key=KEY, clock=_Clock()).save("acme", GRANT)
    other = SqlTokenStore(database, key=Fernet.generate_key().decode(), clock=_Clock())
    with pytest.raises(ConfigurationError, match="desk acme was sealed with another"):
        await other.load("acme")


@pytest.mark.parametrize("key", ["", "short", "x" * 44, "ü"])
async def test_a_key_that_is_none_is_told_clearly(database: Database, key: str) -> None:
    with pytest.raises(ConfigurationError, match="openssl rand"):
        SqlTokenStore(database, key=key, clock=_Clock())


def _entropy(number: int) -> bytes:
    return hashlib.sha256(bytes([number])).digest()


async def test_a_key_is_known_by_its_text_until_it_is_revoked(database: Database) -> None:
    text = await create_api_key(
        database, "ci", scopes={"write", "read"}, desks={"acme"}, entropy=_entropy(1), at=1.0
    )
    wide = await create_api_key(
        database, "all", scopes=["read"], desks=None, entropy=_entropy(2), at=2.0
    )
    key = await verify_api_key(database, text)
    assert key is not None
    assert (key.name, sorted(key.scopes), sorted(key.desks or ())) == (
        "ci",
        ["read", "write"],
        ["acme"],
    )
    stored = await database.fetch(select(api_key))
    assert all(text not in repr(tuple(row)) for row in stored)
    assert await revoke_api_key(database, key.prefix, at=3.0)
    assert not await revoke_api_key(database, key.prefix, at=4.0)
    assert await verify_api_key(database, text) is None
    known = await verify_api_key(database, wide)
    assert known is not None
    assert known.desks is None
    assert [(k.name, k.revoked_at) for k in await list_api_keys(database)] == [
        ("ci", 3.0),
        ("all", None),
    ]


async def test_a_text_that_is_no_key_is_nobodys(database: Database) -> None:
    text = await create_api_key(
        database, "ci", scopes=["read"], desks=[], entropy=_entropy(3), at=1.0
    )
    for wrong in ("", "dgk", "dgk__", text[:-1], text + "x", text.upper(), "dgk_\x00_a", "\ud800"):
        assert await verify_api_key(database, wrong) is None
    key = await verify_api_key(database, text)
    assert key is not None
    assert key.desks == frozenset()


async def test_a_scope_with_a_space_is_refused(database: Database) -> None:
    with pytest.raises(InvalidInputError):
        await create_api_key(
            database, "x", scopes=["read write"], desks=None, entropy=_entropy(4), at=1.0
        )
