"""Lanes against the emulated desks: what arrives, how soon, and what happens when one fails."""

from __future__ import annotations

import pytest

from domain.http import Request, Response
from domain.words import DeskState, Status
from domain.writes import OperationState, TicketPatch
from emulator.gorgias.changes import set_field_values
from emulator.gorgias.service import GorgiasService
from sync.requests import Write
from tests.simulation.view import view_of
from tests.sync.bench import Bench, changed_json, on_bench

PROVIDERS = ("zendesk", "gorgias")


async def _live(bench: Bench, *desks: str, within: float = 60.0) -> None:
    async def all_equal() -> bool:
        return not [desk for desk in desks if not await bench.is_equal(desk)]

    await bench.start()
    await bench.until(all_equal, within=within)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_backfill_brings_everything_and_tells_how_far_it_is(provider: str) -> None:
    async def scenario(bench: Bench) -> None:
        await _live(bench, provider, within=90.0)

        async def is_live() -> bool:
            return bool((await bench.desk_rows())[provider].state == DeskState.LIVE.value)

        await bench.until(is_live, within=30.0)
        lane = await bench.lane(provider, "backfill")
        assert lane.done == len(bench.desks[provider].truths.ids())
        assert lane.started_at <= lane.finished_at <= bench.clock.now()
        row = (await bench.desk_rows())[provider]
        assert bench.clock.now() - row.caught_up_at <= 10.0
        assert row.account

    on_bench(scenario, provider, tickets=120)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_what_people_do_at_the_desk_is_seen_within_ten_seconds(provider: str) -> None:
    """Whatever moves a ticket's version; the rest comes by the slower lanes."""

    async def scenario(bench: Bench) -> None:
        await _live(bench, provider, within=90.0)
        desk = bench.desks[provider]
        moves = 0
        while moves < 6:
            before = desk.versions()
            desk.service.act()
            moved = {n for n, version in desk.versions().items() if version != before.get(n)}
            moved -= {n for n in moved if desk.is_gone(n)}

            async def is_seen(moved: set[int] = moved) -> bool:
                views = [await bench.cached(provider, number) for number in moved]
                return views == [view_of(desk.truths.seen(number)) for number in moved]

            if moved:
                moves += 1
                await bench.until(is_seen, within=10.0)

    on_bench(scenario, provider)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_another_clients_change_is_seen_within_ten_seconds(provider: str) -> None:
    async def scenario(bench: Bench) -> None:
        await _live(bench, provider, within=90.0)
        desk = bench.desks[provider]
        step = desk.dictionary.update_steps(TicketPatch(subject="Changed elsewhere"))[0]
        request = desk.dictionary.build_step(step, ticket_id="3", operation_id="x", stamp=None)
        assert (await desk.client.inner.send(request)).is_success

        async def is_seen() -> bool:
            core = (await bench.cached(provider, 3)).core
            return core is not None and "Changed elsewhere" in core

        assert await bench.until(is_seen, within=10.0) <= 10.0

    on_bench(scenario, provider)


def test_an_agents_credential_syncs_by_stand_ins_and_says_what_is_missing() -> None:
    async def scenario(bench: Bench) -> None:
        await _live(bench, "zendesk", within=240.0)
        row = (await bench.desk_rows())["zendesk"]
        assert row.state == DeskState.DEGRADED.value
        assert row.problem_code == "FORBIDDEN"

        async def has_walked() -> bool:
            return await bench.has_run("zendesk", "walk")

        await bench.until(has_walked, within=60.0)
        desk = bench.desks["zendesk"]
        for _ in range(15):
            desk.service.act()

        async def is_equal() -> bool:
            return await bench.is_equal("zendesk")

        await bench.until(is_equal, within=1_000.0)

    on_bench(scenario, "zendesk", user="agent7@example.com/token")


def test_a_desk_that_fails_never_stops_the_other() -> None:
    async def scenario(bench: Bench) -> None:
        def broken(_: Request, answer: Response) -> Response:
            return Response(500, answer.headers, b"<html>down</html>")

        bench.desks["zendesk"].client.rewrite = broken
        await _live(bench, "gorgias")
        rows = await bench.desk_rows()
        assert rows["zendesk"].state == DeskState.UNREACHABLE.value
        assert rows["zendesk"].problem_hint
        assert rows["gorgias"].state == DeskState.LIVE.value
        assert len(bench.desks["zendesk"].client.sent) < 20
        bench.desks["zendesk"].client.rewrite = None

        async def is_back() -> bool:
            row = (await bench.desk_rows())["zendesk"]
            return bool(row.state == DeskState.LIVE.value) and await bench.is_equal("zendesk")

        await bench.until(is_back, within=120.0)

    on_bench(scenario, "zendesk", "gorgias")


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_revoked_token_shows_at_once_and_a_new_one_heals(provider: str) -> None:
    async def scenario(bench: Bench) -> None:
        await _live(bench, provider, within=90.0)
        desk = bench.desks[provider]
        good, desk.client.inner.token = desk.client.inner.token, "revoked"

        async def state_is(state: DeskState) -> bool:
            return bool((await bench.desk_rows())[provider].state == state.value)

        await bench.until(lambda: state_is(DeskState.UNAUTHORIZED), within=10.0)
        asked = len(desk.client.sent)
        await bench.clock.sleep(60.0)
        assert len(desk.client.sent) - asked < 60
        desk.client.inner.token = good
        await bench.until(lambda: state_is(DeskState.LIVE), within=60.0)

    on_bench(scenario, provider)


