"""A ticket's description: its desk's own, or the first message where the desk keeps none."""

from __future__ import annotations

from typing import Any

import orjson

from domain.http import Request
from domain.observation import LanePage
from tests.schema.live import Live, live
from tests.schema.world import CREATED, World, comment, ticket

QUERY = "{ tickets(first: 100) { nodes { externalId description } } }"


async def opening_at(world: Live, desk: str, number: str) -> str:
    """What the desk itself answers."""
    path = f"/api/v2/tickets/{number}" if desk == "acme" else f"/api/tickets/{number}"
    answer = orjson.loads((await world.clients[desk].send(Request("GET", path))).body)
    told: str = (
        answer["ticket"]["description"] if desk == "acme" else answer["messages"][0]["body_text"]
    )
    return told


def test_every_ticket_of_either_desk_has_its_opening_message() -> None:
    async def scenario(world: Live) -> None:
        query = """{ tickets(first: 100) { nodes { externalId description desk { key }
                   comments(first: 1) { nodes { body } } } } }"""
        tickets: list[Any] = (await world.ask(query))["tickets"]["nodes"]
        for shown in tickets:
            opening = await opening_at(world, shown["desk"]["key"], shown["externalId"])
            assert shown["description"] == opening
            assert shown["description"]
        assert {shown["desk"]["key"] for shown in tickets} == {"acme", "shop"}

    live(scenario)


async def test_first_message_stands_in_for_many_tickets_in_one_statement(world: World) -> None:
    await world.add_desk("north")
    await world.add_desk("south", "gorgias")
    own = ticket(1, description="The desk's own words", comments=[comment(1, 1)])
    await world.apply("north", LanePage(tickets=(own, ticket(2))))
    late = CREATED.replace(hour=22)
    told = tuple(
        ticket(n, comments=[comment(n, 2, created_at=late), comment(n, 1), comment(n, 3)])
        for n in range(3, 60)
    )
    await world.apply("south", LanePage(tickets=told))
    world.counted.asked.clear()
    nodes = (await world.ask(QUERY))["tickets"]["nodes"]
    assert world.counted.statements == 2
    expected: dict[str, str | None] = {str(n): f"Message 1 of {n}" for n in range(3, 60)}
    expected |= {"1": "The desk's own words", "2": None}
    assert {node["externalId"]: node["description"] for node in nodes} == expected


async def test_nothing_more_is_read_when_the_desk_tells_or_nobody_asks(small_world: World) -> None:
    await small_world.add_desk("north")
    await small_world.add_desk("south", "gorgias")
    own = ticket(1, description="Own words", comments=[comment(1, 1)])
    await small_world.apply("north", LanePage(tickets=(own,)))
    small_world.counted.asked.clear()
    await small_world.ask(QUERY)
    assert small_world.counted.statements == 1
    await small_world.apply("south", LanePage(tickets=(ticket(2, comments=[comment(2, 1)]),)))
    small_world.counted.asked.clear()
    await small_world.ask("{ tickets { nodes { subject } } }")
    assert small_world.counted.statements == 1


def test_message_that_was_deleted_opens_nothing_any_more() -> None:
    async def scenario(world: Live) -> None:
        query = """{ tickets(filter: { desk: { in: ["shop"] } }) { nodes { externalId description
                   comments { nodes { externalId body } } } } }"""
        nodes: list[Any] = (await world.ask(query))["tickets"]["nodes"]
        before = next(node for node in nodes if len(node["comments"]["nodes"]) > 1)
        opening, following = before["comments"]["nodes"][:2]
        assert before["description"] == opening["body"]
        number = before["externalId"]
        path = f"/api/tickets/{number}/messages/{opening['externalId']}"
        deleted = await world.clients["shop"].send(Request("DELETE", path))
        assert deleted.is_success
        await world.clock.sleep(60)
        nodes = (await world.ask(query))["tickets"]["nodes"]
        [after] = [node for node in nodes if node["externalId"] == number]
        assert after["description"] == following["body"] != opening["body"]

    live(scenario)
