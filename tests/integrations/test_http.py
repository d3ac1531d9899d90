"""The one HTTP client, against real sockets that behave badly."""

from __future__ import annotations

import asyncio
import gzip
import socket
from collections.abc import Mapping

import orjson
import pytest

from domain.errors import (
    ConfigurationError,
    InvalidInputError,
    NoAnswerError,
    NotSentError,
    UnauthorizedError,
)
from domain.http import Request
from integrations.http import HttpxClient, Unsigned
from integrations.ticketing.auth import BasicSigner
from tests.integrations.wire import Heard, answer, saying, serving

SECRET = "s3cret-t0ken"
GET = Request("GET", "/api/v2/tickets", (("page[size]", "2"), ("sort", "-updated_at")))


def client_for(url: str, *, largest_response: int = 1_000_000) -> HttpxClient:
    signer = BasicSigner("a@acme.test/token", SECRET)
    return HttpxClient(url, signer, largest_response=largest_response)


async def test_it_signs_and_sends_json_and_returns_lower_case_headers() -> None:
    async with serving(saying(answer("200 OK", b'{"a":1}', "X-Rate-Limit: 700"))) as wire:
        client = client_for(wire.url)
        response = await client.send(Request("PUT", "/api/v2/tickets/1", body={"é": "ü"}))
        await client.close()
    assert (response.status, response.body) == (200, b'{"a":1}')
    assert response.headers["x-rate-limit"] == "700"
    heard = wire.heard[0]
    assert heard.line == "PUT /api/v2/tickets/1 HTTP/1.1"
    assert orjson.loads(heard.body) == {"é": "ü"}
    assert heard.headers["authorization"].startswith("Basic ")
    assert heard.headers["content-type"] == "application/json"
    assert heard.headers["user-agent"].startswith("deskgraph")


async def test_a_query_and_a_delete_with_a_body_arrive_whole() -> None:
    async with serving(saying(answer("200 OK", b"{}"))) as wire:
        client = client_for(wire.url)
        await client.send(GET)
        await client.send(Request("DELETE", "/api/v2/tickets/1/tags", body={"tags": ["a"]}))
        await client.close()
    assert wire.heard[0].line == "GET /api/v2/tickets?page%5Bsize%5D=2&sort=-updated_at HTTP/1.1"
    assert "content-type" not in wire.heard[0].headers
    assert wire.heard[1].body == b'{"tags":["a"]}'


async def test_a_redirect_is_an_answer_and_the_secret_stays() -> None:
    async with serving(saying(answer("200 OK", b"stolen"))) as thief:
        moved = answer("301 Moved Permanently", b"", f"location: {thief.url}/x")
        async with serving(saying(moved)) as wire:
            client = client_for(wire.url)
            response = await client.send(GET)
            await client.close()
    assert response.status == 301
    assert thief.heard == []


async def test_html_is_an_answer_too() -> None:
    page = b"<html>maintenance</html>"
    async with serving(saying(answer("503 Service Unavailable", page))) as wire:
        client = client_for(wire.url)
        response = await client.send(GET)
        await client.close()
    assert (response.status, response.body) == (503, page)


async def test_nobody_listening_proves_that_nothing_was_sent() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    client = client_for(f"http://127.0.0.1:{port}")
    with pytest.raises(NotSentError) as caught:
        await client.send(GET)
    await client.close()
    assert SECRET not in repr(caught.value)


async def test_an_unknown_host_proves_that_nothing_was_sent() -> None:
    client = client_for("https://no-such-host.invalid")
    with pytest.raises(NotSentError):
        await client.send(GET)
    await client.close()


async def cut(_heard: Heard, writer: asyncio.StreamWriter) -> None:
    writer.write(b'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"tickets":[')
    await writer.drain()
    writer.close()


