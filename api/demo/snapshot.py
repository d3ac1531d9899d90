"""The filled cache of one emulated world, kept so that the next demo need not copy it again.

The emulators forget everything when they end, and begin with the same world for the same seed. A
cache that had seen their life would be wrong about a world that never lived; the cache as it was
when it had just been filled is right about it. Its name holds a digest of all that decides what is
in it, so that another version of the code never meets it.
"""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Final

from sqlalchemy import delete

from api.demo.desks import ROOT, DemoError, World
from db.database import Transaction
from db.open import open_database
from db.tables import oauth_grant, setting
from db.write.feed import EPOCH_SETTING

_DECIDES: Final = ("domain", "integrations", "db", "sync", "migrations", "emulator")


def digest_of(world: World) -> str:
    """Of the code that makes, copies and keeps the world, its data, and how it was asked for."""
    digest = sha256(repr(world).encode())
    for file in sorted(_files()):
        digest.update(str(file.relative_to(ROOT)).encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _files() -> Iterable[Path]:
    for folder in _DECIDES:
        yield from (ROOT / folder).rglob("*.py")
        yield from (ROOT / folder).rglob("*.jsonl")


async def restore(cache: Path, snapshot: Path) -> bool:
    """Begins with the snapshot, or else with an empty cache; tells which.

    Raises `DemoError` while another process uses the cache.
    """
    if await _is_used(cache):
        raise DemoError(f"Another demo is running in {cache.parent}", hint="End it first")
    if not await asyncio.to_thread(_put_in_place, cache, snapshot):
        return False
    await _forget_last_demo(cache)
    return True


async def _is_used(cache: Path) -> bool:
    database = open_database(f"sqlite:///{cache}")
    await database.close()
    return database.is_read_only


def _put_in_place(cache: Path, snapshot: Path) -> bool:
    for ending in ("", "-wal", "-shm"):
        cache.with_name(cache.name + ending).unlink(missing_ok=True)
    if not snapshot.is_file():
        return False
    shutil.copyfile(snapshot, cache)
    return True


async def _forget_last_demo(cache: Path) -> None:
    """Its grants, and the epoch of its change feed: its cursors must not fit new positions."""

    async def unit(tx: Transaction) -> None:
        await tx.execute(delete(setting).where(setting.c.name == EPOCH_SETTING))
        await tx.execute(delete(oauth_grant))

    database = open_database(f"sqlite:///{cache}")
    try:
        await database.write(unit)
    finally:
        await database.close()


def save(cache: Path, snapshot: Path) -> None:
    """Replaces the snapshots of other versions. The cache may be in use."""
    for old in snapshot.parent.glob("filled-*"):
        old.unlink()
    unfinished = snapshot.with_suffix(".part")
    unfinished.unlink(missing_ok=True)
    with closing(sqlite3.connect(cache)) as source, closing(sqlite3.connect(unfinished)) as target:
        source.backup(target)
    unfinished.rename(snapshot)
