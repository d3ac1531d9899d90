"""One desk in trouble: the other is served, and every answer says what is missing."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from api.demo.desks import EmulatedDesks
from tests.end_to_end.product import Product, product, until

NOBODY_LISTENS = "http://127.0.0.1:9"
TICKETS = "{ tickets { totalCount nodes { desk { key } } behind { key } } }"
CREATE = """
mutation Create($input: CreateTicketInput!) {
  createTicket(input: $input) { ticket { id } errors { code message hint } operation { state } }
}
"""


@dataclass(frozen=True)
class Trouble:
    """A setting that is wrong, and what is told of it: it, or what `names` says."""

    setting: str
    value: str
    state: str
    names: str = ""

    @property
    def desk(self) -> str:
        return self.setting.partition("_")[0].lower()


@pytest.mark.parametrize(
    "trouble",
    [
        Trouble("ZENDESK_OAUTH_CLIENT_SECRET", "wrong", "UNAUTHORIZED"),
        Trouble("GORGIAS_API_KEY", "wrong", "UNAUTHORIZED"),
        Trouble("GORGIAS_BASE_URL", NOBODY_LISTENS, "UNREACHABLE", "127.0.0.1:9"),
    ],
    ids=lambda trouble: trouble.setting,
)
async def test_desk_in_trouble_is_named_and_the_other_is_served(
    trouble: Trouble, emulated: EmulatedDesks, database_url: str
) -> None:
    desk = trouble.desk
    [other] = {"zendesk", "gorgias"} - {desk}
    settings = {trouble.setting: trouble.value}
    async with product(emulated, database_url, **settings) as served:
        await until_served(served, other, emulated.totals[other])
        told = (await served.problems())[desk]
        assert told["state"] == trouble.state
        problem = told["problem"]
        assert (trouble.names or trouble.setting) in f"{problem['message']} {problem['hint']}"
        assert await writing_to(served, other) == ("CONFIRMED", [])
        if trouble.state == "UNAUTHORIZED":
            assert await writing_to(served, desk) == ("REFUSED", ["PROVIDER_UNAUTHORIZED"])


async def until_served(served: Product, desk: str, tickets: int) -> None:
    """With every ticket of the desk, and all others named as behind."""

    async def is_served() -> bool:
        found = (await served.ask(TICKETS))["tickets"]
        others = [one["key"] for one in found["behind"]]
        return bool(found["totalCount"] == tickets and others and desk not in others)

    await until(is_served)


async def writing_to(served: Product, desk: str) -> tuple[str | None, list[str]]:
    wanted = {"desk": desk, "subject": "S", "body": "B", "idempotencyKey": f"to {desk}"}
    payload = (await served.ask(CREATE, input=wanted))["createTicket"]
    state = (payload["operation"] or {}).get("state")
    return state, [error["code"] for error in payload["errors"]]
