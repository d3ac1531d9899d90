"""Text that breaks other software: refused with a reason, or the same in every place."""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from api.demo.desks import EmulatedDesks
from domain.text import REPLACEMENT
from tests.end_to_end.product import DESKS, TICKETS, Product, Provider, product, until

OWN = (
    "",
    " \t\n",
    "before\0after",
    "lone \ud83d surrogate",
    "tail \udc00",
    "退款 रिफंड مرحبا \u202eright to left\u202c",
    "Zoë 👩‍👩‍👧‍👦 e\u0301 \u1e9e \ufb01",
    "<script>alert(1)</script> &amp; {{ticket.id}} ${x} %s",
    "\x01\x1b[31m\x7f\x85\ufeff\ufffe\uffff\U0010ffff",
    "'; DROP TABLE ticket; --",
)
FOLDER = os.environ.get("SUPPORT_DATA")
ASKED_TOGETHER = 20
WRITTEN_TOGETHER = 100
LONGEST = 65_535
# What stands between the texts has a length as well.
LONGEST_TOGETHER = 60_000
BETWEEN = "\n=== {} ===\n"
PLAN = """
{name}: addComment(
  input: {{ ticket: $ticket, body: ${name}, idempotencyKey: "{name}", dryRun: true }}
) {{ planned {{ body }} errors {{ code path hint }} }}
"""
CREATE = """
mutation Create($input: CreateTicketInput!) {
  createTicket(input: $input) {
    ticket { id externalId subject } operation { state } errors { code path message hint }
  }
}
"""
ADD = """
mutation Add($input: AddCommentInput!) {
  addComment(input: $input) { operation { state } errors { code path message hint } }
}
"""
EVERYTHING = """
{ tickets(first: 50) { nodes {
    externalId subject desk { key } comments(first: 1) { nodes { body } } } } }
"""
READ = """
query Read($id: ID!) { ticket(by: { id: $id }) { subject comments { nodes { body } } } }
"""


def strings() -> Sequence[str]:
    if FOLDER is None:
        return OWN
    plain = json.loads((Path(FOLDER) / "blns.json").read_text("utf-8"))
    extra = json.loads((Path(FOLDER) / "nasty_extra.json").read_text("utf-8"))
    return [*OWN, *plain, *(row["text"] for row in extra)]


def has_surrogate(text: str) -> bool:
    """Half a character: JSON can spell it, and UTF-8 cannot."""
    return re.search("[\ud800-\udfff]", text) is not None


def is_refused(text: str) -> bool:
    """What no database and no help desk keeps."""
    return not text.strip() or len(text) > LONGEST or "\0" in text or has_surrogate(text)


def groups(texts: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """Of so many texts at most, and together no longer than a comment may be."""
    group: list[str] = []
    for text in texts:
        if len(group) == size or sum(map(len, group)) + len(text) > LONGEST_TOGETHER:
            yield group
            group = []
        group.append(text)
    yield group


async def test_every_string_is_refused_with_its_reason_or_would_be_sent_as_it_is(
    emulated: EmulatedDesks, database_url: str
) -> None:
    readable = [text for text in strings() if not has_surrogate(text)]
    async with product(emulated, database_url) as served:
        await served.filled()
        for desk in DESKS:
            ticket = await served.first_ticket(desk)
            flaws: dict[str, object] = {}
            for group in groups(readable, ASKED_TOGETHER):
                for text, told in zip(group, await plans(served, ticket, group), strict=True):
                    if not is_as_expected(text, told):
                        flaws[text[:60]] = told
            assert flaws == {}


async def plans(served: Product, ticket: str, texts: Sequence[str]) -> list[Any]:
    """The payload of a dry run of each, asked for in one operation."""
    names = {f"t{number}": text for number, text in enumerate(texts)}
    declared = "".join(f", ${name}: String!" for name in names)
    fields = "".join(PLAN.format(name=name) for name in names)
    data = await served.ask(
        f"mutation M($ticket: ID!{declared}) {{ {fields} }}", ticket=ticket, **names
    )
    return [data[name] for name in names]


def is_as_expected(text: str, told: Mapping[str, Any]) -> bool:
    if is_refused(text):
        [error] = told["errors"]
        return (error["code"], error["path"]) == ("BAD_USER_INPUT", ["body"])
    return not told["errors"] and text in texts_in(told["planned"])


def texts_in(value: object) -> list[str]:
    """Every text in a JSON document."""
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for one in inner for text in texts_in(one)]


