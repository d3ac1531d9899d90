"""What users paste, and what was meant."""

from __future__ import annotations

import base64

import pytest

from domain.errors import ConfigurationError
from integrations.ticketing.credentials import account_name, basic_login, zendesk_login


@pytest.mark.parametrize(
    "pasted",
    [
        "acme",
        " Acme\n",
        "acme.zendesk.com",
        "https://acme.zendesk.com",
        "https://acme.zendesk.com/",
        "https://acme.zendesk.com/agent/dashboard",
        "http://ACME.zendesk.com",
    ],
)
def test_an_account_is_one_word(pasted: str) -> None:
    assert account_name(pasted, host="zendesk.com", setting="ZENDESK_SUBDOMAIN") == "acme"


@pytest.mark.parametrize(
    "pasted",
    [
        "",
        "evil.test",
        "https://evil.test/",
        "acme.zendesk.com.evil.test",
        "acme@evil.test",
        "evil.test#.zendesk.com",
        "evil.test?.zendesk.com",
        "-acme",
        "acme-",
        "a" * 64,
        "ac me",
        "acmé",
        "acme:8080",
    ],
)
def test_anything_that_could_lead_elsewhere_is_refused(pasted: str) -> None:
    with pytest.raises(ConfigurationError, match="ZENDESK_SUBDOMAIN"):
        account_name(pasted, host="zendesk.com", setting="ZENDESK_SUBDOMAIN")


def test_the_ending_of_a_token_login_is_added_once() -> None:
    expected = ("a@acme.test/token", "k3y")
    assert zendesk_login("a@acme.test", "k3y") == expected
    assert zendesk_login(" a@acme.test/token ", " k3y\n") == expected


@pytest.mark.parametrize("user", ["a@acme.test", "a@acme.test/token"])
def test_a_key_pasted_as_base64_is_taken_apart(user: str) -> None:
    pasted = base64.b64encode(f"{user}:k3y".encode()).decode()
    assert zendesk_login("a@acme.test", pasted) == ("a@acme.test/token", "k3y")
    assert zendesk_login("", f"Basic {pasted}") == ("a@acme.test/token", "k3y")


def test_a_plain_key_that_happens_to_be_base64_stays() -> None:
    key = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN"
    settings = {"username_setting": "U", "key_setting": "K"}
    assert basic_login("a@acme.test", key, **settings) == ("a@acme.test", key)
    long = base64.b64encode(b"some random words without an address: x").decode()
    assert basic_login("a@acme.test", long, **settings) == ("a@acme.test", long)


@pytest.mark.parametrize(
    ("email", "token", "setting"),
    [
        ("", "k3y", "ZENDESK_EMAIL"),
        ("somebody", "k3y", "ZENDESK_EMAIL"),
        ("a@acme.test:x", "k3y", "ZENDESK_EMAIL"),
        ("a@acme.test", " ", "ZENDESK_TOKEN"),
        ("a@acme.test", "k3y with words", "ZENDESK_TOKEN"),
        ("a@acme.test", "schlüssel", "ZENDESK_TOKEN"),
    ],
)
def test_what_cannot_be_used_is_named_by_its_setting(email: str, token: str, setting: str) -> None:
    with pytest.raises(ConfigurationError, match=setting) as caught:
        zendesk_login(email, token)
    assert not token.strip() or token not in str(caught.value)
