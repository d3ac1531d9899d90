"""The subcommands: each module has `run(arguments) -> exit code`."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from api.settings import Environment, Settings, read_settings, unknown_settings


def current_environment(
    fallback: Mapping[str, str] | None = None, **arguments: str | None
) -> Environment:
    """Of this process and `.env`; arguments of the command line win over both."""
    given = {name: value for name, value in arguments.items() if value is not None}
    return Environment.of({**os.environ, **given}, dotenv=Path(".env"), fallback=fallback)


def current_settings(
    fallback: Mapping[str, str] | None = None, **arguments: str | None
) -> Settings:
    """Raises `ConfigurationError`; warns of names that are no settings."""
    environment = current_environment(fallback, **arguments)
    for line in unknown_settings(environment):
        say(f"warning: {line}", error=True)
    return read_settings(environment)


def say(text: str, *, error: bool = False) -> None:
    (sys.stderr if error else sys.stdout).write(f"{text}\n")
    sys.stdout.flush()
