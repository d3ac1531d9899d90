"""Who sees what: scopes, desks, and one check for every way to a record."""

from __future__ import annotations

from typing import Any

import pytest

from domain.ids import node_id
from domain.observation import LanePage
from domain.words import PersonRole
from schema.context import Scope
from tests.schema.world import World, comment, gone, ticket, two_desks

TICKET_ID = node_id("Ticket", "north/1")
READS = {
    f'{{ node(id: "{TICKET_ID}") {{ id }} }}': Scope.TICKETS_READ,
    f'{{ nodes(ids: ["{TICKET_ID}"]) {{ id }} }}': Scope.TICKETS_READ,
    "{ desks { key } }": Scope.TICKETS_READ,
    '{ desk(key: "north") { key } }': Scope.TICKETS_READ,
    f'{{ ticket(by: {{ id: "{TICKET_ID}" }}) {{ id }} }}': Scope.TICKETS_READ,
    "{ tickets { totalCount } }": Scope.TICKETS_READ,
    "{ customers { nodes { id } } }": Scope.TICKETS_READ,
    "{ changes { pageInfo { endCursor } } }": Scope.TICKETS_READ,
    '{ operation(key: "k") { id } }': Scope.TICKETS_WRITE,
    "{ operations { nodes { id } } }": Scope.SYNC_ADMIN,
}


@pytest.mark.parametrize("query", READS)
async def test_read_needs_its_scope(small_world: World, query: str) -> None:
    await two_desks(small_world)
    small_world.scopes = frozenset({READS[query]})
    await small_world.ask(query)
    small_world.scopes = frozenset(Scope) - {READS[query]}
    told = await small_world.refused(query)
    assert told["code"] == "FORBIDDEN"
    assert READS[query].value in told["message"]


async def test_viewer_may_always_look_at_itself(small_world: World) -> None:
    small_world.scopes = frozenset()
    small_world.desks = frozenset({"b", "a"})
    data = await small_world.ask("{ viewer { name scopes desks } }")
    assert data["viewer"] == {"name": "tester", "scopes": [], "desks": ["a", "b"]}


async def test_personal_fields_are_null_without_their_scope(small_world: World) -> None:
    await two_desks(small_world)
    query = """{ tickets(first: 1) { nodes { raw requester { name email phone }
                 assignee { name email } } } }"""
    small_world.scopes = frozenset({Scope.TICKETS_READ})
    [shown] = (await small_world.ask(query))["tickets"]["nodes"]
    assert shown["requester"] == {"name": "Renée Ødegård", "email": None, "phone": None}
    assert shown["assignee"] == {"name": "Aiko Tanaka", "email": None}
    small_world.scopes = frozenset({Scope.TICKETS_READ, Scope.CUSTOMERS_PII})
    [shown] = (await small_world.ask(query))["tickets"]["nodes"]
    assert shown["requester"]["email"] == "Renee@Shop.example"


async def test_payload_is_shown_to_its_scope_only(small_world: World) -> None:
    await small_world.add_desk("north")
    raw = b'{"id": 1, "deep": [true, null]}'
    await small_world.apply("north", LanePage(tickets=(ticket(1, raw=raw), ticket(2))))
    query = "{ tickets(orderBy: { field: CREATED_AT, direction: ASC }) { nodes { raw } } }"
    data = await small_world.ask(query)
    assert data["tickets"]["nodes"] == [{"raw": {"id": 1, "deep": [True, None]}}, {"raw": None}]
    small_world.scopes = frozenset(Scope) - {Scope.TICKETS_RAW}
    data = await small_world.ask(query)
    assert data["tickets"]["nodes"] == [{"raw": None}, {"raw": None}]


@pytest.mark.parametrize(
    "query",
    [
        '{ customers(email: "renee@shop.example") { nodes { id } } }',
        '{ tickets(filter: { requesterEmail: { contains: "@" } }) { totalCount } }',
        """{ tickets(filter: { or: [{ not: { and: [{ requesterEmail: { isNull: true } }] } }] }) {
             totalCount } }""",
        """{ customers(first: 1) { nodes { tickets(filter: { requesterEmail: { eq: "a" } }) {
             totalCount } } } }""",
        '{ changes(filter: { requesterEmail: { eq: "a" } }) { nodes { cursor } } }',
    ],
)
async def test_nobody_finds_an_address_out_by_filtering(small_world: World, query: str) -> None:
    await two_desks(small_world)
    await small_world.ask(query)
    small_world.scopes = frozenset({Scope.TICKETS_READ})
    assert (await small_world.refused(query))["code"] == "FORBIDDEN"


