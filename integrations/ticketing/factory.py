"""Makes ticketing systems and desks from settings: the environment, or `desks.toml`."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from domain.errors import ConfigurationError
from domain.http import HttpClient
from domain.ids import DESK_KEY
from domain.ports import TokenStore
from integrations.ticketing.auth import BasicSigner, OAuthSigner
from integrations.ticketing.base import TicketingSystem
from integrations.ticketing.dictionary import ProviderDictionary
from integrations.ticketing.registry import Provider, known_providers, provider_named
from integrations.ticketing.settings import BasicLogin, DeskSettings

__all__ = [
    "DeskSettings",
    "create_ticketing_system",
    "desks_from_environment",
    "desks_from_toml",
    "open_desk",
]

CHOICE: Final = "TICKETING_PROVIDER"
_REFERENCE: Final = re.compile(r"\$\{(\w+)\}")


def create_ticketing_system(
    provider: str | None = None, env: Mapping[str, str] | None = None
) -> TicketingSystem:
    """The help desk that the settings name. Opens no connection yet.

    `provider` wins over TICKETING_PROVIDER; with neither, the only provider that has settings.
    Raises `ConfigurationError`, which names the settings that are missing.
    """
    given = os.environ if env is None else env
    chosen = provider or given.get(CHOICE, "").strip()
    found = provider_named(chosen) if chosen else _only_provider(given)
    return found.system(_checked(found, given))


def _checked(provider: Provider, env: Mapping[str, str]) -> Mapping[str, str]:
    values = provider.names.given_in(env)
    provider.names.chosen(values)
    return values


def _only_provider(env: Mapping[str, str]) -> Provider:
    begun = _begun(env)
    if len(begun) == 1:
        return begun[0]
    names = ", ".join(sorted(provider.name for provider in begun or known_providers().values()))
    if begun:
        raise ConfigurationError(
            f"Several help desks have settings: {names}",
            hint=f"Set {CHOICE} to the one that you mean",
        )
    sign_ins = [
        ", ".join(map(provider.names.setting, sign_in))
        for provider in known_providers().values()
        for sign_in in provider.names.sign_ins
    ]
    raise ConfigurationError("No help desk has settings", hint=f"Set {'; or '.join(sign_ins)}")


def _begun(env: Mapping[str, str]) -> list[Provider]:
    every = known_providers().values()
    return [p for p in every if p.names.is_begun(p.names.given_in(env))]


def desks_from_environment(env: Mapping[str, str]) -> list[DeskSettings]:
    """Every provider that has settings, each under its own name as key; none: an empty list.

    Raises `ConfigurationError` for settings that are begun and not complete.
    """
    return [
        provider.language.desk(_checked(provider, env), provider.name)
        for provider in _begun(env)
        if provider.language is not None
    ]


def desks_from_toml(path: Path, env: Mapping[str, str]) -> list[DeskSettings]:
    """Several desks, also of one provider. `${NAME}` in a value stands for the environment's.

        [[desk]]
        key = "acme"
        provider = "zendesk"
        subdomain = "acme"
        oauth_client_id = "deskgraph"
        oauth_client_secret = "${ACME_SECRET}"
        sync_since = 2026-01-31

    Raises `ConfigurationError` with the file and the desk in its message.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}") from None
    rows = document.get("desk")
    if set(document) != {"desk"} or not isinstance(rows, list):
        raise ConfigurationError(
            f"{path} must hold desks and nothing else", hint="Begin each desk with [[desk]]"
        )
    desks: dict[str, DeskSettings] = {}
    for number, row in enumerate(rows, start=1):
        desk = _desk_of(row, env, where=f"{path}, desk {number}")
        if desk.key in desks:
            raise ConfigurationError(f"{path}: two desks have the key {desk.key}")
        desks[desk.key] = desk
    return list(desks.values())


def _desk_of(row: object, env: Mapping[str, str], *, where: str) -> DeskSettings:
    try:
        values = _expanded(row, env)
        key = values.pop("key", "")
        provider = provider_named(values.pop("provider", ""))
        if not DESK_KEY.fullmatch(key):
            raise ConfigurationError(
                "key is missing or no desk key", hint="Use a-z, 0-9, _ and -, at most 63"
            )
        language = provider.needed_language()
        allowed = [*provider.names.all, "name"]
        if unknown := sorted(set(values) - set(allowed)):
            raise ConfigurationError(
                f"Unknown: {', '.join(unknown)}", hint=f"A desk may have {', '.join(allowed)}"
            )
        return language.desk(values, key)
    except ConfigurationError as error:
        raise ConfigurationError(f"{where}: {error.message}", hint=error.hint) from None


def _expanded(row: object, env: Mapping[str, str]) -> dict[str, str]:
    """The row's values as text, with the environment's values in their places."""
    if not isinstance(row, dict):
        raise ConfigurationError("This is no desk", hint="Begin each desk with [[desk]]")

    def value_of(match: re.Match[str]) -> str:
        if not (value := env.get(match[1], "")):
            raise ConfigurationError(f"{match[1]} is not set", hint=f"Set {match[1]}")
        return value

    return {str(key): _REFERENCE.sub(value_of, str(value)) for key, value in row.items()}


def open_desk(
    settings: DeskSettings, *, tokens: TokenStore
) -> tuple[ProviderDictionary, HttpClient]:
    """The desk's language and its line. Opens no connection yet."""
    # Slow to import, and nobody needs it to choose a help desk.
    from integrations.http import HttpxClient, Signer, Unsigned  # noqa: PLC0415

    provider = provider_named(settings.provider)
    language = provider.needed_language()
    sign_in, setting = settings.sign_in, provider.names.setting("base_url")
    signer: Signer
    if isinstance(sign_in, BasicLogin):
        signer = BasicSigner(sign_in.username, sign_in.password)
    else:
        unsigned = HttpxClient(settings.base_url, Unsigned(), setting=setting)
        signer = OAuthSigner(client=unsigned, desk=settings.key, grant=sign_in, store=tokens)
    client = HttpxClient(settings.base_url, signer, setting=setting)
    return language.dictionary(settings), client
