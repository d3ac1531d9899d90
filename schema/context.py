"""Who asks, and with what: the context of one operation."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from random import Random, SystemRandom

from db.database import Database
from domain.ports import Clock
from sync.engine import Engine


class Scope(StrEnum):
    """What an API key may do. Nothing is allowed that no scope allows."""

    TICKETS_READ = "tickets:read"
    TICKETS_WRITE = "tickets:write"
    TICKETS_RAW = "tickets:raw"
    CUSTOMERS_PII = "customers:pii"
    SYNC_ADMIN = "sync:admin"


@dataclass(frozen=True, slots=True)
class Viewer:
    """An authenticated caller. `desks`: the keys of the only desks it sees; None: every desk."""

    name: str
    scopes: frozenset[Scope]
    desks: frozenset[str] | None = None

    def may(self, scope: Scope) -> bool:
        return scope in self.scopes

    def sees(self, desk: str) -> bool:
        return self.desks is None or desk in self.desks


@dataclass(frozen=True, slots=True)
class Context:
    """What resolvers get. One per operation; nothing in it changes."""

    viewer: Viewer
    database: Database
    engine: Engine
    clock: Clock
    request_id: str
    random: Random = field(default_factory=SystemRandom)
    """Makes the idempotency keys of writes that came without one."""
