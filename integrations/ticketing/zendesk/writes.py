"""What Zendesk needs to hear for a write, so that no attempt can ever be done twice.

A create carries an idempotency key; everything else a stamp, of which at most one attempt can win.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from domain.errors import InvalidInputError, UnsupportedError
from domain.http import Request
from domain.records import JsonValue
from domain.words import Status, Visibility
from domain.writes import (
    UNSET,
    CommentDraft,
    Requester,
    Safety,
    Step,
    StepKind,
    TicketDraft,
    TicketPatch,
    Unset,
)
from integrations.ticketing.names import numeric_id
from integrations.ticketing.zendesk.limits import CREATE, ticket_family
from integrations.ticketing.zendesk.vocabulary import NATIVE_PRIORITY_OF, NATIVE_STATUS_OF

OPERATION_KEY: Final = "deskgraph_operation"
"""Where our operation id stands in an audit's `metadata.custom`."""

Json = dict[str, JsonValue]


def number(external_id: str) -> str:
    return numeric_id(external_id, provider="Zendesk")


def create_steps(draft: TicketDraft) -> Sequence[Step]:
    return (Step(StepKind.CREATE, Safety.KEYED, draft=draft),)


def update_steps(patch: TicketPatch) -> Sequence[Step]:
    """One PUT for fields, custom fields and the comment; tags have calls of their own.

    Only those add and remove single tags: `tags` in a PUT replaces all of them. They follow, so
    that a refused update changes none; but they go first when the ticket closes for ever.
    """
    if isinstance(patch.snoozed_until, datetime):
        raise UnsupportedError("Zendesk cannot snooze a ticket", hint="Set it to on_hold instead")
    tags = []
    if patch.add_tags:
        tags.append(Step(StepKind.ADD_TAGS, Safety.COMPARE_AND_SET, tags=patch.add_tags))
    if patch.remove_tags:
        tags.append(Step(StepKind.REMOVE_TAGS, Safety.COMPARE_AND_SET, tags=patch.remove_tags))
    changes = []
    if _fields_of(patch) or patch.custom_fields:
        changes.append(Step(StepKind.UPDATE, Safety.COMPARE_AND_SET, patch=patch))
    elif patch.comment is not None:
        changes.append(Step(StepKind.COMMENT, Safety.COMPARE_AND_SET, comment=patch.comment))
    return (*tags, *changes) if patch.status is Status.CLOSED else (*changes, *tags)


def needs_assignee(patch: TicketPatch, assignee_id: str | None) -> bool:
    """Else 422, `Assignee: is required when solving a ticket`. Whom the patch names is left alone,
    also nobody."""
    if isinstance(patch.status, Unset) or not patch.status.is_done:
        return False
    return assignee_id is None and isinstance(patch.assignee_id, Unset)


def build_step(
    step: Step, *, ticket_id: str | None, operation_id: str, stamp: int | None
) -> Request:
    if step.kind is StepKind.CREATE and step.draft is not None:
        return _create(step.draft, operation_id)
    if ticket_id is None:
        raise InvalidInputError("This step changes a ticket, and none is named", path=("id",))
    if step.kind in (StepKind.ADD_TAGS, StepKind.REMOVE_TAGS):
        return _tags(step, number(ticket_id), stamp)
    return _update(step, number(ticket_id), operation_id, stamp)


def _create(draft: TicketDraft, operation_id: str) -> Request:
    """https://developer.zendesk.com/api-reference/ticketing/introduction/#idempotency

    The key is kept for two hours; the external id finds the ticket after that.
    """
    ticket: Json = {
        "subject": draft.subject,
        "comment": _comment(CommentDraft(draft.body, draft.visibility)),
        "external_id": operation_id,
        "metadata": {OPERATION_KEY: operation_id},
    }
    if draft.priority is not None:
        ticket["priority"] = NATIVE_PRIORITY_OF[draft.priority]
    if draft.status is not None:
        ticket["status"] = NATIVE_STATUS_OF[draft.status]
    if draft.tags:
        ticket["tags"] = list(draft.tags)
    if draft.custom_fields:
        ticket["custom_fields"] = _custom_fields(draft.custom_fields)
    if draft.assignee_id is not None:
        ticket["assignee_id"] = int(number(draft.assignee_id))
    if draft.team_id is not None:
        ticket["group_id"] = int(number(draft.team_id))
    if draft.requester is not None:
        ticket.update(_requester(draft.requester))
    return Request(
        "POST",
        "/api/v2/tickets",
        body={"ticket": ticket},
        headers={"idempotency-key": operation_id},
        family=CREATE,
    )


