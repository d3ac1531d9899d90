"""The explorer's page in a browser, as a person sees it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from graphql import OperationDefinitionNode, parse
from playwright.async_api import ConsoleMessage, Locator, Page, expect

TABS = sorted((Path(__file__).parents[2] / "web" / "examples" / "tabs").glob("*.graphql"))
RUN = re.compile(r"^Execute query")
STOP = re.compile(r"^Stop query")
READ_RESPONSE = """
__MONACO.editor.getModels().find((model) => model.uri.path.includes('response')).getValue()"""
REPORT_VIOLATIONS = """
document.addEventListener('securitypolicyviolation', (event) =>
  console.error(`policy: ${event.effectiveDirective} refused ${event.blockedURI}`));
"""


def operation_of(document: Path) -> OperationDefinitionNode:
    definition = parse(document.read_text(encoding="utf-8")).definitions[0]
    assert isinstance(definition, OperationDefinitionNode)
    return definition


def tab_name(document: Path) -> str:
    name = operation_of(document).name
    assert name is not None, f"the operation in {document.name} needs a name: it titles the tab"
    return name.value


@dataclass
class Explorer:
    """The opened page and everything it did: addresses it asked for, and complaints."""

    page: Page
    asked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def watch(self) -> None:
        context = self.page.context
        context.on("request", lambda request: self.asked.append(request.url))
        context.on("requestfailed", lambda request: self._complain(f"failed: {request.url}"))
        context.on("console", self._read_console)
        context.on("weberror", lambda thrown: self._complain(str(thrown.error)))
        self.page.on("websocket", lambda socket: self.asked.append(socket.url))

    def _read_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self._complain(message.text)

    def _complain(self, text: str) -> None:
        self.complaints.append(text)

    async def open_tab(self, name: str) -> None:
        await self.page.get_by_role("tab", name=re.compile(f"^{name}")).click()
        await expect(self.editor("Operation Editor")).to_contain_text(name)

    def editor(self, name: str) -> Locator:
        return self.page.get_by_role("region", name=name, exact=True)

    async def write(self, name: str, text: str) -> None:
        """Replaces what an editor holds."""
        await self.editor(name).locator(".graphiql-editor:not(.hidden)").click()
        await self.page.keyboard.press("Control+A")
        await self.page.keyboard.press("Delete")
        await self.page.keyboard.insert_text(text)

    async def run(self) -> None:
        await self.page.get_by_role("button", name=RUN).click()

    async def answer(self) -> dict[str, Any]:
        """The whole text of the response editor, which renders only the lines in view."""
        await expect(self.response()).to_contain_text("{")
        text = await self.page.evaluate(READ_RESPONSE)
        found: dict[str, Any] = json.loads(text)
        return found

    def response(self) -> Locator:
        return self.page.get_by_role("region", name="Result Window")

    async def authorization_sent_by_run(self) -> str | None:
        async with self.page.expect_request("**/graphql") as sent:
            await self.run()
        return (await (await sent.value).all_headers()).get("authorization")

    async def until(self, condition: str) -> None:
        """Page.wait_for_function evaluates a string in the page, which the policy refuses."""
        await self.page.evaluate(
            f"""() => new Promise((done) => {{
                  const look = () => ({condition}) ? done() : requestAnimationFrame(look);
                  look();
                }})"""
        )

    async def stored(self) -> str:
        return str(await self.page.evaluate("JSON.stringify({...localStorage})"))
