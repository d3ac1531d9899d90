"""Real replies, where somebody has them: `RECORDED_SAMPLES` names a folder of providers' samples.

The samples themselves are not part of this repository.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path

import orjson
import pytest

from domain.errors import ForbiddenError
from domain.http import Response
from domain.observation import LanePage, Oddity
from domain.records import JsonValue, TicketCore
from domain.writes import CommentDraft, Safety, Step, StepKind
from integrations.ticketing.gorgias.messages import parse_message
from integrations.ticketing.gorgias.people import parse_custom_field, parse_customer
from integrations.ticketing.gorgias.tickets import parse_ticket
from tests.providers.gorgias.accounting import message_gaps, person_gaps, ticket_gaps
from tests.providers.gorgias.shapes import GORGIAS, WEB, Json, detail, lane

FOLDER = os.environ.get("RECORDED_SAMPLES")
needs_samples = pytest.mark.skipif(FOLDER is None, reason="RECORDED_SAMPLES is not set")


@dataclass(frozen=True)
class Exchange:
    name: str
    method: str
    path: str
    answer: JsonValue
    reply: Response

    def rows(self) -> list[Json]:
        """The reply's object, or those of its list."""
        body = self.answer if isinstance(self.answer, dict) else {}
        found = body.get("data")
        return [
            row for row in (found if isinstance(found, list) else [body]) if isinstance(row, dict)
        ]


@cache
def exchanges() -> tuple[Exchange, ...]:
    found = []
    for file in sorted(Path(FOLDER or "").glob("gorgias/recorded/*.json")):
        told = json.loads(file.read_text())
        answer, request = told["response"], told["request"]
        body = b"" if answer == "" else orjson.dumps(answer)
        reply = Response(told["status"], told["headers"], body)
        found.append(Exchange(file.name, request["method"], request["path"], answer, reply))
    return tuple(found)


def of(*words: str) -> Iterator[Exchange]:
    return (one for one in exchanges() if any(word in one.name for word in words))


def ticket_rows() -> Iterator[Json]:
    for exchange in of("list-tickets", "get-ticket", "update-ticket"):
        yield from exchange.rows()


@needs_samples
def test_every_recorded_ticket_is_read_whole() -> None:
    oddities: list[Oddity] = []
    rows = list(ticket_rows())
    for row in rows:
        seen = parse_ticket(row, oddities, web_url=WEB)
        assert ticket_gaps(row, seen) == [], row["id"]
        assert json.loads(seen.raw or b"") == row
        # What a shape does not show is not said, rather than said to be empty.
        assert (seen.comments is None) == ("messages" not in row)
        assert (seen.custom_fields is None) == ("custom_fields" not in row)
    assert oddities == []
    assert len(rows) == 5


@needs_samples
def test_a_recorded_row_and_a_recorded_detail_of_one_state_are_equal() -> None:
    by_state: dict[tuple[str, int | None], list[TicketCore]] = {}
    for row in ticket_rows():
        seen = parse_ticket(row, [], web_url=WEB)
        assert isinstance(seen.core, TicketCore)
        by_state.setdefault((seen.external_id, seen.version), []).append(seen.core)
    pairs = [cores for cores in by_state.values() if len(cores) > 1]
    assert len(pairs) == 1
    assert all(core == cores[0] for cores in pairs for core in cores)


@needs_samples
def test_every_recorded_message_is_read_whole() -> None:
    oddities: list[Oddity] = []
    embedded = [
        message
        for row in ticket_rows()
        for message in (row.get("messages") or [])  # type: ignore[union-attr]  # a list in every recording
    ]
    written = [row for exchange in of("create-message") for row in exchange.rows()]
    for message in [*embedded, *written]:
        assert isinstance(message, dict)
        assert message_gaps(message, parse_message(message, oddities)) == [], message["id"]
    assert oddities == []
    assert (len(embedded), len(written)) == (3, 1)


