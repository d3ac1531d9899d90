"""Custom fields by key; a key that no field has is told in an internal note."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from emulator.kernel.faults import Fault, FaultKind, Rule
from integrations.ticketing.verbs.custom_fields import UnknownFieldWarning
from integrations.ticketing.verbs.system import NoteNotAddedWarning
from tests.providers.emulated import Emulated, emulated

TICKET = {"subject": "Hello", "description": "World"}


@pytest.fixture(params=["zendesk", "gorgias"])
async def desk(request: pytest.FixtureRequest) -> AsyncIterator[Emulated]:
    async with emulated(request.param) as desk:
        yield desk


async def values_of(desk: Emulated, ticket_id: str) -> set[str]:
    """The values of a ticket's custom fields, as the help desk itself tells them."""
    dictionary = desk.dictionary
    response = await desk.client.send(dictionary.build_ticket(ticket_id))
    [seen] = dictionary.parse_ticket(response, ticket_id).tickets
    return {str(value) for value in (seen.custom_fields or {}).values()}


@pytest.mark.parametrize("key", ["product", "Product", "PRODUCT"])
async def test_a_known_key_sets_the_field(desk: Emulated, key: str) -> None:
    data = {**TICKET, "custom_fields": {key: "Blue shoes"}}
    ticket_id = (await desk.system.create_ticket(data))["id"]
    assert "Blue shoes" in await values_of(desk, ticket_id)
    await desk.system.update_ticket(ticket_id, {"custom_fields": {key: "Red shoes"}})
    assert "Red shoes" in await values_of(desk, ticket_id)
    thread = await desk.system.get_ticket_with_comments(ticket_id)
    assert len(thread["comments"]) == 1


async def test_the_promised_example_keeps_its_unknown_values_in_a_note(desk: Emulated) -> None:
    data = {**TICKET, "custom_fields": {"ltv": 5000, "churn_risk": 0.85, "product": "Shoes"}}
    with pytest.warns(UnknownFieldWarning) as told:
        ticket_id = (await desk.system.create_ticket(data))["id"]
    assert ["'ltv'" in str(told[0].message), "'churn_risk'" in str(told[1].message)] == [True] * 2
    assert "product" in str(told[0].message)
    assert told[0].filename == __file__
    assert "Shoes" in await values_of(desk, ticket_id)
    thread = await desk.system.get_ticket_with_comments(ticket_id)
    opening, note = thread["comments"]
    assert opening["body"] == "World"
    assert note["public"] is False
    assert "- ltv: 5000\n- churn_risk: 0.85" in note["body"]


async def test_an_internal_text_holds_the_note_itself(desk: Emulated) -> None:
    data = {**TICKET, "internal": True, "custom_fields": {"ltv": 5000}}
    with pytest.warns(UnknownFieldWarning):
        ticket_id = (await desk.system.create_ticket(data))["id"]
    with pytest.warns(UnknownFieldWarning) as told:
        await desk.system.update_ticket(
            ticket_id, {"comment": "Called", "custom_fields": {"calls": [1, True]}}
        )
    assert told[0].filename == __file__
    thread = await desk.system.get_ticket_with_comments(ticket_id)
    assert [comment["body"].splitlines()[0] for comment in thread["comments"]] == [
        "World",
        "Called",
    ]
    assert "- ltv: 5000" in thread["comments"][0]["body"]
    assert "- calls: 1, yes" in thread["comments"][1]["body"]


async def test_a_public_reply_never_holds_the_note(desk: Emulated) -> None:
    data = {**TICKET, "customer_email": "ada@customer.test"}
    ticket_id = (await desk.system.create_ticket(data))["id"]
    with pytest.warns(UnknownFieldWarning):
        await desk.system.update_ticket(
            ticket_id, {"comment": "Hi!", "internal": False, "custom_fields": {"ltv": 5000}}
        )
    thread = await desk.system.get_ticket_with_comments(ticket_id)
    told = [(comment["public"], "ltv" in comment["body"]) for comment in thread["comments"]]
    assert told == [(True, False), (True, False), (False, True)]


async def test_definitions_are_not_read_for_every_ticket(desk: Emulated) -> None:
    data = {**TICKET, "custom_fields": {"product": "Shoes"}}
    await desk.system.create_ticket(data)
    reads = desk.requests("GET")
    await desk.system.create_ticket(data)
    assert desk.requests("GET") == reads
    desk.clock.movable.forward(301)
    await desk.system.create_ticket(data)
    assert desk.requests("GET") > reads


async def test_a_note_that_fails_never_looks_like_a_failed_ticket(desk: Emulated) -> None:
    refusal = Fault(FaultKind.REQUEST_LOST)
    desk.strike(
        Rule(refusal, method="PUT"), Rule(refusal, method="POST", after=1), Rule(refusal, after=99)
    )
    data = {**TICKET, "custom_fields": {"ltv": 5000}}
    with pytest.warns((UnknownFieldWarning, NoteNotAddedWarning)) as told:
        created = await desk.system.create_ticket(data)
    assert f"Ticket {created['id']} lacks this note" in str(told[-1].message)
