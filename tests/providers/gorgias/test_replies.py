"""Whom a public reply goes to, and by which way."""

from __future__ import annotations

import pytest

from domain.errors import InvalidInputError
from domain.http import Request
from domain.records import JsonValue
from domain.words import Visibility
from domain.writes import CommentDraft, TicketPatch
from tests.providers.gorgias.shapes import (
    CUSTOMER,
    GORGIAS,
    OUR_ADDRESS,
    Json,
    answer,
    detail,
    message,
    row,
    sent,
)

PUBLIC = CommentDraft("On its way", Visibility.PUBLIC)
NOTE = CommentDraft("Called them")


def body(request: Request) -> Json:
    assert isinstance(request.body, dict)
    return request.body


def replied(seen: Json, comment: CommentDraft = PUBLIC) -> Json:
    (request,) = sent(TicketPatch(comment=comment), seen)
    assert (request.method, request.path) == ("POST", "/api/tickets/41/messages")
    return body(request)


def test_a_note_needs_no_ticket_and_reaches_nobody() -> None:
    (step,) = GORGIAS.update_steps(TicketPatch(comment=NOTE))
    assert not GORGIAS.needs_ticket(step)
    (request,) = sent(TicketPatch(comment=CommentDraft("note", body_html="<b>note</b>")))
    assert request.body == {
        "channel": "internal-note",
        "via": "api",
        "from_agent": True,
        "body_text": "note",
        "body_html": "<b>note</b>",
        "external_id": "op-1",
    }


def test_a_public_reply_is_addressed_from_either_shape_of_the_ticket() -> None:
    (step,) = GORGIAS.update_steps(TicketPatch(comment=PUBLIC))
    assert GORGIAS.needs_ticket(step)
    expected: Json = {
        "channel": "email",
        "via": "helpdesk",
        "from_agent": True,
        "receiver": {"id": 501},
        "source": {
            "type": "email",
            "to": [{"address": "cleo@x.test", "name": "Cleo Park"}],
            "from": OUR_ADDRESS,
        },
        "body_text": "On its way",
        "external_id": "op-1",
    }
    assert replied(row()) == expected
    assert replied(detail()) == expected
    # Only the customer has written so far: they know us by the address that they wrote to.
    assert replied(detail(messages=[message()])) == expected


def source_of(seen: Json) -> JsonValue:
    return replied(seen)["source"]


def test_an_address_of_ours_that_nobody_knows_is_left_to_gorgias() -> None:
    to: list[JsonValue] = [{"address": "cleo@x.test", "name": "Cleo Park"}]
    assert source_of(row(integrations=[])) == {"type": "email", "to": to}
    assert source_of(detail(messages=[])) == {"type": "email", "to": to}


def test_what_the_customer_never_saw_tells_no_address() -> None:
    inside: Json = {"type": "email", "from": {"name": "Inside", "address": "staff@acme.test"}}
    seen = detail(messages=[message(), answer(), answer(903, public=False, source=inside)])
    assert source_of(seen) == source_of(detail())


def test_a_conversation_goes_on_in_its_channel() -> None:
    page: Json = {"name": "Shop", "address": "page-9"}
    theirs = message(
        channel="chat", source={"type": "chat", "from": {"address": "visitor-3"}, "to": [page]}
    )
    chat = detail(channel="chat", messages=[theirs], reply_options={"chat": {"answerable": True}})
    assert replied(chat)["channel"] == "chat"
    assert source_of(chat) == {"type": "chat", "to": [{"address": "visitor-3"}], "from": page}
    listed_chat = row(channel="sms", integrations=[{**page, "type": "sms"}])
    assert source_of(listed_chat) == {"type": "sms", "from": page}


def test_where_nobody_can_answer_mail_is_sent() -> None:
    over = detail(
        channel="facebook-comment", reply_options={"facebook-comment": {"answerable": False}}
    )
    assert replied(over)["channel"] == "email"
    for channel in ("api", "phone", "contact_form", "help-center", "brand-new"):
        assert replied(row(channel=channel))["channel"] == "email"


@pytest.mark.parametrize(
    "seen",
    [
        None,
        {},
        row(customer=None),
        row(customer={**CUSTOMER, "id": None}),
        row(customer={**CUSTOMER, "email": None}),
        row(customer={**CUSTOMER, "email": ""}),
    ],
)
def test_a_reply_to_nobody_is_refused_before_it_leaves(seen: Json | None) -> None:
    with pytest.raises(InvalidInputError, match="internal note"):
        sent(TicketPatch(comment=PUBLIC), seen)
