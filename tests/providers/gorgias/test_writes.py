"""Writes: what is sent, and what the answer proves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from domain.errors import (
    InvalidInputError,
    MergedError,
    NotFoundError,
    ProviderUnavailableError,
    UnsupportedError,
)
from domain.http import Request
from domain.observation import TicketSeen
from domain.records import JsonValue
from domain.words import Priority, Status, Visibility
from domain.writes import (
    CommentDraft,
    Requester,
    Safety,
    Step,
    StepKind,
    TicketDraft,
    TicketPatch,
)
from integrations.ticketing.gorgias import GorgiasDictionary
from tests.providers.gorgias.shapes import (
    GORGIAS,
    OPERATOR,
    Json,
    answer,
    detail,
    listed,
    listing,
    message,
    reply,
    row,
    sent,
)

DRAFT = TicketDraft("Late", "Where is it?", requester=Requester(email="cleo@x.test"))
NOTE = CommentDraft("Called them")
UPDATE = Step(StepKind.UPDATE, Safety.REPEATABLE)
CREATE = Step(StepKind.CREATE, Safety.SEND_ONCE, draft=DRAFT)
COMMENT = Step(StepKind.COMMENT, Safety.SEND_ONCE, comment=NOTE)


def body(request: Request) -> Json:
    assert isinstance(request.body, dict)
    return request.body


def created(draft: TicketDraft) -> Json:
    (step,) = GORGIAS.create_steps(draft)
    assert (step.kind, step.safety) == (StepKind.CREATE, Safety.SEND_ONCE)
    request = GORGIAS.build_step(step, ticket_id=None, operation_id="op-1", stamp=None)
    assert (request.method, request.path) == ("POST", "/api/tickets")
    return body(request)


def test_a_ticket_comes_from_its_customer_and_carries_our_mark() -> None:
    assert created(DRAFT) == {
        "channel": "api",
        "via": "api",
        "from_agent": False,
        "subject": "Late",
        "customer": {"email": "cleo@x.test"},
        "external_id": "op-1",
        "messages": [
            {
                "channel": "api",
                "via": "api",
                "from_agent": False,
                "sender": {"email": "cleo@x.test"},
                "body_text": "Where is it?",
            }
        ],
    }


def test_a_create_says_all_that_the_draft_says() -> None:
    draft = TicketDraft(
        "Late",
        "Where?",
        visibility=Visibility.INTERNAL,
        requester=Requester(email="cleo@x.test", name="Cleo"),
        priority=Priority.URGENT,
        status=Status.SOLVED,
        tags=("churn-risk",),
        custom_fields={"301": "gold", "302": None},
        assignee_id="601",
        team_id="71",
    )
    sent_body = created(draft)
    assert sent_body["customer"] == {"email": "cleo@x.test", "name": "Cleo"}
    assert (sent_body["priority"], sent_body["status"]) == ("critical", "closed")
    assert sent_body["tags"] == [{"name": "churn-risk"}]
    assert sent_body["custom_fields"] == [{"id": 301, "value": "gold"}, {"id": 302, "value": None}]
    assert sent_body["assignee_user"] == {"id": 601}
    assert sent_body["assignee_team"] == {"id": 71}
    # The customer never sees it.
    assert sent_body["messages"] == [
        {"channel": "internal-note", "via": "api", "from_agent": True, "body_text": "Where?"}
    ]


@pytest.mark.parametrize(
    ("requester", "customer"),
    [
        (Requester(external_id="501", email="other@x.test", name="N"), {"id": 501}),
        (Requester(email="new@x.test"), {"email": "new@x.test"}),
        (Requester(email="new@x.test", name="New"), {"email": "new@x.test", "name": "New"}),
        (Requester(), {"email": OPERATOR}),
        (None, {"email": OPERATOR}),
    ],
)
def test_a_customer_by_id_by_address_or_by_default(
    requester: Requester | None, customer: Json
) -> None:
    sent_body = created(TicketDraft("s", "b", requester=requester))
    assert sent_body["customer"] == customer
    messages = sent_body["messages"]
    assert isinstance(messages, list)
    # Only a ticket's customer is given a name: a sender's would be written to them once more.
    sender = {key: value for key, value in customer.items() if key != "name"}
    assert [one["sender"] for one in messages if isinstance(one, dict)] == [sender]


@pytest.mark.parametrize(
    "requester", [Requester(external_reference="ABC123"), Requester(name="Cleo")]
)
def test_a_customer_who_cannot_be_found_is_not_replaced(requester: Requester) -> None:
    with pytest.raises(InvalidInputError, match="e-mail") as caught:
        created(TicketDraft("s", "b", requester=requester))
    assert caught.value.path == ("requester", "email")


def test_without_a_default_a_ticket_about_nobody_is_refused() -> None:
    strict = GorgiasDictionary()
    (step,) = strict.create_steps(TicketDraft("s", "b"))
    with pytest.raises(InvalidInputError):
        strict.build_step(step, ticket_id=None, operation_id="op-1", stamp=None)


def test_fields_are_one_put_that_names_no_set() -> None:
    patch = TicketPatch(
        subject="Later",
        status=Status.OPEN,
        priority=Priority.LOW,
        assignee_id=None,
        team_id="71",
        snoozed_until=datetime(2026, 3, 9, 10, tzinfo=timezone(timedelta(hours=2))),
    )
    (request,) = sent(patch)
    assert (request.method, request.path) == ("PUT", "/api/tickets/41")
    assert request.body == {
        "subject": "Later",
        "status": "open",
        "priority": "low",
        "assignee_user": {"id": None},
        "assignee_team": {"id": 71},
        "snooze_datetime": "2026-03-09T08:00:00+00:00",
    }


def test_what_is_cleared() -> None:
    (request,) = sent(TicketPatch(priority=None, snoozed_until=None))
    assert request.body == {"priority": "normal", "snooze_datetime": None}


@pytest.mark.parametrize("status", list(Status))
def test_every_status_has_a_word_of_gorgias(status: Status) -> None:
    (request,) = sent(TicketPatch(status=status))
    assert request.body == {"status": "closed" if status.is_done else "open"}


def test_tags_and_custom_fields_have_calls_of_their_own() -> None:
    added, removed, values = sent(
        TicketPatch(add_tags=("a", "b"), remove_tags=("c",), custom_fields={"301": "gold"})
    )
    assert (added.method, added.path, added.body) == (
        "POST",
        "/api/tickets/41/tags",
        {"names": ["a", "b"]},
    )
    assert (removed.method, removed.path, removed.body) == (
        "DELETE",
        "/api/tickets/41/tags",
        {"names": ["c"]},
    )
    assert (values.method, values.path, values.body) == (
        "PUT",
        "/api/tickets/41/custom-fields",
        [{"id": 301, "value": "gold"}],
    )


def kinds(patch: TicketPatch) -> list[tuple[StepKind, Safety]]:
    return [(step.kind, step.safety) for step in GORGIAS.update_steps(patch)]


def test_a_message_follows_what_may_be_refused_and_closing_comes_last() -> None:
    everything = TicketPatch(
        subject="x", add_tags=("a",), remove_tags=("b",), custom_fields={"1": 2}, comment=NOTE
    )
    sets = [
        (StepKind.ADD_TAGS, Safety.REPEATABLE),
        (StepKind.REMOVE_TAGS, Safety.REPEATABLE),
        (StepKind.CUSTOM_FIELDS, Safety.REPEATABLE),
    ]
    update = (StepKind.UPDATE, Safety.REPEATABLE)
    comment = (StepKind.COMMENT, Safety.SEND_ONCE)
    assert kinds(everything) == [*sets, update, comment]
    assert kinds(TicketPatch(status=Status.CLOSED, comment=NOTE)) == [comment, update]
    assert kinds(TicketPatch(status=Status.PENDING, comment=NOTE)) == [update, comment]
    assert kinds(TicketPatch()) == []


@pytest.mark.parametrize("ticket_id", ["", "x", "1/../2", "1?x=1", "-1", "\u0661", "1 "])
def test_an_id_that_is_no_number_stands_in_no_path(ticket_id: str) -> None:
    for build in (GORGIAS.build_ticket, lambda one: GORGIAS.build_comments(one, None)):
        with pytest.raises(InvalidInputError):
            build(ticket_id)
    with pytest.raises(InvalidInputError):
        GORGIAS.build_tickets(["1", ticket_id])
    for patch in (
        TicketPatch(subject="x"),
        TicketPatch(add_tags=("a",)),
        TicketPatch(comment=NOTE),
    ):
        (step,) = GORGIAS.update_steps(patch)
        with pytest.raises(InvalidInputError):
            GORGIAS.build_step(step, ticket_id=ticket_id, operation_id="op-1", stamp=None)


@pytest.mark.parametrize(
    "patch",
    [
        TicketPatch(subject="x" * 999),
        TicketPatch(add_tags=("x" * 257,)),
        TicketPatch(remove_tags=("",)),
        TicketPatch(assignee_id="ada"),
        TicketPatch(custom_fields={"ltv": 5}),
    ],
)
def test_what_gorgias_cannot_hold_is_refused_before_it_leaves(patch: TicketPatch) -> None:
    with pytest.raises(InvalidInputError):
        sent(patch)


def test_the_longest_that_gorgias_holds_leaves() -> None:
    assert len(sent(TicketPatch(subject="x" * 998, add_tags=("x" * 256,)))) == 2


def test_at_most_a_hundred_tickets_by_id() -> None:
    request = GORGIAS.build_tickets(["41", "42"])
    assert request.path == "/api/tickets"
    assert [value for key, value in request.query if key == "ticket_ids"] == ["41", "42"]
    assert ("trashed", "true") in request.query
    assert GORGIAS.build_tickets([str(n) for n in range(100)]).query
    with pytest.raises(InvalidInputError):
        GORGIAS.build_tickets([str(n) for n in range(101)])


def test_a_reply_shows_the_ticket_with_all_of_its_messages() -> None:
    for step in (UPDATE, CREATE):
        seen = GORGIAS.parse_step(step, reply(detail(), 201))
        assert isinstance(seen, TicketSeen)
        assert seen.comments is not None
        assert seen.comments.is_whole
        assert len(seen.comments.comments) == 2
    bare = {key: value for key, value in detail().items() if key != "custom_fields"}
    seen = GORGIAS.parse_step(UPDATE, reply(bare))
    assert seen is not None
    assert seen.custom_fields is None


@pytest.mark.parametrize("kind", [StepKind.ADD_TAGS, StepKind.REMOVE_TAGS, StepKind.CUSTOM_FIELDS])
def test_replies_to_sets_show_no_ticket(kind: StepKind) -> None:
    step = Step(kind, Safety.REPEATABLE, tags=("a",))
    for status, content in ((200, b""), (201, b""), (202, b""), (200, b'{"data":[]}')):
        assert GORGIAS.parse_step(step, reply(content, status)) is None


@pytest.mark.parametrize(
    "content", [b"", b"<html>", b"{}", {"id": None}, {**detail(), "tags": 1}, listing(row())]
)
def test_a_reply_that_cannot_be_read_leaves_the_outcome_open(content: Json | bytes) -> None:
    for step in (UPDATE, CREATE, COMMENT):
        if step is COMMENT and isinstance(content, dict) and content.get("id"):
            continue
        with pytest.raises(ProviderUnavailableError):
            GORGIAS.parse_step(step, reply(content))


def test_a_write_to_a_ticket_that_is_gone_says_so() -> None:
    with pytest.raises(NotFoundError):
        GORGIAS.parse_step(UPDATE, reply({"error": {"msg": "not found"}}, 404))
    merged = reply({"error": {"msg": "ticket_merged"}}, 301, {"location": "/api/tickets/52/"})
    with pytest.raises(MergedError) as caught:
        GORGIAS.parse_step(COMMENT, merged)
    assert caught.value.merged_into == "52"


def test_a_create_is_found_by_its_external_id_in_the_list() -> None:
    request = GORGIAS.build_find(CREATE, ticket_id=None, operation_id="op-1")
    assert request.path == "/api/tickets"
    assert dict(request.query)["external_id"] == "op-1"

    def found(*rows: Json) -> TicketSeen | None:
        return GORGIAS.parse_find(
            CREATE, reply(listing(*rows)), ticket_id=None, operation_id="op-1"
        )

    assert found() is None
    assert found(row(7, external_id="op-12"), row(8)) is None
    seen = found(row(10, external_id="op-1"), row(9, external_id="op-1"))
    assert seen is not None
    assert seen.external_id == "9"
    trashed = found(row(11, external_id="op-1", trashed_datetime="2026-03-02T08:00:00+00:00"))
    assert trashed is not None


def test_a_message_is_found_among_those_of_its_ticket() -> None:
    request = GORGIAS.build_find(COMMENT, ticket_id="41", operation_id="op-1")
    assert request.path == "/api/tickets/41"

    def found(*messages: JsonValue) -> TicketSeen | None:
        shape = reply(detail(messages=[*messages]))
        return GORGIAS.parse_find(COMMENT, shape, ticket_id="41", operation_id="op-1")

    assert found(message(), answer(external_id="op-12")) is None
    seen = found(answer(902, external_id="op-1"), answer(903))
    assert seen is not None
    assert seen.comments is not None
    assert not seen.comments.is_whole
    assert [comment.external_id for comment in seen.comments.comments] == ["902"]
    gone = reply({"error": {"msg": "no"}}, 404)
    assert GORGIAS.parse_find(COMMENT, gone, ticket_id="41", operation_id="op-1") is None


def test_what_has_no_mark_is_not_looked_for() -> None:
    for step in (UPDATE, Step(StepKind.ADD_TAGS, Safety.REPEATABLE)):
        with pytest.raises(UnsupportedError):
            GORGIAS.build_find(step, ticket_id="41", operation_id="op-1")
    with pytest.raises(UnsupportedError):
        GORGIAS.build_audits("41")
    with pytest.raises(UnsupportedError):
        GORGIAS.parse_audits(reply({}), ticket_id="41", operation_id="op-1", stamp=1)


@pytest.mark.parametrize("kind", list(StepKind))
def test_a_step_without_its_content_is_refused(kind: StepKind) -> None:
    bare = Step(kind, Safety.SEND_ONCE)
    if kind in (StepKind.UPDATE, StepKind.COMMENT, StepKind.CREATE):
        with pytest.raises(InvalidInputError):
            GORGIAS.build_step(bare, ticket_id="41", operation_id="op-1", stamp=None)
    with pytest.raises(InvalidInputError):
        GORGIAS.build_step(bare, ticket_id=None, operation_id="op-1", stamp=None)


def test_the_shape_of_a_written_message_is_the_listed_one() -> None:
    seen = GORGIAS.parse_step(COMMENT, reply(listed(answer(external_id="op-1")), 201))
    assert seen is not None
    assert seen.comments is not None
    assert seen.comments.comments[0].created_at == datetime(
        2026, 3, 1, 8, 30, 0, 100_000, tzinfo=UTC
    )
