"""One desk as its settings describe it, and the values that a provider needs for that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from domain.errors import ConfigurationError
from integrations.ticketing.auth import OAuthGrant
from integrations.ticketing.dictionary import Window


@dataclass(frozen=True, slots=True)
class BasicLogin:
    username: str
    password: str = field(repr=False)


SignIn = BasicLogin | OAuthGrant


@dataclass(frozen=True, slots=True)
class DeskSettings:
    """Everything that is needed to talk to one desk. Checked: nothing here fails later."""

    key: str
    """Our name for it in ids and queries: `zendesk`, or as `desks.toml` says."""
    provider: str
    name: str
    """For people: "Acme (Zendesk)"."""
    web_url: str
    """Where agents work: `https://acme.zendesk.com`."""
    base_url: str
    """Where requests go: the same host, or an emulator's address."""
    sign_in: SignIn
    window: Window = field(default_factory=Window)


@dataclass(frozen=True, slots=True)
class Names:
    """The settings of one provider. A value `token` is the environment's `ZENDESK_TOKEN`."""

    prefix: str
    sign_ins: Sequence[tuple[str, ...]]
    """Sets of values, each of which is enough; the better ones first."""
    optional: tuple[str, ...] = ()

    @property
    def all(self) -> list[str]:
        every = [value for sign_in in self.sign_ins for value in sign_in]
        return list(dict.fromkeys([*every, *self.optional]))

    def setting(self, value: str) -> str:
        return f"{self.prefix}_{value.upper()}"

    def given_in(self, env: Mapping[str, str]) -> dict[str, str]:
        """The values that the environment sets; blank counts as not set."""
        found = {value: env.get(self.setting(value), "").strip() for value in self.all}
        return {value: text for value, text in found.items() if text}

    def is_begun(self, values: Mapping[str, str]) -> bool:
        """Some value of a sign-in is there: the desk is meant to be used."""
        return any(value in values for sign_in in self.sign_ins for value in sign_in)

    def chosen(self, values: Mapping[str, str]) -> tuple[str, ...]:
        """The best complete sign-in. Raises `ConfigurationError` with what the nearest lacks."""
        missing = [[v for v in sign_in if not values.get(v)] for sign_in in self.sign_ins]
        for sign_in, lacks in zip(self.sign_ins, missing, strict=True):
            if not lacks:
                return sign_in
        nearest = min(missing, key=len)
        wanted = [", ".join(map(self.setting, sign_in)) for sign_in in self.sign_ins]
        raise ConfigurationError(
            f"Missing: {', '.join(map(self.setting, nearest))}",
            hint=f"Set {'; or '.join(wanted)}",
        )


def window_of(since: str | None, *, setting: str) -> Window:
    """From an ISO date or time; without a zone it is UTC."""
    if not since:
        return Window()
    try:
        moment = datetime.fromisoformat(since)
        return Window(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp())
    except (ValueError, OverflowError):
        raise ConfigurationError(
            f"{setting} is no date", hint=f"Set {setting} to a date such as 2026-01-31"
        ) from None
