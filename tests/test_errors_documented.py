"""docs/errors.md has every code that a caller can meet, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from schema.words import ErrorCode

ROOT = Path(__file__).parent.parent
PRODUCT = ("api", "db", "domain", "integrations", "schema", "sync")
# Where a code is named: a class's, an argument's, an entry's, a refusal's or a function's answer.
PLACES = (r"code = ", r"code=", r'"code": ', r"RequestError\(\s*\d+,\s*", r"_refused\(", r"return ")
CODE = re.compile(rf'(?:{"|".join(PLACES)})"([A-Z]+(?:_[A-Z]+)*)"')


def codes_in_the_source() -> set[str]:
    files = [file for folder in PRODUCT for file in (ROOT / folder).rglob("*.py")]
    texts = [file.read_text(encoding="utf-8") for file in files]
    found = {code for text in texts for code in CODE.findall(text)}
    methods = {"GET", "POST", "PUT", "DELETE"}
    return (found | {code.value for code in ErrorCode}) - methods


def test_every_code_is_documented_and_every_documented_code_exists() -> None:
    text = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    documented = {code for row in rows for code in re.findall(r"`([A-Z_]+)`", row)}
    assert documented == codes_in_the_source()
