"""A real Chromium, and the real server over emulated desks."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect

from api.demo.desks import EmulatedDesks
from tests.api.emulated import SMALL, deskgraph, emulated_desks
from tests.web.explorer import REPORT_VIOLATIONS, TABS, Explorer, tab_name

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
# Quiet, and unable to reach anything but this machine: a request elsewhere fails and is seen.
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]


@pytest.fixture(scope="session")
def chromium_path() -> str:
    named = os.environ.get("DESKGRAPH_CHROMIUM")
    found = named or next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if found is None:
        pytest.fail(
            "The explorer's tests need Chromium: apt-get install chromium "
            "(or set DESKGRAPH_CHROMIUM to the path of a Chromium or Chrome)",
            pytrace=False,
        )
    return found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium(chromium_path: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium_path, args=CHROMIUM_ARGUMENTS
        )
        yield browser
        await browser.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def emulated() -> AsyncIterator[EmulatedDesks]:
    async with emulated_desks(SMALL) as desks:
        yield desks


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def graphiql_url(
    emulated: EmulatedDesks, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[str]:
    """Address of the page of a real server over emulated desks."""
    folder = tmp_path_factory.mktemp("web")
    async with deskgraph(emulated, folder / "cache.sqlite") as (address, _):
        yield f"http://{address}/graphiql"


@pytest_asyncio.fixture(loop_scope="module")
async def explorer(chromium: Browser, graphiql_url: str) -> AsyncIterator[Explorer]:
    context = await chromium.new_context(viewport={"width": 1400, "height": 850})
    await context.add_init_script(REPORT_VIOLATIONS)
    explorer = Explorer(await context.new_page())
    explorer.watch()
    await explorer.page.goto(graphiql_url)
    await expect(explorer.editor("Operation Editor")).to_contain_text(tab_name(TABS[0]))
    yield explorer
    await context.close()
