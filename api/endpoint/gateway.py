"""What every way into GraphQL shares: who may call, what may run, and with what."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from api.auth import Callers
from api.endpoint.execution import Executor, MakeContext
from api.endpoint.origins import Origins
from api.endpoint.trusted import TrustedDocuments


@dataclass(frozen=True, slots=True)
class Gateway:
    executor: Executor
    callers: Callers
    origins: Origins
    documents: TrustedDocuments
    make_context: MakeContext
    draining: asyncio.Event
    """Set once the process is to end: streams then end too."""