async def test_viewer_sees_its_desks_only_whichever_way_it_looks(world: World) -> None:
    await two_desks(world)
    everything = """
    query ($ticket: ID!, $customer: ID!, $agent: ID!, $desk: ID!, $comment: ID!, $field: ID!) {
      desks { key }
      tickets { totalCount nodes { desk { key } } behind { key } }
      customers { nodes { desk { key } } }
      desk(key: "south") { key }
      ticket(by: { external: { desk: "south", externalId: "2" } }) { id }
      byId: ticket(by: { id: $ticket }) { id }
      nodes(ids: [$ticket, $customer, $agent, $desk, $comment, $field]) { id }
    }"""
    ids = {
        "ticket": node_id("Ticket", "south/2"),
        "customer": node_id("Customer", "south/11"),
        "agent": node_id("Agent", "south/21"),
        "desk": node_id("Desk", "south"),
        "comment": node_id("Comment", "south/201"),
        "field": node_id("TicketField", "south/51"),
    }
    seen = await world.ask(everything, **ids)
    assert None not in (seen["desk"], seen["ticket"], seen["byId"], *seen["nodes"])
    world.desks = frozenset({"north"})
    seen = await world.ask(everything, **ids)
    assert seen == {
        "desks": [{"key": "north"}],
        "tickets": {"totalCount": 3, "nodes": [{"desk": {"key": "north"}}] * 3, "behind": []},
        "customers": {"nodes": [{"desk": {"key": "north"}}]},
        "desk": None,
        "ticket": None,
        "byId": None,
        "nodes": [None] * 6,
    }
    world.desks = frozenset()
    assert (await world.ask("{ tickets { totalCount } }"))["tickets"]["totalCount"] == 0


async def test_node_is_any_type_by_its_id(small_world: World) -> None:
    await two_desks(small_world)
    ids = {
        "Ticket": "north/1",
        "Comment": "north/101",
        "Customer": "north/11",
        "Agent": "north/21",
        "Organization": "north/31",
        "Team": "north/41",
        "TicketField": "north/51",
        "Desk": "north",
    }
    wanted = [node_id(kind, record) for kind, record in ids.items()]
    data = await small_world.ask(
        "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }", ids=wanted
    )
    assert [(node["__typename"], node["id"]) for node in data["nodes"]] == list(
        zip(ids, wanted, strict=True)
    )
    missing = node_id("Ticket", "north/99")
    data = await small_world.ask("query ($id: ID!) { node(id: $id) { id } }", id=missing)
    assert data == {"node": None}


@pytest.mark.parametrize(
    "wrong", ["", "x", "退款", node_id("Nothing", "north/1"), "VGlja2V0", "\0", "A" * 5000]
)
async def test_id_that_we_never_gave_out(small_world: World, wrong: str) -> None:
    told = await small_world.refused("query ($id: ID!) { node(id: $id) { id } }", id=wrong)
    assert told["code"] == "BAD_USER_INPUT"


async def test_id_of_another_type_is_named(small_world: World) -> None:
    told = await small_world.refused(
        "query ($id: ID!) { ticket(by: { id: $id }) { id } }", id=node_id("Agent", "north/21")
    )
    assert told["code"] == "BAD_USER_INPUT"
    assert told["argument"] == "by.id"


async def test_too_many_ids_at_once(small_world: World) -> None:
    told = await small_world.refused(
        "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=[TICKET_ID] * 101
    )
    assert told["code"] == "BAD_USER_INPUT"


@pytest.mark.parametrize(
    "by",
    [
        {"external": {"desk": "No Key", "externalId": "1"}},
        {"external": {"desk": "north", "externalId": "\0"}},
        {},
        {"id": TICKET_ID, "external": {"desk": "north", "externalId": "1"}},
    ],
)
async def test_ticket_reference_that_cannot_be_used(small_world: World, by: dict[str, Any]) -> None:
    query = "query ($by: TicketRef!) { ticket(by: $by) { id } }"
    code = "BAD_USER_INPUT" if len(by) == 1 else "GRAPHQL_VALIDATION_FAILED"
    assert (await small_world.refused(query, by=by))["code"] == code


async def test_deleted_is_not_there_and_merged_leads_on(small_world: World) -> None:
    world = small_world
    await two_desks(world)
    world.clock.at += 60
    await world.apply("north", LanePage(tickets=(gone(1), gone(3, merged_into="5"))))
    query = """query ($ids: [ID!]!) { nodes(ids: $ids) {
      ... on Ticket { externalId mergedInto { externalId } }
      ... on Comment { ticket { externalId } } } }"""
    ids = [node_id("Ticket", "north/1"), node_id("Ticket", "north/3")]
    ids += [node_id("Comment", "north/101"), node_id("Comment", "north/301")]
    data = await world.ask(query, ids=ids)
    assert data["nodes"] == [
        None,
        {"externalId": "3", "mergedInto": {"externalId": "5"}},
        None,
        {"ticket": {"externalId": "3"}},
    ]


async def test_author_is_shown_in_the_role_in_which_they_wrote(small_world: World) -> None:
    world = small_world
    await two_desks(world)
    said = [
        comment(1, 2, author_id="21", author_role=PersonRole.AGENT),
        comment(1, 3, author_id="99", author_role=PersonRole.BOT),
        comment(1, 4, author_id=None),
        comment(1, 5, author_id="404"),
    ]
    world.clock.at += 60
    await world.apply("north", LanePage(tickets=(ticket(1, comments=[comment(1, 1), *said]),)))
    data = await world.ask(
        """{ ticket(by: { external: { desk: "north", externalId: "1" } }) { comments { nodes {
        author { __typename ... on Agent { name } ... on Customer { customer: name }
        ... on Bot { bot: name } } } } } }"""
    )
    authors = [node["author"] for node in data["ticket"]["comments"]["nodes"]]
    assert authors == [
        {"__typename": "Customer", "customer": "Renée Ødegård"},
        {"__typename": "Agent", "name": "Aiko Tanaka"},
        {"__typename": "Bot", "bot": "Automation"},
        None,
        None,
    ]
