"""The smallest emulated service: notes that can be written, read and subscribed to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from types import TracebackType

import httpx

from emulator.kernel.clock import MovableClock
from emulator.kernel.host import Host
from emulator.kernel.http import Request, Response
from emulator.kernel.server import address, bind, serving
from emulator.kernel.service import Delivery
from emulator.kernel.world import Story


@dataclass
class Outcome:
    event_id: str
    status: int | None
    retry_after: float | None


@dataclass
class TinyService:
    name: str = "zendesk"
    notes: list[str] = field(default_factory=list)
    due: list[Delivery] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    acts: int = 0

    def load(self, stories: Iterable[Story]) -> None:
        self.notes.extend(story.subject for story in stories)

    def handle(self, request: Request) -> Response:
        if request.path == "/defect":
            raise RuntimeError("a defect")
        if request.method == "POST":
            self.notes.append(request.body.decode())
            return Response.of_json({"notes": len(self.notes)}, 201)
        if request.method == "DELETE":
            return Response(204)
        return Response.of_json({"notes": self.notes, "query": list(request.query)})

    def failure(self, status: int, retry_after: float | None) -> Response:
        failed = Response.of_json({"tiny": "failed"}, status)
        return failed.with_headers({"Retry-After": f"{retry_after:g}"} if retry_after else {})

    def advance(self) -> None:
        return

    def take_deliveries(self) -> Sequence[Delivery]:
        taken, self.due = self.due, []
        return taken

    def delivered(self, delivery: Delivery, status: int | None, retry_after: float | None) -> None:
        self.outcomes.append(Outcome(delivery.event_id, status, retry_after))

    def act(self) -> str:
        self.acts += 1
        return f"act {self.acts}"


class Running:
    """A tiny service on a real socket and a client that speaks to it."""

    def __init__(self) -> None:
        self.service = TinyService()
        self.clock = MovableClock()
        self.host = Host(self.service, clock=self.clock)
        self._listener = bind(0)
        self.url = address(self._listener)
        self.port = int(self.url.rpartition(":")[2])
        self.client = httpx.AsyncClient(base_url=self.url, trust_env=False, timeout=10)
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Running:
        hosts = {self._listener: self.host}
        await self._stack.enter_async_context(serving(hosts, clock=self.clock))
        await self._stack.enter_async_context(self.client)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stack.aclose()

    async def put_faults(self, *rules: dict[str, object]) -> None:
        answer = await self.client.put("/_emulator/faults", json={"faults": list(rules)})
        assert answer.status_code == 200, answer.text
