"""Writes: what is sent, and what the answer proves."""

from __future__ import annotations

import orjson
import pytest

from domain.errors import InvalidInputError, ProviderUnavailableError, UnsupportedError
from domain.http import Request
from domain.observation import TicketSeen
from domain.words import Priority, Status, Visibility
from domain.writes import (
    AuditVerdict,
    CommentDraft,
    Requester,
    Safety,
    Step,
    StepKind,
    TicketDraft,
    TicketPatch,
)
from tests.providers.zendesk.shapes import (
    ZENDESK,
    Json,
    audit,
    audit_comment,
    listing,
    reply,
    ticket,
)

STAMP = 1_772_353_800_000_000
"""2026-03-01T08:30:00Z"""
DRAFT = TicketDraft("Late", "Where is it?")


def sent(patch: TicketPatch, stamp: int | None = STAMP) -> list[Request]:
    return [
        ZENDESK.build_step(step, ticket_id="41", operation_id="op-1", stamp=stamp)
        for step in ZENDESK.update_steps(patch)
    ]


def created(draft: TicketDraft) -> Request:
    (step,) = ZENDESK.create_steps(draft)
    assert (step.kind, step.safety) == (StepKind.CREATE, Safety.KEYED)
    return ZENDESK.build_step(step, ticket_id=None, operation_id="op-1", stamp=None)


def inner(request: Request) -> Json:
    assert isinstance(request.body, dict)
    body = request.body["ticket"]
    assert isinstance(body, dict)
    return body


def test_a_create_carries_its_key_three_times() -> None:
    request = created(DRAFT)
    assert (request.method, request.path) == ("POST", "/api/v2/tickets")
    assert request.headers == {"idempotency-key": "op-1"}
    assert inner(request) == {
        "subject": "Late",
        "comment": {"body": "Where is it?", "public": True},
        "external_id": "op-1",
        "metadata": {"deskgraph_operation": "op-1"},
    }
    assert created(DRAFT) == request


def test_a_create_says_all_that_the_draft_says() -> None:
    draft = TicketDraft(
        "Late",
        "Where?",
        visibility=Visibility.INTERNAL,
        requester=Requester(email="c@x.test", name="C"),
        priority=Priority.MEDIUM,
        status=Status.ON_HOLD,
        tags=("churn-risk",),
        custom_fields={"501": "gold", "502": None},
        assignee_id="12",
        team_id="81",
    )
    body = inner(created(draft))
    assert body["comment"] == {"body": "Where?", "public": False}
    assert body["requester"] == {"name": "C", "email": "c@x.test"}
    assert (body["priority"], body["status"]) == ("normal", "hold")
    assert body["tags"] == ["churn-risk"]
    assert body["custom_fields"] == [{"id": 501, "value": "gold"}, {"id": 502, "value": None}]
    assert (body["assignee_id"], body["group_id"]) == (12, 81)


def test_a_requester_by_id_by_address_or_not_at_all() -> None:
    by_id = inner(created(TicketDraft("s", "b", requester=Requester(external_id="9"))))
    assert by_id["requester_id"] == 9
    unnamed = inner(created(TicketDraft("s", "b", requester=Requester(email="c@x.test"))))
    assert unnamed["requester"] == {"name": "c@x.test", "email": "c@x.test"}
    assert "requester" not in inner(created(TicketDraft("s", "b", requester=Requester())))
    with pytest.raises(InvalidInputError):
        created(TicketDraft("s", "b", requester=Requester(name="C")))


def test_one_put_changes_all_and_carries_stamp_and_mark() -> None:
    patch = TicketPatch(
        subject="Later",
        status=Status.SOLVED,
        priority=None,
        assignee_id=None,
        team_id="81",
        custom_fields={"501": "silver"},
        comment=CommentDraft("Done", Visibility.PUBLIC),
    )
    (request,) = sent(patch)
    assert (request.method, request.path, request.family) == (
        "PUT",
        "/api/v2/tickets/41",
        "ticket:41",
    )
    assert inner(request) == {
        "metadata": {"deskgraph_operation": "op-1"},
        "subject": "Later",
        "status": "solved",
        "priority": None,
        "assignee_id": None,
        "group_id": 81,
        "custom_fields": [{"id": 501, "value": "silver"}],
        "comment": {"body": "Done", "public": True},
        "safe_update": True,
        "updated_stamp": "2026-03-01T08:30:00Z",
    }


