"""Ticketing systems and desks from the environment and from `desks.toml`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from domain.errors import ConfigurationError
from integrations.ticketing import (
    GorgiasIntegration,
    TicketingSystem,
    ZendeskIntegration,
    create_ticketing_system,
)
from integrations.ticketing.auth import MemoryTokenStore, OAuthGrant
from integrations.ticketing.factory import desks_from_environment, desks_from_toml, open_desk
from integrations.ticketing.settings import BasicLogin

SECRET = "s3cret-t0ken"
ZENDESK = {
    "ZENDESK_SUBDOMAIN": "yourcompany",
    "ZENDESK_EMAIL": "agent@company.test",
    "ZENDESK_TOKEN": SECRET,
}
GORGIAS = {
    "GORGIAS_DOMAIN": "yourcompany",
    "GORGIAS_USERNAME": "you@company.test",
    "GORGIAS_API_KEY": SECRET,
}
ZENDESK_OAUTH = {"ZENDESK_OAUTH_CLIENT_ID": "cl1ent", "ZENDESK_OAUTH_CLIENT_SECRET": SECRET}


# --- the library
@pytest.mark.parametrize(
    ("env", "kind"),
    [
        (ZENDESK, ZendeskIntegration),
        (GORGIAS, GorgiasIntegration),
        ({**ZENDESK, **GORGIAS, "TICKETING_PROVIDER": "zendesk"}, ZendeskIntegration),
        ({**ZENDESK, **GORGIAS, "TICKETING_PROVIDER": " Gorgias\n"}, GorgiasIntegration),
        ({"ZENDESK_SUBDOMAIN": "acme", **ZENDESK_OAUTH}, ZendeskIntegration),
    ],
)
def test_the_environment_chooses(env: dict[str, str], kind: type[TicketingSystem]) -> None:
    assert type(create_ticketing_system(env=env)) is kind


def test_an_argument_wins_over_the_environment() -> None:
    env = {**ZENDESK, **GORGIAS, "TICKETING_PROVIDER": "zendesk"}
    assert isinstance(create_ticketing_system("gorgias", env), GorgiasIntegration)


def test_the_process_environment_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(("GORGIAS_", "TICKETING_"))]:
        monkeypatch.delenv(name)
    for name, value in ZENDESK.items():
        monkeypatch.setenv(name, value)
    assert isinstance(create_ticketing_system(), ZendeskIntegration)


@pytest.mark.parametrize(
    ("env", "told"),
    [
        ({}, ["No help desk has settings", "ZENDESK_TOKEN", "GORGIAS_API_KEY"]),
        ({**ZENDESK, **GORGIAS}, ["gorgias, zendesk", "TICKETING_PROVIDER"]),
        ({"TICKETING_PROVIDER": "freshdesk"}, ["'freshdesk'", "gorgias, zendesk"]),
        ({"TICKETING_PROVIDER": "zendesk"}, ["Missing: ", "ZENDESK_SUBDOMAIN"]),
        ({**ZENDESK, "ZENDESK_TOKEN": ""}, ["Missing: ZENDESK_TOKEN."]),
        ({**ZENDESK, "ZENDESK_EMAIL": " "}, ["Missing: ZENDESK_EMAIL."]),
        ({**GORGIAS, "GORGIAS_DOMAIN": ""}, ["Missing: GORGIAS_DOMAIN."]),
        (
            {"ZENDESK_SUBDOMAIN": "acme", "ZENDESK_OAUTH_CLIENT_ID": "x"},
            ["Missing: ZENDESK_OAUTH_CLIENT_SECRET."],
        ),
        ({**ZENDESK, "ZENDESK_SUBDOMAIN": "evil.test/x"}, ["ZENDESK_SUBDOMAIN"]),
        ({**ZENDESK, "ZENDESK_EMAIL": "nobody"}, ["ZENDESK_EMAIL"]),
        ({**ZENDESK, "ZENDESK_BASE_URL": "http://evil.test"}, ["ZENDESK_BASE_URL", "https"]),
        ({**GORGIAS, "GORGIAS_BASE_URL": "ftp://127.0.0.1"}, ["GORGIAS_BASE_URL", "https"]),
    ],
)
def test_what_is_wrong_is_named_by_its_setting(env: dict[str, str], told: list[str]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        create_ticketing_system(env=env)
    for part in told:
        assert part in str(caught.value)
    assert SECRET not in str(caught.value)


def test_direct_construction_says_the_same() -> None:
    assert "acme.zendesk.com" in repr(ZendeskIntegration("acme", "a@acme.test", SECRET))
    assert SECRET not in repr(GorgiasIntegration("acme", "a@acme.test", SECRET))
    with pytest.raises(ConfigurationError, match="Missing: ZENDESK_TOKEN"):
        ZendeskIntegration(subdomain="acme", email="a@acme.test")
    with pytest.raises(ConfigurationError, match="GORGIAS_BASE_URL"):
        GorgiasIntegration("acme", "a@acme.test", SECRET, base_url="http://acme.test")


def test_the_import_loads_neither_the_network_nor_a_provider() -> None:
    code = (
        "import sys; from integrations.ticketing import TicketingSystem, create_ticketing_system; "
        "print([name for name in ('httpx', 'integrations.ticketing.zendesk', "
        "'integrations.ticketing.gorgias') if name in sys.modules])"
    )
    root = Path(__file__).parents[2]
    shown = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    assert shown.stdout.strip() == "[]"


# --- the server
def test_both_providers_are_desks_at_once() -> None:
    desks = desks_from_environment({**ZENDESK, **GORGIAS, "TICKETING_PROVIDER": "zendesk"})
    assert [(desk.key, desk.provider, desk.web_url, desk.base_url) for desk in desks] == [
        ("zendesk", "zendesk", *["https://yourcompany.zendesk.com"] * 2),
        ("gorgias", "gorgias", *["https://yourcompany.gorgias.com"] * 2),
    ]
    assert desks[0].sign_in == BasicLogin("agent@company.test/token", SECRET)
    assert SECRET not in repr(desks)


def test_no_settings_mean_no_desk_and_half_of_them_a_mistake() -> None:
    assert desks_from_environment({}) == []
    assert desks_from_environment({"ZENDESK_BASE_URL": "http://127.0.0.1:1"}) == []
    with pytest.raises(ConfigurationError, match="Missing: ZENDESK_TOKEN"):
        desks_from_environment({**GORGIAS, **ZENDESK, "ZENDESK_TOKEN": ""})


def test_oauth_goes_before_a_token() -> None:
    [desk] = desks_from_environment({**ZENDESK, **ZENDESK_OAUTH})
    assert isinstance(desk.sign_in, OAuthGrant)
    grant = {
        "GORGIAS_OAUTH_CLIENT_ID": "cl1ent",
        "GORGIAS_OAUTH_CLIENT_SECRET": SECRET,
        "GORGIAS_OAUTH_REFRESH_TOKEN": SECRET,
    }
    [desk] = desks_from_environment({**GORGIAS, **grant})
    assert isinstance(desk.sign_in, OAuthGrant)
    assert desk.sign_in.refresh_token == SECRET
    assert SECRET not in repr(desk)


def test_an_emulator_and_a_window_are_settings() -> None:
    more = {"ZENDESK_BASE_URL": "http://127.0.0.1:9001/", "ZENDESK_SYNC_SINCE": "2026-01-31"}
    [desk] = desks_from_environment({**ZENDESK, **more})
    assert desk.base_url == "http://127.0.0.1:9001"
    assert desk.window.since == 1_769_817_600.0
    with pytest.raises(ConfigurationError, match="ZENDESK_SYNC_SINCE is no date"):
        desks_from_environment({**ZENDESK, "ZENDESK_SYNC_SINCE": "yesterday"})


async def test_a_desk_can_be_opened_without_a_connection() -> None:
    for desk in desks_from_environment({**ZENDESK, **ZENDESK_OAUTH, **GORGIAS}):
        dictionary, client = open_desk(desk, tokens=MemoryTokenStore())
        assert dictionary.name == desk.provider
        assert SECRET not in repr(client)
        await client.close()


# --- desks.toml
TOML = """
[[desk]]
key = "acme"
provider = "zendesk"
name = "Acme Support"
subdomain = "acme"
oauth_client_id = "cl1ent"
oauth_client_secret = "${ACME_SECRET}"
sync_since = 2026-01-31

