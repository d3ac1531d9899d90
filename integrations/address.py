"""Where credentials may be sent to."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from domain.errors import ConfigurationError


def checked_base_url(base_url: str, *, setting: str) -> str:
    """Without a trailing slash. Raises `ConfigurationError` unless it is https, or http to us."""
    parts = urlsplit(base_url.strip())
    try:
        is_local = is_loopback(parts.hostname or "") and parts.port != 0
    except ValueError:
        is_local = False
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and is_local)
    if not is_safe or not parts.hostname or parts.path not in ("", "/"):
        raise ConfigurationError(
            f"{setting} is no address that credentials may be sent to",
            hint="Use https://host, or http://127.0.0.1:port for an emulator",
        )
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ConfigurationError(
            f"{setting} holds more than a scheme, a host and a port",
            hint="Credentials belong into their own settings",
        )
    return f"{parts.scheme}://{parts.netloc}"


def is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
