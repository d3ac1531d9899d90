"""Subscriptions over HTTP: graphql-sse in distinct connections mode, and Apollo's multipart."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from email.parser import BytesParser
from typing import Any

import httpx
import pytest
import pytest_asyncio

from api.endpoint import http
from api.server import Server
from db.database import Database
from db.keys import create_api_key, revoke_api_key
from tests.api.serving import serving
from tests.api.toy import GATE, SECRET, toy_app, toy_gateway

EVENTS = {"accept": "text/event-stream"}
MULTIPART = {"accept": 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0,application/json'}
COUNT = "subscription { count(to: 2) }"


def events(text: str) -> list[tuple[str, Any]]:
    """Read strictly: LF only, each event closed by an empty line."""
    assert "\r" not in text
    assert text.endswith("\n\n")
    found = []
    for block in text.removesuffix("\n\n").split("\n\n"):
        if block.startswith(":"):
            continue
        event, data = block.split("\n")
        payload = data.removeprefix("data: ")
        found.append((event.removeprefix("event: "), json.loads(payload) if payload else None))
    return found


def parts(response: httpx.Response) -> list[Any]:
    """Read by the standard library's own reader of MIME."""
    head = f"Content-Type: {response.headers['content-type']}\r\n\r\n"
    message = BytesParser().parsebytes(head.encode() + response.content)
    assert message.is_multipart()
    assert not message.defects
    _, *found = message.walk()
    return [json.loads(str(part.get_payload())) for part in found]


@pytest_asyncio.fixture
async def server(empty_database: Database) -> AsyncIterator[tuple[str, Server]]:
    gateway = toy_gateway(empty_database, seconds=0.2)
    async with serving(toy_app(gateway), draining=gateway.draining) as running:
        yield running


async def test_subscription_as_events(toy: httpx.AsyncClient) -> None:
    response = await toy.post("/graphql", json={"query": COUNT}, headers=EVENTS)
    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.headers["cache-control"] == "no-cache, no-transform"
    assert events(response.text) == [
        ("next", {"data": {"count": 1}}),
        ("next", {"data": {"count": 2}}),
        ("complete", None),
    ]


async def test_subscription_as_events_by_get(toy: httpx.AsyncClient) -> None:
    response = await toy.get("/graphql", params={"query": COUNT}, headers=EVENTS)
    assert [name for name, _ in events(response.text)] == ["next", "next", "complete"]


async def test_query_as_events_has_one_answer(toy: httpx.AsyncClient) -> None:
    response = await toy.post("/graphql", json={"query": "{ hello }"}, headers=EVENTS)
    assert events(response.text) == [("next", {"data": {"hello": "world"}}), ("complete", None)]


async def test_mutation_by_get_is_refused_in_the_stream(toy: httpx.AsyncClient) -> None:
    parameters = {"query": "mutation { double(value: 2) }"}
    response = await toy.get("/graphql", params=parameters, headers=EVENTS)
    [(_, answer), (last, _)] = events(response.text)
    assert answer["errors"][0]["extensions"]["code"] == "METHOD_NOT_ALLOWED"
    assert last == "complete"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("subscription {", "GRAPHQL_PARSE_FAILED"),
        ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription($n: Int!) { count(to: $n) }", "BAD_USER_INPUT"),
        ("", "BAD_REQUEST"),
    ],
)
async def test_faulty_operation_is_told_in_the_stream(
    toy: httpx.AsyncClient, query: str, code: str
) -> None:
    response = await toy.post("/graphql", json={"query": query}, headers=EVENTS)
    (_, answer), *_ = events(response.text)
    assert answer["errors"][0]["extensions"]["code"] == code
    assert "data" not in answer


async def test_crash_in_the_middle_is_masked(toy: httpx.AsyncClient) -> None:
    body = {"query": "subscription { stumble }"}
    response = await toy.post("/graphql", json=body, headers=EVENTS)
    assert SECRET not in response.text
    [(_, first), (_, second), _] = events(response.text)
    assert first == {"data": {"stumble": 1}}
    assert second["errors"][0]["extensions"]["code"] == "INTERNAL"


async def test_subscription_as_multipart(toy: httpx.AsyncClient) -> None:
    response = await toy.post("/graphql", json={"query": COUNT}, headers=MULTIPART)
    assert response.headers["content-type"].startswith("multipart/mixed")
    assert parts(response) == [
        {"payload": {"data": {"count": 1}}},
        {"payload": {"data": {"count": 2}}},
    ]


async def test_query_in_a_stream_may_not_take_longer_than_any_other(
    server: tuple[str, Server],
) -> None:
    async with httpx.AsyncClient() as client:
        url = f"http://{server[0]}/graphql"
        response = await client.post(url, json={"query": "{ forever }"}, headers=EVENTS)
    (_, answer), *_ = events(response.text)
    assert answer["errors"][0]["extensions"]["code"] == "TIMEOUT"


async def test_draining_server_ends_a_stream_without_calling_it_complete(
    server: tuple[str, Server],
) -> None:
    """A client that reads "complete" would not connect again."""
    body = {"query": "subscription { silence }"}
    url = f"http://{server[0]}/graphql"
    async with (
        httpx.AsyncClient() as client,
        client.stream("POST", url, json=body, headers=EVENTS) as response,
    ):
        pieces = response.aiter_text()
        assert "next" in await anext(pieces)
        server[1].stop()
        async with asyncio.timeout(5):
            assert "".join([piece async for piece in pieces]) == ""


async def test_stream_ends_with_its_key(
    server: tuple[str, Server], empty_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "RECHECK_SECONDS", 0.05)
    entropy = secrets.token_bytes(32)
    key = await create_api_key(
        empty_database, "web", scopes=[], desks=None, entropy=entropy, at=1.0
    )
    body = {"query": "subscription { silence }"}
    headers = EVENTS | {"authorization": f"Bearer {key}"}
    url = f"http://{server[0]}/graphql"
    async with (
        httpx.AsyncClient() as client,
        client.stream("POST", url, json=body, headers=headers) as response,
        asyncio.timeout(5),
    ):
        pieces = response.aiter_text()
        assert "next" in await anext(pieces)
        await revoke_api_key(empty_database, entropy[:6].hex(), at=2.0)
        assert "".join([piece async for piece in pieces]) == ""


async def test_running_operation_ends_before_its_server_does(empty_database: Database) -> None:
    GATE.close()
    gateway = toy_gateway(empty_database)
    async with (
        serving(toy_app(gateway), draining=gateway.draining) as (address, server),
        httpx.AsyncClient() as client,
    ):
        url = f"http://{address}/graphql"
        asking = asyncio.create_task(client.post(url, json={"query": "{ gate }"}))
        await GATE.is_reached.wait()
        server.stop()
        GATE.is_open.set()
        assert (await asking).json() == {"data": {"gate": "passed"}}
        async with asyncio.timeout(5):
            await server.has_ended.wait()


async def test_client_that_goes_away_ends_its_subscription(server: tuple[str, Server]) -> None:
    body = {"query": "subscription { silence }"}
    before = asyncio.all_tasks()
    async with (
        httpx.AsyncClient() as client,
        client.stream("POST", f"http://{server[0]}/graphql", json=body, headers=EVENTS) as answer,
    ):
        assert "next" in await anext(answer.aiter_text())
        working = asyncio.all_tasks() - before
    async with asyncio.timeout(5):
        await asyncio.gather(*working, return_exceptions=True)
