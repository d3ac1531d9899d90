"""graphql-transport-ws over a real socket: order of messages, close codes, limits."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from api.endpoint import sockets
from api.server import Server
from db.database import Database
from db.keys import create_api_key, revoke_api_key
from tests.api.serving import serving
from tests.api.toy import ALLOWED_ORIGIN, SECRET, toy_app, toy_gateway

PROTOCOL = Subprotocol("graphql-transport-ws")
INIT = {"type": "connection_init"}


class Client:
    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    async def send(self, *messages: object) -> None:
        for message in messages:
            await self._connection.send(json.dumps(message))

    async def send_raw(self, data: str | bytes) -> None:
        await self._connection.send(data)

    async def receive(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(await self._connection.recv())
        return found

    async def closed_with(self) -> int:
        """The close code; whatever else arrives first is dropped."""
        with contextlib.suppress(ConnectionClosed):
            while True:
                await self._connection.recv()
        assert self._connection.close_code is not None
        return self._connection.close_code

    async def init(self, payload: object = None) -> None:
        await self.send(INIT | ({"payload": payload} if payload is not None else {}))
        assert await self.receive() == {"type": "connection_ack"}


def subscribe(query: str, *, name: str = "1", **payload: object) -> dict[str, object]:
    return {"id": name, "type": "subscribe", "payload": {"query": query, **payload}}


@pytest_asyncio.fixture
async def server(empty_database: Database) -> AsyncIterator[tuple[str, Server]]:
    gateway = toy_gateway(empty_database)
    async with serving(toy_app(gateway), draining=gateway.draining) as running:
        yield running


@pytest_asyncio.fixture
async def client(server: tuple[str, Server]) -> AsyncIterator[Client]:
    async with connect(f"ws://{server[0]}/graphql", subprotocols=[PROTOCOL]) as connection:
        yield Client(connection)


async def test_subscription_sends_each_value_then_complete(client: Client) -> None:
    await client.init()
    await client.send(subscribe("subscription { count(to: 2) }"))
    assert await client.receive() == {"id": "1", "type": "next", "payload": {"data": {"count": 1}}}
    assert await client.receive() == {"id": "1", "type": "next", "payload": {"data": {"count": 2}}}
    assert await client.receive() == {"id": "1", "type": "complete"}


@pytest.mark.parametrize(
    ("query", "data"),
    [("{ hello }", {"hello": "world"}), ("mutation { double(value: 2) }", {"double": 4})],
)
async def test_query_and_mutation_have_one_answer(
    client: Client, query: str, data: dict[str, object]
) -> None:
    await client.init()
    await client.send(subscribe(query))
    assert (await client.receive())["payload"] == {"data": data}
    assert (await client.receive())["type"] == "complete"


@pytest.mark.parametrize("query", ["{ hello", "{ nothing }", "subscription { count(to: true) }"])
async def test_faulty_operation_is_an_error_and_leaves_the_others_alone(
    client: Client, query: str
) -> None:
    await client.init()
    await client.send(subscribe("subscription { silence }", name="quiet"))
    assert (await client.receive())["id"] == "quiet"
    await client.send(subscribe(query, name="faulty"))
    answer = await client.receive()
    assert (answer["id"], answer["type"]) == ("faulty", "error")
    assert answer["payload"][0]["extensions"]["code"].startswith(("GRAPHQL_", "BAD_USER_INPUT"))
    await client.send({"type": "ping"})
    assert await client.receive() == {"type": "pong"}


async def test_crash_in_a_subscription_is_masked(client: Client) -> None:
    await client.init()
    await client.send(subscribe("subscription { stumble }"))
    assert (await client.receive())["payload"] == {"data": {"stumble": 1}}
    told = json.dumps(await client.receive())
    assert "INTERNAL" in told
    assert SECRET not in told


async def test_completed_id_may_be_used_again(client: Client) -> None:
    await client.init()
    await client.send(subscribe("subscription { silence }"))
    await client.receive()
    await client.send({"id": "1", "type": "complete"}, subscribe("{ hello }"))
    assert (await client.receive())["payload"] == {"data": {"hello": "world"}}


@pytest.mark.parametrize(
    "message",
    [
        {},
        [],
        7,
        None,
        {"type": 7},
        {"type": "start"},
        {"type": "subscribe"},
        {"type": "subscribe", "id": "", "payload": {"query": "{ hello }"}},
        {"type": "subscribe", "id": 7, "payload": {"query": "{ hello }"}},
        {"type": "subscribe", "id": "1"},
        {"type": "subscribe", "id": "1", "payload": []},
        {"type": "subscribe", "id": "1", "payload": {"query": 7}},
        {"type": "subscribe", "id": "1", "payload": {"query": "{ hello }", "variables": 7}},
        {"type": "complete"},
        {"type": "connection_init", "payload": 7},
    ],
)
async def test_message_of_another_shape_closes_with_4400(client: Client, message: object) -> None:
    is_init = isinstance(message, dict) and message.get("type") == "connection_init"
    if not is_init:
        await client.init()
    await client.send(message)
    assert await client.closed_with() == 4400


@pytest.mark.parametrize("data", ["{", "", "[" * 5000, b"\x00"])
async def test_what_is_not_json_text_closes_with_4400(client: Client, data: str | bytes) -> None:
    await client.send_raw(data)
    assert await client.closed_with() == 4400


async def test_subscribing_before_the_handshake_closes_with_4401(client: Client) -> None:
    await client.send(subscribe("{ hello }"))
    assert await client.closed_with() == 4401


async def test_second_handshake_closes_with_4429(client: Client) -> None:
    await client.init()
    await client.send(INIT)
    assert await client.closed_with() == 4429


async def test_id_in_use_closes_with_4409(client: Client) -> None:
    await client.init()
    await client.send(subscribe("subscription { silence }"), subscribe("{ hello }"))
    assert await client.closed_with() == 4409


async def test_silence_instead_of_a_handshake_closes_with_4408(
    client: Client, server: tuple[str, Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "INIT_SECONDS", 0.05)
    async with connect(f"ws://{server[0]}/graphql", subprotocols=[PROTOCOL]) as connection:
        assert await Client(connection).closed_with() == 4408


async def test_twenty_operations_at_once_and_no_more(client: Client) -> None:
    await client.init()
    for number in range(21):
        await client.send(subscribe("subscription { silence }", name=str(number)))
    answers = [await client.receive() for _ in range(21)]
    [refused] = [answer for answer in answers if answer["type"] == "error"]
    assert refused["id"] == "20"
    assert refused["payload"][0]["extensions"]["code"] == "TOO_MANY_SUBSCRIPTIONS"


async def test_message_of_600_kilobytes_closes_with_1009(client: Client) -> None:
    await client.init()
    await client.send(subscribe("{ hello }", variables={"a": "x" * 600_000}))
    assert await client.closed_with() == 1009


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null"])
async def test_page_of_another_origin_is_refused_with_403(
    server: tuple[str, Server], origin: str
) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await connect(
            f"ws://{server[0]}/graphql",
            subprotocols=[PROTOCOL],
            additional_headers={"Origin": origin},
        )
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("origin", [ALLOWED_ORIGIN, None])
async def test_page_of_an_allowed_origin_or_our_own_may_connect(
    server: tuple[str, Server], origin: str | None
) -> None:
    headers = {"Origin": origin or f"http://{server[0]}"}
    async with connect(
        f"ws://{server[0]}/graphql", subprotocols=[PROTOCOL], additional_headers=headers
    ) as connection:
        await Client(connection).init()


@pytest.mark.parametrize("protocols", [None, [Subprotocol("graphql-ws")]])
async def test_other_protocols_close_with_4406(
    server: tuple[str, Server], protocols: list[Subprotocol] | None
) -> None:
    async with connect(f"ws://{server[0]}/graphql", subprotocols=protocols) as connection:
        assert await Client(connection).closed_with() == 4406


async def test_draining_server_closes_with_1012(client: Client, server: tuple[str, Server]) -> None:
    await client.init()
    await client.send(subscribe("subscription { silence }"))
    await client.receive()
    server[1].stop()
    assert await client.closed_with() == 1012


async def test_key_in_the_handshake_names_the_viewer_and_its_end_closes_with_4401(
    client: Client, empty_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "RECHECK_SECONDS", 0.05)
    entropy = secrets.token_bytes(32)
    key = await create_api_key(
        empty_database, "slack", scopes=["tickets:read"], desks=None, entropy=entropy, at=1.0
    )
    await client.init({"Authorization": f"Bearer {key}"})
    await client.send(subscribe("{ viewer }"))
    assert (await client.receive())["payload"] == {"data": {"viewer": "slack"}}
    assert await revoke_api_key(empty_database, entropy[:6].hex(), at=2.0)
    assert await client.closed_with() == 4401


@pytest.mark.parametrize("payload", [{"Authorization": "Bearer dgk_a_b"}, {"authorization": "x"}])
async def test_wrong_key_in_the_handshake_closes_with_4401(client: Client, payload: object) -> None:
    await client.send(INIT | {"payload": payload})
    assert await client.closed_with() == 4401


async def test_handshake_without_a_key_closes_with_4401_outside_the_demo(
    empty_database: Database,
) -> None:
    gateway = toy_gateway(empty_database, serves_this_machine=False)
    async with (
        serving(toy_app(gateway), draining=gateway.draining) as (address, _),
        connect(f"ws://{address}/graphql", subprotocols=[PROTOCOL]) as connection,
    ):
        client = Client(connection)
        await client.send(INIT)
        assert await client.closed_with() == 4401


async def test_operation_that_takes_too_long_is_an_error(empty_database: Database) -> None:
    gateway = toy_gateway(empty_database, seconds=0.05)
    async with (
        serving(toy_app(gateway), draining=gateway.draining) as (address, _),
        connect(f"ws://{address}/graphql", subprotocols=[PROTOCOL]) as connection,
    ):
        client = Client(connection)
        await client.init()
        await client.send(subscribe("{ forever }"))
        answer = await client.receive()
        assert answer["payload"][0]["extensions"]["code"] == "TIMEOUT"


async def test_hundred_clients_that_vanish_leave_no_task_behind(
    server: tuple[str, Server],
) -> None:
    for _ in range(100):
        connection = await connect(f"ws://{server[0]}/graphql", subprotocols=[PROTOCOL])
        client = Client(connection)
        await client.init()
        await client.send(subscribe("subscription { silence }"))
        await client.receive()
        connection.transport.abort()
        await connection.wait_closed()
    running = [task for task in asyncio.all_tasks() if task.get_name().startswith("operation ")]
    async with asyncio.timeout(5):
        await asyncio.gather(*running, return_exceptions=True)
