"""What a stranger does in GraphiQL arrives at the provider, and the other way round."""

from __future__ import annotations

import json

import pytest
from playwright.async_api import expect

from api.demo.desks import EmulatedDesks
from tests.api.emulated import zendesk_client
from tests.web.explorer import Explorer

pytestmark = pytest.mark.asyncio(loop_scope="module")

NEWEST = """
query Newest {
  tickets(first: 1, filter: { desk: { in: ["zendesk"] } }) { nodes { id externalId } }
}
"""


async def newest_zendesk_ticket(explorer: Explorer) -> dict[str, str]:
    await explorer.page.get_by_role("button", name="New tab").click()
    await explorer.write("Operation Editor", NEWEST)
    await explorer.run()
    [ticket] = (await explorer.answer())["data"]["tickets"]["nodes"]
    return dict(ticket)


async def test_comment_written_in_graphiql_is_seen_at_the_provider(
    explorer: Explorer, emulated: EmulatedDesks
) -> None:
    ticket = await newest_zendesk_ticket(explorer)
    await explorer.open_tab("AddInternalComment")
    wanted = {
        "ticket": ticket["id"],
        "body": "Written in GraphiQL",
        "visibility": "INTERNAL",
        "idempotencyKey": "from-graphiql",
    }
    await explorer.write("Variables", json.dumps({"input": wanted}))
    await explorer.run()
    answer = await explorer.answer()
    assert answer["data"]["addComment"]["errors"] == [], answer
    async with zendesk_client(emulated) as provider:
        path = f"/api/v2/tickets/{ticket['externalId']}/comments"
        comments = (await provider.get(path)).json()["comments"]
    assert [c["public"] for c in comments if c["body"] == "Written in GraphiQL"] == [False]


async def test_change_at_the_provider_is_seen_in_graphiql_within_ten_seconds(
    explorer: Explorer, emulated: EmulatedDesks
) -> None:
    """Without webhooks: none is configured."""
    ticket = await newest_zendesk_ticket(explorer)
    await explorer.open_tab("TicketChanges")
    async with explorer.page.expect_websocket() as opened:
        await explorer.run()
    async with (await opened.value).expect_event(
        "framesent", lambda sent: "subscribe" in str(sent)
    ):
        pass
    async with zendesk_client(emulated) as provider:
        path = f"/api/v2/tickets/{ticket['externalId']}"
        changed = {"ticket": {"subject": "Changed by an agent"}}
        assert (await provider.put(path, json=changed)).is_success
    await expect(explorer.response()).to_contain_text("Changed by an agent", timeout=10_000)
