"""Whatever a reply holds, a parser answers with records, oddities, or a typed error."""

from __future__ import annotations

import json
from contextlib import suppress

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import InvalidInputError, ProviderError, UnsupportedError
from domain.http import Response
from domain.observation import Cursor, LanePage
from domain.records import JsonValue, TicketCore
from domain.text import is_storable
from domain.words import Status, Visibility
from domain.writes import CommentDraft, Safety, Step, StepKind
from integrations.ticketing.dictionary import Window
from tests.providers.damage import SCALARS, VALUES, damaged
from tests.providers.gorgias.shapes import (
    GORGIAS,
    Json,
    answer,
    custom_field,
    customer,
    detail,
    event,
    lane,
    listed,
    listing,
    message,
    reply,
    row,
    user,
)

ROWS = st.one_of(
    damaged(row()),
    damaged(listed(message())),
    damaged(event(1, "08:00:01")),
    damaged(customer()),
    damaged(user()),
    damaged(custom_field()),
    VALUES,
)
METAS = st.one_of(VALUES, st.fixed_dictionaries({"next_cursor": st.one_of(SCALARS, st.just("p2"))}))
LISTS = st.fixed_dictionaries({"data": st.lists(ROWS, max_size=4), "meta": METAS, "error": VALUES})
MESSAGES = st.lists(st.one_of(damaged(message()), damaged(answer()), VALUES), max_size=3)
DETAILS = st.one_of(
    damaged(detail()),
    MESSAGES.map(lambda messages: detail(messages=messages)),
    damaged(listed(answer())),
)
CURSORS: tuple[Cursor | None, ...] = (
    None,
    {"resource": "teams", "after": "p1", "watermark": 5, "next": 7},
    {"resource": "custom-fields", "from": 1, "newest": 5, "seen": {"1": 4}, "after": "p1"},
    {"resource": 5, "after": [], "watermark": "x", "from": "y", "newest": {}, "seen": [1]},
)
REPLY = CommentDraft("x", Visibility.PUBLIC)
STEPS = [Step(kind, Safety.SEND_ONCE, comment=REPLY) for kind in StepKind]


def check(page: LanePage) -> None:
    """What every page promises, whatever it was made of."""
    for seen in page.tickets:
        assert is_storable(repr((seen.tags, seen.core)).replace("\\x00", "\x00"))
        orjson.dumps(dict(seen.custom_fields or {}))
    for oddity in page.oddities:
        assert oddity.external_id is None or oddity.external_id.isdigit()


def parse_everything(response: Response) -> None:
    for one in GORGIAS.lanes(Window()):
        for cursor in CURSORS:
            with suppress(ProviderError):
                page = one.parse(cursor, response)
                check(page)
                one.build(json.loads(json.dumps(dict(page.cursor or {}))))
    for parse in (GORGIAS.parse_ticket, lambda r, i: GORGIAS.parse_tickets(r, [i])):
        with suppress(ProviderError):
            check(parse(response, "41"))
    with suppress(ProviderError):
        GORGIAS.parse_identity(response)
    for step in STEPS:
        with suppress(ProviderError):
            GORGIAS.parse_step(step, response)
        with suppress(ProviderError):
            GORGIAS.parse_find(step, response, ticket_id="41", operation_id="op")
        with suppress(InvalidInputError, UnsupportedError):
            GORGIAS.build_step(
                step, ticket_id="41", operation_id="op", stamp=None, ticket_raw=response.body
            )
    GORGIAS.budget_of(response)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.one_of(LISTS, DETAILS), st.sampled_from([200, 201, 301, 400, 403, 404, 409, 429, 503]))
def test_damaged_rows_are_records_oddities_or_typed_errors(document: Json, status: int) -> None:
    headers = {"date": "Sun, 01 Mar 2026 08:31:00 GMT", "location": "/api/tickets/9/"}
    parse_everything(Response(status, headers, json.dumps(document).encode()))


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.one_of(st.binary(max_size=60), VALUES.map(lambda value: json.dumps(value).encode())))
def test_any_bytes_are_a_typed_error_or_nothing(body: bytes) -> None:
    parse_everything(Response(200, {}, body))
    word = body.decode("latin-1")
    headers = dict.fromkeys(("retry-after", "date", "location"), word)
    parse_everything(Response(301, {**headers, "x-gorgias-account-api-call-limit": word}, body))


@settings(max_examples=200, deadline=None, derandomize=True)
@given(damaged(row(41)))
def test_a_damaged_row_costs_no_other(bad: Json) -> None:
    body = json.dumps(listing(row(40), bad, row(42))).encode()
    page = lane("backfill").parse(None, Response(200, {}, body))
    ids = [seen.external_id for seen in page.tickets]
    assert (ids[0], ids[-1]) == ("40", "42")
    assert len(ids) == 3 or page.oddities


@settings(max_examples=200, deadline=None, derandomize=True)
@given(damaged(answer(902)))
def test_a_damaged_message_costs_no_other_and_stays_itself(bad: Json) -> None:
    shape = detail(messages=[message(901), bad, answer(903)])
    page = GORGIAS.parse_ticket(Response(200, {}, json.dumps(shape).encode()), "41")
    (seen,) = page.tickets
    assert seen.comments is not None
    ids = [comment.external_id for comment in seen.comments.comments]
    assert (ids[0], ids[-1]) == ("901", "903")
    if bad.get("id") == 902 and bad.get("deleted_datetime") is None:
        assert "902" in ids


@pytest.mark.parametrize("word", [*GORGIAS.vocabulary.status_of, "snoozed", "Open", "", "\x00"])
def test_every_status_word_ends_in_a_status(word: JsonValue) -> None:
    page = GORGIAS.parse_tickets(reply(listing(row(status=word))), ["41"])
    (seen,) = page.tickets
    assert isinstance(seen.core, TicketCore)
    assert seen.core.status in Status
