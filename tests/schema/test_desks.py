"""Desks: how they are, and how far behind."""

from __future__ import annotations

from typing import Any

import pytest

from domain.words import DeskState
from tests.schema.live import Live, live
from tests.schema.world import NOW, World, two_desks

DESK = """{ desks { key name provider url state lagSeconds problem { code message hint since }
  capabilities vocabulary { statuses { unified } } budget { limit }
  sync { backfill { phase done total perSecond etaSeconds startedAt } } } }"""


async def test_detached_desk_is_readable_and_has_nothing_to_say_of_its_provider(
    world: World,
) -> None:
    await world.add_desk("old", state=DeskState.DETACHED.value, caught_up_at=NOW - 90.5)
    [desk] = (await world.ask(DESK))["desks"]
    assert desk == {
        "key": "old",
        "name": "Old",
        "provider": "ZENDESK",
        "url": "https://old.example",
        "state": "DETACHED",
        "lagSeconds": 90.5,
        "problem": None,
        "capabilities": [],
        "vocabulary": None,
        "budget": None,
        "sync": {"backfill": None},
    }


async def test_problem_tells_what_to_do(world: World) -> None:
    await world.add_desk(
        "north",
        state=DeskState.UNAUTHORIZED.value,
        caught_up_at=None,
        problem_code="PROVIDER_UNAUTHORIZED",
        problem_message="Failed to sign in: 401 Unauthorized",
        problem_hint="Check ZENDESK_TOKEN.",
        problem_since=NOW - 60,
    )
    [desk] = (await world.ask(DESK))["desks"]
    assert desk["lagSeconds"] is None
    assert desk["problem"] == {
        "code": "PROVIDER_UNAUTHORIZED",
        "message": "Failed to sign in: 401 Unauthorized",
        "hint": "Check ZENDESK_TOKEN.",
        "since": "2026-09-21T14:12:20.000Z",
    }


PROGRESS = [
    ({"started_at": NOW - 20, "ran_at": NOW, "done": 100, "total": 300}, ("tickets", 5.0, 40.0)),
    ({"started_at": NOW - 20, "ran_at": NOW, "done": 100}, ("tickets", 5.0, None)),
    ({"started_at": NOW, "ran_at": NOW, "done": 0, "total": 9}, ("tickets", 0.0, None)),
    (
        {"started_at": NOW - 50, "ran_at": NOW, "finished_at": NOW - 30, "done": 40},
        ("done", 2.0, 0.0),
    ),
]


@pytest.mark.parametrize(("lane", "expected"), PROGRESS)
async def test_progress_of_the_first_copy(
    small_world: World, lane: dict[str, float], expected: tuple[str, float, float | None]
) -> None:
    await small_world.add_desk("north")
    await small_world.store_backfill("north", **lane)
    [desk] = (await small_world.ask(DESK))["desks"]
    backfill = desk["sync"]["backfill"]
    assert (backfill["phase"], backfill["perSecond"], backfill["etaSeconds"]) == expected
    assert backfill["done"] == lane["done"]


BEHIND: list[tuple[dict[str, Any], bool]] = [
    ({}, False),
    ({"state": DeskState.DEGRADED.value}, False),
    ({"caught_up_at": NOW - 61}, True),
    ({"caught_up_at": None}, True),
    ({"state": DeskState.UNREACHABLE.value}, True),
    ({"state": DeskState.BACKFILLING.value}, True),
]


@pytest.mark.parametrize(("columns", "is_behind"), BEHIND)
async def test_desk_that_is_behind_is_named_and_never_an_error(
    small_world: World, columns: dict[str, Any], is_behind: bool
) -> None:
    await two_desks(small_world)
    await small_world.add_desk("south", **columns)
    query = """query ($f: TicketFilter) { tickets(filter: $f) {
               totalCount behind { key state } asOf } }"""
    data = (await small_world.ask(query))["tickets"]
    assert data["totalCount"] == 6
    assert [desk["key"] for desk in data["behind"]] == (["south"] if is_behind else [])
    data = (await small_world.ask(query, f={"provider": ["ZENDESK"]}))["tickets"]
    assert data["behind"] == []


async def test_list_is_as_of_the_slowest_desk_that_is_not_behind(small_world: World) -> None:
    await small_world.add_desk("a", caught_up_at=NOW - 20)
    await small_world.add_desk("b", caught_up_at=NOW - 40)
    await small_world.add_desk("c", caught_up_at=NOW - 900)
    data = (await small_world.ask("{ tickets { asOf behind { key } } }"))["tickets"]
    assert data == {"asOf": "2026-09-21T14:12:40.000Z", "behind": [{"key": "c"}]}


def test_connected_desks_speak_of_their_providers() -> None:
    async def scenario(world: Live) -> None:
        data = await world.ask(
            """{ desks { key provider state lagSeconds capabilities
            vocabulary { statuses { unified native note } priorities { unified native } }
            budget { limit windowSeconds used byPurpose { purpose used } }
            sync { backfill { phase done } } fields { key title type options }
            agents { name email } teams { name } } }"""
        )
        acme, shop = data["desks"]
        assert (acme["provider"], shop["provider"]) == ("ZENDESK", "GORGIAS")
        assert {acme["state"], shop["state"]} == {"LIVE"}
        assert all(desk["lagSeconds"] < 10 for desk in (acme, shop))
        assert "FOLLOW_UP" in acme["capabilities"]
        assert "FOLLOW_UP" not in shop["capabilities"]
        assert {"unified": "medium", "native": "normal"} in acme["vocabulary"]["priorities"]
        assert all(desk["budget"]["used"] <= desk["budget"]["limit"] for desk in (acme, shop))
        assert acme["budget"]["byPurpose"][0]["purpose"] == "INTERACTIVE"
        assert acme["sync"]["backfill"] == {"phase": "done", "done": 6}
        assert acme["agents"]

    live(scenario)


def test_staleness_bound_asks_the_desk_first() -> None:
    async def scenario(world: Live) -> None:
        ticket = await world.first_ticket("shop")
        query = """query ($id: ID!, $max: Float) { ticket(by: { id: $id }, maxStaleness: $max) {
                   sync { source freshness } } }"""
        sent = world.clients["shop"].sent
        await world.ask(query, id=ticket, max=3600.0)
        assert world.clients["shop"].sent == sent
        await world.ask(query, id=ticket, max=0.0)
        assert world.clients["shop"].sent > sent
        world.cut_off("shop")
        data = await world.ask(query, id=ticket, max=0.0)
        assert data["ticket"] is not None

    live(scenario)


@pytest.mark.parametrize("seconds", [-1.0, -0.001])
async def test_staleness_bound_is_not_negative(small_world: World, seconds: float) -> None:
    told = await small_world.refused(
        """query ($max: Float) { ticket(by: { external: { desk: "a", externalId: "1" } },
        maxStaleness: $max) { id } }""",
        max=seconds,
    )
    assert told["code"] == "BAD_USER_INPUT"
