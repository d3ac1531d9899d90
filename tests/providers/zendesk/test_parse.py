"""Rows into records: total, tolerant of one row, and equal for equal states."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from domain.errors import ProviderUnavailableError
from domain.observation import Gone, LanePage, TicketSeen
from domain.records import Attachment, TicketCore, TicketField
from domain.words import Channel, FieldType, PersonRole, Priority, Status, Visibility
from domain.writes import Safety, Step, StepKind
from integrations.ticketing.zendesk.vocabulary import (
    NATIVE_PRIORITY_OF,
    NATIVE_STATUS_OF,
    VOCABULARY,
)
from tests.providers.zendesk.shapes import (
    WEB,
    ZENDESK,
    Json,
    audit,
    audit_comment,
    comment,
    lane,
    listing,
    reply,
    ticket,
    user,
    without,
)

UPDATE = Step(StepKind.UPDATE, Safety.COMPARE_AND_SET)


def shown(row: Json) -> TicketSeen:
    page = ZENDESK.parse_ticket(reply({"ticket": row}), "41")
    assert page.oddities == ()
    return page.tickets[0]


def core(seen: TicketSeen) -> TicketCore:
    assert isinstance(seen.core, TicketCore)
    return seen.core


def codes(page: LanePage) -> list[str]:
    return [oddity.code for oddity in page.oddities]


def test_a_ticket_is_read_whole() -> None:
    seen = shown(ticket(external_id="order-7"))
    assert seen.external_id == "41"
    assert seen.external_reference == "order-7"
    assert seen.version == 1_772_353_800_000_000
    assert seen.tags == ("late", "parcel")
    assert seen.custom_fields == {"501": "gold"}
    assert seen.comments is None
    assert seen.raw is not None
    assert json.loads(seen.raw) == ticket(external_id="order-7")
    held = core(seen)
    assert held.updated_at == datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
    assert (held.status, held.native_status) == (Status.OPEN, "open")
    assert (held.priority, held.native_priority) == (Priority.MEDIUM, "normal")
    assert held.channel is Channel.EMAIL
    assert held.requester_id == "9000000001"
    assert held.team_id == "81"
    assert held.external_url == f"{WEB}/agent/tickets/41"
    assert held.extra["follower_ids"] == ["5", "12"]
    assert held.extra["form_id"] == "61"
    assert held.extra["via_source"] == {"from": {"address": "c@x.test"}}
    assert held.extra["has_incidents"] is False
    assert "problem_id" not in held.extra


def test_all_replies_that_show_one_state_give_equal_parts() -> None:
    bare = ticket()
    full: Json = {**bare, "fields": bare["custom_fields"], "generated_timestamp": 1_772_353_801}
    shuffled: Json = {**full, "tags": ["parcel", "late"], "follower_ids": [5, 12]}
    told = [
        lane("tail").parse(None, reply(listing(bare))).tickets[0],
        lane("backfill").parse(None, reply(listing(bare))).tickets[0],
        lane("export")
        .parse(None, reply({"tickets": [full], "after_cursor": "c", "end_of_stream": True}))
        .tickets[0],
        ZENDESK.parse_tickets(reply({"tickets": [shuffled]}), ["41"]).tickets[0],
        shown(full),
        ZENDESK.parse_step(UPDATE, reply({"ticket": {**full, "generated_timestamp": 0}})),
    ]
    first = told[0]
    assert first is not None
    for seen in told:
        assert seen is not None
        assert (seen.core, seen.tags, seen.custom_fields, seen.version) == (
            first.core,
            first.tags,
            first.custom_fields,
            first.version,
        )


def test_one_comment_is_equal_in_all_of_its_shapes() -> None:
    listed = ZENDESK.parse_comments(reply(listing(comment(), key="comments")), "41", None)
    events: Json = {
        "ticket_events": [
            {
                "id": 8_001,
                "ticket_id": 41,
                "timestamp": 1_772_353_800,
                "created_at": "2026-03-01T08:30:00Z",
                "updater_id": -1,
                "via": "Web service",
                "event_type": "Audit",
                "child_events": [
                    {"event_type": "Change", "status": "open"},
                    {"event_type": "Comment", "comment_present": True, "comment_public": True},
                    {**without(comment(), "metadata"), "event_type": "Comment"},
                ],
            }
        ],
        "end_time": 1_772_353_800,
        "end_of_stream": True,
    }
    fed = lane("comment_feed").parse(None, reply(events))
    written = ZENDESK.parse_step(
        UPDATE, reply({"ticket": ticket(), "audit": audit(8_001, audit_comment())})
    )
    assert written is not None
    assert written.comments is not None
    found = listed.tickets[0].comments
    assert found is not None
    assert not found.is_whole
    assert found.comments == fed.comments == written.comments.comments
    assert found.comments[0].channel is Channel.WEB


def test_a_deleted_ticket_is_gone() -> None:
    seen = shown(ticket(status="deleted", subject="SCRUBBED", updated_at=None))
    assert isinstance(seen.core, Gone)
    assert (seen.tags, seen.custom_fields, seen.version) == (None, None, None)


def test_an_unknown_word_is_told_and_costs_nothing() -> None:
    row = ticket(status="parked", priority="whenever", via={"channel": "pigeon"})
    page = ZENDESK.parse_tickets(reply({"tickets": [row]}), ["41"])
    held = core(page.tickets[0])
    assert (held.status, held.native_status) == (Status.OPEN, "parked")
    assert (held.priority, held.native_priority) == (None, "whenever")
    assert held.channel is Channel.OTHER
    assert codes(page) == ["unknown_status", "unknown_priority"]


@pytest.mark.parametrize(
    "change",
    [
        {"id": None},
        {"id": True},
        {"id": 1.5},
        {"id": "x"},
        {"updated_at": None},
        {"updated_at": "yesterday"},
        {"updated_at": 7},
        {"updated_at": "0001-01-01T00:00:00+23:00"},
        {"status": None},
        {"subject": ["a"]},
        {"tags": "a b"},
        {"tags": [1]},
        {"custom_fields": {"a": 1}},
        {"custom_fields": [{"id": None, "value": 1}]},
        {"via": "api"},
        {"requester_id": {}},
    ],
)
def test_one_bad_row_never_costs_its_page(change: Json) -> None:
    rows = [ticket(40), {**ticket(41), **change}, ticket(42)]
    page = lane("tail").parse(None, reply(listing(*rows)))
    assert [seen.external_id for seen in page.tickets] == ["40", "42"]
    assert codes(page) == ["malformed_row"]
    assert page.oddities[0].raw is not None
    assert json.loads(page.oddities[0].raw) == rows[1]


def test_a_row_that_is_no_object_is_odd_too() -> None:
    page = lane("tail").parse(None, reply({"tickets": [None, 3, "x", []], "meta": {}}))
    assert codes(page) == ["malformed_row"] * 4


def test_only_an_id_that_no_row_has_is_gone() -> None:
    broken = {**ticket(42), "tags": 7}
    page = ZENDESK.parse_tickets(reply({"tickets": [ticket(41), broken]}), ["41", "42", "43"])
    assert [(seen.external_id, isinstance(seen.core, Gone)) for seen in page.tickets] == [
        ("41", False),
        ("43", True),
    ]
    nameless = {**ticket(42), "id": None}
    page = ZENDESK.parse_tickets(reply({"tickets": [nameless]}), ["41"])
    assert page.tickets == ()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<!DOCTYPE html><html>maintenance</html>",
        b'{"tickets":[{"id":1,"status":"op',
        b"[]",
        b"null",
        b"{}",
        b'{"tickets":null}',
        b'{"tickets":{"id":1}}',
        b'{"tickets":[NaN]}',
        b"[" * 100_000,
    ],
)
def test_an_answer_that_is_no_answer_is_never_an_empty_page(body: bytes) -> None:
    with pytest.raises(ProviderUnavailableError):
        ZENDESK.parse_tickets(reply(body), ["41"])
    with pytest.raises(ProviderUnavailableError):
        lane("export").parse(None, reply(body))


def test_bytes_that_are_no_utf8_are_replaced_and_told() -> None:
    body = json.dumps({"tickets": [ticket(subject="caf\u00e9")]}, ensure_ascii=False)
    page = ZENDESK.parse_tickets(reply(body.encode("latin-1")), ["41"])
    assert core(page.tickets[0]).subject == "caf\N{REPLACEMENT CHARACTER}"
    assert codes(page) == ["invalid_utf8"]


def test_text_that_no_database_can_hold_is_replaced() -> None:
    row = ticket(
        subject="a\ud83db",
        description="nul \x00 end",
        tags=["t\x00"],
        custom_fields=[{"id": 501, "value": ["x\x00", {"k\x00": "\ud800"}]}],
        recipient="r\x00",
    )
    body = json.dumps({"tickets": [row]}).encode()
    seen = ZENDESK.parse_tickets(reply(body), ["41"]).tickets[0]
    held = core(seen)
    mark = "\N{REPLACEMENT CHARACTER}"
    assert held.subject == f"a{mark}b"
    assert held.description == f"nul {mark} end"
    assert seen.tags == (f"t{mark}",)
    assert seen.custom_fields == {"501": [f"x{mark}", {f"k{mark}": mark}]}
    assert held.extra["recipient"] == f"r{mark}"


def test_ids_beyond_32_bits_and_absurd_ones() -> None:
    assert shown(ticket(33_144_692_244_499)).external_id == "33144692244499"
    body = json.dumps({"tickets": [ticket(10**30)]}).encode()
    assert codes(ZENDESK.parse_tickets(reply(body), ["41"])) == ["malformed_row"]


def test_a_note_is_internal_and_a_missing_word_is_never_public() -> None:
    rows = [comment(1, public=False), without(comment(2), "public"), comment(3, author_id=-1)]
    page = ZENDESK.parse_comments(reply(listing(*rows, key="comments")), "41", None)
    comments = page.tickets[0].comments
    assert comments is not None
    note, unsaid, system = comments.comments
    assert (note.visibility, note.author_role) == (Visibility.INTERNAL, PersonRole.AGENT)
    assert unsaid.visibility is Visibility.INTERNAL
    assert (system.author_id, system.author_role) == ("-1", PersonRole.BOT)


def test_attachments_keep_a_web_address_only() -> None:
    rows: list[Json] = [
        {"id": 1, "file_name": "a.png", "content_type": "image/png", "size": 3, "content_url": u}
        for u in ("https://acme.zendesk.com/a.png", "javascript:alert(1)", None)
    ]
    row = comment(attachments=[*rows])
    page = ZENDESK.parse_comments(reply(listing(row, key="comments")), "41", None)
    comments = page.tickets[0].comments
    assert comments is not None
    assert comments.comments[0].attachments == tuple(
        Attachment("1", "a.png", "image/png", 3, url)
        for url in ("https://acme.zendesk.com/a.png", "", "")
    )


def test_comments_go_on_page_by_page() -> None:
    first = ZENDESK.parse_comments(
        reply(listing(comment(), key="comments", after="p2", users=[user()])), "41", None
    )
    assert (first.more, first.cursor) == (True, {"after": "p2"})
    assert [person.name for person in first.people] == ["Ada"]
    request = ZENDESK.build_comments("41", first.cursor)
    assert ("page[after]", "p2") in request.query
    last = ZENDESK.parse_comments(reply(listing(key="comments")), "41", first.cursor)
    assert not last.more


def test_a_person_an_organization_a_team_and_a_field() -> None:
    page = lane("people").parse(
        None,
        reply(
            {
                "users": [user(), user(3, role="end-user", active=False), user(4, role="owner")],
                "after_cursor": "c",
                "end_of_stream": True,
            }
        ),
    )
    agent, customer, _ = page.people
    assert (agent.role, agent.team_ids, agent.email) == (
        PersonRole.AGENT,
        ("81",),
        "ada@acme.test",
    )
    assert (customer.role, customer.active) == (PersonRole.CUSTOMER, False)
    assert codes(page) == ["unknown_role"]


def test_only_custom_fields_are_fields() -> None:
    rows: list[Json] = [
        {"id": 1, "type": "status", "title": "Status", "active": True},
        {"id": 2, "type": "tagger", "title": "Churn risk!", "key": None, "required": True},
        {"id": 3, "type": "integer", "title": "LTV", "key": "ltv", "active": False},
        {"id": 4, "type": "lookup", "title": "?"},
    ]
    rows[1]["custom_field_options"] = [{"name": "High", "value": "risk_high"}]
    cursor = {"resource": "ticket_fields"}
    page = lane("reference").parse(cursor, reply(listing(*rows, key="ticket_fields")))
    assert page.references == (
        TicketField(
            "2", "churn_risk", "Churn risk!", FieldType.CHOICE, True, ("risk_high",), True, None
        ),
        TicketField("3", "ltv", "LTV", FieldType.NUMBER, active=False),
        TicketField("4", "4", "?", FieldType.OTHER),
    )


def test_the_vocabulary_is_total_both_ways() -> None:
    assert {VOCABULARY.status_of[word] for word in VOCABULARY.status_of} == set(Status)
    assert {NATIVE_STATUS_OF[status] for status in Status} == set(VOCABULARY.status_of)
    assert {NATIVE_PRIORITY_OF[priority] for priority in Priority} == set(VOCABULARY.priority_of)
    assert all(VOCABULARY.status_of[VOCABULARY.native_status_of[s]] is s for s in Status)
