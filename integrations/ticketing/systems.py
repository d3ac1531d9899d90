"""The two help desks that come with Deskgraph, made without any setting of the environment."""

from __future__ import annotations

from domain.ports import Clock, TokenStore
from integrations.ticketing.auth import MemoryTokenStore
from integrations.ticketing.factory import open_desk
from integrations.ticketing.registry import Values, gorgias_desk, zendesk_desk
from integrations.ticketing.settings import DeskSettings
from integrations.ticketing.verbs.system import DictionaryTicketing


class _Integration(DictionaryTicketing):
    """Raises `ConfigurationError`, which names the settings that a value stands for."""

    def __init__(
        self,
        settings: DeskSettings,
        token_store: TokenStore | None,
        clock: Clock | None,
    ) -> None:
        tokens = token_store or MemoryTokenStore()
        super().__init__(*open_desk(settings, tokens=tokens), clock=clock)


class ZendeskIntegration(_Integration):
    """Signs in with an OAuth client where there is one, else with e-mail and API token.

    Zendesk ends all API tokens on 2027-04-30. `base_url` points at an emulator: https, or http on
    this machine. `token_store` keeps an OAuth grant beyond this process.
    """

    def __init__(
        self,
        subdomain: str,
        email: str | None = None,
        token: str | None = None,
        *,
        oauth_client_id: str | None = None,
        oauth_client_secret: str | None = None,
        base_url: str | None = None,
        token_store: TokenStore | None = None,
        clock: Clock | None = None,
    ) -> None:
        given = {
            "subdomain": subdomain,
            "email": email,
            "token": token,
            "oauth_client_id": oauth_client_id,
            "oauth_client_secret": oauth_client_secret,
            "base_url": base_url,
        }
        super().__init__(zendesk_desk(_stated(given), "zendesk"), token_store, clock)


class GorgiasIntegration(_Integration):
    """Signs in with an OAuth grant where there is one, else with user name and API key."""

    def __init__(
        self,
        domain: str,
        username: str | None = None,
        api_key: str | None = None,
        *,
        oauth_client_id: str | None = None,
        oauth_client_secret: str | None = None,
        oauth_refresh_token: str | None = None,
        base_url: str | None = None,
        token_store: TokenStore | None = None,
        clock: Clock | None = None,
    ) -> None:
        given = {
            "domain": domain,
            "username": username,
            "api_key": api_key,
            "oauth_client_id": oauth_client_id,
            "oauth_client_secret": oauth_client_secret,
            "oauth_refresh_token": oauth_refresh_token,
            "base_url": base_url,
        }
        super().__init__(gorgias_desk(_stated(given), "gorgias"), token_store, clock)


def _stated(given: dict[str, str | None]) -> Values:
    return {name: text.strip() for name, text in given.items() if text}


def zendesk_system(values: Values) -> ZendeskIntegration:
    """From values as the registry names them."""
    return ZendeskIntegration(
        values.get("subdomain", ""),
        values.get("email"),
        values.get("token"),
        oauth_client_id=values.get("oauth_client_id"),
        oauth_client_secret=values.get("oauth_client_secret"),
        base_url=values.get("base_url"),
    )


def gorgias_system(values: Values) -> GorgiasIntegration:
    """From values as the registry names them."""
    return GorgiasIntegration(
        values.get("domain", ""),
        values.get("username"),
        values.get("api_key"),
        oauth_client_id=values.get("oauth_client_id"),
        oauth_client_secret=values.get("oauth_client_secret"),
        oauth_refresh_token=values.get("oauth_refresh_token"),
        base_url=values.get("base_url"),
    )
