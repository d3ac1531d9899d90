"""Where tickets go at Gorgias: only a read of one ticket tells that it was merged."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from db import tables
from domain.http import Request, Response
from domain.observation import Gone, LanePage, TicketSeen
from domain.words import Purpose, SyncSource
from sync.decide import Interval
from sync.refetch import LONE_READS, Refetcher
from tests.simulation.deeds import merge, purge
from tests.sync.bench import Bench, changed_json, on_bench


def _reads(bench: Bench, *, singly: bool) -> list[str]:
    sent = [request for request in bench.desks["gorgias"].client.sent if request.method == "GET"]
    if singly:
        return [r.path.rpartition("/")[2] for r in sent if r.path.startswith("/api/tickets/")]
    return [r.path for r in sent if "ticket_ids" in dict(r.query)]


def _no_events(request: Request, answer: Response) -> Response:
    return changed_json(answer, data=[]) if request.path == "/api/events" else answer


async def _ready(bench: Bench) -> None:
    await bench.start(audits=False)
    await bench.clock.sleep(60.0)
    assert await bench.is_equal("gorgias")
    bench.desks["gorgias"].client.sent.clear()


def test_a_merged_ticket_leads_to_the_one_that_it_went_into() -> None:
    async def scenario(bench: Bench) -> None:
        await _ready(bench)
        merge(bench.desks["gorgias"].service, 3, 5)
        await bench.clock.sleep(30.0)
        source = await bench.ticket("gorgias/3")
        assert (source.gone, source.merged_into) == (True, "5")
        assert (await bench.told_of("gorgias/3"))[-1] == "merged"
        assert "deleted" not in await bench.told_of("gorgias/3")
        assert await bench.is_equal("gorgias")

    on_bench(scenario, "gorgias")


def test_a_bulk_read_that_lacks_a_ticket_asks_for_it_singly() -> None:
    """No event tells of the merge, nor of what the target has gained by it."""

    async def scenario(bench: Bench) -> None:
        bench.desks["gorgias"].client.rewrite = _no_events
        await _ready(bench)
        merge(bench.desks["gorgias"].service, 3, 5)
        refetcher = Refetcher(bench.kept("gorgias"))
        for _ in range(3):
            await bench.clock.sleep(10.0)
            await refetcher.read_tickets(["gorgias/3", "gorgias/4"], Purpose.AUDIT)
        source = await bench.ticket("gorgias/3")
        assert (source.gone, source.merged_into) == (True, "5")
        assert 1 <= _reads(bench, singly=True).count("3") <= 2
        await bench.clock.sleep(10.0)
        assert await bench.is_equal("gorgias")
        assert not await _open_needs(bench)

    on_bench(scenario, "gorgias")


def test_many_tickets_that_go_at_once_do_not_hold_up_the_rest() -> None:
    async def scenario(bench: Bench) -> None:
        bench.desks["gorgias"].client.rewrite = _no_events
        await _ready(bench)
        for number in range(1, 31):
            purge(bench.desks["gorgias"].service, number)
        await bench.clock.sleep(10.0)
        refetcher = Refetcher(bench.kept("gorgias"))
        await refetcher.read_tickets(
            [f"gorgias/{number}" for number in range(1, 41)], Purpose.AUDIT
        )
        assert len(_reads(bench, singly=True)) == LONE_READS
        await bench.clock.sleep(60.0)
        assert sorted(_reads(bench, singly=True), key=int) == [str(n) for n in range(1, 31)]
        assert await bench.is_equal("gorgias")
        assert not await _open_needs(bench)

    on_bench(scenario, "gorgias", tickets=40)


@pytest.mark.parametrize("tells_first", [True, False])
def test_where_a_ticket_went_is_learned_late_and_never_forgotten(tells_first: bool) -> None:
    async def scenario(bench: Bench) -> None:
        await _ready(bench)
        desk, now = bench.kept("gorgias"), bench.clock.now()
        told_before = len(await bench.told_of("gorgias/3"))
        told, untold = Gone("5"), Gone()
        for place, gone in enumerate([told, untold] if tells_first else [untold, told]):
            page = LanePage(tickets=(TicketSeen("3", core=gone),))
            interval = Interval(now + place, now + place + 0.5)
            await desk.store(page, interval, SyncSource.READ_THROUGH)
        source = await bench.ticket("gorgias/3")
        assert (source.gone, source.merged_into) == (True, "5")
        news = (await bench.told_of("gorgias/3"))[told_before:]
        assert news == (["merged"] if tells_first else ["deleted", "merged"])
        counted = await bench.database.fetch(select(tables.counter.c.tickets))
        assert sum(row.tickets for row in counted) == 11

    on_bench(scenario, "gorgias")


def test_what_a_ticket_was_merged_into_is_read_again_in_all_parts() -> None:
    async def scenario(bench: Bench) -> None:
        await _ready(bench)
        desk, now = bench.kept("gorgias"), bench.clock.now()
        page = LanePage(tickets=(TicketSeen("3", core=Gone("5")),))
        for needs in (4, 0):
            await desk.store(page, Interval(now, now + 0.1), SyncSource.READ_THROUGH)
            named = [need for need in await _open_needs(bench) if need[0] == "gorgias/5"]
            assert len(named) == needs
            await bench.clock.sleep(15.0)

    on_bench(scenario, "gorgias")


def test_a_late_read_of_a_merged_ticket_takes_no_comment_back() -> None:
    """A merge moves the messages; a replica from before it still shows them where they were."""

    async def scenario(bench: Bench) -> None:
        await _ready(bench)
        emulated, desk = bench.desks["gorgias"], bench.kept("gorgias")
        before = emulated.truths.seen(3)
        asked_at = bench.clock.now()
        merge(emulated.service, 3, 5)
        await bench.clock.sleep(1.0)
        target = LanePage(tickets=(emulated.truths.seen(5),))
        now = bench.clock.now()
        await desk.store(target, Interval(now - 4.0, now), SyncSource.READ_THROUGH)
        late = LanePage(tickets=(before,))
        await desk.store(late, Interval(asked_at - 4.0, now + 0.1), SyncSource.READ_THROUGH)
        moved = {comment.external_id for comment in before.comments.comments}  # type: ignore[union-attr]  # a detail has comments
        assert moved <= set((await bench.cached("gorgias", 5)).comments)
        await bench.clock.sleep(15.0)
        assert await bench.is_equal("gorgias")

    on_bench(scenario, "gorgias")


async def _open_needs(bench: Bench) -> list[tuple[str, str]]:
    p = tables.ticket_part.c
    rows = await bench.database.fetch(select(p.ticket_id, p.part).where(p.need.is_not(None)))
    return [(row.ticket_id, row.part) for row in rows]
