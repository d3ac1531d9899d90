"""How customers, users and teams look: alone, inside a ticket and as a message's sender."""

from __future__ import annotations

from emulator.gorgias.records import Channel, Customer, JsonObject, Team, User
from emulator.gorgias.stamps import moment_text
from emulator.gorgias.store import Store


def person(who: Customer | User | None) -> JsonObject | None:
    """The short form: a message's sender, a list row's customer."""
    if who is None:
        return None
    return {
        "id": who.id,
        "email": who.email,
        "name": who.name,
        "firstname": who.firstname,
        "lastname": who.lastname,
        "meta": who.meta,
    }


def assignee(user: User | None) -> JsonObject | None:
    short = person(user)
    return None if short is None or user is None else {**short, "bio": user.bio}


def assigned_team(team: Team | None) -> JsonObject | None:
    if team is None:
        return None
    return {"id": team.id, "name": team.name, "decoration": team.decoration}


def ticket_customer(customer: Customer | None, *, with_stores: bool) -> JsonObject | None:
    """A ticket detail's customer; answers to writes come without the data of shops and apps."""
    short = person(customer)
    if short is None or customer is None:
        return None
    short |= {
        "channels": [_channel(each, customer) for each in customer.channels],
        "data": customer.data,
        "customer": None,
        "integrations": {},
        "external_id": customer.external_id,
        "note": customer.note,
    }
    return short | _stores() if with_stores else short


def customer_row(customer: Customer) -> JsonObject:
    return {
        "id": customer.id,
        "external_id": customer.external_id,
        "active": True,
        "email": customer.email,
        "name": customer.name,
        "firstname": customer.firstname,
        "lastname": customer.lastname,
        "language": customer.language,
        "timezone": customer.timezone,
        "created_datetime": moment_text(customer.created),
        "updated_datetime": moment_text(customer.updated),
        "meta": customer.meta,
        "data": customer.data,
        "note": customer.note,
    }


def customer_detail(customer: Customer) -> JsonObject:
    return {
        "id": customer.id,
        "external_id": customer.external_id,
        "active": True,
        "email": customer.email,
        "name": customer.name,
        "firstname": customer.firstname,
        "lastname": customer.lastname,
        "channels": [_channel(each, customer) for each in customer.channels],
        "language": customer.language,
        "timezone": customer.timezone,
        "created_datetime": moment_text(customer.created),
        "updated_datetime": moment_text(customer.updated),
        "meta": customer.meta,
        "data": customer.data,
        "customer": None,
        "integrations": {},
        "note": customer.note,
        "custom_fields": {
            str(field): {"id": field, "value": value}
            for field, value in customer.field_values.items()
        },
        **_stores(),
    }


def user(record: User) -> JsonObject:
    return {
        "id": record.id,
        "active": record.active,
        "bio": record.bio,
        "country": record.country,
        "created_datetime": moment_text(record.created),
        "deactivated_datetime": None,
        "email": record.email,
        "external_id": record.external_id,
        "firstname": record.firstname,
        "has_2fa_enabled": False,
        "has_password": True,
        "language": record.language,
        "lastname": record.lastname,
        "meta": record.meta,
        "name": record.name,
        "role": {"name": record.role},
        "timezone": record.timezone,
        "updated_datetime": moment_text(record.updated),
        "uri": f"/api/users/{record.id}/",
    }


def team(record: Team, store: Store) -> JsonObject:
    members = (store.users.get(each) for each in record.member_ids)
    return {
        "id": record.id,
        "name": record.name,
        "description": record.description,
        "decoration": record.decoration,
        "members": [
            {"id": each.id, "name": each.name, "email": each.email, "meta": each.meta}
            for each in members
            if each is not None
        ],
        "created_datetime": moment_text(record.created),
        "uri": f"/api/teams/{record.id}/",
    }


def _stores() -> JsonObject:
    return {"external_data": {}, "ecommerce_data": {}}


def _channel(channel: Channel, customer: Customer) -> JsonObject:
    return {
        "id": channel.id,
        "type": channel.type,
        "address": channel.address,
        "preferred": channel.preferred,
        "created_datetime": moment_text(channel.created),
        "updated_datetime": moment_text(channel.updated),
        "deleted_datetime": None,
        "user": {"id": customer.id, "name": customer.name},
        "customer": {"id": customer.id, "name": customer.name},
    }
