"""Writes as their audit log shows them: one entry for each, however many steps it took."""

from __future__ import annotations

from typing import Any

import orjson

from db.database import Transaction
from db.write.operations import OperationRow, add_operations, change_operation
from domain.ids import node_id
from domain.observation import LanePage
from domain.writes import OperationState, Safety, StepKind
from schema.idempotency import stored_key
from tests.schema.world import NOW, World, ticket

LIST = """query ($first: Int, $after: String, $state: OperationState) {
  operations(first: $first, after: $after, state: $state) {
    nodes { key kind state attempts actor createdAt settledAt ticket { externalId }
            desk { key } error { __typename code message } }
    pageInfo { hasNextPage endCursor } } }"""


def step(number: int, place: int = 0, **changes: Any) -> OperationRow:
    values: dict[str, Any] = {
        "id": f"dg_{number}" if place == 0 else f"dg_{number}_{place}",
        "key": stored_key("tester", f"k{number}"),
        "step": place,
        "desk": "north",
        "ticket_id": "north/1",
        "kind": StepKind.UPDATE if place == 0 else StepKind.ADD_TAGS,
        "safety": Safety.REPEATABLE,
        "content": "{}",
        "fingerprint": b"f",
        "lane_key": "l",
        "actor": "tester",
        "created_at": NOW + number + 0.125,
    }
    return OperationRow(**(values | changes))


PROBLEM = orjson.dumps({"code": "RATE_LIMITED", "message": "Wait", "hint": None}).decode()


async def fill(world: World) -> None:
    """k0 confirmed in two steps, k1 with an open second step, k2 refused at its second step."""
    await world.add_desk("north")
    await world.apply("north", LanePage(tickets=(ticket(1),)))

    async def unit(tx: Transaction) -> None:
        await add_operations(tx, [step(n, place) for n in range(3) for place in range(2)])
        confirmed = {"state": OperationState.CONFIRMED.value, "attempts": 2, "settled_at": NOW + 60}
        for operation_id in ("dg_0", "dg_0_1", "dg_1", "dg_2"):
            await change_operation(tx, operation_id, **confirmed)
        refused = {"state": OperationState.REFUSED.value, "error": PROBLEM, "settled_at": NOW + 90}
        await change_operation(tx, "dg_2_1", attempts=1, **refused)

    await world.database.write(unit)


async def test_write_is_as_far_as_its_first_step_that_is_not_done(world: World) -> None:
    await fill(world)
    found = (await world.ask(LIST))["operations"]["nodes"]
    assert [(one["key"], one["state"], one["attempts"]) for one in found] == [
        ("k2", "REFUSED", 3),
        ("k1", "PENDING", 2),
        ("k0", "CONFIRMED", 4),
    ]
    assert [one["settledAt"] for one in found] == [
        "2026-09-21T14:14:50.000Z",
        None,
        "2026-09-21T14:14:20.000Z",
    ]
    assert found[0]["error"] == {
        "__typename": "ProviderError",
        "code": "RATE_LIMITED",
        "message": "Wait",
    }
    assert found[0]["createdAt"] == "2026-09-21T14:13:22.125Z"
    assert (found[2]["kind"], found[2]["ticket"]) == ("update", {"externalId": "1"})


async def test_list_pages_and_asks_for_a_state(world: World) -> None:
    await fill(world)
    page = (await world.ask(LIST, first=2))["operations"]
    assert [one["key"] for one in page["nodes"]] == ["k2", "k1"]
    after = page["pageInfo"]["endCursor"]
    page = (await world.ask(LIST, first=2, after=after))["operations"]
    assert [one["key"] for one in page["nodes"]] == ["k0"]
    assert not page["pageInfo"]["hasNextPage"]
    for state, keys in (("REFUSED", ["k2"]), ("PENDING", ["k1"]), ("UNKNOWN", [])):
        page = (await world.ask(LIST, state=state))["operations"]
        assert [one["key"] for one in page["nodes"]] == keys


async def test_later_step_is_no_entry_of_its_own(small_world: World) -> None:
    await fill(small_world)
    ids = [node_id("Operation", "dg_0"), node_id("Operation", "dg_0_1")]
    data = await small_world.ask("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids)
    assert data["nodes"] == [{"id": ids[0]}, None]


async def test_callers_find_their_own_writes_by_key(small_world: World) -> None:
    await fill(small_world)
    query = 'query { operation(key: "k1") { key actor } }'
    assert (await small_world.ask(query))["operation"] == {"key": "k1", "actor": "tester"}
    small_world.viewer = "somebody else"
    assert (await small_world.ask(query))["operation"] is None


async def test_hidden_desk_hides_its_writes(small_world: World) -> None:
    await fill(small_world)
    small_world.desks = frozenset({"south"})
    assert (await small_world.ask(LIST))["operations"]["nodes"] == []
