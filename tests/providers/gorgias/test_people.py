"""Customers, users, teams and custom fields."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from domain.records import Person, Team, TicketField
from domain.words import FieldType, PersonRole
from tests.providers.gorgias.shapes import (
    AGENT,
    GORGIAS,
    Json,
    codes,
    custom_field,
    customer,
    detail,
    lane,
    listing,
    message,
    reply,
    user,
)


def test_people_that_a_ticket_names_fill_gaps_only() -> None:
    people = GORGIAS.parse_ticket(reply(detail()), "41").people
    assert people == (
        Person("601", PersonRole.AGENT, "Ada Lane", "ada@acme.test", is_partial=True),
        Person("501", PersonRole.CUSTOMER, "Cleo Park", "cleo@x.test", is_partial=True),
    )
    assert GORGIAS.parse_ticket(reply(detail()), "41").people == people
    odd = detail(messages=[message(sender={"id": "?"}), message(sender=None)])
    assert GORGIAS.parse_ticket(reply(odd), "41").people == people


def test_an_agent_who_writes_as_a_customer_stays_an_agent() -> None:
    shape = detail(messages=[message(sender=dict(AGENT))])
    roles = {one.external_id: one.role for one in GORGIAS.parse_ticket(reply(shape), "41").people}
    assert roles == {"601": PersonRole.AGENT, "501": PersonRole.CUSTOMER}


def test_a_customer_is_read_whole() -> None:
    page = lane("people").parse(None, reply(listing(customer(external_id="crm-5"))))
    assert page.people == (
        Person(
            "501",
            PersonRole.CUSTOMER,
            name="Cleo Park",
            email="cleo@x.test",
            phone="+15550101",
            external_reference="crm-5",
            updated_at=datetime(2026, 1, 2, 0, 0, 0, 1, tzinfo=UTC),
        ),
    )
    bare = customer(email=None, name=None, firstname="", lastname="", channels=[], active=False)
    (unknown,) = lane("people").parse(None, reply(listing(bare))).people
    assert (unknown.name, unknown.email, unknown.phone, unknown.active) == (None, None, None, False)


@pytest.mark.parametrize(
    ("role", "ours", "oddities"),
    [
        ({"id": 1, "name": "admin"}, PersonRole.AGENT, []),
        ("lite-agent", PersonRole.AGENT, []),
        ({"name": "bot"}, PersonRole.BOT, []),
        ({"name": "wizard"}, PersonRole.AGENT, ["unknown_role"]),
        (None, PersonRole.AGENT, ["unknown_role"]),
    ],
)
def test_a_user_is_staff_or_a_bot(
    role: Json | str | None, ours: PersonRole, oddities: list[str]
) -> None:
    page = lane("reference").parse(None, reply(listing(user(role=role))))
    assert page.people[0].role is ours
    assert codes(page) == oddities


def test_a_deactivated_user_is_not_active() -> None:
    left = user(deactivated_datetime="2026-02-01T00:00:00+00:00")
    assert not lane("reference").parse(None, reply(listing(left))).people[0].active


def test_teams_and_custom_fields_are_references() -> None:
    teams = lane("reference").parse({"resource": "teams"}, reply(listing({"id": 71, "name": "A"})))
    assert teams.references == (Team("71", "A"),)
    plain: Json = {"data_type": "number", "input_settings": {"input_type": "input_number"}}
    rows = [custom_field(), custom_field(302, label="LTV", definition=plain, required=True)]
    page = lane("reference").parse({"resource": "custom-fields"}, reply(listing(*rows)))
    at = datetime(2026, 1, 2, tzinfo=UTC)
    assert page.references == (
        TicketField(
            "301",
            "loyalty_tier",
            "Loyalty tier!",
            FieldType.CHOICE,
            False,
            ("gold", "A::B"),
            True,
            at,
        ),
        TicketField("302", "ltv", "LTV", FieldType.NUMBER, True, (), True, at),
    )
