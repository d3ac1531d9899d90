"""Emulated help desks over real HTTP on loopback, with a clock that tests move."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random

from domain.http import HttpClient
from emulator.gorgias.service import GorgiasService
from emulator.kernel.clock import MovableClock
from emulator.kernel.faults import FaultPlan, Rule
from emulator.kernel.host import Host
from emulator.kernel.server import address, bind, serving
from emulator.kernel.service import Behaviour, Service
from emulator.zendesk.service import ZendeskService
from integrations.ticketing import GorgiasIntegration, TicketingSystem, ZendeskIntegration
from integrations.ticketing.auth import MemoryTokenStore
from integrations.ticketing.dictionary import ProviderDictionary
from integrations.ticketing.factory import desks_from_environment, open_desk
from integrations.ticketing.registry import provider_named
from integrations.ticketing.settings import DeskSettings

SERVICES: dict[str, Callable[..., Service]] = {
    "zendesk": ZendeskService,
    "gorgias": GorgiasService,
}
SYSTEMS = {"zendesk": ZendeskIntegration, "gorgias": GorgiasIntegration}
USER = "admin@acme.test"
KEY = "demo-token"


@dataclass(frozen=True, slots=True)
class EmulatorClock:
    """The emulator's time is ours: to sleep is to move it on."""

    movable: MovableClock

    def now(self) -> float:
        return self.movable.now()

    async def sleep(self, seconds: float) -> None:
        self.movable.forward(seconds)


@dataclass(frozen=True, slots=True)
class Emulated:
    """A running emulator, and the library connected to it."""

    name: str
    url: str
    host: Host
    clock: EmulatorClock
    system: TicketingSystem
    dictionary: ProviderDictionary
    client: HttpClient
    """A line of the test's own, to see what is really there."""

    def strike(self, *rules: Rule) -> None:
        """From now on these faults happen, and no others."""
        self.host.plan = FaultPlan(rules)

    def requests(self, method: str) -> int:
        """How many requests of a method have reached the help desk."""
        asked = self.host.counts.by_path.items()
        return sum(times for (used, _, _), times in asked if used == method)


@asynccontextmanager
async def emulated(name: str, *, behaviour: Behaviour | None = None) -> AsyncIterator[Emulated]:
    clock = MovableClock()
    listener = bind(0)
    url = address(listener)
    service = SERVICES[name](
        clock=clock,
        random=Random(7),
        plan="enterprise",
        behaviour=behaviour or Behaviour(),
        base_url=url,
    )
    host = Host(service, clock=clock)
    ours = EmulatorClock(clock)
    system = SYSTEMS[name]("acme", USER, KEY, base_url=url, clock=ours)
    dictionary, client = open_desk(settings(name, url), tokens=MemoryTokenStore())
    async with serving({listener: host}, clock=clock), system:
        yield Emulated(name, url, host, ours, system, dictionary, client)
        await client.close()


def settings(name: str, url: str) -> DeskSettings:
    account = {"zendesk": "subdomain", "gorgias": "domain"}[name]
    sign_in = {"zendesk": ("email", "token"), "gorgias": ("username", "api_key")}[name]
    values = {account: "acme", sign_in[0]: USER, sign_in[1]: KEY, "base_url": url}
    names = provider_named(name).names
    env = {names.setting(value): text for value, text in values.items()}
    return desks_from_environment(env)[0]
