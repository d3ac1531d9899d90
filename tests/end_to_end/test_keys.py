"""API keys are made and ended while the server runs, as its README says."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from api.demo.desks import EmulatedDesks
from tests.end_to_end.product import Product, product

ROOT = Path(__file__).parents[2]


async def deskgraph(database_url: str, *arguments: str) -> str:
    """What the command prints; it has to succeed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "api.cli", *arguments),
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "DATABASE_URL": database_url},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    told, complaint = await process.communicate()
    assert process.returncode == 0, complaint.decode()
    return told.decode().strip()


async def status_of(served: Product, key: str) -> int:
    headers = {"authorization": f"Bearer {key}"}
    body = {"query": "{ desks { key } }"}
    return (await served.http.post("/graphql", json=body, headers=headers)).status_code


async def test_key_is_made_and_ended_beside_a_running_server(
    emulated: EmulatedDesks, database_url: str
) -> None:
    async with product(emulated, database_url, DESKGRAPH_PROFILE="production") as served:
        key = await deskgraph(database_url, "token", "create", "--name", "web")
        assert await status_of(served, key) == 200
        await deskgraph(database_url, "token", "revoke", key)
        assert await status_of(served, key) == 401
