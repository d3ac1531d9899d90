"""Who wrote, asked and is to answer: by what people are at their desk, not by a reply's guess."""

from __future__ import annotations

from typing import Any

import orjson

from domain.http import Request
from domain.observation import LanePage
from domain.records import JsonValue, Person
from domain.words import PersonRole
from schema.context import Scope
from tests.schema.live import Live, live
from tests.schema.world import PEOPLE, World, comment, ticket

CONVERSATIONS = """query ($desk: ID!) {
  tickets(first: 30, filter: { desk: { in: [$desk] } }) { nodes {
    externalId
    requester { externalId }
    assignee { externalId }
    comments(first: 40) { nodes {
      externalId visibility
      author { __typename ... on Agent { externalId name } ... on Customer { externalId name }
               ... on Bot { name } }
    } }
  } } }"""
AUTHORS = """{ tickets { nodes { comments { nodes { externalId author { __typename
  ... on Agent { name email } ... on Customer { phone name } ... on Bot { name } } } } } } }"""


async def told_by(world: Live, desk: str, path: str, *query: tuple[str, str]) -> Any:
    """What the desk itself answers."""
    answer = await world.clients[desk].send(Request("GET", path, query))
    assert answer.is_success
    return orjson.loads(answer.body)


async def conversations(world: Live, desk: str) -> list[Any]:
    nodes: list[Any] = (await world.ask(CONVERSATIONS, desk=desk))["tickets"]["nodes"]
    return nodes


def test_public_replies_of_agents_are_theirs_at_zendesk() -> None:
    async def scenario(world: Live) -> None:
        kinds = set()
        for shown in await conversations(world, "acme"):
            path = f"/api/v2/tickets/{shown['externalId']}/comments"
            truth = await told_by(world, "acme", path, ("include", "users"))
            roles = {user["id"]: user["role"] for user in truth["users"]}
            authors = {str(one["id"]): one["author_id"] for one in truth["comments"]}
            assert len(shown["comments"]["nodes"]) == len(authors)
            for one in shown["comments"]["nodes"]:
                author_id = authors[one["externalId"]]
                kind = "Customer" if roles[author_id] == "end-user" else "Agent"
                assert one["author"]["__typename"] == kind
                assert one["author"]["externalId"] == str(author_id)
                kinds.add((kind, one["visibility"]))
        assert {("Agent", "PUBLIC"), ("Customer", "PUBLIC")} <= kinds

    live(scenario)


def test_authors_are_the_senders_at_gorgias() -> None:
    async def scenario(world: Live) -> None:
        kinds = set()
        for shown in await conversations(world, "shop"):
            truth = await told_by(world, "shop", f"/api/tickets/{shown['externalId']}")
            messages = {str(one["id"]): one for one in truth["messages"]}
            for one in shown["comments"]["nodes"]:
                message = messages[one["externalId"]]
                kind = "Agent" if message["from_agent"] else "Customer"
                assert one["author"]["__typename"] == kind
                assert one["author"]["externalId"] == str(message["sender"]["id"])
                kinds.add(kind)
        assert kinds == {"Agent", "Customer"}

    live(scenario)


def test_agent_who_asks_is_the_requester() -> None:
    async def scenario(world: Live) -> None:
        users = await told_by(world, "acme", "/api/v2/users", ("role", "agent"))
        agent = str(users["users"][0]["id"])
        body: JsonValue = {
            "ticket": {
                "subject": "My own screen is broken",
                "comment": {"body": "It flickers."},
                "requester_id": int(agent),
                "submitter_id": int(agent),
                "assignee_id": int(agent),
            }
        }
        made = await world.clients["acme"].send(Request("POST", "/api/v2/tickets", body=body))
        assert made.status == 201
        number = str(orjson.loads(made.body)["ticket"]["id"])
        await world.clock.sleep(60)
        [shown] = [one for one in await conversations(world, "acme") if one["externalId"] == number]
        assert shown["requester"] == {"externalId": agent}
        assert shown["assignee"] == {"externalId": agent}
        [opening] = shown["comments"]["nodes"]
        assert opening["author"]["__typename"] == "Agent"

    live(scenario)


ROBOT = Person("91", PersonRole.BOT, name="Order robot")


async def test_person_decides_and_the_comment_only_where_nobody_is_known(world: World) -> None:
    await world.add_desk("north")
    said = [
        comment(1, 1, author_id="21", author_role=PersonRole.CUSTOMER),
        comment(1, 2, author_id="11", author_role=PersonRole.AGENT),
        comment(1, 3, author_id="91", author_role=PersonRole.AGENT),
        comment(1, 4, author_id="404", author_role=PersonRole.AGENT),
        comment(1, 5, author_id="-1", author_role=PersonRole.BOT),
        comment(1, 6, author_id=None, author_role=PersonRole.BOT),
        comment(1, 7, author_id=None, author_role=PersonRole.CUSTOMER),
    ]
    people = (*PEOPLE, ROBOT)
    await world.apply("north", LanePage(tickets=(ticket(1, comments=said),), people=people))
    world.counted.asked.clear()
    [shown] = (await world.ask(AUTHORS))["tickets"]["nodes"]
    assert world.counted.statements == 3
    automation = {"__typename": "Bot", "name": "Automation"}
    assert [one["author"] for one in shown["comments"]["nodes"]] == [
        {"__typename": "Agent", "name": "Aiko Tanaka", "email": "aiko@north.example"},
        {"__typename": "Customer", "name": "Renée Ødegård", "phone": "+47 1"},
        {"__typename": "Bot", "name": "Order robot"},
        None,
        automation,
        automation,
        None,
    ]


async def test_personal_fields_of_authors_need_their_scope(small_world: World) -> None:
    await small_world.add_desk("north")
    said = [comment(1, 1, author_id="21"), comment(1, 2)]
    page = LanePage(tickets=(ticket(1, comments=said),), people=PEOPLE)
    await small_world.apply("north", page)
    small_world.scopes = frozenset({Scope.TICKETS_READ})
    [shown] = (await small_world.ask(AUTHORS))["tickets"]["nodes"]
    agent, customer = (one["author"] for one in shown["comments"]["nodes"])
    assert (agent["name"], agent["email"]) == ("Aiko Tanaka", None)
    assert (customer["name"], customer["phone"]) == ("Renée Ødegård", None)


async def test_whoever_asks_or_answers_is_shown_whatever_else_they_are(world: World) -> None:
    await world.add_desk("north")
    page = LanePage(tickets=(ticket(1, requester_id="21", assignee_id="11"),), people=PEOPLE)
    await world.apply("north", page)
    query = "{ tickets { nodes { requester { name } assignee { name } } } }"
    [shown] = (await world.ask(query))["tickets"]["nodes"]
    assert shown == {"requester": {"name": "Aiko Tanaka"}, "assignee": {"name": "Renée Ødegård"}}
