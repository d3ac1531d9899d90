"""Users, organizations, groups and ticket fields."""

from __future__ import annotations

from domain.observation import Oddity
from domain.records import Organization, Person, Team, TicketField
from domain.words import FieldType, PersonRole
from integrations.ticketing import fields
from integrations.ticketing.fields import Row
from integrations.ticketing.names import field_key
from integrations.ticketing.zendesk.vocabulary import FIELD_TYPE_OF, ROLE_OF


def parse_user(row: Row, oddities: list[Oddity]) -> Person:
    """https://developer.zendesk.com/api-reference/ticketing/users/users/#json-format"""
    user_id = fields.needed_identifier(row, "id")
    role = fields.text(row, "role")
    if role not in ROLE_OF:
        oddities.append(Oddity("unknown_role", f"Unknown role {role!r}", user_id))
    default_group = fields.identifier(row, "default_group_id")
    return Person(
        external_id=user_id,
        role=ROLE_OF.get(role or "", PersonRole.CUSTOMER),
        name=fields.text(row, "name"),
        email=fields.text(row, "email"),
        phone=fields.text(row, "phone"),
        organization_id=fields.identifier(row, "organization_id"),
        external_reference=fields.text(row, "external_id"),
        # A user record tells no other group than the default one.
        team_ids=(default_group,) if default_group else (),
        active=fields.flag(row, "active", default=True),
        updated_at=fields.moment(row, "updated_at"),
    )


def parse_organization(row: Row, _oddities: list[Oddity]) -> Organization:
    """https://developer.zendesk.com/api-reference/ticketing/organizations/organizations/"""
    return Organization(
        external_id=fields.needed_identifier(row, "id"),
        name=fields.text(row, "name") or "",
        external_reference=fields.text(row, "external_id"),
        # Only the incremental export has the key.
        active=fields.text(row, "deleted_at") is None,
        updated_at=fields.moment(row, "updated_at"),
    )


def parse_group(row: Row, _oddities: list[Oddity]) -> Team:
    """https://developer.zendesk.com/api-reference/ticketing/groups/groups/"""
    return Team(
        external_id=fields.needed_identifier(row, "id"),
        name=fields.text(row, "name") or "",
        active=not fields.flag(row, "deleted", default=False),
        updated_at=fields.moment(row, "updated_at"),
    )


def parse_ticket_field(row: Row, _oddities: list[Oddity]) -> TicketField:
    """https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_fields/"""
    field_id = fields.needed_identifier(row, "id")
    title = fields.text(row, "title") or ""
    return TicketField(
        external_id=field_id,
        key=fields.text(row, "key") or field_key(title) or field_id,
        title=title,
        type=FIELD_TYPE_OF.get(fields.needed_text(row, "type"), FieldType.OTHER),
        required=fields.flag(row, "required", default=False),
        options=tuple(
            fields.needed_text(option, "value")
            for option in fields.children(row, "custom_field_options")
        ),
        active=fields.flag(row, "active", default=True),
        updated_at=fields.moment(row, "updated_at"),
    )
