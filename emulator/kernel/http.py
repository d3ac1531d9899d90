"""Requests, responses and routing without a socket, for uvicorn and simulations alike."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, unquote

import orjson

Json = dict[str, "JsonValue"] | list["JsonValue"]
JsonValue = str | int | float | bool | None | Json
Handler = Callable[["Request"], "Response"]


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request. `path` is decoded and carries no query; header names are lower case."""

    method: str
    path: str
    query: Sequence[tuple[str, str]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    path_values: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls, method: str, target: str, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> Request:
        """From a raw target such as `/api/v2/tickets.json?page%5Bsize%5D=2`."""
        path, _, query = target.partition("?")
        lowered = {name.lower(): value for name, value in (headers or {}).items()}
        pairs = tuple(parse_qsl(query, keep_blank_values=True))
        return cls(method.upper(), unquote(path), pairs, lowered, body)

    def first(self, name: str) -> str | None:
        """The first value of a query parameter."""
        return next((value for key, value in self.query if key == name), None)

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.query if key == name]

    def json(self) -> JsonValue:
        """The decoded body; raises `ValueError` when it is no JSON."""
        parsed: JsonValue = orjson.loads(self.body)
        return parsed

    def int_value(self, name: str) -> int:
        return int(self.path_values[name])


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP answer. A header may repeat, so headers are pairs."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    media_type: str = "application/json; charset=utf-8"

    @classmethod
    def of_json(
        cls, value: object, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> Response:
        return cls(status, orjson.dumps(value), tuple((headers or {}).items()))

    @classmethod
    def of_text(
        cls, text: str, status: int, media_type: str = "text/plain; charset=utf-8"
    ) -> Response:
        return cls(status, text.encode(), media_type=media_type)

    def with_headers(self, headers: Mapping[str, str]) -> Response:
        return replace(self, headers=(*self.headers, *headers.items()))


class Router:
    """Maps (method, path pattern) to a handler. `/tickets/{id:int}` matches digits only."""

    def __init__(self) -> None:
        self._routes: list[tuple[str, re.Pattern[str], Handler]] = []

    def add(self, method: str, pattern: str, handler: Handler) -> None:
        self._routes.append((method, _compiled(pattern), handler))

    def find(self, request: Request) -> tuple[Handler, Request] | None:
        """The handler and the request with its path values; None when no route matches."""
        for method, pattern, handler in self._routes:
            if method == request.method and (match := pattern.fullmatch(request.path)):
                return handler, replace(request, path_values=match.groupdict())
        return None

    def methods(self, path: str) -> list[str]:
        """The methods that some route allows on this path: empty for an unknown path."""
        return sorted({method for method, pattern, _ in self._routes if pattern.fullmatch(path)})


def _compiled(pattern: str) -> re.Pattern[str]:
    kinds = {"int": r"\d+", "str": r"[^/]+", "": r"[^/]+"}

    def group(match: re.Match[str]) -> str:
        return f"(?P<{match['name']}>{kinds[match['kind'] or '']})"

    parts = re.split(r"(\{[^}]*\})", pattern)
    field_pattern = re.compile(r"\{(?P<name>\w+)(?::(?P<kind>\w+))?\}")
    return re.compile(
        "".join(
            field_pattern.sub(group, part) if part[:1] == "{" else re.escape(part) for part in parts
        )
    )
