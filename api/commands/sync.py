"""`deskgraph sync`: copies the desks until they are caught up, then stops."""

from __future__ import annotations

import argparse
import asyncio
import sys

from api.commands import current_settings, say
from api.logs import configure_logs
from api.progress import Screen, require_filled, watch
from api.server import on_stop_signals
from api.service import open_service
from api.settings import Settings
from domain.errors import DeskgraphError


class OtherSyncError(DeskgraphError):
    code = "READ_ONLY"


def run(arguments: argparse.Namespace) -> int:
    del arguments
    settings = current_settings()
    configure_logs("error")
    asyncio.run(_sync(settings))
    return 0


async def _sync(settings: Settings) -> None:
    """Raises `NotFilledError`; the position of each desk is kept, also after Ctrl-C."""
    task = asyncio.current_task()
    assert task is not None
    async with open_service(settings) as service:
        if service.database.is_read_only:
            raise OtherSyncError("Another process keeps this cache in sync already")
        with on_stop_signals(task.cancel):
            desks = await watch(service, Screen(sys.stdout))
    require_filled(desks)
    say(f"{sum(desk.tickets for desk in desks)} tickets are in the cache")
