"""What a user reads when a help desk refuses, misbehaves or is not there."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable

import pytest

from domain.errors import (
    DeskgraphError,
    ForbiddenError,
    MergedError,
    NotFoundError,
    NotSentError,
    OutcomeUnknownError,
    ProviderUnavailableError,
    RateLimitedError,
    TicketClosedError,
    UnauthorizedError,
)
from integrations.ticketing import GorgiasIntegration, TicketingSystem, ZendeskIntegration
from tests.integrations.wire import Script, answer, saying, serving
from tests.library.clock import HurriedClock
from tests.providers.emulated import emulated

SECRET = "s3cret-t0ken"
HTML = b"<html><h1>Not here</h1></html>"
Verb = Callable[[TicketingSystem], Awaitable[object]]
KINDS = {"zendesk": ZendeskIntegration, "gorgias": GorgiasIntegration}


async def create(system: TicketingSystem) -> object:
    return await system.create_ticket({"subject": "Hello", "description": "World"})


async def list_all(system: TicketingSystem) -> object:
    return await system.list_tickets()


async def get(system: TicketingSystem) -> object:
    return await system.get_ticket("1")


async def refusal(kind: str, script: Script, verb: Verb) -> tuple[DeskgraphError, HurriedClock]:
    clock = HurriedClock()
    async with serving(script) as wire:
        system = KINDS[kind]("acme", "a@acme.test", SECRET, base_url=wire.url, clock=clock)
        with pytest.raises(DeskgraphError) as caught:
            await verb(system)
        await system.aclose()
    assert SECRET not in str(caught.value)
    assert "dGVzdC90b2tlbjpz" not in repr(wire.heard[0].body)
    return caught.value, clock


@pytest.mark.parametrize(
    ("kind", "body", "settings"),
    [
        (
            "zendesk",
            b'{"error":"Couldn\'t authenticate you"}',
            ("ZENDESK_TOKEN", "ZENDESK_EMAIL", "API token access", "ZENDESK_OAUTH_CLIENT_ID"),
        ),
        (
            "gorgias",
            b'{"error":{"msg":"Unauthorized."}}',
            ("GORGIAS_API_KEY", "GORGIAS_USERNAME", "permissions"),
        ),
    ],
)
async def test_wrong_credentials(kind: str, body: bytes, settings: tuple[str, ...]) -> None:
    script = saying(answer("401 Unauthorized", body))
    error, clock = await refusal(kind, script, create)
    assert isinstance(error, UnauthorizedError)
    assert str(error).startswith("Failed to create ticket: 401 Unauthorized. ")
    assert all(setting in str(error) for setting in settings)
    assert clock.slept == []


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("zendesk", ("ZENDESK_SUBDOMAIN", "{subdomain}.zendesk.com")),
        ("gorgias", ("GORGIAS_DOMAIN", "{domain}.gorgias.com")),
    ],
)
async def test_a_wrong_account(kind: str, told: tuple[str, ...]) -> None:
    error, _ = await refusal(kind, saying(answer("404 Not Found", HTML)), list_all)
    assert isinstance(error, NotFoundError)
    assert str(error).startswith("Failed to list tickets: 404 Not Found. ")
    assert all(part in str(error) for part in told)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("zendesk", b'{"error":"RecordNotFound","description":"Not found"}'),
        ("gorgias", b'{"error":{"msg":"Ticket not found"}}'),
    ],
)
async def test_a_missing_ticket_is_not_a_wrong_account(kind: str, body: bytes) -> None:
    error, _ = await refusal(kind, saying(answer("404 Not Found", body)), get)
    assert isinstance(error, NotFoundError)
    assert str(error) == (
        "Failed to get ticket: 404 Not Found. The help desk has no such ticket (any more)"
    )


@pytest.mark.parametrize("kind", KINDS)
async def test_a_rate_limit_is_waited_for_as_asked_and_then_told(kind: str) -> None:
    script = saying(answer("429 Too Many Requests", b"{}", "retry-after: 20"))
    error, clock = await refusal(kind, script, create)
    assert isinstance(error, RateLimitedError)
    assert "Failed to create ticket: 429 Too Many Requests" in str(error)
    assert "Rate limit exceeded" in str(error)
    assert all(20.0 <= wait <= 25.0 for wait in clock.slept)
    assert 3 <= len(clock.slept) <= 4
    assert sum(clock.slept) <= 90.0


@pytest.mark.parametrize("kind", KINDS)
async def test_an_hour_is_not_waited_for(kind: str) -> None:
    script = saying(answer("429 Too Many Requests", b"{}", "retry-after: 3600"))
    _, clock = await refusal(kind, script, list_all)
    assert sum(clock.slept) <= 90.0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "broken",
    [
        answer("200 OK", HTML),
        answer("200 OK", b'{"tickets": [{"id": 1'),
        answer("200 OK", b"[]"),
        answer("200 OK", b"{}"),
        answer("503 Service Unavailable", HTML),
    ],
)
async def test_an_answer_that_is_none_is_asked_for_again(kind: str, broken: bytes) -> None:
    error, clock = await refusal(kind, saying(broken), list_all)
    assert isinstance(error, ProviderUnavailableError)
    assert len(clock.slept) == 3
    assert clock.slept == sorted(clock.slept)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_refused_role_is_told(kind: str) -> None:
    error, _ = await refusal(kind, saying(answer("403 Forbidden", b"{}")), list_all)
    assert isinstance(error, ForbiddenError)
    assert "scope" in str(error)


@pytest.mark.parametrize("kind", KINDS)
async def test_nobody_listens(kind: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    clock = HurriedClock()
    async with KINDS[kind]("acme", "a@acme.test", SECRET, base_url=url, clock=clock) as system:
        for verb in (create, list_all):
            with pytest.raises(NotSentError, match="was not reached"):
                await verb(system)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_create_without_any_answer_is_never_called_a_failure(kind: str) -> None:
    error, _ = await refusal(kind, saying(answer("502 Bad Gateway", HTML)), create)
    assert isinstance(error, OutcomeUnknownError)
    assert "nobody can tell whether it was done" in str(error)


async def test_a_merged_ticket_names_the_one_that_lives_on() -> None:
    moved = answer(
        "301 Moved Permanently",
        b'{"error":{"msg":"ticket_merged"}}',
        "location: https://acme.gorgias.com/api/tickets/7",
    )
    error, _ = await refusal("gorgias", saying(moved), get)
    assert isinstance(error, MergedError)
    assert error.merged_into == "7"
    assert "merged into ticket 7" in str(error)


async def test_a_ticket_that_zendesk_has_closed_for_ever() -> None:
    async with emulated("zendesk") as desk:
        ticket = await desk.system.create_ticket({"subject": "Hello", "description": "World"})
        await desk.system.update_ticket(ticket["id"], {"status": "closed", "tags": ["last"]})
        for call in (
            desk.system.add_comment(ticket["id"], "too late"),
            desk.system.close_ticket(ticket["id"], "too late"),
            desk.system.update_ticket(ticket["id"], {"priority": "low"}),
        ):
            with pytest.raises(TicketClosedError, match="create a follow-up ticket"):
                await call
        assert (await desk.system.get_ticket(ticket["id"]))["tags"] == ["last"]