def test_a_comment_alone_is_a_step_of_its_own_with_its_visibility_said() -> None:
    patch = TicketPatch(comment=CommentDraft("note", body_html="<b>note</b>"))
    (step,) = ZENDESK.update_steps(patch)
    assert (step.kind, step.safety) == (StepKind.COMMENT, Safety.COMPARE_AND_SET)
    (request,) = sent(patch)
    assert inner(request)["comment"] == {"html_body": "<b>note</b>", "public": False}
    assert inner(request)["safe_update"] is True


def test_single_tags_are_added_and_removed_and_never_a_whole_set() -> None:
    added, removed = sent(TicketPatch(add_tags=("a", "b"), remove_tags=("c",)))
    assert (added.method, removed.method) == ("PUT", "DELETE")
    assert added.path == removed.path == "/api/v2/tickets/41/tags"
    assert added.body == {
        "tags": ["a", "b"],
        "updated_stamp": "2026-03-01T08:30:00Z",
        "safe_update": "true",
    }
    for patch in (TicketPatch(add_tags=("a",), subject="x"), TicketPatch(remove_tags=("a",))):
        for request in sent(patch):
            assert request.path.endswith("/tags") or "tags" not in inner(request)


def test_tags_follow_the_update_except_where_the_ticket_closes_for_ever() -> None:
    solved = TicketPatch(status=Status.SOLVED, add_tags=("a",), comment=CommentDraft("bye"))
    assert [step.kind for step in ZENDESK.update_steps(solved)] == [
        StepKind.UPDATE,
        StepKind.ADD_TAGS,
    ]
    closed = TicketPatch(status=Status.CLOSED, add_tags=("a",))
    assert [step.kind for step in ZENDESK.update_steps(closed)] == [
        StepKind.ADD_TAGS,
        StepKind.UPDATE,
    ]


def test_a_step_without_a_stamp_is_sent_without_one() -> None:
    for request in sent(TicketPatch(subject="x", add_tags=("a",)), stamp=None):
        assert b"safe_update" not in orjson.dumps(request.body)
        assert b"updated_stamp" not in orjson.dumps(request.body)


def test_nothing_to_change_is_no_step() -> None:
    assert ZENDESK.update_steps(TicketPatch()) == ()


@pytest.mark.parametrize("ticket_id", ["", "x", "1/../2", "1?x=1", "-1", "\u0661", "1 "])
def test_an_id_that_is_no_number_stands_in_no_path(ticket_id: str) -> None:
    with pytest.raises(InvalidInputError):
        ZENDESK.build_ticket(ticket_id)
    with pytest.raises(InvalidInputError):
        ZENDESK.build_comments(ticket_id, None)
    with pytest.raises(InvalidInputError):
        ZENDESK.build_tickets(["1", ticket_id])
    (step,) = ZENDESK.update_steps(TicketPatch(subject="x"))
    with pytest.raises(InvalidInputError):
        ZENDESK.build_step(step, ticket_id=ticket_id, operation_id="op-1", stamp=None)


def test_at_most_a_hundred_tickets_by_id() -> None:
    assert ZENDESK.build_tickets([str(n) for n in range(100)]).path.endswith("show_many")
    with pytest.raises(InvalidInputError):
        ZENDESK.build_tickets([str(n) for n in range(101)])


UPDATE = Step(StepKind.UPDATE, Safety.COMPARE_AND_SET)


def test_a_reply_shows_the_ticket_and_the_comment_that_was_written() -> None:
    body: Json = {"ticket": ticket(), "audit": audit(8_001, audit_comment())}
    seen = ZENDESK.parse_step(UPDATE, reply(body))
    assert isinstance(seen, TicketSeen)
    assert (seen.external_id, seen.version) == ("41", STAMP)
    assert seen.comments is not None
    assert not seen.comments.is_whole
    assert [comment.external_id for comment in seen.comments.comments] == ["901"]