[[desk]]
key = "acme_eu"
provider = "zendesk"
subdomain = "acme-eu"
email = "a@acme.test"
token = "${ACME_SECRET}"
"""


def _file(folder: Path, text: str) -> Path:
    path = folder / "desks.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_one_file_holds_several_desks_of_one_provider(tmp_path: Path) -> None:
    desks = desks_from_toml(_file(tmp_path, TOML), {"ACME_SECRET": SECRET})
    assert [(desk.key, desk.name, desk.web_url) for desk in desks] == [
        ("acme", "Acme Support", "https://acme.zendesk.com"),
        ("acme_eu", "acme-eu (Zendesk)", "https://acme-eu.zendesk.com"),
    ]
    assert desks[0].window.since == 1_769_817_600.0
    assert desks[1].sign_in == BasicLogin("a@acme.test/token", SECRET)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("ACME_SECRET}", "OTHER}", "desk 1: OTHER is not set"),
        ('"acme_eu"', '"acme"', "two desks have the key acme"),
        ('"acme_eu"', '"Acme EU"', "desk 2: key is missing or no desk key"),
        ('provider = "zendesk"', 'provider = "front"', "There is no provider 'front'"),
        ("token =", "tokn =", "desk 2: Unknown: tokn"),
        ('email = "a@acme.test"', "", "desk 2: Missing: ZENDESK_EMAIL"),
        ("[[desk]]", "[desk]", "cannot be read"),
        ("[[desk]]", "[[desks]]", "must hold desks and nothing else"),
        ("2026-01-31", '"soon"', "ZENDESK_SYNC_SINCE is no date"),
    ],
)
def test_a_mistake_is_told_with_file_and_desk(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    path = _file(tmp_path, TOML.replace(old, new))
    with pytest.raises(ConfigurationError) as caught:
        desks_from_toml(path, {"ACME_SECRET": SECRET})
    assert told in str(caught.value)
    assert "desks.toml" in str(caught.value)
    assert SECRET not in str(caught.value)


def test_a_missing_file_is_no_traceback(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        desks_from_toml(tmp_path / "none.toml", {})
