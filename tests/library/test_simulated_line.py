"""Many writes over a line on which everything goes wrong, in virtual time: none is done twice.

Requests are refused, lost, executed a minute after we gave up on them, answered with pages, cut
off, or done without an answer.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from random import Random

import pytest

from domain.errors import DeskgraphError, OutcomeUnknownError
from emulator.gorgias.service import GorgiasService
from emulator.kernel.service import Behaviour, Service
from emulator.zendesk.service import ZendeskService
from integrations.ticketing.dictionary import ProviderDictionary
from integrations.ticketing.gorgias import GorgiasDictionary
from integrations.ticketing.verbs.system import DictionaryTicketing
from integrations.ticketing.zendesk import ZendeskDictionary
from tests.simulation.loop import VirtualClock, run_virtually
from tests.simulation.transport import FaultyClient, Line

SERVICES: dict[str, Callable[..., Service]] = {
    "zendesk": ZendeskService,
    "gorgias": GorgiasService,
}
USER = "admin@acme.test"
LOGINS = {"zendesk": f"{USER}/token", "gorgias": USER}
ROUGH = Line(
    refused=0.06, lost=0.04, zombie=0.06, reply_lost=0.08, server_error=0.06, too_many=0.04
)
WRITES = 25


def dictionary_of(name: str) -> ProviderDictionary:
    if name == "zendesk":
        return ZendeskDictionary(web_url="https://acme.zendesk.com")
    return GorgiasDictionary(web_url="https://acme.gorgias.com", fallback_requester=USER)


async def attempt(
    system: DictionaryTicketing, number: int, told: dict[str, str], home: str
) -> None:
    mark = f"write {number}"
    try:
        if number % 3:
            await system.add_comment(home, mark)
        else:
            await system.create_ticket({"subject": mark, "description": "World"})
        told[mark] = "done"
    except OutcomeUnknownError:
        told[mark] = "unknown"
    except DeskgraphError:
        told[mark] = "failed"


async def world(name: str, seed: int) -> tuple[dict[str, str], Counter[str]]:
    """What we were told of each write, and how often each is really there."""
    clock = VirtualClock(asyncio.get_running_loop())
    random = Random(f"{name}:{seed}")
    service = SERVICES[name](
        clock=clock,
        random=Random(seed),
        plan="enterprise",
        behaviour=Behaviour(limits_on=False, replica_lag_seconds=1.0, replica_lag_share=0.5),
        base_url="http://127.0.0.1",
    )
    client = FaultyClient(service, LOGINS[name], random, Line.calm(), clock)
    system = DictionaryTicketing(dictionary_of(name), client, clock=clock)
    home = (await system.create_ticket({"subject": "Home", "description": "World"}))["id"]
    client.line = ROUGH
    told: dict[str, str] = {}
    for first in range(0, WRITES, 5):
        batch = range(first, first + 5)
        await asyncio.gather(*(attempt(system, number, told, home) for number in batch))
        await clock.sleep(random.uniform(0.0, 20.0))
    client.line = Line.calm()
    # Whatever still runs has ended by now.
    await clock.sleep(120.0)
    thread = await system.get_ticket_with_comments(home)
    there = Counter(comment["body"] for comment in thread["comments"])
    there.update(ticket["subject"] for ticket in await system.list_tickets(limit=100))
    return told, there


@pytest.mark.parametrize("name", SERVICES)
@pytest.mark.parametrize("seed", range(12))
def test_told_and_true_agree(name: str, seed: int) -> None:
    told, there = run_virtually(world(name, seed))
    assert len(told) == WRITES
    for mark, outcome in told.items():
        allowed = {"done": {1}, "failed": {0}, "unknown": {0, 1}}[outcome]
        assert there[mark] in allowed, (mark, outcome, there[mark])
    assert sum(outcome == "done" for outcome in told.values()) > WRITES / 2
