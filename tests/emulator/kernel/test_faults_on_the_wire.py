"""What a client sees of each fault, over real sockets."""

from __future__ import annotations

import asyncio
import time

import httpx
import pytest

from tests.emulator.kernel.tiny import Running


async def test_latency_delays_the_answer_and_still_gives_it(tiny: Running) -> None:
    await tiny.put_faults({"kind": "latency", "seconds": 0.2, "count": 1})
    started_at = time.monotonic()
    assert (await tiny.client.get("/notes")).status_code == 200
    assert time.monotonic() - started_at >= 0.2


async def test_a_slow_request_is_executed_after_its_caller_has_left(tiny: Running) -> None:
    await tiny.put_faults({"kind": "latency", "seconds": 0.2})
    with pytest.raises(httpx.ReadTimeout):
        await tiny.client.post("/notes", content="late", timeout=0.05)
    assert tiny.service.notes == []
    await tiny.client.get("/notes")
    assert tiny.service.notes == ["late"]


@pytest.mark.parametrize(("retry_after", "header"), [(7, "7"), (None, None)])
async def test_429_comes_with_or_without_retry_after(
    tiny: Running, retry_after: int | None, header: str | None
) -> None:
    await tiny.put_faults({"kind": "too_many_requests", "retry_after": retry_after})
    answer = await tiny.client.post("/notes", content="never")
    assert (answer.status_code, answer.headers.get("retry-after")) == (429, header)
    assert answer.json() == {"tiny": "failed"}
    assert tiny.service.notes == []


async def test_5xx_has_the_providers_body_or_a_proxys_page(tiny: Running) -> None:
    await tiny.put_faults(
        {"kind": "server_error", "status": 502, "count": 1},
        {"kind": "server_error", "status": 503, "html": True, "executed": True, "retry_after": 9},
    )
    own = await tiny.client.post("/notes", content="first")
    page = await tiny.client.post("/notes", content="second")
    assert (own.status_code, own.json()) == (502, {"tiny": "failed"})
    assert (page.status_code, page.headers["retry-after"]) == (503, "9")
    assert page.headers["content-type"].startswith("text/html")
    assert tiny.service.notes == ["second"]


async def test_an_html_page_comes_with_200(tiny: Running) -> None:
    await tiny.put_faults({"kind": "html_page"})
    answer = await tiny.client.get("/notes")
    assert answer.status_code == 200
    assert answer.text.startswith("<!DOCTYPE html>")


async def test_a_cut_body_announces_more_than_it_sends(tiny: Running) -> None:
    tiny.service.notes.append("x" * 100_000)
    await tiny.put_faults({"kind": "cut_body", "keep": 0.25})
    reader, writer = await asyncio.open_connection("127.0.0.1", tiny.port)
    writer.write(b"GET /notes HTTP/1.1\r\nHost: tiny\r\n\r\n")
    head, _, body = (await reader.read(-1)).partition(b"\r\n\r\n")
    writer.close()
    announced = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
    assert announced > 100_000
    assert len(body) == announced // 4


async def test_a_lost_request_is_not_executed_and_brings_no_byte(tiny: Running) -> None:
    await tiny.put_faults({"kind": "request_lost", "method": "POST"})
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        await tiny.client.post("/notes", content="lost")
    assert tiny.service.notes == []
    assert (await tiny.client.get("/notes")).status_code == 200


async def test_a_lost_reply_means_an_executed_request_without_a_byte(tiny: Running) -> None:
    await tiny.put_faults({"kind": "reply_lost", "count": 1})
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        await tiny.client.post("/notes", content="kept")
    assert tiny.service.notes == ["kept"]


async def test_a_rule_strikes_the_requests_it_counts_and_no_other(tiny: Running) -> None:
    await tiny.put_faults(
        {"kind": "server_error", "method": "post", "path": "^/notes$", "after": 1, "count": 1}
    )
    posts = [(await tiny.client.post("/notes", content="n")).status_code for _ in range(3)]
    other = (await tiny.client.post("/other", content="n")).status_code
    assert (posts, other) == ([201, 503, 201], 201)
    [rule] = (await tiny.client.get("/_emulator/faults")).json()["faults"]
    assert (rule["matched"], rule["struck"]) == (3, 1)
    assert rule["method"] == "post"


async def test_deleted_rules_strike_no_more(tiny: Running) -> None:
    await tiny.put_faults({"kind": "server_error"})
    assert (await tiny.client.delete("/_emulator/faults")).json() == {"faults": []}
    assert (await tiny.client.get("/notes")).status_code == 200
