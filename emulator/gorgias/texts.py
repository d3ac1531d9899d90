"""Plain text from HTML, and what a mail client would call the new part of a reply."""

from __future__ import annotations

import re
from functools import lru_cache
from html import unescape

# No pattern here may look further than the next "<": a hostile body must not cost quadratic time.
_UNSEEN = re.compile(r"<(script|style)\b[^<>]*>[^<]*</\1\s*>", re.IGNORECASE)
_BREAK = re.compile(
    r"<br\b[^<>]*>|</(?:p|div|li|tr|h[1-6]|pre|blockquote|ul|ol|table)\s*>", re.IGNORECASE
)
_TAG = re.compile(r"<[/!]?[a-zA-Z-][^<>]*>")
_BLANK_LINES = re.compile(r"\n{3,}")
_QUOTE_HEADER = re.compile(r"^On .{1,200} wrote:\s*$", re.MULTILINE)
EXCERPT_LENGTH = 200


@lru_cache(maxsize=32_768)
def text_of(html: str) -> str:
    """The text a reader sees."""
    seen = _TAG.sub("", _BREAK.sub("\n", _UNSEEN.sub("", html)))
    lines = [line.strip(" \t\r") for line in unescape(seen).split("\n")]
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip("\n")


def excerpt_of(text: str | None) -> str | None:
    return None if text is None else text[:EXCERPT_LENGTH]


def stripped_of(text: str) -> str:
    """Without the quoted mail below a reply."""
    header = _QUOTE_HEADER.search(text)
    own = text[: header.start()] if header else text
    return "\n".join(line for line in own.split("\n") if not line.startswith(">")).strip()
