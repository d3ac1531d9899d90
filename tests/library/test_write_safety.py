"""No write is done twice or lost in silence, whatever happens on the line."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest

from domain.errors import OutcomeUnknownError, RateLimitedError
from emulator.kernel.faults import Fault, FaultKind, Rule
from tests.providers.emulated import Emulated, emulated

TICKET = {"subject": "Hello", "description": "World", "tags": ["first"]}
WRITES = ("POST", "PUT", "DELETE")

EXECUTED = {
    "the reply is lost": Fault(FaultKind.REPLY_LOST),
    "the reply is cut": Fault(FaultKind.CUT_BODY),
    "a proxy answers with a page": Fault(FaultKind.HTML_PAGE, is_executed=True),
    "a proxy gives up": Fault(FaultKind.SERVER_ERROR, status=504, is_html=True, is_executed=True),
}
NOT_EXECUTED = {
    "the request is lost": Fault(FaultKind.REQUEST_LOST),
    "the help desk is down": Fault(FaultKind.SERVER_ERROR, status=503),
}
# Gorgias would do these twice, so that an unanswered one can only be looked for.
SENT_ONCE = {("gorgias", "create"), ("gorgias", "comment"), ("gorgias", "close")}


@pytest.fixture(params=["zendesk", "gorgias"])
async def desk(request: pytest.FixtureRequest) -> AsyncIterator[Emulated]:
    async with emulated(request.param) as desk:
        yield desk


def strike_writes(desk: Emulated, fault: Fault, *, count: int | None = 1) -> None:
    desk.strike(*(Rule(fault, method=method, count=count) for method in WRITES))


async def do(desk: Emulated, verb: str, ticket_id: str) -> None:
    match verb:
        case "create":
            await desk.system.create_ticket({**TICKET, "subject": "Second"})
        case "comment":
            written = await desk.system.add_comment(ticket_id, "Once")
            assert (written["body"], written["public"]) == ("Once", False)
        case "update":
            result = await desk.system.update_ticket(
                ticket_id, {"priority": "high", "tags": ["second"], "status": "pending"}
            )
            assert (result["priority"], result["tags"]) == ("high", ["second"])
        case "close":
            result = await desk.system.close_ticket(ticket_id, "Once")
            assert result["status"] in ("solved", "closed")


async def is_done(desk: Emulated, verb: str, ticket_id: str) -> int:
    """How often the write is to be seen at the help desk."""
    desk.strike()
    if verb == "create":
        listed = await desk.system.list_tickets()
        return sum(ticket["subject"] == "Second" for ticket in listed)
    thread = await desk.system.get_ticket_with_comments(ticket_id)
    if verb == "update":
        return int((thread["priority"], thread["tags"]) == ("high", ["second"]))
    times = sum(comment["body"] == "Once" for comment in thread["comments"])
    assert verb == "comment" or times == 0 or thread["status"] in ("solved", "closed")
    return times


@pytest.mark.parametrize("waited", [0, 60], ids=["just created", "a minute old"])
@pytest.mark.parametrize("verb", ["create", "comment", "update", "close"])
@pytest.mark.parametrize("fault", EXECUTED.values(), ids=EXECUTED)
async def test_what_was_executed_is_found_and_not_repeated(
    desk: Emulated, fault: Fault, verb: str, waited: int
) -> None:
    ticket_id = (await desk.system.create_ticket(TICKET))["id"]
    desk.clock.movable.forward(waited)
    strike_writes(desk, fault)
    await do(desk, verb, ticket_id)
    assert await is_done(desk, verb, ticket_id) == 1


@pytest.mark.parametrize("verb", ["create", "comment", "update", "close"])
@pytest.mark.parametrize("fault", NOT_EXECUTED.values(), ids=NOT_EXECUTED)
async def test_what_was_not_executed_is_done_or_told_as_unknown(
    desk: Emulated, fault: Fault, verb: str
) -> None:
    ticket_id = (await desk.system.create_ticket(TICKET))["id"]
    strike_writes(desk, fault)
    if (desk.name, verb) in SENT_ONCE:
        with pytest.raises(OutcomeUnknownError, match="Look at the help desk"):
            await do(desk, verb, ticket_id)
        assert await is_done(desk, verb, ticket_id) == 0
    else:
        await do(desk, verb, ticket_id)
        assert await is_done(desk, verb, ticket_id) == 1


@pytest.mark.parametrize("verb", ["create", "comment", "update", "close"])
async def test_a_429_is_waited_out(desk: Emulated, verb: str) -> None:
    ticket_id = (await desk.system.create_ticket(TICKET))["id"]
    strike_writes(desk, Fault(FaultKind.TOO_MANY_REQUESTS, status=429, retry_after=7), count=2)
    before = desk.clock.now()
    await do(desk, verb, ticket_id)
    assert desk.clock.now() - before >= 14
    assert await is_done(desk, verb, ticket_id) == 1


async def test_a_burst_meets_the_real_limit_and_gets_through(desk: Emulated) -> None:
    for number in range(60):
        await desk.system.create_ticket({**TICKET, "subject": f"Ticket {number}"})
    listed = await desk.system.list_tickets(limit=100)
    assert len({ticket["subject"] for ticket in listed}) == 60


async def test_one_ticket_of_zendesk_takes_thirty_updates_in_ten_minutes() -> None:
    async with emulated("zendesk") as desk:
        ticket_id = (await desk.system.create_ticket(TICKET))["id"]
        for number in range(30):
            await desk.system.add_comment(ticket_id, f"Comment {number}")
        with pytest.raises(RateLimitedError, match="Rate limit exceeded"):
            await desk.system.add_comment(ticket_id, "One too many")
        thread = await desk.system.get_ticket_with_comments(ticket_id)
        assert len(thread["comments"]) == 31


@pytest.mark.parametrize("verb", ["create", "comment", "update", "close"])
async def test_silence_for_ever_is_told(desk: Emulated, verb: str) -> None:
    ticket_id = (await desk.system.create_ticket(TICKET))["id"]
    strike_writes(desk, Fault(FaultKind.REQUEST_LOST), count=None)
    with pytest.raises(OutcomeUnknownError):
        await do(desk, verb, ticket_id)
    assert await is_done(desk, verb, ticket_id) == 0


async def test_reads_outlast_what_passes(desk: Emulated) -> None:
    ticket_id = (await desk.system.create_ticket(TICKET))["id"]
    for kind in (FaultKind.CUT_BODY, FaultKind.HTML_PAGE, FaultKind.REPLY_LOST):
        desk.strike(Rule(Fault(kind), method="GET", count=2))
        assert (await desk.system.get_ticket(ticket_id))["subject"] == "Hello"
        desk.strike(Rule(Fault(kind), method="GET", count=2))
        assert len(await desk.system.list_tickets()) == 1


async def test_a_failure_halfway_tells_what_was_done() -> None:
    async with emulated("gorgias") as desk:
        ticket_id = (await desk.system.create_ticket(TICKET))["id"]
        lost = Fault(FaultKind.REQUEST_LOST)
        desk.strike(Rule(lost, method="POST", path=re.compile("/messages$")))
        with pytest.raises(OutcomeUnknownError, match=r"Already done on ticket \d+: add tags"):
            await desk.system.update_ticket(ticket_id, {"tags": ["first", "b"], "comment": "c"})
