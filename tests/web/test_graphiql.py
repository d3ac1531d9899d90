"""The explorer in a real browser: it works, and it talks to its own server only."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from graphql import OperationType
from playwright.async_api import expect

from tests.web.explorer import STOP, TABS, Explorer, operation_of, tab_name

pytestmark = pytest.mark.asyncio(loop_scope="module")

KEY = "dg_secret_of_this_test"


async def test_page_opens_with_its_name_and_a_tab_for_each_example(explorer: Explorer) -> None:
    await expect(explorer.page).to_have_title("Deskgraph")
    names = [re.compile(f"^{tab_name(tab)}") for tab in TABS]  # and the title of the close icon
    await expect(explorer.page.get_by_role("tab")).to_have_text(names)
    await expect(explorer.editor("Variables")).to_contain_text('"filter"')


async def test_page_talks_to_its_own_server_only_and_breaks_no_policy(
    explorer: Explorer, graphiql_url: str
) -> None:
    await explorer.run()
    await explorer.answer()
    await explorer.page.get_by_role("button", name="Show Documentation Explorer").click()
    await explorer.open_tab(tab_name(TABS[-1]))
    async with explorer.page.expect_websocket():
        await explorer.run()
    await explorer.page.wait_for_load_state("networkidle")
    assert {urlsplit(url).netloc for url in explorer.asked} == {urlsplit(graphiql_url).netloc}
    assert any(urlsplit(url).path.endswith(".ttf") for url in explorer.asked)
    assert explorer.complaints == []


async def test_policy_of_the_page_names_no_other_host(explorer: Explorer) -> None:
    response = await explorer.page.reload()
    assert response is not None
    policy = (await response.all_headers())["content-security-policy"]
    words = {word for rule in policy.split(";") for word in rule.split()[1:]}
    assert words <= {"'self'", "'none'", "'unsafe-inline'", "data:", "blob:", "ws:", "wss:"}
    [scripts] = [
        rule.split() for rule in policy.split(";") if rule.strip().startswith("script-src")
    ]
    assert scripts == ["script-src", "'self'"]


@pytest.mark.parametrize("document", TABS, ids=lambda path: path.stem)
async def test_example_tab_runs_without_an_error(explorer: Explorer, document: Path) -> None:
    name = tab_name(document)
    await explorer.open_tab(name)
    await explorer.run()
    if operation_of(document).operation is OperationType.SUBSCRIPTION:
        # Nothing may happen at the desks just now: that it is listening is enough.
        await expect(explorer.page.get_by_role("button", name=STOP)).to_be_visible()
        await explorer.page.get_by_role("button", name=STOP).click()
        await expect(explorer.response()).not_to_contain_text("errors")
        return
    answer = await explorer.answer()
    assert "errors" not in answer
    assert all(value is not None for value in answer["data"].values())
    payloads = [value for value in answer["data"].values() if isinstance(value, dict)]
    assert all(payload.get("errors", []) == [] for payload in payloads)


async def test_keyboard_alone_runs_a_query(explorer: Explorer) -> None:
    operation = explorer.editor("Operation Editor").locator(".graphiql-editor")
    for _ in range(60):
        await explorer.page.keyboard.press("Tab")
        if await operation.evaluate("(box) => box.contains(document.activeElement)"):
            break
    else:
        pytest.fail("60 presses of Tab do not reach the operation editor")
    await explorer.page.keyboard.press("Enter")
    await explorer.page.keyboard.press("Control+Enter")
    assert "tickets" in (await explorer.answer())["data"]
    await expect(explorer.response()).to_contain_text("tickets")


async def test_documentation_lists_types_and_fields(explorer: Explorer) -> None:
    await explorer.page.get_by_role("button", name="Show Documentation Explorer").click()
    docs = explorer.page.get_by_role("region", name="Documentation Explorer")
    await expect(docs.get_by_role("link", name="TicketConnection", exact=True)).to_be_visible()
    await docs.get_by_role("link", name="Query", exact=True).click()
    await expect(docs).to_contain_text("desks")


async def test_field_explorer_shows_the_operation(explorer: Explorer) -> None:
    await explorer.page.get_by_role("button", name="Show GraphiQL Explorer").click()
    tree = explorer.page.locator(".docExplorerWrap")
    await expect(tree).to_contain_text("totalCount")


async def test_editor_completes_field_names_from_the_schema(explorer: Explorer) -> None:
    await explorer.page.get_by_role("button", name="New tab").click()
    await explorer.editor("Operation Editor").locator(".graphiql-editor").click()
    await explorer.page.keyboard.type("{ desk")
    await explorer.page.keyboard.press("Control+Space")
    await expect(explorer.page.locator(".suggest-widget")).to_contain_text("desks")


async def test_reload_shows_the_same_tab_again(explorer: Explorer) -> None:
    await explorer.open_tab("Desks")
    await explorer.until("localStorage['graphiql:query']?.includes('Desks')")
    await explorer.until("'graphiql:tabState' in localStorage")
    await explorer.page.reload()
    await expect(explorer.editor("Operation Editor")).to_contain_text("Desks")


async def test_one_api_key_serves_every_tab_and_is_never_stored(explorer: Explorer) -> None:
    await explorer.page.get_by_role("button", name="Headers").click()
    await explorer.editor("Headers").locator(".graphiql-editor:not(.hidden)").click()
    await explorer.page.keyboard.press("Control+A")
    await explorer.page.keyboard.press("Delete")
    await explorer.page.keyboard.type(f'{{"Authorization": "Bearer {KEY}"}}')
    assert await explorer.authorization_sent_by_run() == f"Bearer {KEY}"
    await explorer.open_tab("Desks")
    assert await explorer.authorization_sent_by_run() == f"Bearer {KEY}"
    await explorer.answer()
    await explorer.until("'graphiql:queries' in localStorage")
    assert KEY not in await explorer.stored()