async def hang_up(_heard: Heard, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def reset(_heard: Heard, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def babble(_heard: Heard, writer: asyncio.StreamWriter) -> None:
    writer.write(b"this is no HTTP\r\n\r\n")
    await writer.drain()


async def false_gzip(_heard: Heard, writer: asyncio.StreamWriter) -> None:
    writer.write(answer("200 OK", b"not gzip at all", "content-encoding: gzip"))
    await writer.drain()


@pytest.mark.parametrize("script", [cut, hang_up, reset, babble, false_gzip])
async def test_a_lost_answer_may_hide_an_executed_request(script: object) -> None:
    async with serving(script) as wire:  # type: ignore[arg-type]  # parametrize hides the type
        client = client_for(wire.url)
        with pytest.raises(NoAnswerError) as caught:
            await client.send(Request("POST", "/api/v2/tickets", body={}))
        await client.close()
    assert SECRET not in f"{caught.value!r} {caught.value}"


async def test_silence_ends_after_the_calls_own_time() -> None:
    silent = asyncio.Event()

    async def say_nothing(_heard: Heard, _writer: asyncio.StreamWriter) -> None:
        await silent.wait()

    async with serving(say_nothing) as wire:
        client = client_for(wire.url)
        with pytest.raises(NoAnswerError):
            await client.send(GET, timeout_seconds=1.0)
        silent.set()
        await client.close()


async def test_a_body_that_drips_ends_after_the_calls_own_time() -> None:
    async def drip(_heard: Heard, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
        for _ in range(200):
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with serving(drip) as wire:
        client = client_for(wire.url)
        with pytest.raises(NoAnswerError):
            await client.send(GET, timeout_seconds=0.15)
        await client.close()


async def test_a_zip_bomb_is_cut_at_the_largest_size() -> None:
    packed = gzip.compress(b" " * 3_000_000)
    async with serving(saying(answer("200 OK", packed, "content-encoding: gzip"))) as wire:
        client = client_for(wire.url, largest_response=1_000_000)
        with pytest.raises(NoAnswerError, match="larger than 1000000"):
            await client.send(GET)
        await client.close()


class OneRenewal:
    """Signs with "old" first, and with "new" once it was refused."""

    def __init__(self) -> None:
        self.word = "old"

    async def headers(self) -> Mapping[str, str]:
        return {"authorization": f"Bearer {self.word}"}

    async def refused(self, headers: Mapping[str, str]) -> bool:
        is_first = self.word == "old"
        self.word = "new"
        return is_first

    async def close(self) -> None: ...


async def test_a_401_is_tried_once_more_with_renewed_credentials() -> None:
    refusal, welcome = answer("401 Unauthorized", b"{}"), answer("200 OK", b"{}")
    async with serving(saying(refusal, welcome)) as wire:
        client = HttpxClient(wire.url, OneRenewal())
        assert (await client.send(GET)).status == 200
        await client.close()
    assert [heard.headers["authorization"] for heard in wire.heard] == ["Bearer old", "Bearer new"]


async def test_a_second_401_is_the_answer() -> None:
    async with serving(saying(answer("401 Unauthorized", b"{}"))) as wire:
        client = HttpxClient(wire.url, OneRenewal())
        assert (await client.send(GET)).status == 401
        await client.close()
    assert len(wire.heard) == 2


class NoSignIn:
    def __init__(self, error: Exception) -> None:
        self.error = error

    async def headers(self) -> Mapping[str, str]:
        raise self.error

    async def refused(self, headers: Mapping[str, str]) -> bool:
        return False

    async def close(self) -> None: ...


async def test_a_sign_in_without_an_answer_means_that_the_request_never_left() -> None:
    with pytest.raises(NotSentError):
        await HttpxClient("https://acme.test", NoSignIn(NoAnswerError("lost"))).send(GET)
    refusal = UnauthorizedError("Failed to sign in", status=401)
    with pytest.raises(UnauthorizedError):
        await HttpxClient("https://acme.test", NoSignIn(refusal)).send(GET)


def test_one_client_serves_one_event_loop_after_another() -> None:
    async def ask(client: HttpxClient, url: list[str]) -> int:
        async with serving(saying(answer("200 OK", b"{}", "connection: close"))) as wire:
            client._base_url = url[0] = wire.url
            return (await client.send(GET)).status

    client, url = client_for("http://127.0.0.1:1"), [""]
    assert asyncio.run(ask(client, url)) == 200
    assert asyncio.run(ask(client, url)) == 200
    asyncio.run(client.close())


@pytest.mark.parametrize(
    "url",
    [
        "http://acme.zendesk.com",
        "http://10.0.0.1:8080",
        "http://127.0.0.1.evil.test",
        "http://localhost:99999",
        "ftp://127.0.0.1",
        "acme.zendesk.com",
        "https://",
        "https://user:pass@acme.zendesk.com",
        "https://acme.zendesk.com/api",
        "https://acme.zendesk.com?x=1",
        "",
    ],
)
def test_credentials_go_to_https_or_to_this_machine_only(url: str) -> None:
    with pytest.raises(ConfigurationError, match="ZENDESK_BASE_URL") as caught:
        HttpxClient(url, Unsigned(), setting="ZENDESK_BASE_URL")
    assert "user:pass" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    ["https://acme.zendesk.com/", "http://127.0.0.1:8081", "http://localhost", "http://[::1]:1"],
)
def test_these_may_have_credentials(url: str) -> None:
    assert SECRET not in repr(client_for(url))


@pytest.mark.parametrize("path", ["https://evil.test/x", "//evil.test/x", "tickets", ""])
async def test_a_request_cannot_leave_its_host(path: str) -> None:
    with pytest.raises(InvalidInputError):
        await client_for("https://acme.test").send(Request("GET", path))


async def test_what_json_cannot_carry_is_refused_before_it_leaves() -> None:
    with pytest.raises(InvalidInputError):
        await client_for("https://acme.test").send(Request("POST", "/x", body={"a": "\ud800"}))