def test_a_reply_without_a_comment_says_nothing_about_comments() -> None:
    for body in ({"ticket": ticket(), "audit": audit()}, {"ticket": ticket()}):
        seen = ZENDESK.parse_step(UPDATE, reply({**body}))
        assert seen is not None
        assert seen.comments is None


def test_a_reply_to_a_tag_call_shows_no_ticket() -> None:
    for kind in (StepKind.ADD_TAGS, StepKind.REMOVE_TAGS):
        step = Step(kind, Safety.COMPARE_AND_SET, tags=("a",))
        assert ZENDESK.parse_step(step, reply({"tags": ["a"]})) is None


@pytest.mark.parametrize(
    "body", [b"<html>", b"{}", {"ticket": {"id": None}}, {"ticket": {**ticket(), "tags": 1}}]
)
def test_a_reply_that_cannot_be_read_leaves_the_outcome_open(body: Json | bytes) -> None:
    with pytest.raises(ProviderUnavailableError):
        ZENDESK.parse_step(UPDATE, reply(body))


def test_a_create_is_found_by_its_external_id_in_the_list() -> None:
    (step,) = ZENDESK.create_steps(DRAFT)
    request = ZENDESK.build_find(step, ticket_id=None, operation_id="op-1")
    assert request.path == "/api/v2/tickets"
    assert dict(request.query)["external_id"] == "op-1"

    def found(*rows: Json) -> TicketSeen | None:
        return ZENDESK.parse_find(step, reply(listing(*rows)), ticket_id=None, operation_id="op-1")

    assert found() is None
    assert found(ticket(7, external_id="op-12"), ticket(8)) is None
    seen = found(ticket(10, external_id="op-1"), ticket(9, external_id="op-1"))
    assert seen is not None
    assert seen.external_id == "9"
    with pytest.raises(UnsupportedError):
        ZENDESK.build_find(UPDATE, ticket_id="41", operation_id="op-1")


def verdict(*audits: Json, after: str | None = None) -> AuditVerdict:
    body = listing(*audits, key="audits", after=after)
    return ZENDESK.parse_audits(
        reply(body), ticket_id="41", operation_id="op-1", stamp=STAMP
    ).verdict


NEWER, SAME = "2026-03-01T08:30:01Z", "2026-03-01T08:30:00Z"


def test_our_mark_in_an_audit_is_a_win_with_its_comment() -> None:
    ours = audit(8_002, audit_comment(), operation="op-1", created_at=NEWER)
    reading = ZENDESK.parse_audits(
        reply(listing(audit(8_003, created_at=NEWER), ours, key="audits")),
        ticket_id="41",
        operation_id="op-1",
        stamp=STAMP,
    )
    assert reading.verdict is AuditVerdict.WON
    assert reading.comment is not None
    assert reading.comment.external_id == "901"


def test_an_audit_newer_than_the_stamp_without_our_mark_is_a_loss() -> None:
    assert verdict(audit(2, created_at=NEWER, operation="op-2"), audit(1)) is AuditVerdict.LOST


def test_a_log_that_does_not_reach_past_the_stamp_decides_nothing() -> None:
    assert verdict(audit(1, created_at=SAME)) is AuditVerdict.UNDECIDED
    assert verdict() is AuditVerdict.UNDECIDED


def test_a_page_that_hides_the_audits_after_the_stamp_decides_nothing() -> None:
    newer = audit(9, created_at=NEWER)
    assert verdict(newer, after="p2") is AuditVerdict.UNDECIDED
    assert verdict(newer, audit(1), after="p2") is AuditVerdict.LOST
    broken: Json = {**audit(3), "created_at": None}
    assert verdict(newer, broken, audit(1)) is AuditVerdict.UNDECIDED


def test_a_snooze_is_refused_and_ending_one_is_nothing() -> None:
    from datetime import UTC, datetime

    with pytest.raises(UnsupportedError):
        ZENDESK.update_steps(TicketPatch(snoozed_until=datetime(2026, 3, 1, tzinfo=UTC)))
    assert ZENDESK.update_steps(TicketPatch(snoozed_until=None)) == ()
