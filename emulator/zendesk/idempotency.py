"""Replies kept under an `Idempotency-Key`, so that a create that is sent again happens once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from emulator.kernel.http import Response
from emulator.zendesk import errors

KEPT_SECONDS = 7_200
MAX_KEY = 255


@dataclass(frozen=True, slots=True)
class _Kept:
    body: bytes
    answer: Response
    at: float


class Replays:
    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    def find(self, key: str, body: bytes) -> Response | None:
        """The first reply under this key; raises `Refused` (400) if it answered another body."""
        if len(key) > MAX_KEY or not key:
            raise errors.named(
                400,
                "IdempotentRequestError",
                f"Idempotency key must have 1 to {MAX_KEY} characters",
            )
        while self._kept and next(iter(self._kept.values())).at <= self._now() - KEPT_SECONDS:
            self._kept.popitem(last=False)
        kept = self._kept.get(key)
        if kept is None:
            return None
        if kept.body != body:
            why = "Request parameters don't match the given idempotency key"
            raise errors.named(400, "IdempotentRequestError", why)
        return kept.answer

    def keep(self, key: str, body: bytes, answer: Response) -> None:
        self._kept[key] = _Kept(body, answer, self._now())
