"""One HTTP request and its answer, as providers' dictionaries build and read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from domain.records import JsonValue


@dataclass(frozen=True, slots=True)
class Request:
    """A request on the desk's own host: a path, never a whole URL, so that secrets stay there."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: JsonValue = None
    headers: Mapping[str, str] = field(default_factory=dict)
    family: str = "account"
    """The rate bucket it draws from, besides the account's."""
    is_form: bool = False
    """The body is one flat object, sent as a form instead of JSON."""


@dataclass(frozen=True, slots=True)
class Response:
    """An answer that arrived whole. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


class HttpClient(Protocol):
    """Sends signed requests to one desk."""

    async def send(self, request: Request, *, timeout_seconds: float = 30.0) -> Response:
        """Raises `NotSentError` when no byte can have arrived, `NoAnswerError` when it may have."""
        ...

    async def close(self) -> None: ...
