"""The whole of it over HTTP: emulated desks, a cache, the API; writes there and back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from api.demo.desks import EmulatedDesks
from api.service import Service
from tests.api.emulated import SMALL, deskgraph, emulated_desks, zendesk_client

pytestmark = pytest.mark.asyncio(loop_scope="module")

TICKETS = """
query Tickets($desk: ID!) {
  tickets(first: 1, filter: { desk: { in: [$desk] } }) {
    totalCount
    nodes { id externalId subject status comments(last: 1) { nodes { body visibility } } }
  }
}
"""
ADD_COMMENT = """
mutation Add($input: AddCommentInput!) {
  addComment(input: $input) { comment { body } errors { code message } replayed }
}
"""
CHANGES = "subscription { ticketChanged { kind ticket { id subject } } }"
SUBJECT = "query Subject($id: ID!) { ticket(by: { id: $id }) { subject } }"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def emulated() -> AsyncIterator[EmulatedDesks]:
    async with emulated_desks(SMALL) as desks:
        yield desks


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(
    emulated: EmulatedDesks, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[str, Service]]:
    folder = tmp_path_factory.mktemp("service")
    async with deskgraph(emulated, folder / "cache.sqlite") as found:
        yield found


@pytest_asyncio.fixture(loop_scope="module")
async def client(running: tuple[str, Service]) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"http://{running[0]}", trust_env=False) as client:
        yield client


async def ask(client: httpx.AsyncClient, query: str, **variables: object) -> Any:
    body = {"query": query, "variables": variables}
    answer = (await client.post("/graphql", json=body)).json()
    assert "errors" not in answer, answer["errors"]
    return answer["data"]


async def test_every_ticket_of_both_desks_is_there(client: httpx.AsyncClient) -> None:
    found = await ask(
        client, "{ tickets(first: 1) { totalCount } desks { key state problem { code } } }"
    )
    assert found["tickets"]["totalCount"] == 30
    assert {desk["key"] for desk in found["desks"]} == {"zendesk", "gorgias"}
    assert all(desk["problem"] is None for desk in found["desks"])


async def test_comment_written_here_is_seen_at_the_provider(
    client: httpx.AsyncClient, emulated: EmulatedDesks
) -> None:
    [ticket] = (await ask(client, TICKETS, desk="zendesk"))["tickets"]["nodes"]
    wanted = {
        "ticket": ticket["id"],
        "body": "Noted: 荷物 🎁",
        "visibility": "INTERNAL",
        "idempotencyKey": "one",
    }
    added = (await ask(client, ADD_COMMENT, input=wanted))["addComment"]
    assert (added["errors"], added["replayed"]) == ([], False)
    again = (await ask(client, ADD_COMMENT, input=wanted))["addComment"]
    assert again["replayed"] is True
    async with zendesk_client(emulated) as provider:
        path = f"/api/v2/tickets/{ticket['externalId']}/comments"
        comments = (await provider.get(path)).json()["comments"]
    ours = [comment for comment in comments if "荷物" in comment["body"]]
    assert [(comment["body"], comment["public"]) for comment in ours] == [("Noted: 荷物 🎁", False)]


async def test_change_at_the_provider_reaches_a_subscriber_within_ten_seconds(
    client: httpx.AsyncClient, emulated: EmulatedDesks
) -> None:
    """Without webhooks: none is configured."""
    [ticket] = (await ask(client, TICKETS, desk="zendesk"))["tickets"]["nodes"]
    events = {"accept": "text/event-stream"}
    async with (
        zendesk_client(emulated) as provider,
        client.stream("POST", "/graphql", json={"query": CHANGES}, headers=events) as changes,
        asyncio.timeout(10),
    ):
        path = f"/api/v2/tickets/{ticket['externalId']}"
        changed = {"ticket": {"subject": "Changed at the provider"}}
        assert (await provider.put(path, json=changed)).is_success
        async for line in changes.aiter_lines():
            if "Changed at the provider" in line:
                break
    found = await ask(client, SUBJECT, id=ticket["id"])
    assert found["ticket"]["subject"] == "Changed at the provider"


async def test_health_is_open_to_all_and_names_no_data(client: httpx.AsyncClient) -> None:
    far = {"x-forwarded-for": "203.0.113.9"}
    assert (await client.get("/healthz", headers=far)).json() == {"status": "ok"}
    ready = await client.get("/readyz", headers=far)
    assert ready.status_code == 200
    assert ready.json() == {"status": "ready", "database": True, "draining": False}
    assert (
        await client.post("/graphql", json={"query": "{ __typename }"}, headers=far)
    ).status_code == 401


async def test_explorer_is_served_under_its_policy(client: httpx.AsyncClient) -> None:
    assert (await client.get("/")).headers["location"] == "/graphiql"
    page = await client.get("/graphiql")
    assert page.headers["cache-control"] == "no-cache"
    assert "script-src 'self';" in page.headers["content-security-policy"]
    script = page.text.split('src="')[1].split('"')[0]
    asset = await client.get(script)
    assert asset.status_code == 200
    assert "immutable" in asset.headers["cache-control"]
    missing = await client.get("/graphiql/assets/nothing.js")
    assert missing.status_code == 404
    assert missing.headers["content-type"].startswith("application/json")
