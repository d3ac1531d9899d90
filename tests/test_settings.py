"""Settings: one list, honest messages, and no secret in any of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from api.setting_list import SETTINGS, env_example
from api.settings import (
    Environment,
    Profile,
    parse_dotenv,
    read_settings,
    unknown_settings,
)
from api.tokens import sealing_key
from domain.errors import ConfigurationError
from integrations.ticketing.registry import known_providers

ROOT = Path(__file__).parent.parent


class Watched(Mapping[str, str]):
    """Remembers which names were asked for."""

    def __init__(self) -> None:
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def test_env_example_is_the_list_of_settings() -> None:
    assert (ROOT / ".env.example").read_text(encoding="utf-8") == env_example(), (
        "Write it anew: python -c "
        "'from api.setting_list import env_example; print(env_example(), end=\"\")' > .env.example"
    )


def test_every_setting_that_a_provider_reads_is_listed() -> None:
    providers = known_providers().values()
    read = {p.names.setting(value) for p in providers for value in p.names.all}
    assert read <= set(SETTINGS)


def test_settings_are_read_from_listed_names_only() -> None:
    watched = Watched()
    read_settings(Environment(watched))
    assert watched.asked <= set(SETTINGS)


def test_every_name_in_the_documents_is_a_setting() -> None:
    named = re.compile(r"\b(?:DESKGRAPH|ZENDESK|GORGIAS)_[A-Z_]*[A-Z]\b")
    files = ["README.md", "Dockerfile", "Makefile", "emulator/README.md"]
    for file in files:
        found = set(named.findall((ROOT / file).read_text(encoding="utf-8")))
        assert found <= set(SETTINGS), file


def test_bare_environment_is_a_closed_server_on_this_machine() -> None:
    settings = read_settings(Environment({}))
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.profile is Profile.PRODUCTION
    assert not settings.has_explorer
    assert not settings.introspection
    assert settings.cors_origins == frozenset()


def test_profile_opens_explorer_and_introspection_unless_told_otherwise() -> None:
    development = {"DESKGRAPH_PROFILE": "development"}
    assert read_settings(Environment(development)).has_explorer
    closed = development | {"DESKGRAPH_EXPLORER": "off"}
    assert not read_settings(Environment(closed)).has_explorer


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("PORT", "70000"),
        ("PORT", "-1"),
        ("PORT", "٨٠"),
        ("DESKGRAPH_PROFILE", "staging"),
        ("DESKGRAPH_WRITES", "maybe"),
        ("DESKGRAPH_EXPLORER", "perhaps"),
        ("DESKGRAPH_LOG_LEVEL", "loud"),
        ("DESKGRAPH_CORS_ORIGINS", "*"),
        ("DESKGRAPH_CORS_ORIGINS", "app.example.com"),
        ("DESKGRAPH_CORS_ORIGINS", "https://app.example.com/path"),
        ("DESKGRAPH_DESKS", "no-such-file.toml"),
        ("DESKGRAPH_ONLY_TRUSTED", "on"),
    ],
)
def test_value_that_cannot_be_used_names_its_setting_and_what_to_do(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=name) as refused:
        read_settings(Environment({name: value}))
    assert refused.value.hint


def test_origins_are_compared_as_browsers_send_them() -> None:
    given = "https://App.Example.com, http://localhost:5173/ ,"
    settings = read_settings(Environment({"DESKGRAPH_CORS_ORIGINS": given}))
    assert settings.cors_origins == {"https://app.example.com", "http://localhost:5173"}


def test_unknown_name_is_told_with_the_one_that_was_meant() -> None:
    lines = unknown_settings(Environment({"DESKGRAPH_EXPLORR": "on", "PATH": "/bin"}))
    assert lines == ["DESKGRAPH_EXPLORR is no setting; did you mean DESKGRAPH_EXPLORER?"]


def test_environment_wins_over_the_file_and_both_say_where_a_value_came_from(
    tmp_path: Path,
) -> None:
    file = tmp_path / ".env"
    file.write_text('PORT=9000\nHOST="0.0.0.0"  # everywhere\nexport DESKGRAPH_WRITES=off\n')
    environment = Environment.of({"PORT": "9001", "HOST": " "}, dotenv=file)
    settings = read_settings(environment)
    assert (settings.host, settings.port, settings.writes.value) == ("0.0.0.0", 9001, "off")
    assert environment.source("PORT") == "environment"
    assert environment.source("HOST") == ".env"
    assert environment.source("DESKGRAPH_LOG_LEVEL") == "default"
    assert environment.source("ZENDESK_TOKEN") == "not set"


def test_fallback_takes_the_place_of_a_default_only(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("DESKGRAPH_PROFILE=production\n")
    fallback = {"DESKGRAPH_PROFILE": "development"}
    assert Environment.of({}, fallback=fallback).get("DESKGRAPH_PROFILE") == "development"
    told = Environment.of({}, dotenv=file, fallback=fallback)
    assert told.get("DESKGRAPH_PROFILE") == "production"


def test_line_of_the_file_that_is_no_setting_is_told_by_its_number_only() -> None:
    with pytest.raises(ConfigurationError, match="Line 2") as refused:
        parse_dotenv("PORT=1\nhunter2 is my password\n")
    assert "hunter2" not in str(refused.value)


def test_settings_show_no_secret() -> None:
    secret = "correct-horse-battery-staple-and-more"
    given = {
        "DESKGRAPH_SECRET": secret,
        "ZENDESK_TOKEN": secret,
        "DATABASE_URL": f"postgresql://user:{secret}@db/name",
    }
    assert secret not in repr(read_settings(Environment(given)))


def test_secret_seals_in_any_form_that_is_long_enough() -> None:
    assert len(sealing_key("x" * 32)) == 44
    with pytest.raises(ConfigurationError, match="DESKGRAPH_SECRET"):
        sealing_key("short")
