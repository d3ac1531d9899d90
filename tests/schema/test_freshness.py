"""How far a copy can be trusted, worked out when answering."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from db.database import Transaction
from db.write.operations import OperationRow, add_operations
from db.write.parts import OverlayRow, add_overlay
from domain.observation import LanePage, Part
from domain.words import DeskState
from domain.writes import Safety, StepKind
from tests.schema.live import Live, live
from tests.schema.world import CREATED, NOW, REFERENCES, RENEE, World, comment, ticket

QUERY = """{ tickets { nodes {
  sync { observedAt providerUpdatedAt source freshness pendingWrite { key state desk { key } } }
} } }"""


async def one_ticket(world: World, **columns: Any) -> None:
    await world.add_desk("north", **columns)
    await world.apply("north", LanePage(tickets=(ticket(1, tags=("old",)),)))


async def sync_of(world: World) -> Any:
    return (await world.ask(QUERY))["tickets"]["nodes"][0]["sync"]


async def test_state_tells_when_and_how_a_ticket_was_seen(world: World) -> None:
    await one_ticket(world)
    assert await sync_of(world) == {
        "observedAt": "2026-09-21T14:13:20.000Z",
        "providerUpdatedAt": "2026-09-01T09:01:00.000Z",
        "source": "TAIL",
        "freshness": "LIVE",
        "pendingWrite": None,
    }


async def test_unchanged_ticket_that_is_read_again_was_seen_again(world: World) -> None:
    await one_ticket(world)
    world.clock.at += 600
    await world.apply("north", LanePage(tickets=(ticket(1, tags=("old",)),)))
    assert (await sync_of(world))["observedAt"] == "2026-09-21T14:23:20.000Z"


CASES = [
    (5.0, 600.0, DeskState.LIVE, "LIVE"),
    (600.0, 5.0, DeskState.LIVE, "LIVE"),
    (30.0, 600.0, DeskState.LIVE, "FRESH"),
    (600.0, 30.0, DeskState.DEGRADED, "FRESH"),
    (600.0, 600.0, DeskState.LIVE, "STALE"),
    (600.0, None, DeskState.BACKFILLING, "STALE"),
    (600.0, 300.0, DeskState.UNREACHABLE, "UNKNOWN"),
    (600.0, 300.0, DeskState.UNAUTHORIZED, "UNKNOWN"),
    (600.0, 300.0, DeskState.DETACHED, "UNKNOWN"),
    (5.0, 300.0, DeskState.UNREACHABLE, "LIVE"),
]


@pytest.mark.parametrize(("seen", "caught_up", "state", "expected"), CASES)
async def test_freshness(
    small_world: World, seen: float, caught_up: float | None, state: DeskState, expected: str
) -> None:
    """`seen` and `caught_up`: seconds ago."""
    at = None if caught_up is None else NOW + seen - caught_up
    await one_ticket(small_world, caught_up_at=at, state=state.value)
    small_world.clock.at += seen
    assert (await sync_of(small_world))["freshness"] == expected


async def test_caught_up_desk_does_not_vouch_for_a_ticket_that_an_event_named(
    small_world: World,
) -> None:
    await one_ticket(small_world)
    small_world.clock.at += 300
    await small_world.apply("north", LanePage(touched=("1",)))
    await small_world.add_desk("north", caught_up_at=small_world.clock.at)
    assert (await sync_of(small_world))["freshness"] == "STALE"


def operation(**changes: Any) -> OperationRow:
    values: dict[str, Any] = {
        "id": "dg_1",
        "key": "6:tester:key",
        "step": 0,
        "desk": "north",
        "ticket_id": "north/1",
        "kind": StepKind.ADD_TAGS,
        "safety": Safety.REPEATABLE,
        "content": "{}",
        "fingerprint": b"f",
        "lane_key": "l",
        "actor": "tester",
        "created_at": NOW,
    }
    return OperationRow(**(values | changes))


async def test_write_under_way_settles_and_is_shown(world: World) -> None:
    await one_ticket(world)

    async def unit(tx: Transaction) -> None:
        first = operation()
        second = operation(id="dg_1_1", step=1, kind=StepKind.REMOVE_TAGS)
        await add_operations(tx, [first, second])
        await add_overlay(
            tx, OverlayRow("dg_1", "north/1", Part.TAGS, '{"add":["new"]}', NOW, None)
        )
        await add_overlay(
            tx, OverlayRow("dg_1_1", "north/1", Part.TAGS, '{"remove":["old"]}', NOW, None)
        )
        fields = '{"set":{"51":"7","52":null}}'
        await add_overlay(tx, OverlayRow("dg_2", "north/1", Part.CUSTOM_FIELDS, fields, NOW, None))
        await add_operations(tx, [operation(id="dg_2", key="k2", created_at=NOW + 1)])

    await world.database.write(unit)
    held = LanePage(
        tickets=(ticket(1, tags=("old",), custom_fields={"52": "free"}),), references=REFERENCES
    )
    await world.apply("north", held)
    sync = await sync_of(world)
    assert sync["freshness"] == "SETTLING"
    assert sync["pendingWrite"] == {"key": "key", "state": "PENDING", "desk": {"key": "north"}}
    data = await world.ask(
        "{ tickets { nodes { tags customFields { externalId value text field { key } } } } }"
    )
    assert data["tickets"]["nodes"] == [
        {
            "tags": ["new"],
            "customFields": [
                {"externalId": "51", "value": 7, "text": "7", "field": {"key": "orders"}}
            ],
        }
    ]


async def test_custom_fields_are_typed_by_their_definitions(small_world: World) -> None:
    await small_world.add_desk("north")
    values = {"51": "1.5", "52": "free", "53": ["a", "b"], "54": True, "55": 3}
    page = LanePage(tickets=(ticket(1, custom_fields=values),), references=REFERENCES)
    await small_world.apply("north", page)
    data = await small_world.ask(
        "{ tickets { nodes { customFields { externalId value text field { title type } } } } }"
    )
    shown = {
        one["externalId"]: (one["value"], one["text"], one["field"])
        for one in data["tickets"]["nodes"][0]["customFields"]
    }
    assert shown == {
        "51": (1.5, "1.5", {"title": "Orders", "type": "NUMBER"}),
        "52": ("free", "free", {"title": "Plan", "type": "CHOICE"}),
        "53": (["a", "b"], "a, b", None),
        "54": (True, "yes", None),
        "55": (3, "3", None),
    }


COMMENTS = """{ tickets { nodes { requester { sync { freshness providerUpdatedAt
  pendingWrite { id } } }
  comments { nodes { sync { freshness observedAt providerUpdatedAt pendingWrite { id } } } }
} } }"""


async def comment_and_requester(world: World) -> tuple[Any, Any]:
    [shown] = (await world.ask(COMMENTS))["tickets"]["nodes"]
    return shown["comments"]["nodes"][0]["sync"], shown["requester"]["sync"]


async def test_comments_are_as_fresh_as_their_desk_and_people_as_their_last_page(
    world: World,
) -> None:
    await world.add_desk("north")
    moved = replace(RENEE, updated_at=CREATED)
    page = LanePage(tickets=(ticket(1, comments=[comment(1, 1)]),), people=(moved,))
    await world.apply("north", page)
    world.clock.at += 300
    comment_sync, person_sync = await comment_and_requester(world)
    assert (comment_sync["freshness"], person_sync["freshness"]) == ("STALE", "STALE")
    await world.add_desk("north")
    comment_sync, person_sync = await comment_and_requester(world)
    assert comment_sync == {
        "freshness": "LIVE",
        "observedAt": "2026-09-21T14:13:20.000Z",
        "providerUpdatedAt": None,
        "pendingWrite": None,
    }
    assert person_sync == {
        "freshness": "STALE",
        "providerUpdatedAt": "2026-09-01T09:00:00.000Z",
        "pendingWrite": None,
    }


async def test_caught_up_desk_does_not_vouch_for_comments_that_are_to_be_read_again(
    world: World,
) -> None:
    await world.add_desk("north")
    await world.apply("north", LanePage(tickets=(ticket(1, comments=[comment(1, 1)]),)))
    world.clock.at += 300
    await world.apply("north", LanePage(touched=("1",)))
    await world.add_desk("north")
    data = await world.ask("{ tickets { nodes { comments { nodes { sync { freshness } } } } } }")
    assert data["tickets"]["nodes"][0]["comments"]["nodes"] == [{"sync": {"freshness": "STALE"}}]


@pytest.mark.parametrize("desk", ["acme", "shop"])
def test_comments_of_a_followed_desk_stay_live(desk: str) -> None:
    async def scenario(world: Live) -> None:
        await world.clock.sleep(600)
        query = """query ($desk: ID!) { tickets(filter: { desk: { in: [$desk] } }) {
          nodes { comments { nodes { sync { freshness } } } } } }"""
        nodes = (await world.ask(query, desk=desk))["tickets"]["nodes"]
        shown = [one["sync"]["freshness"] for node in nodes for one in node["comments"]["nodes"]]
        assert len(shown) > 10
        assert set(shown) == {"LIVE"}
        world.cut_off(desk)
        await world.clock.sleep(600)
        nodes = (await world.ask(query, desk=desk))["tickets"]["nodes"]
        shown = [one["sync"]["freshness"] for node in nodes for one in node["comments"]["nodes"]]
        assert set(shown) == {"UNKNOWN"}

    live(scenario)
