"""Writes through the engine: what is accepted, what is refused, and what is only planned."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select

from db import tables
from domain.errors import InvalidInputError
from domain.http import Request, Response
from domain.words import Priority, Status, Visibility
from domain.writes import CommentDraft, OperationState, Requester, TicketDraft, TicketPatch
from sync.requests import Write
from tests.sync.bench import Bench, on_bench

PROVIDERS = ("zendesk", "gorgias")


def _patch(desk: str, key: str = "k", ticket: str = "2", **changes: object) -> Write:
    patch = TicketPatch(**changes)  # type: ignore[arg-type]  # each test names a patch's own fields
    return Write(key, desk, "ann", ticket_id=f"{desk}/{ticket}", patch=patch)


async def _ready(bench: Bench) -> None:
    await bench.start()
    await bench.clock.sleep(90.0)


def _sent(bench: Bench, desk: str) -> list[Request]:
    return [r for r in bench.desks[desk].client.sent if r.method != "GET"]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_created_ticket_is_read_at_once_with_its_comment(provider: str) -> None:
    async def scenario(bench: Bench) -> None:
        await _ready(bench)
        draft = TicketDraft(
            "Printer 退款",
            "It \N{FIRE} burns",
            requester=Requester(email="new@example.com"),
            priority=Priority.URGENT,
            tags=("vip",),
        )
        outcome = await bench.engine.submit(Write("k", provider, "ann", draft=draft))
        assert outcome.state is OperationState.CONFIRMED, outcome
        number = int((outcome.ticket_id or "").partition("/")[2])
        view = await bench.cached(provider, number)
        assert view.core is not None
        assert "Printer 退款" in view.core
        assert view.tags == ("vip",)
        await bench.clock.sleep(30.0)
        assert not await bench.differences(provider)

    on_bench(scenario, provider)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_same_key_for_another_write_is_refused(provider: str) -> None:
    async def scenario(bench: Bench) -> None:
        await _ready(bench)
        await bench.engine.submit(_patch(provider, subject="One"))
        with pytest.raises(InvalidInputError, match="another write"):
            await bench.engine.submit(_patch(provider, subject="Two"))
        assert len(_sent(bench, provider)) == 1

    on_bench(scenario, provider)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_dry_run_shows_the_requests_and_sends_nothing(provider: str) -> None:
    async def scenario(bench: Bench) -> None:
        await _ready(bench)
        note = CommentDraft("Note", Visibility.INTERNAL)
        outcome = await bench.engine.submit(
            _patch(provider, status=Status.SOLVED, comment=note), dry_run=True
        )
        assert outcome.planned
        assert not _sent(bench, provider)
        assert not await bench.database.fetch(select(tables.operation))

    on_bench(scenario, provider)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_an_unknown_ticket_and_an_empty_change_are_refused_before_anything_is_sent(
    provider: str,
) -> None:
    async def scenario(bench: Bench) -> None:
        await _ready(bench)
        missing = await bench.engine.submit(_patch(provider, ticket="999", subject="x"))
        assert missing.state is OperationState.REFUSED
        assert missing.problems[0].code == "NOT_FOUND"
        with pytest.raises(InvalidInputError, match="changes nothing"):
            await bench.engine.submit(_patch(provider))
        assert not _sent(bench, provider)

    on_bench(scenario, provider)


def test_a_ticket_that_has_changed_since_it_was_read_is_a_conflict() -> None:
    async def scenario(bench: Bench) -> None:
        await _ready(bench)
        version = bench.desks["zendesk"].versions()[2]
        write = Write(
            "k",
            "zendesk",
            "ann",
            ticket_id="zendesk/2",
            patch=TicketPatch(subject="Mine"),
            expected_version=(version or 0) - 1,
        )
        outcome = await bench.engine.submit(write)
        assert outcome.state is OperationState.REFUSED
        assert outcome.problems[0].code == "CONFLICT"
        assert not _sent(bench, "zendesk")

    on_bench(scenario, "zendesk")


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_write_the_provider_never_answers_is_told_as_open_and_never_doubled(
    provider: str,
) -> None:
    async def scenario(bench: Bench) -> None:
        await _ready(bench)
        desk = bench.desks[provider]

        def swallowed(request: Request, answer: Response) -> Response:
            return answer if request.method == "GET" else Response(504, {}, b"<html></html>")

        desk.client.rewrite = swallowed
        write = _patch(provider, comment=CommentDraft("Only once", Visibility.INTERNAL))
        outcome = await bench.engine.submit(write)
        assert outcome.state in (OperationState.SENDING, OperationState.CONFIRMED)
        await bench.clock.sleep(30.0)
        desk.client.rewrite = None
        await bench.clock.sleep(120.0)
        again = await bench.engine.submit(write)
        assert again.state is OperationState.CONFIRMED, again
        comments = desk.truths.seen(2).comments
        assert comments is not None
        assert [c.body for c in comments.comments].count("Only once") == 1

    on_bench(scenario, provider)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_what_a_killed_process_left_open_is_finished_by_the_next(provider: str) -> None:
    async def scenario(bench: Bench) -> None:
        await _ready(bench)
        desk = bench.desks[provider]

        def swallowed(request: Request, answer: Response) -> Response:
            return answer if request.method == "GET" else Response(502, {}, b"")

        desk.client.rewrite = swallowed
        draft = TicketDraft("Left open", "x", requester=Requester(email="a@example.com"))
        task = asyncio.create_task(bench.engine.submit(Write("k", provider, "ann", draft=draft)))
        await bench.clock.sleep(3.0)
        task.cancel()
        await bench.engine.abandon()
        desk.client.rewrite = None
        await bench.start()
        await bench.clock.sleep(150.0)
        rows = await bench.database.fetch(select(tables.operation))
        assert [row.state for row in rows] == [OperationState.CONFIRMED.value]
        marks = [desk.truths.seen(n).external_reference for n in desk.truths.ids()]
        assert marks.count(rows[0].id) == 1

    on_bench(scenario, provider)
