"""Which of our formats an `Accept` header prefers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Format(StrEnum):
    """The media types that the endpoint answers with."""

    RESPONSE = "application/graphql-response+json"
    JSON = "application/json"
    EVENTS = "text/event-stream"
    MULTIPART = "multipart/mixed"

    @property
    def is_stream(self) -> bool:
        return self in (Format.EVENTS, Format.MULTIPART)


_ANY: Final = frozenset({"*/*", "application/*"})
_RANGES: Final = re.compile(r'(?:"(?:\\.|[^"\\])*"|[^,"])+')
_PARAMETERS: Final = re.compile(r'(?:"(?:\\.|[^"\\])*"|[^;"])+')


@dataclass(frozen=True, slots=True)
class _Range:
    media_type: str
    parameters: dict[str, str]
    quality: float


def choose_format(accept: str | None) -> Format | None:
    """None: nothing that we have is acceptable. Without the header: `application/json`."""
    if accept is None or not accept.strip():
        return Format.JSON
    ranges = [_range(text) for text in _RANGES.findall(accept) if text.strip()]
    refused = {found.media_type for found in ranges if found.quality == 0}
    wanted = sorted((found for found in ranges if found.quality > 0), key=lambda r: -r.quality)
    for position, found in enumerate(wanted):
        chosen = _format_of(found, refused)
        # A stream only for those who want it most: others list the types their library can read,
        # and would get a stream for every query.
        if chosen is not None and (position == 0 or not chosen.is_stream):
            return chosen
    return None


def _range(text: str) -> _Range:
    media_type, *pairs = _PARAMETERS.findall(text)
    parameters = {}
    for pair in pairs:
        name, _, value = pair.partition("=")
        parameters[name.strip().lower()] = value.strip().strip('"')
    return _Range(media_type.strip().lower(), parameters, _quality(parameters.pop("q", "1")))


def _quality(text: str) -> float:
    try:
        return min(max(float(text), 0.0), 1.0)
    except ValueError:
        return 1.0


def _format_of(found: _Range, refused: set[str]) -> Format | None:
    if found.parameters.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
        return None
    if found.media_type in _ANY:
        return next((f for f in (Format.JSON, Format.RESPONSE) if f.value not in refused), None)
    if found.media_type == Format.MULTIPART:
        is_ours = found.parameters.get("subscriptionspec", "").startswith("1.")
        return Format.MULTIPART if is_ours else None
    return next((known for known in Format if known.value == found.media_type), None)
