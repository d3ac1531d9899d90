"""Writes through the engine: what is accepted, what is refused, and what is only planned."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import select

from db import tables
from db.write.parts import held_part
from domain.errors import InvalidInputError
from domain.http import Request, Response
from domain.observation import Gone, LanePage, Part, TicketSeen
from domain.words import Priority, Status, SyncSource, Visibility
from domain.writes import CommentDraft, OperationState, Requester, TicketDraft, TicketPatch
from sync.decide import Interval
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


@pytest.mark.parametrize("status", [Status.SOLVED, Status.CLOSED])
def test_who_closes_a_ticket_of_nobody_becomes_its_assignee(status: Status) -> None:
    """Zendesk refuses it otherwise (422)."""

    async def scenario(bench: Bench) -> None:
        await _ready(bench)
        draft = TicketDraft("Nobody's", "Hello", requester=Requester(email="new@example.com"))
        created = await bench.engine.submit(Write("c", "zendesk", "ann", draft=draft))
        ticket_id = created.ticket_id or ""
        assert (await bench.ticket(ticket_id)).assignee_id is None
        write = Write("k", "zendesk", "ann", ticket_id=ticket_id, patch=TicketPatch(status=status))
        planned = (await bench.engine.submit(write, dry_run=True)).planned
        outcome = await bench.engine.submit(write)
        assert outcome.state is OperationState.CONFIRMED, outcome
        own = bench.kept("zendesk").link.own_user_id
        held = await bench.ticket(ticket_id)
        assert (held.status, held.assignee_id) == (status.value, own)
        assert [request.path for request in planned] == [_sent(bench, "zendesk")[-1].path]
        assert f"'assignee_id': {own}" in str(planned[0].body)

    on_bench(scenario, "zendesk")


def test_who_has_been_given_a_ticket_before_it_was_closed_keeps_it() -> None:
    async def scenario(bench: Bench) -> None:
        await _ready(bench)
        assigned = (await bench.ticket("zendesk/2")).assignee_id
        assert assigned not in (None, bench.kept("zendesk").link.own_user_id)
        outcome = await bench.engine.submit(_patch("zendesk", status=Status.SOLVED))
        assert outcome.state is OperationState.CONFIRMED, outcome
        assert (await bench.ticket("zendesk/2")).assignee_id == assigned

    on_bench(scenario, "zendesk")


@pytest.mark.parametrize("seconds", [60.0, 240.0])
def test_a_write_during_an_outage_is_done_soon_after_it(seconds: float) -> None:
    """Zendesk takes thirty updates of a ticket in ten minutes: trying must not use them up."""

    async def scenario(bench: Bench) -> None:
        await _ready(bench)
        client = bench.desks["zendesk"].client
        until = bench.clock.now() + seconds

        def down(_: Request, answer: Response) -> Response:
            return answer if bench.clock.now() > until else Response(503, {}, b"<html></html>")

        client.rewrite = down
        write = _patch("zendesk", comment=CommentDraft("In time", Visibility.INTERNAL))
        await bench.engine.submit(write)
        await bench.clock.sleep(until - bench.clock.now() + 25.0)
        outcome = await bench.engine.submit(write)
        assert outcome.state is OperationState.CONFIRMED, outcome
        assert len(_sent(bench, "zendesk")) < 30

    on_bench(scenario, "zendesk")


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_created_ticket_shows_although_a_replica_has_just_denied_it(provider: str) -> None:
    """Something asks for the id before the create's answer is there (seed gorgias 292)."""

    async def scenario(bench: Bench) -> None:
        await _ready(bench)
        desk = bench.desks[provider]
        kept, seen = bench.kept(provider), desk.truths.seen(3)
        now = bench.clock.now()
        denied = LanePage(tickets=(TicketSeen("77", core=Gone()),))
        await kept.store(denied, Interval(now - 4.0, now), SyncSource.READ_THROUGH)
        created = LanePage(tickets=(replace(seen, external_id="77", comments=None),))
        await kept.store(created, Interval.of_write(now - 1.0, now + 0.5), SyncSource.WRITE)
        assert not (await bench.ticket(f"{provider}/77")).gone
        assert await held_part(bench.database, f"{provider}/77", Part.CORE)
        # It was deleted right after all: the need that stayed tells.
        await bench.clock.sleep(20.0)
        assert (await bench.ticket(f"{provider}/77")).gone
        assert not await bench.database.fetch(
            select(tables.ticket_part.c.need).where(tables.ticket_part.c.need.is_not(None))
        )

    on_bench(scenario, provider)


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


@pytest.mark.parametrize("is_create", [True, False])
def test_a_refused_sign_in_ends_no_write_that_an_earlier_attempt_may_have_done(
    is_create: bool,
) -> None:
    """The attempt that was not answered has been executed; the ones after it are refused."""
    draft = TicketDraft("Only once", "x", requester=Requester(email="a@example.com"))
    write = Write("k", "zendesk", "ann", draft=draft)
    if not is_create:
        write = _patch("zendesk", comment=CommentDraft("Only once", Visibility.INTERNAL))

    async def scenario(bench: Bench) -> None:
        await _ready(bench)
        client, unanswered = bench.desks["zendesk"].client, [Response(504, {}, b"")]

        def shut_out(request: Request, answer: Response) -> Response:
            if request.method == "GET":
                return answer
            return unanswered.pop() if unanswered else Response(401, {}, b'{"error":"x"}')

        client.rewrite = shut_out
        for _ in range(3):
            outcome = await bench.engine.submit(write)
            # A create that a lane shows meanwhile is confirmed by that.
            assert outcome.state in (OperationState.SENDING, OperationState.CONFIRMED), outcome
            await bench.clock.sleep(20.0)
        client.rewrite = None
        await bench.clock.sleep(60.0)
        assert (await bench.engine.submit(write)).state is OperationState.CONFIRMED
        await bench.clock.sleep(60.0)
        told = await bench.database.fetch(select(tables.comment.c.body))
        subjects = await bench.database.fetch(select(tables.ticket.c.subject))
        shown = [row[0] for row in (subjects if is_create else told)]
        assert shown.count("Only once") == 1

    on_bench(scenario, "zendesk")


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
