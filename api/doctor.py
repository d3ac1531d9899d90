"""Looks at everything that Deskgraph stands on, and says one fix a line."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from api.clock import SystemClock
from api.service import desk_settings
from api.setting_list import SETTINGS
from api.settings import Environment, Settings, unknown_settings
from api.tokens import open_token_store
from db.database import Database
from db.keys import list_api_keys
from db.migrate import is_current
from db.open import open_database, open_inline, sqlite_path
from domain.errors import DeskgraphError
from domain.http import HttpClient, Request, Response
from integrations.ticketing.dictionary import ProviderDictionary
from integrations.ticketing.factory import DeskSettings, open_desk
from integrations.ticketing.settings import BasicLogin

SKEW_SECONDS: Final = 5.0
ANSWER_SECONDS: Final = 10.0
_UPGRADE: Final = "deskgraph db upgrade"


@dataclass(frozen=True, slots=True)
class Finding:
    """`fix` is null where all is well."""

    subject: str
    text: str
    fix: str | None = None


def settings_findings(environment: Environment) -> list[Finding]:
    """What is set and where it came from; secrets are not shown."""
    findings = [
        Finding(name, f"{_shown(name, environment)} ({environment.source(name)})")
        for name in SETTINGS
        if environment.source(name) not in ("default", "not set")
    ]
    unknown = unknown_settings(environment)
    return findings + [Finding("settings", line, "Correct or remove it") for line in unknown]


def _shown(name: str, environment: Environment) -> str:
    return "is set" if SETTINGS[name].is_secret else environment.get(name)


async def examine(settings: Settings) -> AsyncIterator[Finding]:
    """The database first, then each desk. Nothing is written anywhere."""
    place = urlsplit(settings.database_url)
    shown = f"{place.scheme} {place.hostname or place.path.removeprefix('/')}"
    try:
        if _is_to_be_made(settings.database_url):
            database: Database = open_inline()
            yield Finding("database", f"{shown} will be made at the first start")
        elif await is_current(settings.database_url):
            database = open_database(settings.database_url)
            yield Finding("database", f"{shown} answers and has had all migrations")
        else:
            yield Finding("database", f"{shown} has not had all migrations", _UPGRADE)
            return
    except DeskgraphError as error:
        yield _failure("database", error)
        return
    try:
        async for finding in _with_database(settings, database):
            yield finding
    finally:
        await database.close()


def _is_to_be_made(database_url: str) -> bool:
    path = sqlite_path(database_url) if database_url.startswith("sqlite:") else None
    return path is not None and not Path(path).exists()


async def _with_database(settings: Settings, database: Database) -> AsyncIterator[Finding]:
    yield await _keys(database)
    try:
        desks = desk_settings(settings)
        tokens = open_token_store(settings.secret, desks, database=database, clock=SystemClock())
    except DeskgraphError as error:
        yield _failure("desks", error)
        return
    if not desks:
        yield Finding("desks", "none has settings", "Set ZENDESK_... or GORGIAS_... (.env.example)")
    for desk in desks:
        dictionary, client = open_desk(desk, tokens=tokens)
        try:
            for finding in await _desk(desk, dictionary, client):
                yield finding
        except DeskgraphError as error:
            yield _failure(desk.key, error)
        finally:
            await client.close()


async def _keys(database: Database) -> Finding:
    valid = [key for key in await list_api_keys(database) if key.revoked_at is None]
    if valid:
        return Finding("keys", f"{len(valid)} valid")
    fix = "deskgraph token create --name web --scopes tickets:read"
    return Finding("keys", "none: callers are answered 401", fix)


async def _desk(
    desk: DeskSettings, dictionary: ProviderDictionary, client: HttpClient
) -> Sequence[Finding]:
    """Raises transport errors and typed provider errors."""
    response, skew = await _ask(client, dictionary.build_identity())
    if error := dictionary.error_of(response, doing="sign in"):
        raise error
    account = dictionary.parse_identity(response)
    findings = [Finding(desk.key, f"signed in at {desk.base_url}, account {account}")]
    if skew is not None:
        fix = "Set this machine's clock (NTP)" if abs(skew) > SKEW_SECONDS else None
        findings.append(Finding(desk.key, f"its clock differs from ours by {skew:+.1f} s", fix))
    if desk.provider == "zendesk" and isinstance(desk.sign_in, BasicLogin):
        fix = "Make an OAuth client and set ZENDESK_OAUTH_CLIENT_ID and ..._SECRET"
        findings.append(Finding(desk.key, "API tokens end on 2027-04-30", fix))
    return findings + await _refused_lanes(desk, dictionary, client)


async def _ask(client: HttpClient, request: Request) -> tuple[Response, float | None]:
    """The reply, and how far the provider's clock is ahead of ours, in seconds."""
    sent_at = time.time()
    response = await client.send(request, timeout_seconds=ANSWER_SECONDS)
    middle = (sent_at + time.time()) / 2
    try:
        # The header is rounded down to a second: half of one is the best guess.
        told = parsedate_to_datetime(response.headers.get("date", "")).timestamp() + 0.5
    except ValueError:
        return response, None
    return response, told - middle


async def _refused_lanes(
    desk: DeskSettings, dictionary: ProviderDictionary, client: HttpClient
) -> list[Finding]:
    """What a valid credential may not use."""
    findings = []
    for lane in dictionary.lanes(desk.window):
        if not lane.may_be_refused:
            continue
        response, _ = await _ask(client, lane.build(None))
        if dictionary.error_of(response, doing=f"sync {lane.name}"):
            text = f"may not use the {lane.name}: changes are found by a slower walk"
            fix = "Use the credential of an admin" if response.status == 403 else None
            findings.append(Finding(desk.key, text, fix))
    return findings


def _failure(subject: str, error: DeskgraphError) -> Finding:
    return Finding(subject, error.message, error.hint or "See docs/errors.md")
