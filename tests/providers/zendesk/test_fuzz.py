"""Whatever a reply holds, a parser answers with records, oddities, or a typed error."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import ProviderError
from domain.http import Response
from domain.text import is_storable
from domain.words import Status
from domain.writes import Safety, Step, StepKind
from integrations.ticketing.dictionary import Window
from tests.providers.damage import SCALARS, VALUES, damaged
from tests.providers.zendesk.shapes import (
    ZENDESK,
    Json,
    audit,
    audit_comment,
    comment,
    ticket,
    user,
)

EVENT: Json = {"id": 1, "ticket_id": 41, "child_events": [{**comment(), "event_type": "Comment"}]}
FIELD: Json = {"id": 1, "type": "tagger", "title": "T", "custom_field_options": [{"value": "a"}]}
DOCUMENTS = st.fixed_dictionaries(
    {
        "tickets": st.lists(damaged(ticket()), max_size=2),
        "users": st.lists(damaged(user()), max_size=2),
        "comments": st.lists(damaged(comment()), max_size=2),
        "audits": st.lists(damaged(audit(1, audit_comment())), max_size=2),
        "ticket_events": st.lists(damaged(EVENT), max_size=2),
        "organizations": st.lists(damaged({"id": 1, "name": "A", "deleted_at": None}), max_size=2),
        "groups": st.lists(damaged({"id": 1, "name": "G", "deleted": False}), max_size=2),
        "ticket_fields": st.lists(damaged(FIELD), max_size=2),
        "ticket": damaged(ticket()),
        "user": damaged(user()),
        "audit": damaged(audit(1, audit_comment())),
        "meta": st.one_of(VALUES, st.just({"has_more": True, "after_cursor": "p2"})),
        "after_cursor": SCALARS,
        "end_of_stream": SCALARS,
        "end_time": SCALARS,
        "error": VALUES,
        "errors": VALUES,
        "details": VALUES,
        "description": VALUES,
    }
)
STEPS = [Step(kind, Safety.COMPARE_AND_SET) for kind in StepKind]


def parse_everything(response: Response) -> None:
    for lane in ZENDESK.lanes(Window()):
        for cursor in (None, {"resource": "ticket_fields", "after": "p1", "cursor": "c1"}):
            with suppress(ProviderError):
                page = lane.parse(cursor, response)
                lane.build(page.cursor)
                json.dumps(dict(page.cursor or {}))
                for seen in page.tickets:
                    assert is_storable(repr(seen.tags))
    with suppress(ProviderError):
        ZENDESK.parse_tickets(response, ["41"])
    with suppress(ProviderError):
        ZENDESK.parse_ticket(response, "41")
    with suppress(ProviderError):
        ZENDESK.parse_comments(response, "41", None)
    with suppress(ProviderError):
        ZENDESK.parse_identity(response)
    with suppress(ProviderError):
        ZENDESK.parse_audits(response, ticket_id="41", operation_id="op", stamp=1)
    for step in STEPS:
        with suppress(ProviderError):
            ZENDESK.parse_step(step, response)
        with suppress(ProviderError):
            ZENDESK.parse_find(step, response, ticket_id=None, operation_id="op")
    ZENDESK.budget_of(response)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(DOCUMENTS, st.sampled_from([200, 201, 301, 400, 404, 409, 422, 429, 503]))
def test_damaged_rows_are_records_oddities_or_typed_errors(document: Json, status: int) -> None:
    parse_everything(Response(status, {}, json.dumps(document).encode()))


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.one_of(st.binary(max_size=60), VALUES.map(lambda value: json.dumps(value).encode())))
def test_any_bytes_are_a_typed_error_or_nothing(body: bytes) -> None:
    parse_everything(Response(200, {}, body))
    parse_everything(Response(422, {"retry-after": body.decode("latin-1")}, body))


@pytest.mark.parametrize("word", [*ZENDESK.vocabulary.status_of, "deleted", "Open", "", "\x00"])
def test_every_status_word_ends_in_a_status_or_gone(word: str) -> None:
    page = ZENDESK.parse_tickets(
        Response(200, {}, json.dumps({"tickets": [ticket(status=word)]}).encode()), ["41"]
    )
    assert len(page.tickets) == 1
    core = page.tickets[0].core
    assert core is not None
    assert getattr(core, "status", Status.OPEN) in Status