@pytest.mark.parametrize("desk", DESKS)
async def test_every_string_reads_the_same_in_the_api_and_at_the_desk(
    desk: str, emulated: EmulatedDesks, providers: Mapping[str, Provider], database_url: str
) -> None:
    """Many strings share a message: a desk takes few writes a second."""
    kept = [text for text in strings() if not is_refused(text)]
    async with product(emulated, database_url) as served:
        await served.filled()
        writes = [
            reads_the_same(served, providers[desk], number, group)
            for number, group in enumerate(groups(kept, WRITTEN_TOGETHER))
        ]
        await asyncio.gather(*writes)


async def reads_the_same(
    served: Product, provider: Provider, number: int, texts: Sequence[str]
) -> None:
    node, ticket = await written(served, provider.name, number, texts)
    wanted = [joined(texts)] * 2
    held: list[str] = []

    async def is_held() -> bool:
        comments = (await served.ask(READ, id=node))["ticket"]["comments"]["nodes"]
        held[:] = [comment["body"] for comment in comments]
        return len(held) == len(wanted)

    await until(is_held)
    assert held == wanted
    assert await provider.texts(ticket) == wanted


def joined(texts: Sequence[str]) -> str:
    """Begins and ends with words of ours: a desk may trim."""
    parts = [BETWEEN.format(number) + text for number, text in enumerate(texts)]
    return f"First{''.join(parts)}\nlast"


async def written(served: Product, desk: str, number: int, texts: Sequence[str]) -> tuple[str, str]:
    """Node id and desk's id of a ticket whose opening and whose comment hold the texts."""
    subject = next((text for text in texts if len(text) < 100 and text.isprintable()), "Nasty")
    body = joined(texts)
    new = {"desk": desk, "subject": subject, "body": body, "idempotencyKey": f"new {number}"}
    made = (await served.ask(CREATE, input=new))["createTicket"]
    assert (made["errors"], made["operation"]) == ([], {"state": "CONFIRMED"}), made
    node, ticket = made["ticket"]["id"], made["ticket"]["externalId"]
    assert made["ticket"]["subject"] == subject.strip()
    add = {"ticket": node, "body": body, "idempotencyKey": f"add {number}"}
    added = (await served.ask(ADD, input=add))["addComment"]
    assert (added["errors"], added["operation"]) == ([], {"state": "CONFIRMED"}), added
    return node, ticket


async def test_what_only_a_desk_can_hold_is_shown_replaced_and_costs_no_other_ticket(
    emulated: EmulatedDesks, providers: Mapping[str, Provider], database_url: str
) -> None:
    """A NUL character anywhere, and 300 kB in one message, where the desk takes them."""
    for provider in providers.values():
        await provider.write("Odd \0 subject", "NUL \0 inside")
    await providers["gorgias"].write("Huge", "y" * 300_000)
    async with product(emulated, database_url) as served:
        await served.filled()
        held = (await served.ask(EVERYTHING))["tickets"]["nodes"]
    assert len(held) == TICKETS + 3
    opened = {node["subject"]: node["comments"]["nodes"][0]["body"] for node in held}
    assert opened[f"Odd {REPLACEMENT} subject"] == f"NUL {REPLACEMENT} inside"
    assert opened["Huge"] == "y" * 300_000


async def test_what_no_desk_can_take_is_refused_and_never_sent(
    emulated: EmulatedDesks, providers: Mapping[str, Provider], database_url: str
) -> None:
    """300 kB in one comment; half a character, in the escapes of JSON."""
    async with product(emulated, database_url) as served:
        await served.filled()
        for desk, provider in providers.items():
            written_before = await provider.writes()
            add = {"ticket": await served.first_ticket(desk), "idempotencyKey": "huge"}
            told = (await served.ask(ADD, input=add | {"body": "y" * 300_000}))["addComment"]
            [refusal] = told["errors"]
            assert (refusal["code"], refusal["path"]) == ("BAD_USER_INPUT", ["body"])
            for text in filter(has_surrogate, strings()):
                answer = await served.post(ADD, input=add | {"body": text})
                [error] = answer.json()["errors"]
                assert (answer.status_code, error["extensions"]["code"]) == (400, "BAD_REQUEST")
            assert await provider.writes() == written_before