@needs_samples
def test_every_recorded_customer_and_everybody_a_ticket_names_is_read() -> None:
    oddities: list[Oddity] = []
    (alone,) = [row for exchange in of("get-customer") for row in exchange.rows()]
    assert person_gaps(alone, parse_customer(alone, oddities)) == []
    for exchange in of("get-ticket", "update-ticket"):
        row = exchange.rows()[0]
        page = GORGIAS.parse_ticket(exchange.reply, str(row["id"]))
        named = {person.external_id: person for person in page.people}
        customer = row["customer"]
        assert isinstance(customer, dict)
        seen = named[str(customer["id"])]
        assert (seen.email, seen.name) == (customer["email"], customer["name"])
        assert seen.is_partial
    assert oddities == []


@needs_samples
def test_the_lanes_read_every_recorded_page() -> None:
    pages: dict[str, LanePage] = {}
    names = {"list-tickets": "backfill", "list-customers": "people", "list-events": "events"}
    for word, name in names.items():
        for exchange in of(word):
            pages[name] = lane(name).parse(None, exchange.reply)
            assert pages[name].oddities == ()
    assert len(pages["backfill"].tickets) == 2
    assert not pages["people"].more
    assert pages["events"].touched == ("82752600",)
    cursor = pages["events"].cursor
    assert cursor is not None
    asked = dict(lane("events").build(cursor).query)
    assert asked["created_datetime[gte]"] == "2026-08-26T18:40:49.328729+00:00"


@needs_samples
def test_recorded_writes_are_understood() -> None:
    kinds = {"put-ticket-tags": StepKind.ADD_TAGS, "custom-fields": StepKind.CUSTOM_FIELDS}
    for word, kind in kinds.items():
        for exchange in of(word):
            assert GORGIAS.parse_step(Step(kind, Safety.REPEATABLE), exchange.reply) is None
    (update,) = of("update-ticket")
    seen = GORGIAS.parse_step(Step(StepKind.UPDATE, Safety.REPEATABLE), update.reply)
    assert seen is not None
    assert (seen.external_id, seen.version) == ("82753687", 1_787_770_051_926_621)
    (written,) = of("create-message")
    step = Step(StepKind.COMMENT, Safety.SEND_ONCE, comment=CommentDraft("x"))
    seen = GORGIAS.parse_step(step, written.reply)
    assert seen is not None
    assert seen.external_id == "82751818"
    (quota,) = of("403-quota")
    with pytest.raises(ForbiddenError, match="Messaging quota exceeded"):
        GORGIAS.parse_step(Step(StepKind.CREATE, Safety.SEND_ONCE), quota.reply)


@needs_samples
def test_a_recorded_custom_field_and_every_recorded_budget_is_read() -> None:
    (values,) = of("custom-fields")
    (value,) = values.rows()
    field = value["field"]
    assert isinstance(field, dict)
    seen = parse_custom_field(field, [])
    assert (seen.external_id, seen.key) == ("319832", "nango_test_field_action")
    told = [one.reply for one in exchanges() if "call-limit" in "".join(one.reply.headers)]
    assert len(told) > 8
    for reply in told:
        (reading,) = GORGIAS.budget_of(reply)
        assert reading.limit == 80
        assert reading.remaining is not None
        assert reading.remaining > 60


def test_the_accounting_can_fail() -> None:
    """Each way of losing a value is found, or the tests above would prove nothing."""
    row = detail(external_id="x", snooze_datetime="2026-03-05T00:00:00+00:00", summary="Late")
    seen = parse_ticket(row, [], web_url=WEB)
    core = seen.core
    assert isinstance(core, TicketCore)
    assert ticket_gaps(row, seen) == []
    assert ticket_gaps({**row, "brand_new": 1}, seen) == ["brand_new"]
    assert ticket_gaps(row, replace(seen, tags=("late",))) == ["tags"]
    assert ticket_gaps(row, replace(seen, custom_fields=None)) == ["custom_fields"]
    assert ticket_gaps(row, replace(seen, comments=None)) == ["messages"]
    losses = {"team_id": ["assignee_team", "assignee_team_id"], "requester_id": ["customer"]}
    for attribute, keys in losses.items():
        lost = partial(replace, core)(**{attribute: None})
        assert ticket_gaps(row, replace(seen, core=lost)) == keys
    for name in core.extra:
        kept = {key: value for key, value in core.extra.items() if key != name}
        assert ticket_gaps(row, replace(seen, core=replace(core, extra=kept))) != [], name
