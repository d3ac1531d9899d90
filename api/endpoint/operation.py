"""The parameters of one operation, from a body, a query string or a WebSocket message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson

from api.endpoint.errors import RequestError
from domain.records import JsonValue


@dataclass(frozen=True, slots=True)
class Operation:
    """What the caller wants executed. `name` is null where the document has only one."""

    text: str
    variables: Mapping[str, JsonValue] = field(default_factory=dict)
    name: str | None = None
    extensions: Mapping[str, JsonValue] = field(default_factory=dict)


def decode(body: bytes | str) -> JsonValue:
    """Raises `RequestError` for what is not JSON, for nesting bombs and for unpaired surrogates."""
    try:
        decoded: JsonValue = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise bad_request(
            "The body is not valid JSON in UTF-8",
            hint="Half a character is none either: \\ud83d needs its other half",
        ) from None
    return decoded


def operation_of_json(decoded: JsonValue) -> Operation:
    """Raises `RequestError` for anything but one operation: batches are not taken."""
    if isinstance(decoded, list):
        raise bad_request("Batches are not supported", hint="Send one operation a request")
    if not isinstance(decoded, dict):
        raise bad_request("The body must be a JSON object with a query")
    return Operation(
        text=_query(decoded),
        variables=_map(decoded, "variables"),
        name=_name(decoded),
        extensions=_map(decoded, "extensions"),
    )


def operation_of_query(parameters: Mapping[str, str]) -> Operation:
    """From a GET's query string, where `variables` and `extensions` are JSON texts."""
    decoded: dict[str, JsonValue] = dict(parameters)
    for name in ("variables", "extensions"):
        if text := parameters.get(name):
            decoded[name] = decode(text)
        else:
            decoded.pop(name, None)
    return operation_of_json(decoded)


def bad_request(message: str, *, hint: str | None = None) -> RequestError:
    return RequestError(400, "BAD_REQUEST", message, hint=hint)


def _query(decoded: Mapping[str, JsonValue]) -> str:
    """Empty where a trusted document's hash stands for it; `trusted.py` fills it in."""
    match decoded.get("query"):
        case str() as text:
            return text
        case None if decoded.get("extensions"):
            return ""
        case None:
            raise bad_request("The query is missing", hint="Send it as the parameter `query`")
    raise bad_request("`query` must be a string")


def _name(decoded: Mapping[str, JsonValue]) -> str | None:
    match decoded.get("operationName"):
        case None | "":
            return None
        case str() as name:
            return name
    raise bad_request("`operationName` must be a string")


def _map(decoded: Mapping[str, JsonValue], name: str) -> Mapping[str, JsonValue]:
    match decoded.get(name):
        case None:
            return {}
        case dict() as found:
            return found
    raise bad_request(f"`{name}` must be an object")
