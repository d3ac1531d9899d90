"""The reply to a write is lost: the desk has it once at most, and the operation tells the truth."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api.demo.desks import EmulatedDesks
from tests.end_to_end.product import DESKS, Product, Provider, product, until

CREATE = """
mutation Create($input: CreateTicketInput!) {
  write: createTicket(input: $input) { operation { state } errors { code } }
}
"""
ADD = """
mutation Add($input: AddCommentInput!) {
  write: addComment(input: $input) { operation { state } errors { code } }
}
"""
OPERATION = """
query Operation($key: String!) { operation(key: $key) { state settledAt error { code } } }
"""


@dataclass(frozen=True, slots=True)
class Written:
    """A text on its way to a desk; its key is the text."""

    desk: str
    text: str
    mutation: str
    input: Mapping[str, str]

    async def send(self, served: Product) -> None:
        told = await served.ask(
            self.mutation, input={**self.input, "body": self.text, "idempotencyKey": self.text}
        )
        assert told["write"]["errors"] == [], told


async def both_kinds(served: Product, desk: str) -> list[Written]:
    ticket = await served.first_ticket(desk)
    return [
        Written(desk, f"A new ticket of {desk}", CREATE, {"desk": desk, "subject": "Lost"}),
        Written(desk, f"A comment of {desk}", ADD, {"ticket": ticket}),
    ]


async def test_write_whose_answers_are_lost_is_done_once_and_told_as_done(
    emulated: EmulatedDesks, providers: Mapping[str, Provider], database_url: str
) -> None:
    """Executed without an answer; at Zendesk, which knows a repeated write, also lost before."""
    async with product(emulated, database_url) as served:
        await served.filled()
        writes = [one for desk in DESKS for one in await both_kinds(served, desk)]
        await providers["gorgias"].strike(*lost("reply_lost"))
        await providers["zendesk"].strike(*lost("request_lost"), *lost("reply_lost"))
        await asyncio.gather(*(one.send(served) for one in writes))
        states: dict[str, str] = {}
        await until(lambda: are_settled(served, writes, states))
        assert [await providers[desk].struck() for desk in DESKS] == [4, 2]
        assert states == {one.text: "CONFIRMED" for one in writes}
        found = await texts_of(providers)
        assert [found.count(one.text) for one in writes] == [1] * len(writes)


def lost(kind: str) -> list[Mapping[str, object]]:
    """Once for the write of each kind."""
    creating = {"kind": kind, "method": "POST", "path": "/tickets(.json)?$", "count": 1}
    adding = [
        {"kind": kind, "method": method, "path": path, "count": 1}
        for method, path in (("PUT", "^/api/v2/tickets/"), ("POST", "/messages$"))
    ]
    return [creating, *adding]


async def are_settled(served: Product, writes: Sequence[Written], states: dict[str, str]) -> bool:
    """Fills in the states on the way."""
    told = [(await served.ask(OPERATION, key=one.text))["operation"] for one in writes]
    states |= {one.text: operation["state"] for one, operation in zip(writes, told, strict=True)}
    return all(operation["settledAt"] is not None for operation in told)


async def texts_of(providers: Mapping[str, Provider]) -> list[str]:
    return [
        text
        for provider in providers.values()
        for ticket in await provider.subjects()
        for text in await provider.texts(ticket)
    ]
