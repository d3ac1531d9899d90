"""The settings as values, and where each came from. Nothing below `api/` reads the environment."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import urlsplit

from api.setting_list import SETTINGS
from domain.errors import ConfigurationError
from sync.operations.front import Writes

_PREFIX: Final = "DESKGRAPH_"
_SWITCH: Final = {"on": True, "true": True, "1": True, "yes": True}
_SWITCH_OFF: Final = {"off": False, "false": False, "0": False, "no": False}
_LINE: Final = re.compile(r"(?:export\s+)?(?P<name>[A-Za-z_]\w*)\s*=\s*(?P<value>.*)")

Word = TypeVar("Word", bound=StrEnum)


class Profile(StrEnum):
    PRODUCTION = "production"
    DEVELOPMENT = "development"
    DEMO = "demo"


class LogLevel(StrEnum):
    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Environment:
    """Names and values, and for each name where it came from. An empty value counts as not set."""

    values: Mapping[str, str]
    sources: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        process: Mapping[str, str],
        *,
        dotenv: Path | None = None,
        fallback: Mapping[str, str] | None = None,
    ) -> Environment:
        """The process's own variables win over those of the `.env` file, where there is one.

        `fallback` takes the place of defaults.
        """
        layers = [(dict(fallback or {}), "command")]
        if dotenv is not None and dotenv.is_file():
            text = dotenv.read_text(encoding="utf-8")
            layers.append((parse_dotenv(text, name=dotenv.name), dotenv.name))
        set_here = {name: value for name, value in process.items() if value.strip()}
        layers.append((set_here, "environment"))
        values: dict[str, str] = {}
        sources: dict[str, str] = {}
        for layer, source in layers:
            values |= layer
            sources |= dict.fromkeys(layer, source)
        return cls(values, sources)

    def get(self, name: str) -> str:
        """The value or the default of a listed setting; "" where it has neither."""
        return self.values.get(name, "").strip() or SETTINGS[name].default

    def source(self, name: str) -> str:
        return self.sources.get(name, "default" if SETTINGS[name].default else "not set")


def parse_dotenv(text: str, *, name: str = ".env") -> dict[str, str]:
    """`NAME=value` lines; quotes are taken off. Raises `ConfigurationError` for any other line."""
    values: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        found = _LINE.fullmatch(stripped)
        if found is None:
            raise ConfigurationError(
                f"Line {number} of {name} is not NAME=value", hint="Comments begin with #"
            )
        if value := _unquoted(found["value"]):
            values[found["name"]] = value
    return values


def _unquoted(value: str) -> str:
    for quote in ('"', "'"):
        if value.startswith(quote) and (end := value.find(quote, 1)) > 0:
            return value[1:end]
    return re.split(r"\s+#", value, maxsplit=1)[0].strip()


@dataclass(frozen=True, slots=True)
class Settings:
    """What the server was told, checked."""

    host: str
    port: int
    profile: Profile
    has_explorer: bool
    introspection: bool
    cors_origins: frozenset[str]
    documents: Path | None
    only_trusted: bool
    log_level: LogLevel
    database_url: str = field(repr=False)
    secret: str | None = field(repr=False)
    writes: Writes
    desks_file: Path | None
    environment: Mapping[str, str] = field(repr=False)
    """For the desks' own settings, which `integrations.ticketing.factory` reads."""

    @property
    def is_production(self) -> bool:
        return self.profile is Profile.PRODUCTION


def read_settings(environment: Environment) -> Settings:
    """Raises `ConfigurationError`, which names the setting and never shows a secret."""
    profile = _word(environment, "DESKGRAPH_PROFILE", Profile)
    is_open = profile is not Profile.PRODUCTION
    documents = _path(environment, "DESKGRAPH_DOCUMENTS")
    only_trusted = _switch(environment, "DESKGRAPH_ONLY_TRUSTED")
    if only_trusted and documents is None:
        raise ConfigurationError(
            "DESKGRAPH_ONLY_TRUSTED is on and DESKGRAPH_DOCUMENTS is not set",
            hint="Name the file of trusted documents in DESKGRAPH_DOCUMENTS",
        )
    return Settings(
        host=environment.get("HOST"),
        port=_port(environment),
        profile=profile,
        has_explorer=_switch(environment, "DESKGRAPH_EXPLORER", otherwise=is_open),
        introspection=_switch(environment, "DESKGRAPH_INTROSPECTION", otherwise=is_open),
        cors_origins=_origins(environment.get("DESKGRAPH_CORS_ORIGINS")),
        documents=documents,
        only_trusted=only_trusted,
        log_level=_word(environment, "DESKGRAPH_LOG_LEVEL", LogLevel),
        database_url=environment.get("DATABASE_URL"),
        secret=environment.get("DESKGRAPH_SECRET") or None,
        writes=_word(environment, "DESKGRAPH_WRITES", Writes),
        desks_file=_path(environment, "DESKGRAPH_DESKS"),
        environment=environment.values,
    )


def unknown_settings(environment: Environment) -> Sequence[str]:
    """A line for each `DESKGRAPH_...` name that is no setting, with the name that was meant."""
    lines = []
    for name in sorted(environment.values):
        if name.startswith(_PREFIX) and name not in SETTINGS:
            meant = difflib.get_close_matches(name, SETTINGS, n=1)
            lines.append(
                f"{name} is no setting; "
                + (f"did you mean {meant[0]}?" if meant else "see .env.example")
            )
    return lines


def _word(environment: Environment, name: str, words: type[Word]) -> Word:
    try:
        return words(environment.get(name).lower())
    except ValueError:
        raise ConfigurationError(
            f"{name} is {environment.get(name)!r}", hint=f"Set it to {_alternatives(words)}"
        ) from None


def _alternatives(words: type[StrEnum]) -> str:
    *most, last = [word.value for word in words]
    return f"{', '.join(most)} or {last}"


def _switch(environment: Environment, name: str, *, otherwise: bool = False) -> bool:
    if not (value := environment.get(name).lower()):
        return otherwise
    if value in (switch := _SWITCH | _SWITCH_OFF):
        return switch[value]
    raise ConfigurationError(f"{name} is {value!r}", hint="Set it to on or off")


def _port(environment: Environment) -> int:
    value = environment.get("PORT")
    if value.isascii() and value.isdecimal() and int(value) <= 65_535:
        return int(value)
    raise ConfigurationError(f"PORT is {value!r}", hint="Set it to a number up to 65535")


def _path(environment: Environment, name: str) -> Path | None:
    if not (value := environment.get(name)):
        return None
    if not (path := Path(value)).is_file():
        raise ConfigurationError(f"{name} names no file", hint=f"{path} was not found")
    return path


def _origins(value: str) -> frozenset[str]:
    """Origins as browsers send them: scheme and host, the port where it is not the usual one."""
    return frozenset(_origin(word.strip()) for word in value.split(",") if word.strip())


def _origin(word: str) -> str:
    parts = urlsplit(word.lower())
    is_origin = parts.scheme in ("http", "https") and parts.hostname and not parts.username
    if not is_origin or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ConfigurationError(
            f"DESKGRAPH_CORS_ORIGINS holds {word!r}, which is no origin",
            hint="Write https://app.example.com, and commas between several; * is not taken",
        )
    return f"{parts.scheme}://{parts.netloc}"
