"""The promised examples of the ticketing library, as a user types them, on emulated help desks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from importlib.metadata import EntryPoint
from typing import Any

import pytest

from domain.errors import ConfigurationError
from integrations.ticketing import (
    GorgiasIntegration,
    TicketingSystem,
    ZendeskIntegration,
    create_ticketing_system,
    registry,
)
from integrations.ticketing.registry import Provider, provider_named
from integrations.ticketing.settings import Names
from tests.providers.emulated import KEY, USER, Emulated, emulated
from tests.providers.toy import ToyTicketing


@pytest.fixture(params=["zendesk", "gorgias"])
async def desk(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Emulated]:
    async with emulated(request.param) as desk:
        settings = {
            "zendesk": {
                "ZENDESK_SUBDOMAIN": "yourcompany",
                "ZENDESK_EMAIL": "agent@company.com",
                "ZENDESK_TOKEN": KEY,
                "ZENDESK_BASE_URL": desk.url,
            },
            "gorgias": {
                "GORGIAS_DOMAIN": "yourcompany",
                "GORGIAS_USERNAME": "your-email@company.com",
                "GORGIAS_API_KEY": KEY,
                "GORGIAS_BASE_URL": desk.url,
            },
        }
        for name, value in settings[request.param].items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("TICKETING_PROVIDER", request.param)
        yield desk


async def test_the_quick_start(desk: Emulated) -> None:
    ticketing = create_ticketing_system()
    customer_data = {
        "customer_id": "ABC123",
        "churn_risk": 0.85,
        "ltv": 5000,
        "days_since_purchase": 45,
    }
    ticket = await ticketing.create_churn_ticket(customer_data)
    expected = {
        "zendesk": "https://yourcompany.zendesk.com/agent/tickets/",
        "gorgias": "https://yourcompany.gorgias.com/app/ticket/",
    }
    assert ticket["url"] == f"{expected[desk.name]}{ticket['id']}"
    await ticketing.aclose()


async def test_the_manual_test(desk: Emulated) -> None:
    ticketing = create_ticketing_system()
    ticket = await ticketing.create_ticket(
        {
            "subject": "Test Ticket",
            "description": "This is a test",
            "priority": "low",
            "tags": ["test"],
        }
    )
    retrieved = await ticketing.get_ticket(ticket["id"])
    assert retrieved["subject"] == "Test Ticket"
    await ticketing.add_comment(ticket["id"], "Test comment", internal=True)
    await ticketing.close_ticket(ticket["id"], "Test complete")
    assert (await ticketing.get_ticket(ticket["id"]))["status"] in ("solved", "closed")
    await ticketing.aclose()


async def test_the_lifecycle(desk: Emulated) -> None:
    async with create_ticketing_system() as ticketing:
        customer = {"customer_id": "ABC123", "churn_risk": 0.87, "ltv": 5000}
        ticket = await ticketing.create_churn_ticket(customer)
        assert ticket["priority"] == "urgent"
        listed = await ticketing.list_tickets(
            status="open", tags=["churn-risk"], priority="urgent", limit=25
        )
        assert [one["id"] for one in listed] == [ticket["id"]]
        for text in ("Reached out via email with 20% discount offer", "Customer accepted offer"):
            await ticketing.add_comment(ticket["id"], text, internal=True)
        await ticketing.close_ticket(
            ticket["id"], reason="Retention successful - customer re-engaged"
        )
        assert await ticketing.list_tickets(status="open") == []


async def test_both_at_once() -> None:
    async with emulated("zendesk") as zendesk_desk, emulated("gorgias") as gorgias_desk:
        zendesk = ZendeskIntegration(
            subdomain="yourcompany", email=USER, token=KEY, base_url=zendesk_desk.url
        )
        gorgias = GorgiasIntegration(
            domain="yourcompany", username=USER, api_key=KEY, base_url=gorgias_desk.url
        )
        for customer_ltv, chosen in ((20_000, zendesk), (500, gorgias)):
            customer = {"customer_id": "c", "churn_risk": 0.9, "ltv": customer_ltv}
            ticket = await chosen.create_churn_ticket(customer)
            assert len(await chosen.list_tickets()) == 1
            assert ticket["status"] == "open"
        await zendesk.aclose()
        await gorgias.aclose()


async def test_an_oauth_client_signs_in_at_zendesk() -> None:
    async with (
        emulated("zendesk") as desk,
        ZendeskIntegration(
            "yourcompany",
            oauth_client_id="demo-client",
            oauth_client_secret="demo-secret",
            base_url=desk.url,
        ) as zendesk,
    ):
        ticket = await zendesk.create_ticket({"subject": "Hello", "description": "World"})
        await zendesk.close_ticket(ticket["id"], "done")


async def test_an_agent_may_use_every_verb() -> None:
    async with (
        emulated("zendesk") as desk,
        ZendeskIntegration("acme", "agent@acme.test", KEY, base_url=desk.url) as zendesk,
    ):
        ticket = await zendesk.create_ticket({"subject": "Hello", "description": "World"})
        await zendesk.update_ticket(ticket["id"], {"tags": ["vip"], "comment": "note"})
        await zendesk.close_ticket(ticket["id"], "done")
        thread = await zendesk.get_ticket_with_comments(ticket["id"])
        assert len(thread["comments"]) == 3
        assert len(await zendesk.list_tickets(status="solved", tags=["vip"])) == 1


# --- a provider of somebody else
def toy_system(values: Any) -> TicketingSystem:
    assert values["api_key"] == "t0y"
    return ToyTicketing()


TOY = Provider("toy", Names("TOY", (("api_key",),)), toy_system)


@pytest.fixture
def declared(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[EntryPoint]]:
    """The entry points that installed packages declare."""
    declared: list[EntryPoint] = []

    def entry_points(*, group: str) -> list[EntryPoint]:
        assert group == "deskgraph.providers"
        return declared

    monkeypatch.setattr(registry, "entry_points", entry_points)
    registry.known_providers.cache_clear()
    yield declared
    registry.known_providers.cache_clear()


async def test_another_package_adds_a_provider_by_an_entry_point(
    declared: list[EntryPoint],
) -> None:
    declared.append(EntryPoint("toy", f"{__name__}:TOY", registry.ENTRY_POINTS))
    system = create_ticketing_system(env={"TOY_API_KEY": "t0y"})
    created = await system.create_ticket({"subject": "Hello", "description": "World"})
    assert created["url"] == "https://toy.test/tickets/1"
    with pytest.raises(ConfigurationError, match="toy has the verbs only"):
        provider_named("toy").needed_language()


@pytest.mark.parametrize("value", [f"{__name__}:KEY", f"{__name__}:NOTHING", "no_such_module:X"])
def test_a_broken_entry_point_is_named(declared: list[EntryPoint], value: str) -> None:
    declared.append(EntryPoint("broken", value, registry.ENTRY_POINTS))
    with pytest.raises(ConfigurationError, match="The entry point broken"):
        create_ticketing_system(env={})
