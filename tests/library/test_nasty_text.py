"""Any text comes back as it was written, or is refused with a reason; nothing in between."""

from __future__ import annotations

import json
import os
from pathlib import Path

import orjson
import pytest

from domain.errors import InvalidInputError, ProviderError
from domain.text import is_storable
from emulator.kernel.service import Behaviour
from integrations.ticketing import TicketingSystem
from tests.providers.emulated import emulated

OURS = (
    "a\x00b",
    "lone \ud83d surrogate",
    " \t\n",
    "\u200b",
    "  spaces around  ",
    "line\nbreak\r\nand\ttab",
    "<script>alert(1)</script> &amp; {{ticket.id}} ${x} %s",
    '{"error": "RecordNotFound"}',
    "退款 रिफंड مرحبا \u202eright to left\u202c",
    "e\u0301 \u00e9 \u1e9e \ufb01",
    "👩‍👩‍👧‍👦 🏳️‍🌈 \U0001f1e9\U0001f1ea",
    "\x01\x08\x1b[31m\x7f\x85\ufeff\ufffe\uffff\U0010ffff",
    "'; DROP TABLE ticket; --",
    "x" * 60_000,
)
HUGE = "y" * 300_000
LONGEST = 65_535
"""Characters that a Zendesk comment may have."""


async def trip(system: TicketingSystem, text: str) -> str | None:
    """A sentence about what went wrong, None when nothing did."""
    may_be_refused = not text.strip() or not is_storable(text)
    try:
        created = await system.create_ticket({"subject": "Nasty", "description": text})
        await system.add_comment(created["id"], text)
    except InvalidInputError as error:
        return None if may_be_refused else f"refused: {error}"
    except ProviderError as error:
        is_told = 400 <= error.status < 500 and error.hint is not None
        return None if is_told and len(text) > LONGEST else f"failed: {error}"
    thread = await system.get_ticket_with_comments(created["id"])
    told = [thread["description"], *(comment["body"] for comment in thread["comments"])]
    return None if told == [text] * 3 else f"changed to {told!r}"


async def trip_of_subject(system: TicketingSystem, text: str) -> str | None:
    may_be_refused = not text.strip() or not is_storable(text) or len(text) > 255
    try:
        created = await system.create_ticket({"subject": text, "description": "Nasty"})
    except (InvalidInputError, ProviderError) as error:
        return None if may_be_refused and error.hint else f"refused: {error}"
    subject = (await system.get_ticket(created["id"]))["subject"]
    return None if subject == text else f"changed to {subject!r}"


@pytest.mark.parametrize("name", ["zendesk", "gorgias"])
async def test_our_own_collection(name: str) -> None:
    async with emulated(name, behaviour=Behaviour(limits_on=False)) as desk:
        flaws = {
            text[:60]: flaw
            for text in (*OURS, HUGE)
            for flaw in (await trip(desk.system, text), await trip_of_subject(desk.system, text))
            if flaw is not None
        }
    assert flaws == {}


@pytest.mark.skipif("SUPPORT_DATA" not in os.environ, reason="needs the folder of nasty strings")
@pytest.mark.parametrize("name", ["zendesk", "gorgias"])
async def test_the_big_lists_of_naughty_strings(name: str) -> None:
    folder = Path(os.environ["SUPPORT_DATA"])
    texts = [
        *orjson.loads((folder / "blns.json").read_bytes()),
        *(row["text"] for row in _loads(folder / "nasty_extra.json")),
    ]
    async with emulated(name, behaviour=Behaviour(limits_on=False)) as desk:
        flaws = {
            text[:60]: flaw for text in texts if (flaw := await trip(desk.system, text)) is not None
        }
    assert flaws == {}


def _loads(path: Path) -> list[dict[str, str]]:
    """By the standard library: the file holds lone surrogates."""
    rows: list[dict[str, str]] = json.loads(path.read_text(encoding="utf-8"))
    return rows
