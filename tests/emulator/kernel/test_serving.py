"""The server and its control endpoint, over real sockets."""

from __future__ import annotations

import asyncio
import logging
import time
from email.utils import parsedate_to_datetime

import pytest

from emulator.kernel.host import Host
from emulator.kernel.server import PortTakenError, address, bind, serving
from tests.emulator.kernel.tiny import Running, TinyService


async def test_one_connection_answers_many_requests_without_delay(tiny: Running) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", tiny.port)
    started_at = time.monotonic()
    for _ in range(100):
        writer.write(b"GET /notes?a=1&a=%C3%A9 HTTP/1.1\r\nHost: tiny\r\n\r\n")
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 OK")
        body = '{"notes":[],"query":[["a","1"],["a","é"]]}'.encode()
        assert f"content-length: {len(body)}".encode() in head
        assert await reader.readexactly(len(body)) == body
    # Without TCP_NODELAY each answer takes 40 ms.
    assert time.monotonic() - started_at < 2
    writer.close()
    await writer.wait_closed()


async def test_the_date_header_is_whole_seconds_of_the_moved_clock(tiny: Running) -> None:
    moved = await tiny.client.post("/_emulator/clock", json={"forward_seconds": 86_400})
    stamp = parsedate_to_datetime((await tiny.client.get("/notes")).headers["date"]).timestamp()
    assert 0 <= stamp - int(moved.json()["now"]) <= 2
    assert stamp - time.time() > 86_000


async def test_204_has_neither_body_nor_length(tiny: Running) -> None:
    answer = await tiny.client.delete("/notes/1")
    assert answer.status_code == 204
    assert not {"content-length", "content-type"} & set(answer.headers)


async def test_a_body_of_any_size_reaches_the_service(tiny: Running) -> None:
    note = "n" * 3_000_000
    assert (await tiny.client.post("/notes", content=note)).status_code == 201
    assert tiny.service.notes == [note]


async def test_counts_tell_requests_by_path_and_status_without_ids(tiny: Running) -> None:
    await tiny.put_faults(
        {"kind": "too_many_requests", "path": "limited"}, {"kind": "reply_lost", "path": "lost"}
    )
    for path in ("/api/v2/tickets/1.json", "/api/v2/tickets/2.json", "/limited"):
        await tiny.client.get(path)
    with pytest.raises(Exception, match="disconnected"):
        await tiny.client.get("/lost")
    counts = (await tiny.client.get("/_emulator/counts")).json()
    assert (counts["requests"], counts["too_many_requests"], counts["without_reply"]) == (4, 1, 1)
    tickets = {"method": "GET", "path": "/api/v2/tickets/{id}", "status": 200, "requests": 2}
    assert tickets in counts["by_path"]
    assert (await tiny.client.delete("/_emulator/counts")).json()["requests"] == 0


async def test_acts_happen_on_request(tiny: Running) -> None:
    answer = await tiny.client.post("/_emulator/act", json={"times": 3})
    assert answer.json() == {"done": ["act 1", "act 2", "act 3"]}


async def test_pace_lets_acts_happen_by_themselves(tiny: Running) -> None:
    assert tiny.service.acts == 0
    await tiny.client.put("/_emulator/pace", json={"acts_per_second": 100})
    async with asyncio.timeout(5):
        while tiny.service.acts < 20:
            await tiny.client.get("/_emulator/pace")


@pytest.mark.parametrize(
    ("target", "body", "status", "words"),
    [
        ("PUT /faults", "{", 422, "no JSON"),
        ("PUT /faults", '{"faults":[{"kind":"fire"}]}', 422, "unknown kind 'fire'"),
        ("PUT /pace", '{"acts_per_second": -1}', 422, "from 0 to"),
        ("PUT /pace", "{}", 422, "acts_per_second"),
        ("POST /act", '{"times": "many"}', 422, "<number>"),
        ("POST /clock", '{"forward_seconds": true}', 422, "<number>"),
        ("POST /counts", "", 405, "DELETE, GET"),
        ("GET /nonsense", "", 404, "/_emulator"),
    ],
)
async def test_a_wrong_control_request_is_refused_in_words(
    tiny: Running, target: str, body: str, status: int, words: str
) -> None:
    method, path = target.split()
    answer = await tiny.client.request(method, f"/_emulator{path}", content=body)
    assert (answer.status_code, words in answer.json()["error"]) == (status, True)


async def test_a_defect_of_a_service_is_logged_and_answered_with_a_bare_500(
    tiny: Running, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        answer = await tiny.client.get("/defect")
    assert (answer.status_code, answer.text) == (500, "Internal Server Error")
    assert "The emulator failed at GET /defect" in caplog.text


async def test_control_port_serves_every_service_and_only_control(tiny: Running) -> None:
    listener, control = bind(0), bind(0)
    other = TinyService(name="gorgias")
    hosts = {listener: Host(other, clock=tiny.clock)}
    async with serving(hosts, clock=tiny.clock, control_listener=control):
        url = address(control)
        acted = await tiny.client.post(f"{url}/gorgias/_emulator/act")
        unknown = await tiny.client.get(f"{url}/nobody/_emulator/counts")
        outside = await tiny.client.get(f"{url}/gorgias/notes")
    assert acted.json() == {"done": ["act 1"]}
    assert unknown.json()["places"] == ["/gorgias/_emulator"]
    assert (unknown.status_code, outside.status_code) == (404, 404)


async def test_the_end_does_not_wait_for_a_long_fault() -> None:
    async with Running() as tiny:
        await tiny.put_faults({"kind": "latency", "seconds": 3600})
        hanging = asyncio.create_task(tiny.client.get("/notes", timeout=None))
        while not any(rule["matched"] for rule in await _rules(tiny)):
            pass
        started_at = time.monotonic()
        hanging.cancel()
    assert time.monotonic() - started_at < 4


async def _rules(tiny: Running) -> list[dict[str, object]]:
    rules: list[dict[str, object]] = (await tiny.client.get("/_emulator/faults")).json()["faults"]
    return rules


def test_a_taken_port_is_told() -> None:
    with bind(0) as listener:
        listener.listen()
        with pytest.raises(PortTakenError, match="cannot be used"):
            bind(listener.getsockname()[1])
