"""`/healthz`: the process lives. `/readyz`: it can answer. Open to everyone; they name no data."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from sqlalchemy import literal, select
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from api.endpoint.responses import json_response
from api.service import Service

log = logging.getLogger("deskgraph.api")

DATABASE_SECONDS: Final = 2.0


def health_routes(service: Service) -> list[BaseRoute]:
    async def healthz(request: Request) -> Response:
        del request
        return json_response({"status": "ok"})

    async def readyz(request: Request) -> Response:
        del request
        checks = {
            "database": await _database_answers(service),
            "draining": service.draining.is_set(),
        }
        is_ready = checks == {"database": True, "draining": False}
        body = {"status": "ready" if is_ready else "not ready", **checks}
        return json_response(body, status=200 if is_ready else 503)

    return [Route("/healthz", healthz), Route("/readyz", readyz)]


async def _database_answers(service: Service) -> bool:
    """Migrations ran, and the engine was started, before this could be asked."""
    try:
        async with asyncio.timeout(DATABASE_SECONDS):
            await service.database.fetch(select(literal(1)))
    except Exception as error:
        log.warning("the database does not answer", exc_info=error)
        return False
    return True
