"""From the bytes of a reply to its rows. One bad row or byte never costs the page."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import orjson

from domain.errors import ProviderUnavailableError
from domain.http import Response
from domain.observation import Oddity
from domain.records import JsonValue
from integrations.ticketing.zendesk.fields import MalformedRowError, Row, clean

Record = TypeVar("Record")


@dataclass(slots=True)
class Document:
    """A decoded reply, and what was odd about it so far."""

    body: Row
    oddities: list[Oddity] = field(default_factory=list)

    def rows(self, key: str) -> Sequence[JsonValue]:
        """A list that the reply must have: its absence is no empty page."""
        value = self.body.get(key)
        if not isinstance(value, list):
            raise ProviderUnavailableError(
                f"Zendesk's answer has no list of {key.replace('_', ' ')}", status=200
            )
        return value

    def row(self, key: str) -> Row:
        value = self.body.get(key)
        if not isinstance(value, dict):
            raise ProviderUnavailableError(f"Zendesk's answer has no {key}", status=200)
        return value

    def side_rows(self, key: str) -> Sequence[JsonValue]:
        """A sideloaded list: not every reply has it."""
        value = self.body.get(key)
        return value if isinstance(value, list) else ()


def decode(response: Response) -> Document:
    """Raises `ProviderUnavailableError` for HTML, a cut body and anything else that is no object.

    Bytes that are no UTF-8 and unpaired surrogates become U+FFFD, and the document says so.
    """
    oddities: list[Oddity] = []
    try:
        body: JsonValue = orjson.loads(response.body)
    except orjson.JSONDecodeError:
        body = _decode_leniently(response, oddities)
    if not isinstance(body, dict):
        raise _no_json(response)
    return Document(body, oddities)


def _decode_leniently(response: Response, oddities: list[Oddity]) -> JsonValue:
    try:
        text = response.body.decode("utf-8")
    except UnicodeDecodeError as error:
        text = response.body.decode("utf-8", "replace")
        oddities.append(
            Oddity("invalid_utf8", f"A reply holds a byte that is no UTF-8: {error.reason}")
        )
    try:
        body: JsonValue = json.loads(text, parse_constant=_refuse_constant)
        return clean(body)
    except (ValueError, RecursionError):
        raise _no_json(response) from None


def _refuse_constant(word: str) -> JsonValue:
    raise ValueError(f"{word} is no JSON")


def _no_json(response: Response) -> ProviderUnavailableError:
    return ProviderUnavailableError(
        f"Zendesk answered {response.status} with something that is no JSON object",
        status=response.status,
        hint="A maintenance page, a proxy or a cut answer: we try again",
    )


def parse_rows(
    document: Document,
    rows: Sequence[JsonValue],
    parse: Callable[[Row, list[Oddity]], Record],
    *,
    kind: str,
) -> list[Record]:
    """Every row that can be read; each of the others becomes an oddity with its JSON."""
    records: list[Record] = []
    for row in rows:
        try:
            if not isinstance(row, dict):
                raise MalformedRowError(f"a {kind} cannot be {type(row).__name__}")
            records.append(parse(row, document.oddities))
        except MalformedRowError as error:
            document.oddities.append(
                Oddity(
                    "malformed_row",
                    f"A {kind} could not be read: {error}",
                    external_id=row_id(row),
                    raw=raw_json(row),
                )
            )
    return records


def row_id(row: JsonValue) -> str | None:
    """The id of a row that may be malformed in any other way."""
    value = row.get("id") if isinstance(row, dict) else None
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    return str(value) if str(value).isdigit() else None


def raw_json(row: JsonValue | Row) -> bytes:
    """The row's JSON. Its bytes are made again: the order of keys and all values are the same."""
    try:
        return orjson.dumps(row)
    except TypeError:
        # An integer beyond 64 bits, which only the standard library's decoder lets through.
        return json.dumps(row).encode()
