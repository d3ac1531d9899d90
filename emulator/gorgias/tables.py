"""The tables of an account, each with the orders and groups that its lists need."""

from __future__ import annotations

from collections.abc import Callable

from emulator.gorgias.records import (
    Customer,
    CustomField,
    Event,
    Integration,
    Message,
    Survey,
    Tag,
    Team,
    Ticket,
    User,
)
from emulator.gorgias.table import Journal, Table


def ticket_table(
    journal: Journal, watch: Callable[[Ticket | None, Ticket | None, int], None]
) -> Table[Ticket]:
    return Table(
        journal,
        orders={
            "created_datetime": lambda ticket: ticket.created,
            "updated_datetime": lambda ticket: ticket.updated,
        },
        groups={
            "customer": lambda ticket: _given(ticket.customer_id),
            "external_id": lambda ticket: _given(ticket.external_id),
            "tag": lambda ticket: ticket.tag_ids,
            "user": lambda ticket: _given(ticket.assignee_user_id),
            "team": lambda ticket: _given(ticket.assignee_team_id),
        },
        watch=watch,
    )


def message_table(
    journal: Journal, watch: Callable[[Message | None, Message | None, int], None]
) -> Table[Message]:
    return Table(
        journal,
        orders={"created_datetime": lambda message: message.created},
        groups={
            "ticket": lambda message: (message.ticket_id,),
            "person": lambda message: (*_given(message.sender_id), *_given(message.receiver_id)),
        },
        watch=watch,
    )


def customer_table(journal: Journal) -> Table[Customer]:
    return Table(
        journal,
        orders={
            "created_datetime": lambda customer: customer.created,
            "updated_datetime": lambda customer: customer.updated,
        },
        groups={
            "email": lambda customer: _folded(customer.email),
            "external_id": lambda customer: _given(customer.external_id),
            "name": lambda customer: _given(customer.name),
            "channel": lambda customer: [
                (channel.type, channel.address.casefold()) for channel in customer.channels
            ],
        },
    )


def event_table(journal: Journal) -> Table[Event]:
    return Table(
        journal,
        orders={"created_datetime": lambda event: event.created},
        groups={"object": lambda event: (event.object_id,)},
    )


def user_table(journal: Journal) -> Table[User]:
    return Table(
        journal,
        orders={"name": lambda user: user.name, "created_datetime": lambda user: user.created},
        groups={"email": lambda user: _folded(user.email)},
    )


def team_table(journal: Journal) -> Table[Team]:
    return Table(
        journal,
        orders={"name": lambda team: team.name, "created_datetime": lambda team: team.created},
    )


def tag_table(journal: Journal) -> Table[Tag]:
    return Table(
        journal,
        orders={"name": lambda tag: tag.name, "created_datetime": lambda tag: tag.created},
        groups={"name": lambda tag: (tag.name,)},
    )


def custom_field_table(journal: Journal) -> Table[CustomField]:
    return Table(
        journal,
        orders={
            "priority": lambda field: field.priority,
            "created_datetime": lambda field: field.created,
            "updated_datetime": lambda field: field.updated,
        },
        groups={"object_type": lambda field: (field.object_type,)},
    )


def integration_table(journal: Journal) -> Table[Integration]:
    return Table(
        journal,
        orders={"created_datetime": lambda integration: integration.created},
        groups={"type": lambda integration: (integration.type,)},
    )


def survey_table(journal: Journal) -> Table[Survey]:
    return Table(journal, groups={"ticket": lambda survey: (survey.ticket_id,)})


def _folded(text: str | None) -> tuple[str, ...]:
    """A group for texts that compare without case; nothing for None."""
    return () if text is None else (text.casefold(),)


def _given(value: str | int | None) -> tuple[str | int, ...]:
    return () if value is None else (value,)
