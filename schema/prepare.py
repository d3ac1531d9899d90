"""Checks a mutation's input and makes the write that it asks for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import or_, select
from strawberry import Some

from db.columns import micros
from db.tables import ticket, ticket_field
from db.write.operations import operations_under_key
from domain.errors import InvalidInputError, StaleStampError
from domain.ids import DESK_KEY, split_record_id
from domain.records import JsonValue
from domain.text import require_storable
from domain.words import Priority, Status, Visibility
from domain.writes import UNSET, CommentDraft, Requester, TicketDraft, TicketPatch
from integrations.ticketing.churn import churn_ticket
from schema.context import Context
from schema.errors import RecordNotFoundError
from schema.idempotency import made_key, required_key, stored_key
from schema.ids import record_of
from schema.types.write_inputs import (
    AddCommentInput,
    CloseTicketInput,
    CommentInput,
    CreateChurnTicketInput,
    CreateTicketInput,
    CustomFieldInput,
    RequesterInput,
    UpdateTicketInput,
)
from sync.requests import Write

LONGEST_BODY: Final = 65_535
LONGEST_SUBJECT: Final = 998
LONGEST_TAG: Final = 255
LONGEST_CUSTOMER_ID: Final = 150
"""It is a part of an idempotency key."""
MOST_TAGS: Final = 100
MOST_CUSTOM_FIELDS: Final = 100
_EMAIL: Final = re.compile(r"[^@\s]{1,64}@[^@\s]{1,255}")
_COMMENT_TWICE: Final = "a repeated comment would stand there twice"


def ticket_of(context: Context, given: str, *path: str) -> str:
    """The record id of a ticket at a desk that the viewer sees."""
    record = record_of(given, "Ticket", *path)
    desk, external_id = split_record_id(record)
    require_storable(external_id, *path)
    if not context.viewer.sees(desk):
        raise RecordNotFoundError("ticket", *path)
    return record


def _desk(context: Context, key: str) -> str:
    if not DESK_KEY.fullmatch(key) or not context.viewer.sees(key):
        raise RecordNotFoundError("desk", "desk")
    return key


async def create(context: Context, given: CreateTicketInput) -> Write:
    desk = _desk(context, given.desk)
    draft = TicketDraft(
        subject=_line(given.subject, LONGEST_SUBJECT, "subject"),
        body=_body(given.body, "body"),
        visibility=given.visibility,
        requester=None if given.requester is None else _requester(given.requester),
        priority=given.priority,
        tags=_tags(given.tags, "tags"),
        custom_fields=await _custom_fields(context, desk, given.custom_fields),
        assignee_id=_own(desk, given.assignee, "Agent", "assignee"),
        team_id=_own(desk, given.team, "Team", "team"),
    )
    key = stored_key(context.viewer.name, given.idempotency_key)
    return Write(key, desk, context.viewer.name, draft=draft)


async def update(context: Context, given: UpdateTicketInput) -> Write:
    ticket_id = ticket_of(context, given.id, "id")
    desk, _ = split_record_id(ticket_id)
    patch = TicketPatch(
        subject=UNSET
        if given.subject is None
        else _line(given.subject.value, LONGEST_SUBJECT, "subject"),
        status=_given(given.status),
        priority=_given(given.priority),
        assignee_id=UNSET
        if given.assignee is None
        else _own(desk, given.assignee.value, "Agent", "assignee"),
        team_id=UNSET if given.team is None else _own(desk, given.team.value, "Team", "team"),
        snoozed_until=_given(given.snoozed_until),
        add_tags=_tags(given.add_tags, "addTags"),
        remove_tags=_tags(given.remove_tags, "removeTags"),
        custom_fields=await _custom_fields(context, desk, given.custom_fields),
        comment=None if given.comment is None else _comment(given.comment),
    )
    if both := set(patch.add_tags) & set(patch.remove_tags):
        raise InvalidInputError(
            f"{sorted(both)[0]!r} is to be added and taken away", path=("removeTags",)
        )
    key = _key(context, given.idempotency_key, is_needed=given.comment is not None)
    expected = given.expected_updated_at
    version = None if expected is None else micros(expected)
    return Write(
        key, desk, context.viewer.name, ticket_id=ticket_id, patch=patch, expected_version=version
    )


def _given(member: Some[Any] | None) -> Any:
    return UNSET if member is None else member.value


async def check_unmoved(context: Context, write: Write) -> None:
    """Where the provider cannot refuse an outdated write, the copy is all there is to compare.

    A write that is recorded already has passed: it must not meet its own change.
    """
    if write.expected_version is None:
        return
    if context.engine.dictionary(write.desk).stamp_step_seconds:
        return
    if await operations_under_key(context.database, write.key):
        return
    rows = await context.database.fetch(
        select(ticket.c.updated_at).where(ticket.c.id == write.ticket_id)
    )
    if rows and micros(rows[0].updated_at) != write.expected_version:
        raise StaleStampError(
            "The ticket has changed since you read it",
            status=409,
            hint="Read it again, then decide.",
        )


async def close(context: Context, given: CloseTicketInput) -> Write:
    ticket_id = ticket_of(context, given.id, "id")
    desk, _ = split_record_id(ticket_id)
    note = None if given.reason is None else CommentDraft(_body(given.reason, "reason"))
    patch = TicketPatch(status=Status.SOLVED, comment=note)
    key = _key(context, given.idempotency_key, is_needed=note is not None)
    return Write(key, desk, context.viewer.name, ticket_id=ticket_id, patch=patch)


async def add_comment(context: Context, given: AddCommentInput) -> Write:
    ticket_id = ticket_of(context, given.ticket, "ticket")
    desk, _ = split_record_id(ticket_id)
    draft = CommentDraft(_body(given.body, "body"), given.visibility)
    key = stored_key(context.viewer.name, given.idempotency_key)
    patch = TicketPatch(comment=draft)
    return Write(key, desk, context.viewer.name, ticket_id=ticket_id, patch=patch)


async def create_churn(context: Context, given: CreateChurnTicketInput) -> Write:
    """By the rules that the library follows."""
    desk = _desk(context, given.desk or _only_desk(context))
    customer_id = _line(given.customer_id, LONGEST_CUSTOMER_ID, "customerId")
    email = None if given.customer_email is None else _email(given.customer_email, "customerEmail")
    told = _churn_data(
        {
            "customer_id": customer_id,
            "customer_email": email,
            "churn_risk": given.churn_risk,
            "ltv": given.lifetime_value,
            "days_since_purchase": given.days_since_purchase,
            "risk_level": given.risk_level.value if given.risk_level else None,
        }
    )
    draft = TicketDraft(
        subject=str(told["subject"]),
        body=str(told["description"]),
        visibility=Visibility.INTERNAL if told.get("internal") else Visibility.PUBLIC,
        requester=Requester(email=email) if email else None,
        priority=Priority(str(told["priority"])),
        tags=tuple(told["tags"]),
    )
    today = datetime.fromtimestamp(context.clock.now(), UTC).date()
    key = given.idempotency_key or f"churn:{desk}:{customer_id}:{today.isoformat()}"
    return Write(stored_key(context.viewer.name, key), desk, context.viewer.name, draft=draft)


_CHURN_NAMES: Final = {
    "customer_id": "customerId",
    "churn_risk": "churnRisk",
    "ltv": "lifetimeValue",
    "days_since_purchase": "daysSincePurchase",
    "risk_level": "riskLevel",
}


def _churn_data(customer: Mapping[str, object]) -> Mapping[str, Any]:
    try:
        return churn_ticket({key: value for key, value in customer.items() if value is not None})
    except InvalidInputError as error:
        path = tuple(_CHURN_NAMES.get(name, name) for name in error.path)
        raise InvalidInputError(error.message, hint=error.hint, path=path) from None


def _only_desk(context: Context) -> str:
    keys = [desk.key for desk in context.engine.desks if context.viewer.sees(desk.key)]
    if len(keys) != 1:
        raise InvalidInputError(
            f"{len(keys)} desks are connected, and none is named",
            hint=f"Give desk: {', '.join(sorted(keys)) or 'none is connected'}.",
            path=("desk",),
        )
    return keys[0]


def _key(context: Context, given: str | None, *, is_needed: bool) -> str:
    name = context.viewer.name
    if is_needed:
        return required_key(name, given, _COMMENT_TWICE)
    return made_key(name, context.random) if given is None else stored_key(name, given)


def _line(text: str, longest: int, *path: str) -> str:
    """One line that says something."""
    checked = require_storable(text, *path)
    if not checked.strip() or len(checked) > longest:
        raise InvalidInputError(f"{path[-1]} has 1 to {longest} characters", path=path)
    return checked


def _body(text: str, *path: str) -> str:
    checked = require_storable(text, *path)
    if not checked.strip():
        raise InvalidInputError(f"{path[-1]} is empty", path=path)
    if len(checked) > LONGEST_BODY:
        raise InvalidInputError(
            f"{path[-1]} has {len(checked):,} characters, and {LONGEST_BODY:,} are the most",
            hint="Split it up.",
            path=path,
        )
    return checked


def _comment(given: CommentInput) -> CommentDraft:
    return CommentDraft(_body(given.body, "comment", "body"), given.visibility)


def _requester(given: RequesterInput) -> Requester:
    if given.email is None and given.external_id is None:
        raise InvalidInputError(
            "A requester needs an email or an externalId", path=("requester", "email")
        )
    external_id, name = given.external_id, given.name
    return Requester(
        email=None if given.email is None else _email(given.email, "requester", "email"),
        name=None if name is None else _line(name, 255, "requester", "name"),
        external_id=None
        if external_id is None
        else _line(external_id, 255, "requester", "externalId"),
    )


def _email(text: str, *path: str) -> str:
    checked = require_storable(text, *path)
    if not _EMAIL.fullmatch(checked):
        raise InvalidInputError(f"{text[:80]!r} is no e-mail address", path=path)
    return checked


def _tags(tags: Sequence[str] | None, name: str) -> tuple[str, ...]:
    if len(tags or ()) > MOST_TAGS:
        raise InvalidInputError(f"At most {MOST_TAGS} tags at once", path=(name,))
    return tuple(dict.fromkeys(_line(tag, LONGEST_TAG, name) for tag in tags or ()))


def _own(desk: str, given: str | None, type_name: str, name: str) -> str | None:
    """The external id of somebody (or a team) at the same desk."""
    if given is None:
        return None
    owner, external_id = split_record_id(record_of(given, type_name, name))
    if owner != desk:
        raise InvalidInputError(
            f"The {type_name.lower()} belongs to desk {owner}, and the ticket to {desk}",
            path=(name,),
        )
    return require_storable(external_id, name)


async def _custom_fields(
    context: Context, desk: str, given: Sequence[CustomFieldInput] | None
) -> dict[str, JsonValue]:
    """Values by the field's external id; raises for a key that the desk does not have."""
    if not given:
        return {}
    if len(given) > MOST_CUSTOM_FIELDS:
        raise InvalidInputError(
            f"At most {MOST_CUSTOM_FIELDS} custom fields at once", path=("customFields",)
        )
    names = [require_storable(one.key, "customFields", "key") for one in given]
    field = ticket_field.c
    rows = await context.database.fetch(
        select(field.key, field.external_id).where(
            field.desk == desk, or_(field.key.in_(names), field.external_id.in_(names))
        )
    )
    known = {row.external_id: row.external_id for row in rows}
    known |= {row.key: row.external_id for row in rows}
    values: dict[str, JsonValue] = {}
    for one in given:
        if one.key not in known:
            raise InvalidInputError(
                f"Desk {desk} has no custom field {one.key!r}",
                hint="Query desk { fields { key } } for the keys.",
                path=("customFields", "key"),
            )
        values[known[one.key]] = _storable_json(one.value)
    return values


def _storable_json(value: Any) -> JsonValue:
    """The same value; raises for text inside it that no desk can store."""
    if isinstance(value, str):
        return require_storable(value, "customFields", "value")
    if isinstance(value, list):
        return [_storable_json(member) for member in value]
    if isinstance(value, dict):
        return {
            require_storable(key, "customFields", "value"): _storable_json(member)
            for key, member in value.items()
        }
    checked: JsonValue = value
    return checked
