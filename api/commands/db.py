"""`deskgraph db`: migrations."""

from __future__ import annotations

import argparse
import asyncio

from alembic.util import CommandError

from api.commands import current_settings, say
from db.migrate import downgrade, is_current, upgrade
from domain.errors import InvalidInputError


def run(arguments: argparse.Namespace) -> int:
    """Raises `InvalidInputError` for a revision that is not there."""
    url = current_settings().database_url
    try:
        return _run(arguments, url)
    except CommandError as error:
        raise InvalidInputError(f"Alembic: {error}", hint="migrations/versions has them") from None


def _run(arguments: argparse.Namespace, url: str) -> int:
    match arguments.action:
        case "upgrade":
            asyncio.run(upgrade(url, arguments.revision or "head"))
        case "downgrade":
            asyncio.run(downgrade(url, arguments.revision or "base"))
        case _ if not asyncio.run(is_current(url)):
            say("The database lacks migrations: run `deskgraph db upgrade`", error=True)
            return 1
    say("The database is as asked")
    return 0