def _requester(requester: Requester) -> Json:
    """https://developer.zendesk.com/documentation/ticketing/managing-tickets/creating-and-updating-tickets/

    An unknown address becomes a new user, who needs a name. Nobody at all: the token's own user.
    """
    if requester.external_id is not None:
        return {"requester_id": int(number(requester.external_id))}
    if requester.email is not None:
        return {"requester": {"name": requester.name or requester.email, "email": requester.email}}
    if requester.name is None and requester.external_reference is None:
        return {}
    raise InvalidInputError(
        "Zendesk finds a requester by e-mail address or id only",
        hint="Give the requester's e-mail address",
        path=("requester", "email"),
    )


def _update(step: Step, ticket_id: str, operation_id: str, stamp: int | None) -> Request:
    """https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/#update-ticket"""
    patch = step.patch or TicketPatch(comment=step.comment)
    ticket: Json = {"metadata": {OPERATION_KEY: operation_id}, **_fields_of(patch)}
    if patch.custom_fields:
        ticket["custom_fields"] = _custom_fields(patch.custom_fields)
    if patch.comment is not None:
        ticket["comment"] = _comment(patch.comment)
    if stamp is not None:
        ticket["safe_update"] = True
        ticket["updated_stamp"] = iso_seconds(stamp)
    return Request(
        "PUT",
        f"/api/v2/tickets/{ticket_id}",
        body={"ticket": ticket},
        family=ticket_family(ticket_id),
    )


def _tags(step: Step, ticket_id: str, stamp: int | None) -> Request:
    """https://developer.zendesk.com/api-reference/ticketing/ticket-management/tags/#add-tags

    Here the stamp stands at the top level, and `safe_update` is a word.
    """
    body: Json = {"tags": list(step.tags)}
    if stamp is not None:
        body["updated_stamp"] = iso_seconds(stamp)
        body["safe_update"] = "true"
    return Request(
        "PUT" if step.kind is StepKind.ADD_TAGS else "DELETE",
        f"/api/v2/tickets/{ticket_id}/tags",
        body=body,
        family=ticket_family(ticket_id),
    )


def _fields_of(patch: TicketPatch) -> Json:
    fields: Json = {}
    if patch.subject is not UNSET:
        fields["subject"] = patch.subject
    if not isinstance(patch.status, Unset):
        fields["status"] = NATIVE_STATUS_OF[patch.status]
    if not isinstance(patch.priority, Unset):
        fields["priority"] = patch.priority and NATIVE_PRIORITY_OF[patch.priority]
    if not isinstance(patch.assignee_id, Unset):
        fields["assignee_id"] = _id_or_null(patch.assignee_id)
    if not isinstance(patch.team_id, Unset):
        fields["group_id"] = _id_or_null(patch.team_id)
    return fields


def _id_or_null(external_id: str | None) -> int | None:
    return None if external_id is None else int(number(external_id))


def _comment(draft: CommentDraft) -> Json:
    """`public` is always said: left out, it follows the ticket's first comment and may mail."""
    key, said = ("body", draft.body) if draft.body_html is None else ("html_body", draft.body_html)
    return {key: said, "public": draft.visibility is Visibility.PUBLIC}


def _custom_fields(values: Mapping[str, JsonValue]) -> list[JsonValue]:
    return [{"id": int(number(key)), "value": value} for key, value in sorted(values.items())]


def iso_seconds(stamp: int) -> str:
    """A version as Zendesk spells it. Its clock has steps of one second."""
    return datetime.fromtimestamp(stamp // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
