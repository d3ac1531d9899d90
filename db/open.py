"""Opens the cache that a URL names."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from db.database import Database
from db.postgres import PostgresDatabase
from db.sqlite import InlineSqlite, SqliteDatabase
from db.tables import create_script
from domain.errors import ConfigurationError


def open_database(url: str) -> Database:
    """`sqlite:///cache.sqlite` (relative), `sqlite:////var/cache.sqlite` (absolute), `sqlite://`
    (in memory, with its tables, without threads) or `postgresql://user@host/name`.

    A file or server has to be migrated first (`db.migrate.upgrade`). Raises `ConfigurationError`
    for any other URL and `DatabaseUnavailableError` for a file that cannot be opened.
    """
    scheme = urlsplit(url).scheme
    if scheme == "sqlite":
        path = sqlite_path(url)
        return SqliteDatabase(path) if path is not None else open_inline()
    if scheme in ("postgresql", "postgres"):
        return PostgresDatabase(url)
    raise ConfigurationError(
        f"DATABASE_URL begins with {scheme or 'nothing'}:// which is no database we know",
        hint="Use sqlite:///cache.sqlite or postgresql://user:password@host/name.",
    )


def open_beside(url: str) -> Database:
    """The cache for a few short units, also while another process keeps and writes it.

    For records that only people change (API keys): what the sync module writes has one owner.
    Raises as `open_database` does.
    """
    path = sqlite_path(url) if urlsplit(url).scheme == "sqlite" else None
    return open_database(url) if path is None else InlineSqlite(path)


def open_inline() -> InlineSqlite:
    """An empty cache in memory, for simulations."""
    database = InlineSqlite()
    database.connection.executescript(create_script())
    return database


def sqlite_path(url: str) -> str | None:
    """The file of an SQLite URL; None: in memory. Raises `ConfigurationError` for a host in it."""
    parts = urlsplit(url)
    if parts.netloc:
        raise ConfigurationError(
            f"An SQLite URL has three slashes, not a host named {parts.netloc}",
            hint="Use sqlite:///cache.sqlite, or four slashes for an absolute path.",
        )
    path = unquote(parts.path.removeprefix("/"))
    return path if path not in ("", ":memory:") else None
