"""The whole product over sockets: two emulated desks, a cache of either engine, and the API."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import httpx

from api.app import create_app
from api.demo.desks import EmulatedDesks, World, emulated_desks
from api.progress import read_progress
from api.service import Service, open_service
from api.settings import Environment, read_settings
from tests.api.serving import serving

DESKS: Final = ("zendesk", "gorgias")
TICKETS: Final = 12
SMALL: Final = World(options=("--tickets", str(TICKETS), "--no-limits"))
PATIENCE_SECONDS: Final = 40.0
POLL_SECONDS: Final = 0.1
OPEN_TICKETS: Final = """
query ($f: TicketFilter) { tickets(first: 1, filter: $f) { nodes { id } } }
"""
_USERS: Final = {"zendesk": "admin@demo.example/token", "gorgias": "admin@demo.example"}


@dataclass(frozen=True, slots=True)
class Provider:
    """An emulated desk as its own agents see it, past Deskgraph."""

    name: str
    http: httpx.AsyncClient

    async def strike(self, *rules: Mapping[str, object]) -> None:
        """From now on these faults happen, and no others."""
        answer = await self.http.put("/_emulator/faults", json={"faults": list(rules)})
        assert answer.is_success, answer.text

    async def struck(self) -> int:
        """How many requests have met a fault since then."""
        rules = (await self.http.get("/_emulator/faults")).json()["faults"]
        return sum(rule["struck"] for rule in rules)

    async def writes(self) -> int:
        """How many requests have asked for more than reads and tokens."""
        rows = (await self.http.get("/_emulator/counts")).json()["by_path"]
        writes = [row for row in rows if row["method"] != "GET" and "oauth" not in row["path"]]
        return sum(row["requests"] for row in writes)

    async def write(self, subject: str, text: str) -> str:
        """A new ticket as a customer's; its id."""
        if self.name == "zendesk":
            ticket = {"subject": subject, "comment": {"body": text}}
            answer = await self.http.post("/api/v2/tickets.json", json={"ticket": ticket})
            return str(answer.json()["ticket"]["id"])
        customer = {"email": "customer@demo.example"}
        origin = {"channel": "api", "via": "api", "from_agent": False}
        message = {**origin, "sender": customer, "body_text": text}
        wanted = {**origin, "subject": subject, "customer": customer, "messages": [message]}
        answer = await self.http.post("/api/tickets", json=wanted)
        return str(answer.json()["id"])

    async def subjects(self) -> dict[str, str]:
        """Of every ticket, by its id."""
        path, size = {
            "zendesk": ("/api/v2/tickets.json", {"page[size]": 100}),
            "gorgias": ("/api/tickets", {"limit": 100}),
        }[self.name]
        answer = (await self.http.get(path, params=size)).json()
        rows = answer["tickets" if self.name == "zendesk" else "data"]
        return {str(row["id"]): row["subject"] for row in rows}

    async def texts(self, ticket: str) -> list[str]:
        """What was written on a ticket, the opening message first."""
        if self.name == "zendesk":
            answer = await self.http.get(f"/api/v2/tickets/{ticket}/comments.json")
            return [row["plain_body"] for row in answer.json()["comments"]]
        answer = await self.http.get(f"/api/tickets/{ticket}")
        return [row["body_text"] for row in answer.json()["messages"]]


@dataclass(frozen=True, slots=True)
class Product:
    http: httpx.AsyncClient
    service: Service

    async def post(self, query: str, **variables: object) -> httpx.Response:
        """Escaped throughout, as clients may: an unpaired surrogate has no UTF-8 form."""
        body = json.dumps({"query": query, "variables": variables})
        headers = {"content-type": "application/json"}
        return await self.http.post("/graphql", content=body, headers=headers)

    async def ask(self, query: str, **variables: object) -> Any:
        """The data of an answer without errors."""
        answer = await self.post(query, **variables)
        assert answer.status_code == 200, answer.text[:500]
        told = answer.json()
        assert "errors" not in told, told["errors"]
        return told["data"]

    async def first_ticket(self, desk: str) -> str:
        """The id of a ticket that can be changed."""
        where = {"desk": {"in": [desk]}, "status": ["NEW", "OPEN", "PENDING"]}
        return str((await self.ask(OPEN_TICKETS, f=where))["tickets"]["nodes"][0]["id"])

    async def filled(self) -> None:
        async def is_filled() -> bool:
            return all(desk.is_filled for desk in await read_progress(self.service))

        await until(is_filled)

    async def problems(self) -> dict[str, Any]:
        """By desk: only those that have one."""
        told = await self.ask("{ desks { key state problem { code message hint } } }")
        return {desk["key"]: desk for desk in told["desks"] if desk["problem"] is not None}


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Asks again and again: another process comes to it in its own time, and announces nothing."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await holds():  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(POLL_SECONDS)


@asynccontextmanager
async def provider_of(emulated: EmulatedDesks, name: str) -> AsyncIterator[Provider]:
    async with httpx.AsyncClient(
        base_url=emulated.desks[name].url, auth=(_USERS[name], "demo-token"), trust_env=False
    ) as client:
        yield Provider(name, client)


@asynccontextmanager
async def product(
    emulated: EmulatedDesks, database_url: str, **settings: str
) -> AsyncIterator[Product]:
    """The server as `make serve` runs it, not yet filled."""
    given = {"DATABASE_URL": database_url, "DESKGRAPH_PROFILE": "demo"}
    environment = Environment(emulated.environment | given | settings)
    async with open_service(read_settings(environment)) as service:
        app = create_app(service)
        async with (
            serving(app, draining=service.draining) as (address, _),
            httpx.AsyncClient(base_url=f"http://{address}", trust_env=False, timeout=30) as client,
        ):
            yield Product(client, service)


__all__ = ["DESKS", "SMALL", "TICKETS", "Product", "Provider", "emulated_desks", "product"]
