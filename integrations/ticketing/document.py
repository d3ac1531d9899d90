"""From the bytes of a reply to its rows. One bad row or byte never costs the page."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

import orjson

from domain.errors import ProviderUnavailableError
from domain.http import Response
from domain.observation import Oddity
from domain.records import JsonValue
from domain.text import storable
from integrations.ticketing.fields import MalformedRowError, Row, clean

Record = TypeVar("Record")
# How Python's decoder carries a byte that is no UTF-8 through a text.
_ESCAPED_BYTE: Final = re.compile("[\udc80-\udcff]")


@dataclass(slots=True)
class Document:
    """A decoded reply of `provider`, and what was odd about it so far."""

    body: Row
    provider: str
    oddities: list[Oddity] = field(default_factory=list)
    is_clean: bool = True
    """False: its bytes were no UTF-8, or hold what only a lenient decoder reads."""

    def rows(self, key: str) -> Sequence[JsonValue]:
        """A list that the reply must have: its absence is no empty page."""
        value = self.body.get(key)
        if not isinstance(value, list):
            raise ProviderUnavailableError(
                f"{self.provider}'s answer has no list of {key.replace('_', ' ')}", status=200
            )
        return value

    def row(self, key: str) -> Row:
        value = self.body.get(key)
        if not isinstance(value, dict):
            raise ProviderUnavailableError(f"{self.provider}'s answer has no {key}", status=200)
        return value

    def side_rows(self, key: str) -> Sequence[JsonValue]:
        """A sideloaded list: not every reply has it."""
        value = self.body.get(key)
        return value if isinstance(value, list) else ()


def decode(response: Response, *, provider: str) -> Document:
    """Raises `ProviderUnavailableError` for HTML, a cut body and anything else that is no object.

    Bytes that are no UTF-8 and unpaired surrogates become U+FFFD once a row is read; the row says
    so as an oddity that keeps the bytes.
    """
    is_clean = True
    try:
        body: JsonValue = orjson.loads(response.body)
    except orjson.JSONDecodeError:
        is_clean = False
        body = _decode_leniently(response, provider)
    if not isinstance(body, dict):
        raise _no_json(response, provider)
    return Document(body, provider, is_clean=is_clean)


def _decode_leniently(response: Response, provider: str) -> JsonValue:
    try:
        text = response.body.decode("utf-8", "surrogateescape")
        body: JsonValue = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise _no_json(response, provider) from None
    return body


def _refuse_constant(word: str) -> JsonValue:
    raise ValueError(f"{word} is no JSON")


def _no_json(response: Response, provider: str) -> ProviderUnavailableError:
    return ProviderUnavailableError(
        f"{provider} answered {response.status} with something that is no JSON object",
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
            records.append(parse(readable(document, row, kind=kind), document.oddities))
        except MalformedRowError as error:
            document.oddities.append(malformed(row, error, kind=kind))
    return records


def readable(document: Document, row: dict[str, JsonValue], *, kind: str) -> Row:
    """The row with U+FFFD for what is no text; its own bytes are kept in an oddity."""
    if document.is_clean:
        return row
    cleaned = {storable(key): clean(value) for key, value in row.items()}
    written = json.dumps(row, ensure_ascii=False)
    if _ESCAPED_BYTE.search(written):
        said = f"A {kind} holds bytes that are no UTF-8"
        document.oddities.append(Oddity("invalid_utf8", said, row_id(row), _bytes_of(written)))
    return cleaned


def _bytes_of(written: str) -> bytes:
    """As they came; an unpaired surrogate that the JSON itself spelled out has none."""
    try:
        return written.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return written.encode("utf-8", "backslashreplace")


def malformed(row: JsonValue, error: MalformedRowError, *, kind: str) -> Oddity:
    said = f"A {kind} could not be read: {error}"
    return Oddity("malformed_row", said, external_id=row_id(row), raw=raw_json(row))


def row_id(row: JsonValue | Row) -> str | None:
    """The id of a row that may be malformed in any other way."""
    value = row.get("id") if isinstance(row, dict) else None
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    return str(value) if str(value).isascii() and str(value).isdigit() else None


def raw_json(row: JsonValue | Row) -> bytes:
    """The row's JSON. Its bytes are made again: the order of keys and all values are the same."""
    try:
        return orjson.dumps(row)
    except TypeError:
        return _raw_leniently(row)


def _raw_leniently(row: JsonValue | Row) -> bytes:
    """An integer beyond 64 bits, an unpaired surrogate, a deep nest: the library's own writer."""
    try:
        return json.dumps(row).encode()
    except RecursionError:
        return b""
