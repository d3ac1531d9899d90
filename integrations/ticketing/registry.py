"""The known providers. To add one: a line in `_BUILT_IN`, or an entry point of another package.

A package of its own declares `[project.entry-points."deskgraph.providers"]` with a `Provider`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Final

from domain.errors import ConfigurationError
from integrations.address import checked_base_url
from integrations.ticketing.auth import gorgias_grant, zendesk_grant
from integrations.ticketing.base import TicketingSystem
from integrations.ticketing.credentials import account_name, basic_login, zendesk_login
from integrations.ticketing.dictionary import ProviderDictionary
from integrations.ticketing.settings import BasicLogin, DeskSettings, Names, SignIn, window_of

ENTRY_POINTS: Final = "deskgraph.providers"
Values = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Language:
    """What the server needs of a provider beyond the verbs."""

    desk: Callable[[Values, str], DeskSettings]
    """(values, desk key). Raises `ConfigurationError`."""
    dictionary: Callable[[DeskSettings], ProviderDictionary]


@dataclass(frozen=True, slots=True)
class Provider:
    """One kind of help desk. Values are named as in `names`: `token` for `ZENDESK_TOKEN`."""

    name: str
    names: Names
    system: Callable[[Values], TicketingSystem]
    """For the library. Raises `ConfigurationError`."""
    language: Language | None = None
    """None: the provider has the verbs only, and its desks cannot be synced."""

    def needed_language(self) -> Language:
        """Raises `ConfigurationError` where there is none."""
        if self.language is None:
            raise ConfigurationError(f"{self.name} has the verbs only and cannot be synced")
        return self.language


def zendesk_desk(values: Values, key: str) -> DeskSettings:
    names = ZENDESK.names
    chosen = names.chosen(values)
    account = account_name(
        values["subdomain"], host="zendesk.com", setting=names.setting("subdomain")
    )
    sign_in: SignIn
    if "token" in chosen:
        sign_in = BasicLogin(*zendesk_login(values["email"], values["token"]))
    else:
        sign_in = zendesk_grant(values["oauth_client_id"], values["oauth_client_secret"])
    host = f"https://{account}.zendesk.com"
    return _desk(ZENDESK, values, key=key, account=account, host=host, sign_in=sign_in)


def gorgias_desk(values: Values, key: str) -> DeskSettings:
    names = GORGIAS.names
    chosen = names.chosen(values)
    account = account_name(values["domain"], host="gorgias.com", setting=names.setting("domain"))
    sign_in: SignIn
    if "api_key" in chosen:
        sign_in = BasicLogin(
            *basic_login(
                values["username"],
                values["api_key"],
                username_setting=names.setting("username"),
                key_setting=names.setting("api_key"),
            )
        )
    else:
        sign_in = gorgias_grant(
            values["oauth_client_id"],
            values["oauth_client_secret"],
            values["oauth_refresh_token"],
        )
    host = f"https://{account}.gorgias.com"
    return _desk(GORGIAS, values, key=key, account=account, host=host, sign_in=sign_in)


def _desk(
    provider: Provider, values: Values, *, key: str, account: str, host: str, sign_in: SignIn
) -> DeskSettings:
    setting = provider.names.setting
    base_url = values.get("base_url") or host
    return DeskSettings(
        key=key,
        provider=provider.name,
        name=values.get("name") or f"{account} ({provider.name.capitalize()})",
        web_url=host,
        base_url=checked_base_url(base_url, setting=setting("base_url")),
        sign_in=sign_in,
        window=window_of(values.get("sync_since"), setting=setting("sync_since")),
    )


def _zendesk_system(values: Values) -> TicketingSystem:
    from integrations.ticketing.systems import zendesk_system  # noqa: PLC0415  it imports us

    return zendesk_system(values)


def _gorgias_system(values: Values) -> TicketingSystem:
    from integrations.ticketing.systems import gorgias_system  # noqa: PLC0415  it imports us

    return gorgias_system(values)


def _zendesk_dictionary(settings: DeskSettings) -> ProviderDictionary:
    from integrations.ticketing.zendesk import ZendeskDictionary  # noqa: PLC0415  only when used

    return ZendeskDictionary(web_url=settings.web_url)


def _gorgias_dictionary(settings: DeskSettings) -> ProviderDictionary:
    from integrations.ticketing.gorgias import GorgiasDictionary  # noqa: PLC0415  only when used

    sign_in = settings.sign_in
    # A ticket about nobody is for the key's own user, as Zendesk makes it too.
    fallback = sign_in.username if isinstance(sign_in, BasicLogin) else None
    return GorgiasDictionary(web_url=settings.web_url, fallback_requester=fallback)


_OAUTH: Final = ("oauth_client_id", "oauth_client_secret")

ZENDESK: Final = Provider(
    "zendesk",
    Names(
        "ZENDESK",
        (("subdomain", *_OAUTH), ("subdomain", "email", "token")),
        ("base_url", "sync_since"),
    ),
    _zendesk_system,
    Language(zendesk_desk, _zendesk_dictionary),
)
GORGIAS: Final = Provider(
    "gorgias",
    Names(
        "GORGIAS",
        (("domain", *_OAUTH, "oauth_refresh_token"), ("domain", "username", "api_key")),
        ("base_url", "sync_since"),
    ),
    _gorgias_system,
    Language(gorgias_desk, _gorgias_dictionary),
)
_BUILT_IN: Final = (ZENDESK, GORGIAS)


@cache
def known_providers() -> Mapping[str, Provider]:
    """By name. Raises `ConfigurationError` for an entry point that gives no `Provider`."""
    found = {provider.name: provider for provider in _BUILT_IN}
    for entry in entry_points(group=ENTRY_POINTS):
        provider = _loaded(entry)
        found.setdefault(provider.name, provider)
    return found


def _loaded(entry: EntryPoint) -> Provider:
    try:
        provider = entry.load()
    except (ImportError, AttributeError) as error:
        provider = error
    if isinstance(provider, Provider):
        return provider
    raise ConfigurationError(
        f"The entry point {entry.name} of {ENTRY_POINTS} gives no Provider: {provider!r}"[:300],
        hint=f"Let it name a {Provider.__module__}.Provider, or remove its package",
    )


def provider_named(name: str) -> Provider:
    """Raises `ConfigurationError` with the names that are known."""
    provider = known_providers().get(name.strip().lower())
    if provider is None:
        raise ConfigurationError(
            f"There is no provider {name[:40]!r}",
            hint=f"Known providers: {', '.join(sorted(known_providers()))}",
        )
    return provider
