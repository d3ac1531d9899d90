"""Stands before a service: applies faults to its answers and counts what went through."""

from __future__ import annotations

import asyncio
import re
from collections import Counter, deque
from dataclasses import dataclass, field

from emulator.kernel.faults import Fault, FaultKind, FaultPlan
from emulator.kernel.http import JsonValue, Request, Response
from emulator.kernel.service import Clock, Delivery, Service

_PROXY_PAGE = (
    "<!DOCTYPE html>\n<html><head><title>{title}</title></head>"
    "<body><h1>{title}</h1><p>Please try again in a few minutes.</p></body></html>\n"
)


@dataclass(frozen=True, slots=True)
class Reply:
    """What reaches the caller: nothing at all, or a response of which `keep` of the body is sent.

    With `keep` below 1 the length of the whole body is announced and the connection then closed.
    """

    response: Response | None
    keep: float = 1.0


@dataclass(frozen=True, slots=True)
class Sent:
    """A webhook that was sent, or lost by a fault (`fault` says so); `status` None: no answer."""

    delivery: Delivery
    at: float
    status: int | None
    fault: str | None


@dataclass(slots=True)
class Counts:
    """What a service was asked since the start or the last reset; paths have `{id}` for ids."""

    by_path: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    without_reply: int = 0

    def add(self, request: Request, reply: Reply) -> None:
        if reply.response is None:
            self.without_reply += 1
        status = reply.response.status if reply.response else 0
        self.by_path[request.method, _without_ids(request.path), status] += 1

    def report(self) -> dict[str, JsonValue]:
        statuses: Counter[str] = Counter()
        for (_, _, status), times in self.by_path.items():
            statuses[str(status)] += times
        rows: list[JsonValue] = [
            {"method": method, "path": path, "status": status, "requests": times}
            for (method, path, status), times in sorted(self.by_path.items())
        ]
        return {
            "requests": sum(self.by_path.values()),
            "too_many_requests": statuses["429"],
            "without_reply": self.without_reply,
            "by_status": dict(sorted(statuses.items())),
            "by_path": rows,
        }


def _without_ids(path: str) -> str:
    parts = path.split("/")
    return "/".join("{id}" if re.search(r"\d", part) and part != "v2" else part for part in parts)


class Host:
    """One service with its faults and counts. `answer` also runs in a simulation's event loop."""

    def __init__(self, service: Service, *, clock: Clock, plan: FaultPlan | None = None) -> None:
        self.service = service
        self.clock = clock
        self.plan = plan or FaultPlan()
        self.acts_per_second = 0.0
        self.counts = Counts()
        self.sent: deque[Sent] = deque(maxlen=1000)

    async def answer(self, request: Request) -> Reply:
        fault = self.plan.next(request)
        reply = Reply(self._execute(request)) if fault is None else await self._fail(request, fault)
        self.counts.add(request, reply)
        return reply

    async def _fail(self, request: Request, fault: Fault) -> Reply:
        if fault.kind in {FaultKind.REPLY_LOST, FaultKind.CUT_BODY}:
            response = self._execute(request)
            await asyncio.sleep(fault.seconds)
            if fault.kind is FaultKind.CUT_BODY:
                return Reply(response, keep=fault.keep)
            return Reply(None)
        await asyncio.sleep(fault.seconds)
        if fault.kind is FaultKind.LATENCY:
            return Reply(self._execute(request))
        if fault.is_executed:
            self._execute(request)
        return Reply(None if fault.kind is FaultKind.REQUEST_LOST else self._failure(fault))

    def _failure(self, fault: Fault) -> Response:
        if fault.kind is FaultKind.HTML_PAGE:
            return _page("Maintenance", status=200)
        if not fault.is_html:
            return self.service.failure(fault.status, fault.retry_after)
        page = _page("We are sorry, something went wrong", status=fault.status)
        if fault.retry_after is None:
            return page
        return page.with_headers({"Retry-After": str(fault.retry_after)})

    def _execute(self, request: Request) -> Response:
        self.service.advance()
        return self.service.handle(request)


def _page(title: str, *, status: int) -> Response:
    return Response.of_text(_PROXY_PAGE.format(title=title), status, "text/html; charset=utf-8")
