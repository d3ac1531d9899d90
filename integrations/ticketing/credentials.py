"""What users paste as credentials, and what was meant. Messages name the environment variable."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

from domain.errors import ConfigurationError

_LABEL: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_TOKEN_SUFFIX: Final = "/token"  # noqa: S105  the e-mail's ending, no secret


def account_name(value: str, *, host: str, setting: str) -> str:
    """The account's one word: `acme`, from that, from `acme.zendesk.com` or from any address there.

    Checked before an address is made of it, so that credentials can go to no other host.
    """
    word = value.strip().lower()
    word = re.sub(r"^https?://", "", word).partition("/")[0].removesuffix(f".{host}")
    if not _LABEL.fullmatch(word):
        raise ConfigurationError(
            f"{setting} is no account name",
            hint=f"Set {setting} to the first word of <account>.{host}, as in your browser",
        )
    return word


def zendesk_login(email: str, token: str) -> tuple[str, str]:
    """User name and password for Basic: the user name of a token ends in `/token`."""
    email, token = basic_login(
        email.strip().removesuffix(_TOKEN_SUFFIX),
        token,
        username_setting="ZENDESK_EMAIL",
        key_setting="ZENDESK_TOKEN",
    )
    return f"{email.removesuffix(_TOKEN_SUFFIX)}{_TOKEN_SUFFIX}", token


def basic_login(
    username: str, key: str, *, username_setting: str, key_setting: str
) -> tuple[str, str]:
    """An e-mail address and a key. A key pasted as base64 of `user:key` is taken apart."""
    username, key = username.strip(), key.strip().removeprefix("Basic ").strip()
    if pasted := _taken_apart(key):
        username, key = username or pasted[0], pasted[1]
    if "@" not in username or re.search(r"[\s:\x00-\x1f]", username):
        raise ConfigurationError(
            f"{username_setting} is missing or no e-mail address",
            hint=f"Set {username_setting} to the address that you sign in with",
        )
    if not key or not key.isascii() or re.search(r"\s", key):
        raise ConfigurationError(
            f"{key_setting} is missing, or holds something that no key can hold",
            hint=f"Set {key_setting} to the key as the help desk shows it",
        )
    return username, key


def _taken_apart(key: str) -> tuple[str, str] | None:
    """`user@host:key` behind base64; None for a plain key, which decodes to noise if at all."""
    try:
        text = base64.b64decode(key, validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
    username, separator, password = text.partition(":")
    if not separator or "@" not in username or not password or not text.isprintable():
        return None
    return username, password
