"""Bad input is refused before anything is sent, and named."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from domain.errors import InvalidInputError
from integrations.ticketing import GorgiasIntegration, TicketingSystem, ZendeskIntegration
from tests.integrations.wire import Wire, answer, saying, serving

TICKET = {"subject": "Hello", "description": "World"}


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    async with serving(saying(answer("500 Internal Server Error", b""))) as wire:
        yield wire
    assert wire.heard == []


@pytest.fixture(params=["zendesk", "gorgias"])
async def system(request: pytest.FixtureRequest, wire: Wire) -> AsyncIterator[TicketingSystem]:
    kinds = {"zendesk": ZendeskIntegration, "gorgias": GorgiasIntegration}
    async with kinds[request.param]("acme", "a@acme.test", "k3y", base_url=wire.url) as system:
        yield system


@pytest.mark.parametrize(
    ("flaw", "path", "told"),
    [
        ({"subject": None}, "subject", "subject must be a text"),
        ({"subject": " \n"}, "subject", "subject is empty"),
        ({"description": ""}, "description", "description is empty"),
        ({"description": 7}, "description", "description must be a text"),
        ({"subject": "a\x00b"}, "subject", "U+0000 at position 1"),
        ({"description": "a\ud800"}, "description", "U+D800 at position 1"),
        ({"priority": "asap"}, "priority", "Allowed: low, medium, high, urgent"),
        ({"priority": 3}, "priority", "'3' is no priority"),
        ({"status": "done"}, "status", "Allowed: new, open, pending, on_hold, solved, closed"),
        ({"tags": "vip"}, "tags", "tags must be a list"),
        ({"tags": ["a", None]}, "tags", "tags must be a text"),
        ({"tags": ["a\x00"]}, "tags", "U+0000"),
        ({"custom_fields": [1]}, "custom_fields", "must be a dict"),
        ({"custom_fields": {"ltv": object()}}, "custom_fields", "ltv cannot be object"),
        ({"custom_fields": {"ltv": float("nan")}}, "custom_fields", "ltv cannot be float"),
        ({"custom_fields": {"ltv": 2**70}}, "custom_fields", "ltv cannot be int"),
        ({"custom_fields": {"ltv": "\x00"}}, "custom_fields", "U+0000"),
        ({"assignee_id": 1.5}, "assignee_id", "must be an id"),
        ({"customer_email": ""}, "customer_email", "is empty"),
        ({"internal": "yes"}, "internal", "True or False"),
        ({"prio": "high"}, "prio", "create_ticket does not know prio. It takes: subject"),
    ],
)
async def test_create(system: TicketingSystem, flaw: dict[str, Any], path: str, told: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        await system.create_ticket(TICKET | flaw)
    assert told in str(caught.value)
    assert caught.value.path[0] == path


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({}, "The update changes nothing"),
        ({"internal": True}, "The update changes nothing"),
        ({"status": "resolved"}, "Allowed: new, open"),
        ({"comment": " "}, "comment is empty"),
        ({"description": "x"}, "update_ticket does not know description"),
    ],
)
async def test_update(system: TicketingSystem, data: Mapping[str, object], told: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        await system.update_ticket("1", data)
    assert told in str(caught.value)


@pytest.mark.parametrize("ticket_id", ["", " ", None, True, 1.5, "../1", "1/tags", "1?x=1", "１"])
async def test_an_id_that_leads_elsewhere(system: TicketingSystem, ticket_id: Any) -> None:
    for verb in (
        system.get_ticket(ticket_id),
        system.get_ticket_with_comments(ticket_id),
        system.update_ticket(ticket_id, {"status": "open"}),
        system.close_ticket(ticket_id, "done"),
        system.add_comment(ticket_id, "hello"),
    ):
        with pytest.raises(InvalidInputError):
            await verb


async def test_comments_and_reasons(system: TicketingSystem) -> None:
    for text in ("", "\t", "\x00", "\udfff", None):
        with pytest.raises(InvalidInputError):
            await system.add_comment("1", text)  # type: ignore[arg-type]  # on purpose
        with pytest.raises(InvalidInputError):
            await system.close_ticket("1", text)  # type: ignore[arg-type]  # on purpose


async def test_lists(system: TicketingSystem) -> None:
    asked: list[dict[str, Any]] = [
        {"status": "resolved"},
        {"priority": "asap"},
        {"tags": "vip"},
        {"limit": 0},
        {"limit": True},
        {"limit": "25"},
    ]
    for flaw in asked:
        with pytest.raises(InvalidInputError):
            await system.list_tickets(**flaw)
