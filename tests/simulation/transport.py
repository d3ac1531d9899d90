"""A line to an emulated desk with all that can go wrong on it, in virtual time."""

from __future__ import annotations

import asyncio
import base64
import zlib
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from urllib.parse import urlencode

import orjson

from domain.errors import NoAnswerError, NotSentError
from domain.http import Request, Response
from emulator.kernel.http import Request as EmulatedRequest
from emulator.kernel.http import Response as EmulatedResponse
from emulator.kernel.service import Service


@dataclass(slots=True)
class Line:
    """Shares of requests that meet a fault; all 0 once the world has come to rest."""

    refused: float = 0.03
    lost: float = 0.015
    zombie: float = 0.02
    reply_lost: float = 0.04
    server_error: float = 0.02
    too_many: float = 0.01
    odd_body: float = 0.01

    @classmethod
    def calm(cls) -> Line:
        return cls(0, 0, 0, 0, 0, 0, 0)


@dataclass(slots=True)
class FaultyClient:
    """`domain.http.HttpClient` straight into a service."""

    service: Service
    user: str
    random: Random
    line: Line
    trace: int = 0
    counts: Counter[str] = field(default_factory=Counter)

    async def send(self, request: Request, *, timeout_seconds: float = 30.0) -> Response:
        fate = self.random.random()
        if self._falls(fate, "refused"):
            await asyncio.sleep(0.2)
            raise NotSentError("connection refused")
        fate -= self.line.refused
        if self._falls(fate, "lost"):
            await asyncio.sleep(timeout_seconds)
            raise NoAnswerError("the request was lost")
        fate -= self.line.lost
        if self._falls(fate, "zombie"):
            delay = self.random.uniform(3.0, 85.0)
            asyncio.get_running_loop().call_later(delay, self._execute, request)
            await asyncio.sleep(timeout_seconds)
            raise NoAnswerError("no answer in time")
        fate -= self.line.zombie
        await asyncio.sleep(self._latency())
        if self._falls(fate, "server_error"):
            status = self.random.choice((500, 502, 503, 504))
            if self.random.random() < 0.5:
                self._execute(request)
            return Response(status, {"content-type": "text/html"}, b"<html>Sorry</html>")
        fate -= self.line.server_error
        if self._falls(fate, "too_many"):
            headers = {"retry-after": "2", "content-type": "application/json"}
            return Response(429, headers, b'{"error":"TooManyRequests"}')
        fate -= self.line.too_many
        answer = self._execute(request)
        if self._falls(fate, "reply_lost"):
            await asyncio.sleep(self.random.uniform(0.5, timeout_seconds))
            raise NoAnswerError("the reply was lost")
        fate -= self.line.reply_lost
        await asyncio.sleep(self._latency())
        if self._falls(fate, "odd_body"):
            return Response(answer.status, _headers(answer), answer.body[: len(answer.body) // 2])
        return Response(answer.status, _headers(answer), answer.body)

    def _falls(self, fate: float, name: str) -> bool:
        share = getattr(self.line, name)
        if 0 <= fate < share:
            self.counts[name] += 1
            return True
        return False

    def _latency(self) -> float:
        slow = self.random.random() < 0.05
        return self.random.uniform(0.5, 4.0) if slow else self.random.expovariate(1 / 0.08)

    def _execute(self, request: Request) -> EmulatedResponse:
        secret = base64.b64encode(f"{self.user}:demo-token".encode()).decode()
        headers = {"Authorization": f"Basic {secret}", "Accept": "application/json"}
        headers |= dict(request.headers)
        body = b""
        if request.body is not None:
            body = orjson.dumps(request.body)
            headers["Content-Type"] = "application/json"
        target = f"{request.path}?{urlencode(request.query)}" if request.query else request.path
        self.service.advance()
        answer = self.service.handle(EmulatedRequest.of(request.method, target, headers, body))
        self.counts[f"{request.method} {answer.status}"] += 1
        note = f"{asyncio.get_running_loop().time():.6f} {request.method} {target} {answer.status}"
        self.trace = zlib.crc32(note.encode(), self.trace)
        return answer

    async def close(self) -> None:
        return


def _headers(answer: EmulatedResponse) -> dict[str, str]:
    headers = {name.lower(): value for name, value in answer.headers}
    return {"content-type": answer.media_type} | headers
