"""`deskgraph token`: API keys."""

from __future__ import annotations

import argparse
import asyncio
import secrets
from datetime import UTC, datetime

from api.clock import SystemClock
from api.commands import current_settings, say
from api.service import migrate
from db.database import Database
from db.keys import ENTROPY_BYTES, create_api_key, list_api_keys, revoke_api_key
from db.open import open_beside
from domain.errors import InvalidInputError
from schema.context import Scope


def run(arguments: argparse.Namespace) -> int:
    return asyncio.run(_run(arguments))


async def _run(arguments: argparse.Namespace) -> int:
    url = current_settings().database_url
    await migrate(url)
    database = open_beside(url)
    try:
        match arguments.action:
            case "create":
                return await _create(database, arguments)
            case "list":
                return await _list(database)
            case _:
                return await _revoke(database, arguments.prefix)
    finally:
        await database.close()


async def _create(database: Database, arguments: argparse.Namespace) -> int:
    key = await create_api_key(
        database,
        arguments.name,
        scopes=_scopes(arguments.scopes),
        desks=_words(arguments.desks) if arguments.desks else None,
        entropy=secrets.token_bytes(ENTROPY_BYTES),
        at=SystemClock().now(),
    )
    say(key)
    say("Keep it: it cannot be shown again. Send it as `Authorization: Bearer <key>`.", error=True)
    return 0


async def _list(database: Database) -> int:
    for key in await list_api_keys(database):
        made = datetime.fromtimestamp(key.created_at, UTC).date().isoformat()
        desks = "every desk" if key.desks is None else ",".join(sorted(key.desks))
        state = "revoked" if key.revoked_at is not None else "valid"
        scopes = ",".join(sorted(key.scopes))
        say(f"{key.prefix}  {made}  {state:7}  {key.name}  {scopes}  {desks}")
    return 0


async def _revoke(database: Database, prefix: str) -> int:
    # What a person has at hand may be the whole key, or its beginning with the mark.
    asked = prefix.removeprefix("dgk_").partition("_")[0]
    if await revoke_api_key(database, asked, at=SystemClock().now()):
        say(f"Revoked {asked}; its open connections end within a minute")
        return 0
    say(f"There is no valid key {asked}", error=True)
    return 1


def _scopes(text: str) -> list[str]:
    known = [scope.value for scope in Scope]
    words = _words(text)
    if unknown := [word for word in words if word not in known]:
        raise InvalidInputError(
            f"Unknown scope: {', '.join(unknown)}", hint=f"The scopes are {', '.join(known)}"
        )
    return words


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]
