"""What changed, in order and without gaps: as pages and as it happens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import pytest

from db.database import Transaction
from db.write.feed import ensure_epoch, trim_changes
from domain.observation import LanePage
from domain.words import Status
from schema.context import Scope
from tests.schema.world import CREATED, World, answers, comment, gone, ticket, two_desks

CHANGES = """query Changes($first: Int, $after: String, $filter: TicketFilter) {
  changes(first: $first, after: $after, filter: $filter) {
    nodes { kind ticketId changedFields source at ticket { externalId status } }
    edges { cursor node { cursor kind } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""


async def name_epoch(world: World, epoch: str = "epoch") -> None:
    async def unit(tx: Transaction) -> None:
        await ensure_epoch(tx, epoch)

    await world.database.write(unit)


async def present_end(world: World) -> str:
    data = await world.ask("{ changes { pageInfo { endCursor } } }")
    return str(data["changes"]["pageInfo"]["endCursor"])


async def some_changes(world: World) -> None:
    """Created 7, commented 1, solved 3, deleted 5, changed 2."""
    later = CREATED.replace(hour=20)
    world.clock.at += 60
    await world.apply("north", LanePage(tickets=(ticket(7),)))
    more = [comment(1, 1), comment(1, 2)]
    await world.apply("north", LanePage(tickets=(ticket(1, comments=more),)))
    solved = ticket(3, tags=("vip",), status=Status.SOLVED, updated_at=later)
    await world.apply("north", LanePage(tickets=(solved,)))
    await world.apply("north", LanePage(tickets=(gone(5),)))
    renamed = ticket(2, subject="Other", assignee_id=None, updated_at=later)
    await world.apply("south", LanePage(tickets=(renamed,)))


async def test_page_without_a_cursor_is_empty_and_says_where_to_begin(world: World) -> None:
    await name_epoch(world)
    await two_desks(world)
    data = (await world.ask(CHANGES))["changes"]
    assert data["nodes"] == []
    assert not data["pageInfo"]["hasNextPage"]
    again = (await world.ask(CHANGES, after=data["pageInfo"]["endCursor"]))["changes"]
    assert again["nodes"] == []
    assert again["pageInfo"]["endCursor"] == data["pageInfo"]["endCursor"]


async def test_changes_come_in_order_with_the_ticket_as_it_is(world: World) -> None:
    await name_epoch(world)
    await two_desks(world)
    after = await present_end(world)
    await some_changes(world)
    data = (await world.ask(CHANGES, after=after))["changes"]
    assert [(node["kind"], node["ticket"]) for node in data["nodes"]] == [
        ("CREATED", {"externalId": "7", "status": "OPEN"}),
        ("COMMENTED", {"externalId": "1", "status": "OPEN"}),
        ("CLOSED", {"externalId": "3", "status": "SOLVED"}),
        ("DELETED", None),
        ("UPDATED", {"externalId": "2", "status": "OPEN"}),
    ]
    assert {"assignee", "subject"} <= set(data["nodes"][-1]["changedFields"])
    assert data["nodes"][0]["source"] == "TAIL"
    assert [edge["node"]["kind"] for edge in data["edges"]] == [
        node["kind"] for node in data["nodes"]
    ]


async def test_pages_join_without_gaps(world: World) -> None:
    await name_epoch(world)
    await two_desks(world)
    cursor = await present_end(world)
    await some_changes(world)
    kinds = []
    while True:
        page = (await world.ask(CHANGES, first=2, after=cursor))["changes"]
        kinds += [node["kind"] for node in page["nodes"]]
        cursor = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
        assert page["edges"][-1]["cursor"] == cursor
    assert kinds == ["CREATED", "COMMENTED", "CLOSED", "DELETED", "UPDATED"]
    assert cursor == await present_end(world)


async def test_filter_and_desks_bound_what_is_told(world: World) -> None:
    await name_epoch(world)
    await two_desks(world)
    after = await present_end(world)
    await some_changes(world)
    where = {"tags": {"anyOf": ["vip"]}}
    data = (await world.ask(CHANGES, after=after, filter=where))["changes"]
    assert [node["kind"] for node in data["nodes"]] == ["CLOSED"]
    assert data["pageInfo"]["endCursor"] == await present_end(world)
    world.desks = frozenset({"south"})
    data = (await world.ask(CHANGES, after=after))["changes"]
    assert [node["kind"] for node in data["nodes"]] == ["UPDATED"]


BAD_CURSORS = ["", "x", "epoch:", "epoch:-1", "epoch:1e9", "epoch:" + "9" * 30]


@pytest.mark.parametrize("after", BAD_CURSORS)
async def test_cursor_that_the_feed_never_gave_out(small_world: World, after: str) -> None:
    told = await small_world.refused(CHANGES, after=after)
    assert (told["code"], told["argument"]) == ("BAD_USER_INPUT", "after")


@pytest.mark.parametrize("first", [-1, 101])
async def test_page_size_of_changes(small_world: World, first: int) -> None:
    told = await small_world.refused(CHANGES, first=first)
    assert (told["code"], told["argument"]) == ("BAD_USER_INPUT", "first")


async def test_cursor_past_the_retention_has_expired(world: World) -> None:
    await name_epoch(world)
    after = await present_end(world)
    await two_desks(world)
    await forget(world)
    assert (await world.refused(CHANGES, after=after))["code"] == "CURSOR_EXPIRED"


async def forget(world: World) -> None:
    async def unit(tx: Transaction) -> None:
        await trim_changes(tx, before=world.clock.at + 1)

    await world.database.write(unit)


FOLLOW = """subscription Follow($after: String, $filter: TicketFilter) {
  ticketChanged(after: $after, filter: $filter) {
    cursor kind ticketId ticket { externalId comments(first: 5) { nodes { body } } } } }"""


async def frames(world: World, query: str, **variables: Any) -> AsyncGenerator[Any, None]:
    """The data of every answer."""
    async with aclosing(answers(world.context(), query, **variables)) as results:
        async for result in results:
            assert result.errors is None, result.errors
            yield result.data


async def refusal(world: World, query: str, **variables: Any) -> Any:
    """The extensions of the one error with which a subscription ends at once."""
    [result] = [one async for one in answers(world.context(), query, **variables)]
    assert result.errors is not None
    [error] = result.errors
    return error.extensions


async def soon(stream: AsyncGenerator[Any, None]) -> Any:
    async with asyncio.timeout(20):
        return await anext(stream)


async def test_subscription_tells_what_was_missed_and_then_what_happens(world: World) -> None:
    world.clock.sleeps_for_ever = True
    await name_epoch(world)
    await two_desks(world)
    after = await present_end(world)
    world.clock.at += 60
    await world.apply("north", LanePage(tickets=(ticket(7),)))
    stream = frames(world, FOLLOW, after=after)
    missed = (await soon(stream))["ticketChanged"]
    assert (missed["kind"], missed["ticket"]["externalId"]) == ("CREATED", "7")
    pending = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0.01)
    assert not pending.done()
    await world.apply("north", LanePage(tickets=(ticket(7, comments=[comment(7, 1)]),)))
    world.publish()
    async with asyncio.timeout(20):
        told = (await pending)["ticketChanged"]
    assert told["kind"] == "COMMENTED"
    assert told["ticket"]["comments"]["nodes"] == [{"body": "Message 1 of 7"}]
    await stream.aclose()
    resumed = frames(world, FOLLOW, after=missed["cursor"])
    assert (await soon(resumed))["ticketChanged"] == told
    await resumed.aclose()


async def test_subscription_without_a_cursor_begins_now(world: World) -> None:
    await name_epoch(world)
    await two_desks(world)
    stream = frames(world, FOLLOW, filter={"desk": {"in": ["north"]}})
    pending = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0.3)
    world.clock.at += 60
    await world.apply("south", LanePage(tickets=(ticket(8),)))
    await world.apply("north", LanePage(tickets=(ticket(9),)))
    world.publish()
    async with asyncio.timeout(20):
        told = (await pending)["ticketChanged"]
    assert (told["kind"], told["ticket"]["externalId"]) == ("CREATED", "9")
    await stream.aclose()


async def test_expired_cursor_is_told_to_read_anew(world: World) -> None:
    await name_epoch(world)
    after = await present_end(world)
    await two_desks(world)
    await forget(world)
    stream = frames(world, FOLLOW, after=after)
    told = (await soon(stream))["ticketChanged"]
    assert told["kind"] == "RESYNC"
    assert (told["ticketId"], told["ticket"]) == (None, None)
    assert told["cursor"] == await present_end(world)
    await stream.aclose()


async def test_subscription_needs_its_scope(small_world: World) -> None:
    small_world.scopes = frozenset(Scope) - {Scope.TICKETS_READ}
    for query in (FOLLOW, "subscription { deskChanged { key } }"):
        assert (await refusal(small_world, query))["code"] == "FORBIDDEN"


@pytest.mark.parametrize("after", BAD_CURSORS[:3])
async def test_subscription_refuses_a_bad_cursor(small_world: World, after: str) -> None:
    assert (await refusal(small_world, FOLLOW, after=after))["code"] == "BAD_USER_INPUT"


async def test_desks_are_told_as_they_are_and_when_they_change(small_world: World) -> None:
    world = small_world
    await two_desks(world)
    stream = frames(world, "subscription { deskChanged { key state } }")
    assert [(await soon(stream))["deskChanged"]["key"] for _ in range(2)] == ["north", "south"]
    await world.add_desk("south", state="unreachable", problem_code="PROVIDER_UNAVAILABLE")
    assert (await soon(stream))["deskChanged"] == {"key": "south", "state": "UNREACHABLE"}
    await stream.aclose()
    stream = frames(world, 'subscription { deskChanged(key: "north") { key } }')
    assert (await soon(stream))["deskChanged"] == {"key": "north"}
    await stream.aclose()


async def test_every_answer_is_as_fresh_as_it_says(small_world: World) -> None:
    """Desks are looked at anew for each: what was caught up an hour ago is not caught up now."""
    world = small_world
    await name_epoch(world)
    await world.add_desk("north")
    await world.apply("north", LanePage(tickets=(ticket(1), ticket(2))))
    after = await present_end(world)
    query = """subscription ($after: String) { ticketChanged(after: $after) {
               ticket { sync { freshness } } } }"""
    stream = frames(world, query, after=after)
    world.clock.at += 60
    await world.apply("north", LanePage(tickets=(ticket(3),)))
    shown = (await soon(stream))["ticketChanged"]
    assert shown["ticket"]["sync"]["freshness"] == "LIVE"
    renamed = ticket(1, subject="Other", updated_at=CREATED.replace(hour=20))
    await world.apply("north", LanePage(tickets=(renamed,)))
    world.clock.at += 3600
    await world.add_desk("north", caught_up_at=world.clock.at)
    shown = (await soon(stream))["ticketChanged"]
    assert shown["ticket"]["sync"]["freshness"] == "LIVE"
    await stream.aclose()
