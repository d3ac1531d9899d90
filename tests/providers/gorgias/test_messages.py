"""Messages, in every reply that shows them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from domain.records import Attachment, Comment, JsonValue
from domain.words import Delivery, PersonRole, Visibility
from domain.writes import Safety, Step, StepKind
from integrations.ticketing.gorgias.messages import plain_text
from tests.providers.gorgias.shapes import (
    GORGIAS,
    Json,
    alone,
    answer,
    codes,
    detail,
    lane,
    listed,
    listing,
    message,
    reply,
)

COMMENT = Step(StepKind.COMMENT, Safety.SEND_ONCE)


def said(shape: Json) -> Comment:
    """The one message of a ticket."""
    held = alone(detail(messages=[shape])).comments
    assert held is not None
    assert held.is_whole
    return held.comments[0]


def test_one_message_is_equal_in_all_of_its_shapes() -> None:
    embedded = alone(detail(messages=[answer(external_id="dg_1")])).comments
    shown = listed(answer(external_id="dg_1"))
    fed = lane("messages").parse(None, reply(listing(shown)))
    written = GORGIAS.parse_step(COMMENT, reply(shown))
    assert embedded is not None
    assert written is not None
    assert written.comments is not None
    assert not written.comments.is_whole
    assert (written.external_id, written.core, written.version) == ("41", None, None)
    assert embedded.comments == fed.comments == written.comments.comments
    assert embedded.comments[0].external_reference == "dg_1"


@pytest.mark.parametrize(
    ("changes", "delivery"),
    [
        ({"sent_datetime": None}, Delivery.SENDING),
        ({}, Delivery.SENT),
        ({"sent_datetime": None, "imported": True}, Delivery.SENT),
        ({"failed_datetime": "2026-03-01T08:31:00+00:00"}, Delivery.FAILED),
        (
            {"sent_datetime": None, "failed_datetime": "2026-03-01T08:31:00+00:00"},
            Delivery.FAILED,
        ),
        # Sent again after a failure.
        ({"failed_datetime": "2026-03-01T08:30:00.5+00:00"}, Delivery.SENT),
        ({"from_agent": False, "sent_datetime": None}, Delivery.RECEIVED),
        ({"channel": "internal-note", "sent_datetime": None}, Delivery.RECEIVED),
    ],
)
def test_what_became_of_a_message(changes: Json, delivery: Delivery) -> None:
    assert said({**answer(), **changes}).delivery is delivery


def test_a_message_on_its_way_is_read_again_for_a_while() -> None:
    pending = detail(messages=[message(901), answer(902, sent_datetime=None)])
    sent_at = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)

    def touched(shape: Json, after: timedelta | None) -> tuple[str, ...]:
        date = "" if after is None else (sent_at + after).strftime("%a, %d %b %Y %H:%M:%S GMT")
        return GORGIAS.parse_ticket(reply(shape, 200, {"date": date}), "41").touched

    assert touched(pending, timedelta(seconds=3)) == ("41",)
    assert touched(pending, timedelta(minutes=30)) == ()
    assert touched(pending, None) == ()
    assert touched(detail(), timedelta(seconds=3)) == ()


@pytest.mark.parametrize(
    ("changes", "visibility"),
    [
        ({}, Visibility.PUBLIC),
        ({"channel": "internal-note", "public": False}, Visibility.INTERNAL),
        ({"channel": "internal-note"}, Visibility.INTERNAL),
        ({"public": False}, Visibility.INTERNAL),
        # A word that is missing never makes something public.
        ({"public": None}, Visibility.INTERNAL),
    ],
)
def test_a_note_is_known_by_its_channel_or_its_flag(changes: Json, visibility: Visibility) -> None:
    assert said({**answer(), **changes}).visibility is visibility


def test_who_wrote_a_message() -> None:
    assert said(message()).author_role is PersonRole.CUSTOMER
    assert (said(answer()).author_role, said(answer()).author_id) == (PersonRole.AGENT, "601")
    assert said(answer(rule_id=5)).author_role is PersonRole.BOT
    assert said(answer(via="rule")).author_role is PersonRole.BOT
    assert said(message(sender=None)).author_id is None


def test_a_message_without_text_is_read_from_its_html() -> None:
    assert said(message(body_text=None)).body == "Where is it?"
    bare = message(body_text=None, stripped_text=None, body_html="<p>Two&nbsp;<b>parcels</b></p>")
    assert said(bare).body == "Two\u00a0parcels"
    assert said(message(body_text="", body_html="<img>")).body == ""
    assert said(message(body_text=None, stripped_text=None, body_html=None)).body == ""


def test_markup_becomes_what_a_reader_sees() -> None:
    assert plain_text("<style>p{}</style>a<br>b<br/><div>c</div>d") == "a\nb\nc\nd"
    assert plain_text("1 &lt; 2<script>evil()</script >") == "1 < 2"
    assert plain_text("unclosed <b") == "unclosed <b"


def test_attachments_keep_their_place_and_a_web_address_only() -> None:
    rows: list[Json] = [
        {"url": url, "name": "a.png", "content_type": "image/png", "size": 3}
        for url in ("https://cdn.test/a.png", "javascript:alert(1)", None)
    ]
    assert said(message(attachments=[*rows])).attachments == tuple(
        Attachment(str(place), "a.png", "image/png", 3, url)
        for place, url in enumerate(("https://cdn.test/a.png", "", ""))
    )


def test_a_deleted_message_is_absent() -> None:
    dead = {**message(903), "deleted_datetime": "2026-03-01T09:00:00+00:00"}
    held = alone(detail(messages=[message(901), dead])).comments
    assert held is not None
    assert held.is_whole
    assert [comment.external_id for comment in held.comments] == ["901"]
    page = lane("messages").parse(None, reply(listing(dead, listed(message(901)))))
    assert [comment.external_id for comment in page.comments] == ["901"]


@pytest.mark.parametrize(
    "change",
    [
        {"body_text": 5},
        {"sender": "somebody"},
        {"sender": {"id": "x"}},
        {"attachments": [{"url": 1}]},
        {"attachments": 7},
        {"created_datetime": "yesterday"},
        {"sent_datetime": []},
        {"channel": {}, "public": "yes", "external_id": 4},
    ],
)
def test_a_message_with_an_odd_value_stays(change: Json) -> None:
    """Its absence from a whole list would say that it was deleted."""
    page = GORGIAS.parse_ticket(
        reply(detail(messages=[message(901), {**answer(902), **change}])), "41"
    )
    held = page.tickets[0].comments
    assert held is not None
    assert held.is_whole
    assert [comment.external_id for comment in held.comments] == ["901", "902"]
    assert codes(page) == ["malformed_row"]
    assert page.oddities[0].external_id == "902"


@pytest.mark.parametrize("nobody", [{**message(), "id": None}, None, "x", []])
def test_a_list_with_a_nameless_message_is_not_whole(nobody: JsonValue) -> None:
    page = GORGIAS.parse_ticket(reply(detail(messages=[message(901), nobody])), "41")
    held = page.tickets[0].comments
    assert held is not None
    assert not held.is_whole
    assert [comment.external_id for comment in held.comments] == ["901"]
    assert codes(page) == ["malformed_row"]
