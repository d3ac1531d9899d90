"""Text at the edges: what a database or JSON cannot carry is replaced visibly or refused."""

from __future__ import annotations

import re

from domain.errors import InvalidInputError

# PostgreSQL's text rejects NUL, and a lone surrogate has no UTF-8 form: neither can be kept.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def storable(text: str) -> str:
    """Provider text as we keep it: characters that no database can hold become U+FFFD."""
    return _UNSTORABLE.sub(REPLACEMENT, text)


def is_storable(text: str) -> bool:
    return _UNSTORABLE.search(text) is None


def require_storable(text: str, *path: str) -> str:
    """A user's text, unchanged; raises `InvalidInputError` for NUL and lone surrogates."""
    if found := _UNSTORABLE.search(text):
        raise InvalidInputError(
            f"The text holds U+{ord(found[0]):04X} at position {found.start()}",
            hint="Remove NUL characters and unpaired surrogates: no help desk can store them.",
            path=path,
        )
    return text
