"""A line to an emulated desk with all that can go wrong on it, in virtual time."""

from __future__ import annotations

import asyncio
import base64
import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from email.utils import formatdate
from random import Random
from urllib.parse import urlencode

import orjson

from domain.errors import NoAnswerError, NotSentError
from domain.http import Request, Response
from domain.ports import Clock
from emulator.kernel.http import Request as EmulatedRequest
from emulator.kernel.http import Response as EmulatedResponse
from emulator.kernel.service import Service


@dataclass(frozen=True, slots=True)
class Line:
    """Shares of requests that meet a fault; all 0 once the world has come to rest."""

    refused: float = 0.03
    """Provably unsent."""
    lost: float = 0.015
    """Sent, never executed, never answered."""
    zombie: float = 0.02
    """Executed long after its sender gave up."""
    reply_lost: float = 0.04
    """Executed at once, never answered."""
    server_error: float = 0.02
    """Answered with 5xx and HTML; half of them were executed."""
    too_many: float = 0.01
    odd_body: float = 0.01
    """Executed, and answered with half of a body."""

    @classmethod
    def calm(cls) -> Line:
        return cls(0, 0, 0, 0, 0, 0, 0)

    def fate(self, drawn: float) -> str | None:
        """Which fault a number between 0 and 1 falls to; None: a request like any other."""
        for name, share in asdict(self).items():
            if drawn < share:
                return str(name)
            drawn -= share
        return None


@dataclass(slots=True)
class FaultyClient:
    """`domain.http.HttpClient` straight into a service."""

    service: Service
    user: str
    random: Random
    line: Line
    clock: Clock
    """The provider's."""
    token: str = "demo-token"
    executed: Callable[[], None] = lambda: None
    """Called after each request that the service has executed."""
    trace: int = 0
    counts: Counter[str] = field(default_factory=Counter)

    async def send(self, request: Request, *, timeout_seconds: float = 30.0) -> Response:
        fate = self.line.fate(self.random.random())
        if fate is None:
            return await self._answer(request)
        self.counts[fate] += 1
        if fate in ("refused", "lost", "zombie", "reply_lost"):
            await self._fail(fate, request, timeout_seconds)
        return await self._spoil(fate, request)

    async def _answer(self, request: Request) -> Response:
        await asyncio.sleep(self._latency())
        answer = self._execute(request)
        await asyncio.sleep(self._latency())
        return Response(answer.status, self._headers(answer), answer.body)

    async def _fail(self, fate: str, request: Request, timeout_seconds: float) -> None:
        """Raises what a client sees when no answer comes."""
        if fate == "refused":
            await asyncio.sleep(0.2)
            raise NotSentError("connection refused")
        wait = timeout_seconds
        if fate == "zombie":
            loop = asyncio.get_running_loop()
            loop.call_later(self.random.uniform(3.0, 85.0), self._execute, request)
        elif fate == "reply_lost":
            await asyncio.sleep(self._latency())
            self._execute(request)
            wait = self.random.uniform(0.5, timeout_seconds)
        await asyncio.sleep(wait)
        raise NoAnswerError(f"no answer in time ({fate})")

    async def _spoil(self, fate: str, request: Request) -> Response:
        """An answer, and not the one that was wanted."""
        await asyncio.sleep(self._latency())
        if fate == "too_many":
            headers = {"retry-after": "2", "content-type": "application/json"}
            return Response(429, headers, b'{"error":"TooManyRequests"}')
        if fate == "server_error":
            if self.random.random() < 0.5:
                self._execute(request)
            status = self.random.choice((500, 502, 503, 504))
            return Response(status, {"content-type": "text/html"}, b"<html>Sorry</html>")
        answer = self._execute(request)
        return Response(answer.status, self._headers(answer), answer.body[: len(answer.body) // 2])

    def _latency(self) -> float:
        slow = self.random.random() < 0.05
        return self.random.uniform(0.5, 4.0) if slow else self.random.expovariate(1 / 0.08)

    def _execute(self, request: Request) -> EmulatedResponse:
        secret = base64.b64encode(f"{self.user}:{self.token}".encode()).decode()
        headers = {"Authorization": f"Basic {secret}", "Accept": "application/json"}
        headers |= dict(request.headers)
        body = b""
        if request.body is not None:
            body = orjson.dumps(request.body)
            headers["Content-Type"] = "application/json"
        target = f"{request.path}?{urlencode(request.query)}" if request.query else request.path
        self.service.advance()
        answer = self.service.handle(EmulatedRequest.of(request.method, target, headers, body))
        self.executed()
        self.counts[f"{request.method} {answer.status}"] += 1
        note = f"{asyncio.get_running_loop().time():.6f} {request.method} {target} {answer.status}"
        self.trace = zlib.crc32(note.encode(), self.trace)
        return answer

    def _headers(self, answer: EmulatedResponse) -> dict[str, str]:
        date = formatdate(self.clock.now(), usegmt=True)
        named = {name.lower(): value for name, value in answer.headers}
        return {"content-type": answer.media_type, "date": date} | named

    async def close(self) -> None:
        return
