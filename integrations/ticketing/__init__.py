"""One ticketing interface over every help desk.

    from integrations.ticketing import create_ticketing_system

    async with create_ticketing_system() as ticketing:
        ticket = await ticketing.create_ticket({"subject": "Hello", "description": "..."})

Names are imported when they are first used: a program that only talks to one help desk does not
load the other one.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from integrations.ticketing.base import TicketingSystem
    from integrations.ticketing.factory import create_ticketing_system
    from integrations.ticketing.systems import GorgiasIntegration, ZendeskIntegration

__all__ = [
    "GorgiasIntegration",
    "TicketingSystem",
    "ZendeskIntegration",
    "create_ticketing_system",
]

_HOME = {
    "GorgiasIntegration": "systems",
    "TicketingSystem": "base",
    "ZendeskIntegration": "systems",
    "create_ticketing_system": "factory",
}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__
