"""A desk that answers nonsense while it is copied: nothing is lost, and what was met is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from api.demo.desks import EmulatedDesks
from tests.end_to_end.product import DESKS, Product, Provider, product, until

EVERYTHING = """
{ tickets(first: 30) { nodes {
    desk { key } externalId subject comments(first: 100) { nodes { body } } } } }
"""
API = "^/api/"
EVERY_ANSWER = {"kind": "html_page", "path": API}
# A ticket whose own read fails beside others that work is asked for again after 30 s only.
LISTS = "^/api/(?!.*tickets/[0-9])"
A_FEW: Sequence[Mapping[str, object]] = [
    {"kind": "cut_body", "keep": 0.7, "path": LISTS, "after": 1, "count": 2},
    {"kind": "html_page", "path": LISTS, "after": 2, "count": 1},
    {"kind": "server_error", "status": 502, "html": True, "path": LISTS, "after": 3, "count": 1},
]


async def test_a_copy_made_over_broken_answers_is_whole(
    emulated: EmulatedDesks, providers: Mapping[str, Provider], database_url: str
) -> None:
    """Cut JSON, a page of HTML instead of it, and a proxy's errors."""
    wanted = await there(providers)
    for provider in providers.values():
        await provider.strike(EVERY_ANSWER)
    async with product(emulated, database_url) as served:
        await until(lambda: both_say_so(served))
        for provider in providers.values():
            await provider.strike(*A_FEW)
        await served.filled()
        await until(lambda: is_met(providers))
        assert await held(served) == wanted


async def is_met(providers: Mapping[str, Provider]) -> bool:
    """Whether every fault has struck."""
    return all([await provider.struck() == 4 for provider in providers.values()])


async def both_say_so(served: Product) -> bool:
    problems = await served.problems()
    if set(problems) != set(DESKS):
        return False
    for desk in problems.values():
        assert desk["state"] == "UNREACHABLE"
        assert desk["problem"]["code"] == "PROVIDER_UNAVAILABLE"
        assert desk["problem"]["hint"]
    return True


Copy = dict[tuple[str, str], tuple[str, int]]
"""By desk and id: subject, and how many messages."""


async def held(served: Product) -> Copy:
    nodes = (await served.ask(EVERYTHING))["tickets"]["nodes"]
    return {
        (node["desk"]["key"], node["externalId"]): (
            node["subject"],
            len(node["comments"]["nodes"]),
        )
        for node in nodes
    }


async def there(providers: Mapping[str, Provider]) -> Copy:
    return {
        (name, ticket): (subject, len(await provider.texts(ticket)))
        for name, provider in providers.items()
        for ticket, subject in (await provider.subjects()).items()
    }
