"""Customers, users, teams and custom fields."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from domain.observation import Oddity
from domain.records import JsonValue, Person, Team, TicketField
from domain.words import FieldType, PersonRole
from integrations.ticketing import fields
from integrations.ticketing.fields import MalformedRowError, Row
from integrations.ticketing.gorgias.vocabulary import FIELD_TYPE_OF, ROLE_OF
from integrations.ticketing.names import field_key


def parse_customer(row: Row, _oddities: list[Oddity]) -> Person:
    """https://developers.gorgias.com/reference/the-customer-object"""
    return Person(
        external_id=fields.needed_identifier(row, "id"),
        role=PersonRole.CUSTOMER,
        name=_name(row),
        email=fields.text(row, "email"),
        phone=_phone(row),
        external_reference=fields.text(row, "external_id"),
        active=fields.flag(row, "active", default=True),
        updated_at=fields.moment(row, "updated_datetime"),
    )


def parse_user(row: Row, oddities: list[Oddity]) -> Person:
    """https://developers.gorgias.com/reference/the-user-object"""
    user_id = fields.needed_identifier(row, "id")
    role = _role(row)
    if role not in ROLE_OF:
        oddities.append(Oddity("unknown_role", f"Unknown role {role!r}", user_id))
    is_active = fields.flag(row, "active", default=True)
    return Person(
        external_id=user_id,
        role=ROLE_OF.get(role or "", PersonRole.AGENT),
        name=_name(row),
        email=fields.text(row, "email"),
        external_reference=fields.text(row, "external_id"),
        active=is_active and fields.moment(row, "deactivated_datetime") is None,
        updated_at=fields.moment(row, "updated_datetime"),
    )


def _role(row: Row) -> str | None:
    """`{"role": {"name": "agent"}}`, or the word alone."""
    value = row.get("role")
    return fields.text(value, "name") if isinstance(value, dict) else fields.text(row, "role")


def parse_team(row: Row, _oddities: list[Oddity]) -> Team:
    """https://developers.gorgias.com/reference/the-team-object"""
    return Team(
        external_id=fields.needed_identifier(row, "id"),
        name=fields.text(row, "name") or "",
        updated_at=fields.moment(row, "updated_datetime"),
    )


def parse_custom_field(row: Row, _oddities: list[Oddity]) -> TicketField:
    """https://developers.gorgias.com/reference/the-custom-field-object"""
    field_id = fields.needed_identifier(row, "id")
    label = fields.text(row, "label") or ""
    definition = fields.child(row, "definition")
    options = _choices(fields.child(definition, "input_settings"))
    native = FIELD_TYPE_OF.get(fields.text(definition, "data_type") or "", FieldType.OTHER)
    return TicketField(
        external_id=field_id,
        key=field_key(label) or field_id,
        title=label,
        type=FieldType.CHOICE if options else native,
        required=fields.flag(row, "required", default=False),
        options=options,
        active=fields.moment(row, "deactivated_datetime") is None,
        updated_at=fields.moment(row, "updated_datetime"),
    )


def _choices(settings: Row) -> tuple[str, ...]:
    """A dropdown's values; those of a tree are paths, `Order::Late::Lost`."""
    choices = settings.get("choices")
    return tuple(
        fields.needed_text({"choice": choice}, "choice")
        for choice in (choices if isinstance(choices, list) else [])
        if not isinstance(choice, bool | int | float)
    )


def _name(row: Row) -> str | None:
    """Where a channel tells no name, Gorgias gives an empty one."""
    first, last = fields.text(row, "firstname"), fields.text(row, "lastname")
    return fields.text(row, "name") or " ".join(filter(None, (first, last))) or None


def _phone(row: Row) -> str | None:
    """The preferred one of the telephone channels."""
    phones = [
        channel
        for channel in fields.children(row, "channels")
        if channel.get("type") == "phone" and channel.get("deleted_datetime") is None
    ]
    phones.sort(key=lambda channel: channel.get("preferred") is not True)
    return fields.text(phones[0], "address") if phones else None


def people_in(rows: Sequence[JsonValue]) -> tuple[Person, ...]:
    """Everybody whom tickets and their messages name. Only what all replies tell of a person."""
    found: dict[str, Person] = {}
    for row in rows:
        for member, role in _named(row):
            if person := _embedded(member, role):
                found.setdefault(person.external_id, person)
    return tuple(found.values())


def _named(row: JsonValue) -> Iterator[tuple[JsonValue, PersonRole]]:
    """In the order of certainty: whom a message calls a sender may be anybody."""
    if not isinstance(row, dict):
        return
    yield row.get("assignee_user"), PersonRole.AGENT
    yield row.get("customer"), PersonRole.CUSTOMER
    messages = row.get("messages")
    for message in messages if isinstance(messages, list) else ():
        yield from named_in_message(message)


def named_in_message(message: JsonValue) -> Iterator[tuple[JsonValue, PersonRole]]:
    if not isinstance(message, dict):
        return
    is_ours = message.get("from_agent") is True
    yield message.get("sender"), PersonRole.AGENT if is_ours else PersonRole.CUSTOMER
    if is_ours:
        yield message.get("receiver"), PersonRole.CUSTOMER


def people_in_messages(rows: Sequence[JsonValue]) -> tuple[Person, ...]:
    return people_in([{"messages": list(rows)}])


def _embedded(row: JsonValue, role: PersonRole) -> Person | None:
    if not isinstance(row, dict):
        return None
    try:
        person_id, email = fields.identifier(row, "id"), fields.text(row, "email")
        name = _name(row)
    except MalformedRowError:
        # The ticket's own row tells what is odd about it.
        return None
    if person_id is None:
        return None
    return Person(person_id, role, name=name, email=email, is_partial=True)
