"""Emulated desks as the demo starts them, small and without limits; settings that lead to them."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from api.app import create_app
from api.demo.desks import EmulatedDesks, World, emulated_desks
from api.progress import read_progress
from api.service import Service, open_service
from api.settings import Environment, Settings, read_settings
from tests.api.serving import serving

SMALL = World(options=("--tickets", "30", "--no-limits"))
FILL_SECONDS = 40.0


def settings_of(emulated: EmulatedDesks, cache: Path, **more: str) -> Settings:
    given = {
        **emulated.environment,
        "DATABASE_URL": f"sqlite:///{cache}",
        "DESKGRAPH_PROFILE": "demo",
        **more,
    }
    return read_settings(Environment(given))


@asynccontextmanager
async def deskgraph(emulated: EmulatedDesks, cache: Path) -> AsyncIterator[tuple[str, Service]]:
    """The real server over a filled cache: its `127.0.0.1:<port>`."""
    async with open_service(settings_of(emulated, cache)) as service:
        app = create_app(service)
        async with serving(app, draining=service.draining) as (address, _):
            await filled(service)
            yield address, service


async def filled(service: Service) -> None:
    async with asyncio.timeout(FILL_SECONDS):
        while not all(desk.is_filled for desk in await read_progress(service)):
            await service.clock.sleep(0.1)


def zendesk_client(emulated: EmulatedDesks) -> httpx.AsyncClient:
    """Straight to the emulated provider, as its own agents' browsers."""
    word = base64.b64encode(b"admin@demo.example/token:demo-token").decode()
    return httpx.AsyncClient(
        base_url=emulated.desks["zendesk"].url,
        headers={"authorization": f"Basic {word}"},
        trust_env=False,
    )


__all__ = ["SMALL", "deskgraph", "emulated_desks", "filled", "settings_of", "zendesk_client"]
