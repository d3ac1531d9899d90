"""Real replies, where somebody has them: `RECORDED_SAMPLES` names a folder of providers' samples.

The samples themselves are not part of this repository.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from domain.errors import ProviderError
from domain.http import Response
from domain.observation import Oddity
from domain.records import TicketCore
from integrations.ticketing.zendesk.comments import parse_audit_comments, parse_listed_comment
from integrations.ticketing.zendesk.people import parse_organization, parse_user
from integrations.ticketing.zendesk.tickets import parse_ticket
from tests.providers.zendesk.accounting import (
    comment_gaps,
    organization_gaps,
    person_gaps,
    ticket_gaps,
)
from tests.providers.zendesk.shapes import WEB, ZENDESK, Json, lane, ticket

FOLDER = os.environ.get("RECORDED_SAMPLES")
needs_samples = pytest.mark.skipif(FOLDER is None, reason="RECORDED_SAMPLES is not set")


@cache
def exchanges() -> tuple[tuple[str, str, Response], ...]:
    """(method, path, reply) of every recorded exchange."""
    found = []
    for file in sorted(Path(FOLDER or "").glob("zendesk/recorded/*/*.json")):
        for exchange in json.loads(file.read_text())["http_interactions"]:
            request, told = exchange["request"], exchange["response"]
            headers = {
                name.lower(): value[0] if isinstance(value, list) else value
                for name, value in told["headers"].items()
            }
            reply = Response(told["status"], headers, (told["body"] or "").encode())
            found.append((request["method"], urlsplit(request["uri"]).path, reply))
    return tuple(found)


def rows(many: str, one: str) -> Iterator[Json]:
    """Every row of a kind, in lists, alone, and among search results."""
    for _, _, reply in exchanges():
        try:
            body = json.loads(reply.body)
        except ValueError:
            continue
        if not isinstance(body, dict) or not reply.is_success:
            continue
        lists = [body.get(many), [body.get(one)], body.get("results")]
        members = [row for rows in lists if isinstance(rows, list) for row in rows]
        for row in members:
            if isinstance(row, dict) and "id" in row and row.get("result_type", one) == one:
                yield row


@needs_samples
def test_every_recorded_ticket_is_read_whole() -> None:
    oddities: list[Oddity] = []
    read = gone = 0
    for row in rows("tickets", "ticket"):
        seen = parse_ticket(row, oddities, web_url=WEB)
        assert ticket_gaps(row, seen) == [], row
        assert seen.raw is not None
        assert json.loads(seen.raw) == row
        read += 1
        gone += not isinstance(seen.core, TicketCore)
    assert oddities == []
    assert read > 4_000
    assert gone > 1_000


@needs_samples
def test_every_recorded_comment_is_read_whole() -> None:
    oddities: list[Oddity] = []
    listed = [*rows("comments", "comment")]
    for row in listed:
        seen = parse_listed_comment(row, oddities, ticket_id="1")
        assert comment_gaps(row, seen) == [], row
    told = 0
    for audit in rows("audits", "audit"):
        events = audit["events"]
        assert isinstance(events, list)
        wanted = [row for row in events if isinstance(row, dict) and row["type"] == "Comment"]
        found = parse_audit_comments(audit)
        assert len(found) == len(wanted)
        for row, seen in zip(wanted, found, strict=True):
            assert comment_gaps(row, seen) == [], row
        told += len(found)
    assert oddities == []
    assert listed
    assert told > 100


@needs_samples
def test_every_recorded_person_and_organization_is_read_whole() -> None:
    oddities: list[Oddity] = []
    people = organizations = 0
    for row in rows("users", "user"):
        assert person_gaps(row, parse_user(row, oddities)) == [], row
        people += 1
    for row in rows("organizations", "organization"):
        assert organization_gaps(row, parse_organization(row, oddities)) == [], row
        organizations += 1
    assert oddities == []
    assert people > 2_000
    assert organizations > 500


@needs_samples
def test_the_lanes_read_every_recorded_page_and_every_cursor_moves_on() -> None:
    names = {
        "/api/v2/tickets": "backfill",
        "/api/v2/incremental/tickets/cursor": "export",
        "/api/v2/groups": "reference",
    }
    pages = dict.fromkeys(names.values(), 0)
    for method, path, reply in exchanges():
        name = names.get(path.removesuffix(".json"))
        if method != "GET" or name is None or b"after_cursor" not in reply.body:
            continue
        page = lane(name).parse(None, reply)
        assert page.oddities == ()
        assert page.cursor is not None
        body = json.loads(reply.body)
        goes_on = body["meta"]["has_more"] if "meta" in body else not body["end_of_stream"]
        assert page.more == (goes_on or name == "reference")
        pages[name] += 1
    assert min(pages.values()) > 5, pages


@needs_samples
def test_every_recorded_budget_and_refusal_is_understood() -> None:
    readings = refusals = 0
    for _, _, reply in exchanges():
        for reading in ZENDESK.budget_of(reply):
            assert reading.limit is not None
            assert reading.remaining is not None
            readings += 1
        error = ZENDESK.error_of(reply, doing="try")
        assert (error is None) == reply.is_success
        if error is not None:
            assert isinstance(error, ProviderError)
            refusals += 1
            assert error.native_code or error.hint
    assert readings > 500
    assert refusals > 10


def test_the_accounting_can_fail() -> None:
    """Each way of losing a value is found, or the tests above would prove nothing."""
    row = ticket(external_id="x", type="task", due_at="2026-03-02T00:00:00Z")
    seen = parse_ticket(row, [], web_url=WEB)
    core = seen.core
    assert isinstance(core, TicketCore)
    assert ticket_gaps(row, seen) == []
    assert ticket_gaps({**row, "brand_new": 1}, seen) == ["brand_new"]
    assert ticket_gaps(row, replace(seen, tags=("late",))) == ["tags"]
    assert ticket_gaps(row, replace(seen, custom_fields={})) == ["custom_fields"]
    losses = {"description": "description", "team_id": "group_id", "due_at": "due_at"}
    for attribute, key in losses.items():
        lost = partial(replace, core)(**{attribute: None})
        assert ticket_gaps(row, replace(seen, core=lost)) == [key]
    for name in core.extra:
        kept = {key: value for key, value in core.extra.items() if key != name}
        assert ticket_gaps(row, replace(seen, core=replace(core, extra=kept))) != [], name