def test_a_cursor_that_repeats_is_an_error_and_no_loop() -> None:
    async def scenario(bench: Bench) -> None:
        client = bench.desks["zendesk"].client

        def pinned(request: Request, answer: Response) -> Response:
            cursor = dict(request.query).get("cursor")
            if cursor and request.path.endswith("incremental/tickets/cursor"):
                return changed_json(answer, after_cursor=cursor, end_of_stream=False)
            return answer

        client.rewrite = pinned
        await bench.start()
        await bench.clock.sleep(300.0)
        exports = [r for r in client.sent if r.path.endswith("incremental/tickets/cursor")]
        assert len(exports) < 40
        row = (await bench.desk_rows())["zendesk"]
        assert row.state == DeskState.DEGRADED.value
        assert "cursor" in (row.problem_message + row.problem_code).lower()

    on_bench(scenario, "zendesk")


def _sets_a_field(bench: Bench, number: int, value: str) -> None:
    """Of all changes at Gorgias this one moves no version, and only an event tells of it."""
    service = bench.desks["gorgias"].service
    assert isinstance(service, GorgiasService)
    desk = service._desk
    field = next(iter(desk.store.custom_fields))
    ticket = desk.store.tickets.get(number)
    assert ticket is not None
    set_field_values(desk, ticket, {field.id: value}, desk.change(None))


@pytest.mark.parametrize("seconds_without_events", [20.0, 100.0])
def test_no_change_falls_between_the_backfill_and_the_first_event(
    seconds_without_events: float,
) -> None:
    async def scenario(bench: Bench) -> None:
        client = bench.desks["gorgias"].client
        began = bench.clock.now()

        def events_fail(request: Request, answer: Response) -> Response:
            late = bench.clock.now() < began + seconds_without_events
            if request.path == "/api/events" and late:
                return Response(500, answer.headers, b"<html>down</html>")
            return answer

        client.rewrite = events_fail
        await bench.start(audits=seconds_without_events > 60.0)
        await bench.clock.sleep(seconds_without_events - 5.0)
        assert await bench.has_run("gorgias", "backfill") is (seconds_without_events > 60.0)
        _sets_a_field(bench, 4, "set meanwhile")
        # Later events push it off the page that the first reading shows.
        for turn in range(120):
            _sets_a_field(bench, 7, f"turn {turn}")

        async def is_equal() -> bool:
            return await bench.is_equal("gorgias")

        await bench.until(is_equal, within=400.0)

    on_bench(scenario, "gorgias")


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_restart_goes_on_where_it_was(provider: str) -> None:
    async def scenario(bench: Bench) -> None:
        await _live(bench, provider, within=90.0)
        desk = bench.desks[provider]
        await bench.clock.sleep(90.0)
        await bench.engine.stop()
        for _ in range(20):
            desk.service.act()
            await bench.clock.sleep(3.0)
        export = "export" if provider == "zendesk" else "events"
        before = await bench.lane(provider, export)
        backfill = await bench.lane(provider, "backfill")
        desk.client.sent.clear()
        await _live(bench, provider, within=200.0)
        assert await bench.lane(provider, "backfill") == backfill
        assert (await bench.lane(provider, export)).done >= before.done
        assert len(desk.client.sent) < 150

    on_bench(scenario, provider)


def test_a_desk_bound_to_one_account_refuses_another() -> None:
    async def scenario(bench: Bench) -> None:
        await _live(bench, "gorgias")
        await bench.engine.stop()
        client = bench.desks["gorgias"].client

        def other(request: Request, answer: Response) -> Response:
            if request.path == "/api/account":
                return changed_json(answer, domain="somebody-else")
            return answer

        client.rewrite = other
        await bench.start()
        await bench.clock.sleep(30.0)
        row = (await bench.desk_rows())["gorgias"]
        assert row.problem_code == "CONFIGURATION"
        assert "bound to another account" in row.problem_message

    on_bench(scenario, "gorgias")


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_write_is_done_once_and_answers_alike_when_it_is_repeated(provider: str) -> None:
    async def scenario(bench: Bench) -> None:
        await _live(bench, provider, within=90.0)
        write = Write(
            "k1",
            provider,
            "ann",
            ticket_id=f"{provider}/2",
            patch=TicketPatch(status=Status.SOLVED, add_tags=("vip",)),
        )
        first = await bench.engine.submit(write)
        assert first.state is OperationState.CONFIRMED, first
        again = await bench.engine.submit(write)
        assert (again.operation_id, again.state) == (first.operation_id, first.state)
        assert again.replayed
        puts = [r for r in bench.desks[provider].client.sent if r.method in ("PUT", "POST")]
        assert len(puts) <= 2
        assert (await bench.cached(provider, 2)).core is not None

        async def is_equal() -> bool:
            return await bench.is_equal(provider)

        await bench.until(is_equal, within=100.0)
        assert "vip" in (await bench.cached(provider, 2)).tags

    on_bench(scenario, provider)
