"""What a list is asked for, and what a help desk's own words make of it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from domain.words import Status
from emulator.kernel.service import Behaviour
from integrations.ticketing.gorgias import GorgiasDictionary
from integrations.ticketing.verbs import listing
from integrations.ticketing.verbs.listing import IncompleteListWarning, statuses_meant
from integrations.ticketing.zendesk import ZendeskDictionary
from tests.providers.emulated import Emulated, emulated

TICKET = {"subject": "Hello", "description": "World"}


@pytest.fixture(params=["zendesk", "gorgias"])
async def desk(request: pytest.FixtureRequest) -> AsyncIterator[Emulated]:
    async with emulated(request.param, behaviour=Behaviour(limits_on=False)) as desk:
        yield desk


@pytest.mark.parametrize(
    ("asked", "zendesk", "gorgias"),
    [
        (Status.NEW, {Status.NEW}, set()),
        (Status.OPEN, {Status.OPEN}, {Status.OPEN}),
        (Status.PENDING, {Status.PENDING}, set()),
        (Status.SOLVED, {Status.SOLVED}, {Status.CLOSED}),
        (Status.CLOSED, {Status.CLOSED}, {Status.CLOSED}),
    ],
)
def test_a_status_means_what_the_help_desk_can_show(
    asked: Status, zendesk: set[Status], gorgias: set[Status]
) -> None:
    assert statuses_meant(asked, ZendeskDictionary().vocabulary) == zendesk
    assert statuses_meant(asked, GorgiasDictionary().vocabulary) == gorgias


@pytest.mark.parametrize("tag", ["big spender", "Big Spender", "big_spender"])
async def test_a_tag_is_found_however_the_help_desk_spells_it(desk: Emulated, tag: str) -> None:
    ticket = await desk.system.create_ticket({**TICKET, "tags": ["Big spender"]})
    found = await desk.system.list_tickets(tags=[tag])
    assert [one["id"] for one in found] == [ticket["id"]]
    kept = await desk.system.update_ticket(ticket["id"], {"tags": [tag]})
    assert len(kept["tags"]) == 1
    assert len((await desk.system.get_ticket(ticket["id"]))["tags"]) == 1


async def test_a_desk_that_is_too_large_for_one_call_is_told(
    desk: Emulated, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "PAGES_MOST", 1)
    for _ in range(101):
        await desk.system.create_ticket(TICKET)
    with pytest.warns(IncompleteListWarning) as told:
        assert await desk.system.list_tickets(tags=["rare"]) == []
    assert told[0].filename == __file__
    assert len(await desk.system.list_tickets(limit=100)) == 100


async def test_a_status_that_the_help_desk_does_not_have_costs_no_request() -> None:
    async with emulated("gorgias") as desk:
        await desk.system.create_ticket(TICKET)
        reads = desk.requests("GET")
        assert await desk.system.list_tickets(status="pending") == []
        assert desk.requests("GET") == reads
