"""Comment bodies: plain text out of HTML, and HTML out of plain text."""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape
from html.parser import HTMLParser

_BLOCKS = frozenset(
    [
        "p",
        "div",
        "ul",
        "ol",
        "table",
        "tr",
        "pre",
        "blockquote",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "section",
    ]
)
_HIDDEN = frozenset({"script", "style"})
_SPACES = re.compile(r"[ \t\r\n\f]+")
_MANY_BREAKS = re.compile(r"\n{3,}")


class _PlainText(HTMLParser):
    """Collects what a reader sees: blocks stand apart, breaks break, an item has a bullet."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._parts: list[str] = []
        self._hidden = 0
        self._preformatted = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _HIDDEN:
            self._hidden += 1
        elif tag == "br":
            self._parts.append("\n")
        elif tag == "li":
            self._parts.append("\n* ")
        elif tag in _BLOCKS:
            self._preformatted += tag == "pre"
            self._parts.append("\n\n")
        elif tag == "img" and (alt := dict(attrs).get("alt")):
            self._parts.append(alt)

    def handle_endtag(self, tag: str) -> None:
        if tag in _HIDDEN:
            self._hidden = max(0, self._hidden - 1)
        elif tag in _BLOCKS:
            self._preformatted -= tag == "pre" and self._preformatted > 0
            self._parts.append("\n\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self._parts.append(data if self._preformatted else _SPACES.sub(" ", data))

    def text(self) -> str:
        lines = [line.strip(" ") for line in "".join(self._parts).split("\n")]
        return _MANY_BREAKS.sub("\n\n", "\n".join(lines)).strip("\n ")


@lru_cache(maxsize=4_096)
def plain_of(html: str) -> str:
    """The readable text of HTML; text without tags is only unescaped."""
    parser = _PlainText()
    parser.feed(html)
    parser.close()
    return parser.text()


def html_of(text: str) -> str:
    """What Zendesk makes of plain text: a paragraph per block, in a `zd-comment`."""
    blocks = [block for block in re.split(r"\n{2,}", text) if block.strip()]
    paragraphs = (
        '<p dir="auto">' + "\n<br>".join(map(escape, block.strip("\n").split("\n"))) + "</p>"
        for block in blocks
    )
    joined = "\n\n".join(paragraphs)
    return f'<div class="zd-comment" dir="auto">{joined}</div>'


def redacted(text: str, secret: str) -> str:
    """The text with every occurrence of `secret` blacked out."""
    return text.replace(secret, "▇" * len(secret))
