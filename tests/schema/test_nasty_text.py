"""Text that breaks other software: refused with a typed error, or it comes back as it was given."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.schema.live import Live, live
from tests.schema.world import World, two_desks

OWN = [
    "",
    " ",
    "\0",
    "before\0after",
    "\ud83d",
    "tail \udc00",
    "退款",
    "Zoë 👩‍👩‍👧‍👦 𝒳 ﷽",
    "\u202eright to left\u202c",
    "e\u0301 is not é",
    "' OR 1=1 --",
    "%s %d {0} ${x} {{y}}",
    "<script>alert(1)</script>",
    "a\r\nb\tc\x0bd\x1b[31m",
    "\ufeffmark",
    "\uffff\ufffe",
    "x" * 70_000,
    "\\",
    '"',
    "null",
    "1" * 400,
]
FOLDER = os.environ.get("SUPPORT_DATA")


def strings() -> list[str]:
    if FOLDER is None:
        return OWN
    plain = json.loads((Path(FOLDER) / "blns.json").read_text("utf-8"))
    extra = json.loads((Path(FOLDER) / "nasty_extra.json").read_text("utf-8"))
    return [*OWN, *plain, *(row["text"] for row in extra)]


LOOKUPS = """
query ($text: String!, $id: ID!) {
  byExternalId: tickets(filter: { externalId: { eq: $text } }) { totalCount }
  byPart: tickets(filter: { externalId: { contains: $text } }) { totalCount }
  byTag: tickets(filter: { tags: { anyOf: [$text] } }) { totalCount }
  byTags: tickets(filter: { tags: { noneOf: [$text] } }) { totalCount }
  byEmail: tickets(filter: { requesterEmail: { contains: $text } }) { totalCount }
  byDesk: tickets(filter: { desk: { in: [$id] } }) { totalCount }
  byAgent: tickets(filter: { assignee: { in: [$id] } }) { totalCount }
  after: tickets(after: $text) { totalCount }
  customers(email: $text) { nodes { id } }
  changes(after: $text) { pageInfo { endCursor } }
  desk(key: $text) { key }
  ticket(by: { external: { desk: "north", externalId: $text } }) { id }
  other: ticket(by: { external: { desk: $text, externalId: "1" } }) { id }
  node(id: $id) { id }
  operation(key: $text) { id }
}"""
FORESEEN = {"BAD_USER_INPUT", "CURSOR_EXPIRED"}


async def test_no_text_in_a_query_is_a_surprise(world: World) -> None:
    await two_desks(world)
    for text in strings():
        result = await world.execute(LOOKUPS, text=text, id=text)
        codes = {error.extensions["code"] for error in result.errors or ()}
        assert codes <= FORESEEN, (text[:80], codes)


@pytest.mark.parametrize("desk", ["acme", "shop"])
def test_comment_comes_back_as_it_was_written(desk: str) -> None:
    async def scenario(world: Live) -> None:
        query = "query ($f: TicketFilter) { tickets(filter: $f) { nodes { id } } }"
        held = await world.ask(query, f={"desk": {"in": [desk]}})
        tickets = [node["id"] for node in held["tickets"]["nodes"]]
        for number, text in enumerate(strings()):
            # Zendesk takes 30 updates of one ticket in ten minutes.
            await world.clock.sleep(4.0)
            payload = await world.write(
                "addComment",
                "AddCommentInput",
                "comment { body } errors { code path } operation { state }",
                ticket=tickets[number % len(tickets)],
                body=text,
                idempotencyKey=f"k{number}",
            )
            if payload["errors"]:
                [error] = payload["errors"]
                assert (error["code"], error["path"]) == ("BAD_USER_INPUT", ["body"]), text[:80]
            else:
                assert payload["operation"]["state"] == "CONFIRMED", text[:80]
                assert payload["comment"]["body"] == text, text[:80]

    live(scenario)
