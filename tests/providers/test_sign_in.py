"""Signing in by OAuth at the emulated desks, over HTTP."""

from __future__ import annotations

import pytest

from integrations.ticketing.auth import MemoryTokenStore
from integrations.ticketing.factory import desks_from_environment, open_desk
from tests.providers.emulated import emulated

GRANTS = {
    "zendesk": {
        "ZENDESK_SUBDOMAIN": "acme",
        "ZENDESK_OAUTH_CLIENT_ID": "demo-client",
        "ZENDESK_OAUTH_CLIENT_SECRET": "demo-secret",
    },
    "gorgias": {
        "GORGIAS_DOMAIN": "acme",
        "GORGIAS_OAUTH_CLIENT_ID": "demo-client",
        "GORGIAS_OAUTH_CLIENT_SECRET": "demo-secret",
        "GORGIAS_OAUTH_REFRESH_TOKEN": "demo-refresh-token",
    },
}


@pytest.mark.parametrize("name", sorted(GRANTS))
async def test_an_oauth_client_signs_in_and_keeps_the_rotated_pair(name: str) -> None:
    tokens = MemoryTokenStore()
    async with emulated(name) as desk:
        given = GRANTS[name] | {f"{name.upper()}_BASE_URL": desk.url}
        [settings] = desks_from_environment(given)
        dictionary, client = open_desk(settings, tokens=tokens)
        answer = await client.send(dictionary.build_identity())
        await client.close()
    assert dictionary.parse_identity(answer)
    pair = await tokens.load(name)
    assert pair is not None
    assert pair.refresh_token not in (None, "demo-refresh-token")
