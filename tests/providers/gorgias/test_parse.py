"""Rows into records: total, tolerant of one row, and equal for equal states."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime

import pytest

from domain.errors import NotFoundError, ProviderError, ProviderUnavailableError
from domain.observation import Gone, TicketSeen
from domain.words import Channel, Priority, Status
from domain.writes import Safety, Step, StepKind
from integrations.ticketing.gorgias.vocabulary import channel_of
from tests.providers.gorgias.shapes import (
    GORGIAS,
    WEB,
    Json,
    alone,
    codes,
    detail,
    in_list,
    lane,
    listing,
    message,
    reply,
    row,
    without,
)
from tests.providers.in_process import core

UPDATE = Step(StepKind.UPDATE, Safety.REPEATABLE)
VERSION = 1_772_353_800_123_456
"""2026-03-01T08:30:00.123456Z"""


def test_a_row_is_read_whole() -> None:
    seen = in_list(row(external_id="order-7"))
    assert (seen.external_id, seen.external_reference) == ("41", "order-7")
    assert seen.version == VERSION
    assert seen.tags == ("late", "parcel")
    assert seen.custom_fields == {"301": "gold"}
    assert seen.comments is None
    assert json.loads(seen.raw or b"") == row(external_id="order-7")
    held = core(seen)
    assert held.updated_at == datetime(2026, 3, 1, 8, 30, 0, 123_456, tzinfo=UTC)
    assert (held.status, held.native_status) == (Status.OPEN, "open")
    assert (held.priority, held.native_priority) == (Priority.MEDIUM, "normal")
    assert (held.requester_id, held.assignee_id, held.team_id) == ("501", "601", "71")
    assert held.channel is Channel.EMAIL
    assert held.external_url == f"{WEB}/app/ticket/41"
    assert held.solved_at is None
    assert held.extra == {
        "channel": "email",
        "via": "email",
        "language": "en",
        "is_spam": False,
        "is_unread": True,
        "is_from_agent": False,
        "opened_at": "2026-03-01T08:10:00.250000+00:00",
        "last_received_message_at": "2026-03-01T08:00:00.000001+00:00",
        "last_message_at": "2026-03-01T08:30:00.100000+00:00",
    }


def test_all_replies_that_show_one_state_give_equal_parts() -> None:
    told = [
        lane("backfill").parse(None, reply(listing(row()))).tickets[0],
        lane("backfill").parse(None, reply(listing(row()))).tickets[0],
        GORGIAS.parse_tickets(reply(listing(row())), ["41"]).tickets[0],
        alone(detail()),
        GORGIAS.parse_comments(reply(detail()), "41", None).tickets[0],
        GORGIAS.parse_step(UPDATE, reply(detail())),
    ]
    first = told[0]
    assert first is not None
    for seen in told:
        assert seen is not None
        assert (seen.core, seen.tags, seen.version) == (first.core, first.tags, first.version)
        assert seen.custom_fields == first.custom_fields


@pytest.mark.parametrize("key", ["custom_fields", "messages"])
def test_a_part_that_a_reply_lacks_is_not_said(key: str) -> None:
    seen = alone(without(detail(), key))
    part = seen.custom_fields if key == "custom_fields" else seen.comments
    assert part is None
    assert alone(detail(custom_fields=None)).custom_fields is None
    assert alone(detail(messages=None)).comments is None


def test_custom_fields_that_a_list_shows_empty_are_empty() -> None:
    assert in_list(row(custom_fields={})).custom_fields == {}


def test_a_ticket_in_the_trash_is_gone_and_comes_back() -> None:
    for shape in (row, detail):
        trashed = shape(trashed_datetime="2026-03-02T08:00:00.000001+00:00")
        page = GORGIAS.parse_tickets(reply(listing(trashed)), ["41"])
        (seen,) = page.tickets
        assert isinstance(seen.core, Gone)
        assert (seen.tags, seen.custom_fields, seen.comments, seen.version) == (None,) * 4
    assert core(in_list(row())).status is Status.OPEN


def test_spam_is_a_mark_beside_the_status() -> None:
    held = core(in_list(row(spam=True)))
    assert (held.status, held.extra["is_spam"]) == (Status.OPEN, True)


def test_a_closed_ticket_was_solved_then_and_a_reopened_one_was_not() -> None:
    at = "2026-03-01T08:29:00.000001+00:00"
    closed = core(in_list(row(status="closed", closed_datetime=at)))
    assert closed.status is Status.CLOSED
    assert closed.solved_at == datetime(2026, 3, 1, 8, 29, 0, 1, tzinfo=UTC)
    assert "last_closed_at" not in closed.extra
    opened = core(in_list(row(closed_datetime=at)))
    assert opened.solved_at is None
    assert opened.extra["last_closed_at"] == at


def test_a_snoozed_ticket_is_open_until_a_time() -> None:
    held = core(in_list(row(snooze_datetime="2026-03-09T08:00:00+00:00")))
    assert held.status is Status.OPEN
    assert held.snoozed_until == datetime(2026, 3, 9, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    "spelling",
    [
        "2026-03-01T08:30:00.123456+00:00",
        "2026-03-01T08:30:00.123456",
        "2026-03-01 08:30:00.123456+00:00",
        "2026-03-01T10:30:00.123456+02:00",
        "2026-03-01T08:30:00.123456Z",
    ],
)
def test_every_spelling_of_a_time_is_the_same_version(spelling: str) -> None:
    assert in_list(row(updated_datetime=spelling)).version == VERSION


def test_a_time_without_a_zone_is_utc_wherever_we_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert in_list(row(updated_datetime="2026-03-01T08:30:00.123456")).version == VERSION
    finally:
        monkeypatch.undo()
        time.tzset()


def test_an_unknown_word_is_told_and_costs_nothing() -> None:
    odd = row(status="parked", priority="whenever", channel="pigeon")
    page = lane("backfill").parse(None, reply(listing(odd)))
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
        {"updated_datetime": None},
        {"updated_datetime": 7},
        {"updated_datetime": "0001-01-01T00:00:00+23:00"},
        {"status": None},
        {"subject": ["a"]},
        {"tags": "a b"},
        {"tags": [1]},
        {"tags": [{"id": 1}]},
        {"custom_fields": []},
        {"custom_fields": {"301": "gold"}},
        {"customer": "Cleo"},
        {"customer": {"id": {}}},
        {"assignee_user": 601},
    ],
)
def test_one_bad_row_never_costs_its_page(change: Json) -> None:
    rows = [row(40), {**row(41), **change}, row(42)]
    page = lane("backfill").parse(None, reply(listing(*rows)))
    assert [seen.external_id for seen in page.tickets] == ["40", "42"]
    assert codes(page) == ["malformed_row"]
    assert json.loads(page.oddities[0].raw or b"") == rows[1]


def test_a_row_that_is_no_object_is_odd_too() -> None:
    page = lane("backfill").parse(None, reply({"data": [None, 3, "x", []], "meta": {}}))
    assert codes(page) == ["malformed_row"] * 4


def test_only_an_id_that_no_row_has_is_gone() -> None:
    broken = {**row(42), "tags": 7}
    page = GORGIAS.parse_tickets(reply(listing(row(41), broken)), ["41", "42", "43"])
    assert [(seen.external_id, isinstance(seen.core, Gone)) for seen in page.tickets] == [
        ("41", False),
        ("43", True),
    ]
    nameless = reply(listing({**row(42), "id": None}))
    assert GORGIAS.parse_tickets(nameless, ["41"]).tickets == ()
    goes_on = GORGIAS.parse_tickets(reply(listing(row(41), after="p2")), ["41", "43"])
    assert [seen.external_id for seen in goes_on.tickets] == ["41"]


@pytest.mark.parametrize("status", [404, 410])
def test_a_ticket_that_is_not_there_is_gone(status: int) -> None:
    missing = reply({"error": {"msg": "Ticket not found."}}, status)
    assert GORGIAS.parse_ticket(missing, "41").tickets == (TicketSeen("41", core=Gone()),)
    assert GORGIAS.parse_comments(missing, "41", None).tickets == (TicketSeen("41", core=Gone()),)
    with pytest.raises(NotFoundError, match="GORGIAS_DOMAIN"):
        GORGIAS.parse_ticket(reply(b"<html>no such account</html>", status), "41")


def test_a_merged_ticket_lives_on_as_another() -> None:
    body: Json = {"error": {"msg": "ticket_merged"}}
    merged = reply(body, 301, {"location": "https://acme.gorgias.com/api/tickets/52/"})
    assert GORGIAS.parse_ticket(merged, "41").tickets[0].core == Gone("52")
    assert GORGIAS.parse_ticket(reply(body, 301), "41").tickets[0].core == Gone(None)
    moved = reply(b"", 301, {"location": "https://other.test/api/tickets/52/"})
    with pytest.raises(ProviderError, match="GORGIAS_DOMAIN"):
        GORGIAS.parse_ticket(moved, "41")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<!DOCTYPE html><html>maintenance</html>",
        b'{"data":[{"id":1,"status":"op',
        b"[]",
        b"null",
        b"{}",
        b'{"data":null}',
        b'{"data":{"id":1}}',
        b'{"data":[NaN]}',
        b"[" * 100_000,
    ],
)
def test_an_answer_that_is_no_answer_is_never_an_empty_page(body: bytes) -> None:
    with pytest.raises(ProviderUnavailableError):
        GORGIAS.parse_tickets(reply(body), ["41"])
    for one in ("tail", "events", "messages", "people", "reference"):
        with pytest.raises(ProviderUnavailableError):
            lane(one).parse(None, reply(body))


def test_bytes_that_are_no_utf8_are_replaced_row_by_row_and_kept() -> None:
    rows = json.dumps(listing(row(40), row(41, subject="caf\u00e9")), ensure_ascii=False)
    page = GORGIAS.parse_tickets(reply(rows.encode("latin-1")), ["40", "41"])
    subjects = [core(seen).subject for seen in page.tickets]
    assert subjects == ["The parcel is late", "caf\N{REPLACEMENT CHARACTER}"]
    (oddity,) = page.oddities
    assert (oddity.code, oddity.external_id) == ("invalid_utf8", "41")
    assert "caf\u00e9".encode("latin-1") in (oddity.raw or b"")


def test_text_that_no_database_can_hold_is_replaced() -> None:
    shape = detail(
        subject="a\ud83db",
        tags=[{"id": 1, "name": "t\x00"}],
        custom_fields={"301": {"id": 301, "value": ["x\x00", {"k\x00": "\ud800"}]}},
        messages=[message(body_text="nul \x00 end")],
        summary="r\x00",
    )
    page = GORGIAS.parse_ticket(reply(json.dumps(shape).encode()), "41")
    seen = page.tickets[0]
    mark = "\N{REPLACEMENT CHARACTER}"
    assert core(seen).subject == f"a{mark}b"
    assert seen.tags == (f"t{mark}",)
    assert seen.custom_fields == {"301": [f"x{mark}", {f"k{mark}": mark}]}
    assert core(seen).extra["summary"] == f"r{mark}"
    assert seen.comments is not None
    assert seen.comments.comments[0].body == f"nul {mark} end"


def test_a_value_nested_without_end_costs_its_row_only() -> None:
    deep = '{"meta":' + "[" * 500 + "]" * 500 + ","
    rows = json.dumps(listing(row(40), row(41))).replace('{"id": 41,', deep + '"id": 41,', 1)
    body = rows.replace('"meta": null, "tags"', '"tags"').encode()
    page = lane("backfill").parse(None, reply(body))
    assert [seen.external_id for seen in page.tickets] == ["40"]
    assert codes(page) == ["malformed_row"]


@pytest.mark.parametrize(
    ("word", "channel"),
    [
        ("facebook-messenger", Channel.SOCIAL),
        ("instagram-ad-comment", Channel.SOCIAL),
        ("help-center", Channel.WEB),
        ("chat", Channel.CHAT),
        ("aircall", Channel.PHONE),
        ("internal-note", Channel.OTHER),
        (None, Channel.OTHER),
    ],
)
def test_channels_by_their_family(word: str | None, channel: Channel) -> None:
    assert channel_of(word) is channel


def test_the_vocabulary_is_total_both_ways_and_says_what_is_lost() -> None:
    words = GORGIAS.vocabulary
    assert set(words.native_status_of) == set(Status)
    assert set(words.native_status_of.values()) <= set(words.status_of)
    assert {words.priority_of[word] for word in words.priority_of} == set(Priority)
    assert all(words.priority_of[words.native_priority_of[p]] is p for p in Priority)
    for pair in words.statuses:
        returned = words.status_of[pair.native]
        assert pair.note is not None or returned.value == pair.unified
    assert {pair.unified for pair in words.statuses} == {status.value for status in Status}
    # What a user of an older document may say is understood, and never sent.
    assert words.status_of["opened"] is Status.OPEN
    assert "opened" not in words.native_status_of.values()
