"""Lists of tickets and comments: one order, one cursor, one total over all desks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from db.read.keyset import encode_cursor
from domain.ids import node_id
from domain.observation import LanePage
from domain.words import Priority, Status
from tests.schema.world import CREATED, PEOPLE, PHOTO, World, comment, gone, ticket, two_desks

LIST = """
query List($first: Int, $after: String, $last: Int, $before: String, $filter: TicketFilter,
           $order: TicketOrder) {
  tickets(first: $first, after: $after, last: $last, before: $before, filter: $filter,
          orderBy: $order) {
    totalCount
    totalCountAtLeast
    nodes { externalId }
    edges { cursor node { externalId } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""


async def numbers(world: World, **variables: Any) -> list[str]:
    """External ids of one page."""
    data = await world.ask(LIST, **variables)
    return [node["externalId"] for node in data["tickets"]["nodes"]]


async def test_tickets_of_all_desks_are_one_list(world: World) -> None:
    await two_desks(world)
    data = (await world.ask(LIST, first=4))["tickets"]
    assert [node["externalId"] for node in data["nodes"]] == ["6", "5", "4", "3"]
    assert [edge["node"] for edge in data["edges"]] == data["nodes"]
    assert data["edges"][-1]["cursor"] == data["pageInfo"]["endCursor"]
    assert (data["totalCount"], data["totalCountAtLeast"]) == (6, 6)


async def test_twenty_five_are_a_page_when_nothing_is_said(world: World) -> None:
    await two_desks(world, tickets=60)
    assert len(await numbers(world)) == 25
    assert len(await numbers(world, first=100)) == 60
    assert await numbers(world, first=0) == []


ORDERS = [
    {"field": field, "direction": direction}
    for field in ("UPDATED_AT", "CREATED_AT", "PRIORITY")
    for direction in ("ASC", "DESC")
]


async def test_pages_join_to_the_whole_list_in_both_directions(world: World) -> None:
    await many_ties(world)
    for order in ORDERS:
        await check_pages(world, order)


async def check_pages(world: World, order: dict[str, str]) -> None:
    whole = await numbers(world, first=100, order=order)
    assert len(whole) == 24
    forward: list[str] = []
    page = (await world.ask(LIST, first=5, order=order))["tickets"]
    assert not page["pageInfo"]["hasPreviousPage"]
    while True:
        forward += [node["externalId"] for node in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
        page = (await world.ask(LIST, first=5, after=after, order=order))["tickets"]
        assert page["pageInfo"]["hasPreviousPage"]
    assert forward == whole
    backward: list[str] = []
    page = (await world.ask(LIST, last=7, order=order))["tickets"]
    assert not page["pageInfo"]["hasNextPage"]
    while True:
        backward = [node["externalId"] for node in page["nodes"]] + backward
        if not page["pageInfo"]["hasPreviousPage"]:
            break
        before = page["pageInfo"]["startCursor"]
        page = (await world.ask(LIST, last=7, before=before, order=order))["tickets"]
        assert page["pageInfo"]["hasNextPage"]
    assert backward == whole


async def many_ties(world: World) -> None:
    """Twenty-four tickets over two desks with three different times and priorities."""
    priorities = (None, Priority.LOW, Priority.URGENT)
    for desk, start in (("north", 100), ("south", 200)):
        await world.add_desk(desk)
        tickets = [
            ticket(
                start + n,
                updated_at=CREATED.replace(minute=n % 3),
                created_at=CREATED.replace(minute=n % 2),
                priority=priorities[n % 3],
            )
            for n in range(12)
        ]
        await world.apply(desk, LanePage(tickets=tuple(tickets)))


async def test_tickets_without_a_priority_come_last_either_way(world: World) -> None:
    await many_ties(world)
    query = "query ($o: TicketOrder) { tickets(first: 100, orderBy: $o) { nodes { priority } } }"
    for direction, words in (("ASC", ["LOW", "URGENT"]), ("DESC", ["URGENT", "LOW"])):
        data = await world.ask(query, o={"field": "PRIORITY", "direction": direction})
        found = [node["priority"] for node in data["tickets"]["nodes"]]
        assert found == [words[0]] * 8 + [words[1]] * 8 + [None] * 8


async def test_page_stays_whole_when_tickets_move_meanwhile(world: World) -> None:
    await two_desks(world, tickets=9)
    page = (await world.ask(LIST, first=3))["tickets"]
    moved = ticket(1, updated_at=CREATED.replace(hour=20))
    await world.apply("north", LanePage(tickets=(moved,)))
    rest = await numbers(world, first=100, after=page["pageInfo"]["endCursor"])
    assert rest == ["6", "5", "4", "3", "2"]


async def test_deleted_and_merged_tickets_leave_the_list(world: World) -> None:
    await two_desks(world)
    world.clock.at += 60
    await world.apply("north", LanePage(tickets=(gone(1), gone(3, merged_into="5"))))
    data = (await world.ask(LIST))["tickets"]
    assert [node["externalId"] for node in data["nodes"]] == ["6", "5", "4", "2"]
    assert data["totalCount"] == 4


FILTERS: list[tuple[dict[str, Any], list[str]]] = [
    ({"desk": {"in": ["south"]}}, ["6", "4", "2"]),
    ({"desk": {"notIn": ["south"]}}, ["5", "3", "1"]),
    ({"provider": ["GORGIAS"]}, ["6", "4", "2"]),
    ({"provider": []}, []),
    ({"externalId": {"eq": "5"}}, ["5"]),
    ({"externalId": {"in": ["5", "2", "9"]}}, ["5", "2"]),
    ({"tags": {"anyOf": ["vip"]}}, ["6", "3"]),
    ({"tags": {"noneOf": ["vip"]}}, ["5", "4", "2", "1"]),
    ({"tags": {"allOf": ["vip", "vip"]}}, ["6", "3"]),
    ({"tags": {"allOf": ["vip", "other"]}}, []),
    ({"tags": {"anyOf": ["vip"]}, "desk": {"in": ["north"]}}, ["3"]),
    ({"not": {"desk": {"in": ["north"]}}}, ["6", "4", "2"]),
    ({"or": [{"externalId": {"eq": "1"}}, {"tags": {"anyOf": ["vip"]}}]}, ["6", "3", "1"]),
    ({"and": [{"desk": {"in": ["north"]}}, {"tags": {"anyOf": ["vip"]}}]}, ["3"]),
    ({"requesterEmail": {"eq": "RENEE@shop.example"}}, ["6", "5", "4", "3", "2", "1"]),
    ({"requesterEmail": {"contains": "nobody"}}, []),
    ({"requesterEmail": {"contains": "_"}}, []),
    ({"updatedAt": {"gte": "2026-09-01T09:05:00Z"}}, ["6", "5"]),
    ({"updatedAt": {"lt": "2026-09-01T11:03:00+02:00"}}, ["2", "1"]),
    ({"solvedAt": {"isNull": False}}, []),
    ({"priority": {"atLeast": "HIGH"}, "status": ["OPEN"]}, ["6", "5", "4", "3", "2", "1"]),
    ({"priority": {"isNull": True}}, []),
    ({"assignee": {"isNull": True}}, []),
    ({"channel": ["EMAIL"], "team": {"isNull": True}}, ["6", "5", "4", "3", "2", "1"]),
]


async def test_filter_admits_what_it_says(world: World) -> None:
    await two_desks(world)
    for where, expected in FILTERS:
        assert await numbers(world, filter=where) == expected, where


async def test_filter_by_the_ids_that_records_have(world: World) -> None:
    await two_desks(world)
    data = await world.ask(
        "{ tickets(first: 1) { nodes { desk { id } assignee { id } requester { id } } } }"
    )
    [shown] = data["tickets"]["nodes"]
    for name in ("desk", "assignee", "requester"):
        where = {name: {"in": [shown[name]["id"]]}}
        assert await numbers(world, filter=where) == ["6", "4", "2"]
        assert await numbers(world, filter={name: {"notIn": [shown[name]["id"]]}}) == [
            "5",
            "3",
            "1",
        ]


async def test_not_in_admits_what_is_assigned_to_nobody(world: World) -> None:
    await world.add_desk("north")
    await world.apply(
        "north",
        LanePage(tickets=(ticket(1), ticket(2, assignee_id=None)), people=PEOPLE),
    )
    data = await world.ask("{ tickets(last: 1) { nodes { assignee { id } } } }")
    agent = data["tickets"]["nodes"][0]["assignee"]["id"]
    assert await numbers(world, filter={"assignee": {"notIn": [agent]}}) == ["2"]
    assert await numbers(world, filter={"not": {"assignee": {"in": [agent]}}}) == ["2"]


BAD_PAGES: list[tuple[dict[str, Any], str]] = [
    ({"first": -1}, "first"),
    ({"first": 101}, "first"),
    ({"last": 101}, "last"),
    ({"first": 1, "last": 1}, "last"),
    ({"after": ""}, "after"),
    ({"after": "nonsense"}, "after"),
    ({"after": "Ünïcode 退款"}, "after"),
    ({"before": "W10"}, "before"),
    ({"after": "WzEsMl0"}, "after"),
    ({"after": "bnVsbA"}, "after"),
    ({"last": 1, "before": "\0"}, "before"),
]


async def test_page_that_cannot_be_given_leaves_the_rest_of_the_answer(world: World) -> None:
    await two_desks(world)
    for page, argument in BAD_PAGES:
        result = await world.execute(f"{LIST.rstrip()[:-1]} viewer {{ name }} }}", **page)
        assert result.data == {"tickets": None, "viewer": {"name": "tester"}}
        [error] = result.errors
        assert error.extensions["code"] == "BAD_USER_INPUT"
        assert error.extensions["argument"] == argument, page
        assert error.path == ["tickets"]


FORGED: list[list[Any]] = [
    [1, "updated_at.desc", "text", "north/1"],
    [1, "updated_at.desc", 1.5, "north/1"],
    [1, "updated_at.desc", True, "north/1"],
    [1, "updated_at.desc", 2**64 - 1, "north/1"],
    [1, "updated_at.desc", 1, "\0"],
    [1, "updated_at.desc", 1],
    [1, "updated_at.desc", 1, "north/1", 2],
    [2, "updated_at.desc", 1, "north/1"],
    [1, "created_at.desc", 1, "north/1"],
    [1, ["updated_at.desc"], 1, "north/1"],
]


async def test_forged_cursor_is_refused(world: World) -> None:
    await two_desks(world)
    for parts in FORGED:
        told = await world.refused(LIST, after=encode_cursor(parts))
        assert told["code"] == "BAD_USER_INPUT", parts


BAD_FILTERS: list[dict[str, Any]] = [
    {"assignee": {"in": ["nonsense"]}},
    {"assignee": {"in": [node_id("Customer", "north/1")]}},
    {"desk": {"in": ["No Such Key"]}},
    {"tags": {"anyOf": ["t"] * 101}},
    {"tags": {"anyOf": ["a\0"]}},
    {"externalId": {"eq": "\ud800"}},
    {"or": []},
    {"or": [{"externalId": {"eq": str(n)}} for n in range(60)]},
]


async def test_filter_that_cannot_be_used(world: World) -> None:
    await two_desks(world)
    for where in BAD_FILTERS:
        told = await world.refused(LIST, filter=where)
        assert told["code"] == "BAD_USER_INPUT", where


async def test_deeply_nested_filter_is_refused(world: World) -> None:
    where: dict[str, Any] = {}
    for _ in range(300):
        where = {"and": [where]}
    told = await world.refused(LIST, filter=where)
    assert told["code"] == "BAD_USER_INPUT"


COMMENTS = """
query Comments($first: Int, $after: String, $last: Int, $before: String, $only: Visibility) {
  tickets(filter: { externalId: { in: ["1", "2"] } }, orderBy: { field: CREATED_AT,
          direction: ASC }) {
    nodes {
      externalId
      comments(first: $first, after: $after, last: $last, before: $before, visibility: $only) {
        totalCount
        nodes { externalId visibility }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      }
    }
  }
}
"""


async def conversations(world: World) -> None:
    await world.add_desk("north")
    seen = [ticket(n, comments=[comment(n, m) for m in range(1, 6)]) for n in (1, 2, 3)]
    await world.apply("north", LanePage(tickets=tuple(seen), people=PEOPLE))


async def test_each_ticket_has_its_own_page_of_comments(world: World) -> None:
    await conversations(world)
    data = await world.ask(COMMENTS, first=2)
    pages = [node["comments"] for node in data["tickets"]["nodes"]]
    assert [[node["externalId"] for node in page["nodes"]] for page in pages] == [
        ["101", "102"],
        ["201", "202"],
    ]
    assert [page["totalCount"] for page in pages] == [5, 5]
    assert all(page["pageInfo"]["hasNextPage"] for page in pages)
    after = pages[0]["pageInfo"]["endCursor"]
    data = await world.ask(COMMENTS, first=9, after=after)
    [first, _] = [node["comments"] for node in data["tickets"]["nodes"]]
    assert [node["externalId"] for node in first["nodes"]] == ["103", "104", "105"]


async def test_last_comments_come_in_the_same_order(world: World) -> None:
    await conversations(world)
    data = await world.ask(COMMENTS, last=2)
    pages = [node["comments"] for node in data["tickets"]["nodes"]]
    assert [[node["externalId"] for node in page["nodes"]] for page in pages] == [
        ["104", "105"],
        ["204", "205"],
    ]
    assert all(page["pageInfo"]["hasPreviousPage"] for page in pages)
    before = pages[1]["pageInfo"]["startCursor"]
    data = await world.ask(COMMENTS, last=2, before=before)
    page = data["tickets"]["nodes"][1]["comments"]
    assert [node["externalId"] for node in page["nodes"]] == ["202", "203"]


async def test_comments_of_one_kind(world: World) -> None:
    await conversations(world)
    data = await world.ask(COMMENTS, only="INTERNAL")
    page = data["tickets"]["nodes"][0]["comments"]
    assert [node["externalId"] for node in page["nodes"]] == ["102", "104"]
    assert page["totalCount"] == 2


async def test_aliases_may_ask_one_relation_in_different_ways(world: World) -> None:
    await conversations(world)
    data = await world.ask(
        """{ tickets(first: 1) { nodes { a: comments(first: 1) { nodes { body } }
        b: comments(last: 1) { nodes { externalId } } }
        edges { node { a: comments(first: 2) { nodes { externalId } } } } } }"""
    )
    [node] = data["tickets"]["nodes"]
    [edge] = data["tickets"]["edges"]
    assert node["a"]["nodes"] == [{"body": "Message 1 of 3"}]
    assert node["b"]["nodes"] == [{"externalId": "305"}]
    assert [one["externalId"] for one in edge["node"]["a"]["nodes"]] == ["301", "302"]


async def test_customer_has_a_list_of_tickets(world: World) -> None:
    await two_desks(world, tickets=9)
    query = """query ($after: String) { customers(email: "renee@SHOP.example") {
      nodes { desk { key } tickets(first: 2, after: $after, filter: { status: [OPEN] }) {
        totalCount nodes { externalId } pageInfo { hasNextPage endCursor } behind { key } } } } }"""
    customers = (await world.ask(query))["customers"]["nodes"]
    assert [
        (one["desk"]["key"], [node["externalId"] for node in one["tickets"]["nodes"]])
        for one in customers
    ] == [("north", ["9", "7"]), ("south", ["8", "6"])]
    assert [one["tickets"]["totalCount"] for one in customers] == [5, 4]
    after = customers[0]["tickets"]["pageInfo"]["endCursor"]
    customers = (await world.ask(query, after=after))["customers"]["nodes"]
    assert [node["externalId"] for node in customers[0]["tickets"]["nodes"]] == ["5", "3"]


async def test_status_filter_follows_a_tagged_ticket(world: World) -> None:
    await world.add_desk("north")
    await world.apply("north", LanePage(tickets=(ticket(1, tags=("vip",)),)))
    world.clock.at += 60
    solved = ticket(1, tags=("vip",), status=Status.SOLVED, updated_at=CREATED.replace(hour=12))
    await world.apply("north", LanePage(tickets=(solved,)))
    where = {"tags": {"anyOf": ["vip"]}, "status": ["SOLVED"]}
    assert await numbers(world, filter=where) == ["1"]
    assert await numbers(world, filter={**where, "status": ["OPEN"]}) == []


async def test_file_that_was_redacted_has_no_address(small_world: World) -> None:
    await small_world.add_desk("north")
    files = (PHOTO, replace(PHOTO, external_id="62", url=""))
    told = [comment(1, 1, attachments=files)]
    await small_world.apply("north", LanePage(tickets=(ticket(1, comments=told),)))
    data = await small_world.ask(
        "{ tickets { nodes { comments { nodes { attachments { fileName url } } } } } }"
    )
    [shown] = data["tickets"]["nodes"][0]["comments"]["nodes"]
    assert [one["url"] for one in shown["attachments"]] == [PHOTO.url, None]
