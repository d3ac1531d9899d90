"""What Gorgias needs to hear for a write.

It remembers no key and compares no stamp. So a ticket and a message are sent once and then only
looked for, by our operation id in `external_id`; everything else sets a value, and may be repeated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from domain.errors import InvalidInputError
from domain.http import Request
from domain.records import JsonValue
from domain.words import Visibility
from domain.writes import (
    CommentDraft,
    Requester,
    Safety,
    Step,
    StepKind,
    TicketDraft,
    TicketPatch,
    Unset,
)
from integrations.ticketing.gorgias.replies import route_of
from integrations.ticketing.gorgias.vocabulary import (
    DEFAULT_PRIORITY,
    NATIVE_PRIORITY_OF,
    NATIVE_STATUS_OF,
    NOTE,
)
from integrations.ticketing.names import numeric_id

Json = dict[str, JsonValue]

LONGEST_SUBJECT: Final = 998
LONGEST_TAG: Final = 256


def number(external_id: str) -> str:
    return numeric_id(external_id, provider="Gorgias")


def create_steps(draft: TicketDraft) -> Sequence[Step]:
    return (Step(StepKind.CREATE, Safety.SEND_ONCE, draft=draft),)


def update_steps(patch: TicketPatch) -> Sequence[Step]:
    """A call for each kind of change. `tags` and `custom_fields` in a PUT would replace all.

    The message, which cannot be taken back, follows what Gorgias may refuse. A ticket is closed
    last: as the last word, and so that no message opens it again.
    """
    changes = []
    if patch.add_tags:
        changes.append(Step(StepKind.ADD_TAGS, Safety.REPEATABLE, tags=patch.add_tags))
    if patch.remove_tags:
        changes.append(Step(StepKind.REMOVE_TAGS, Safety.REPEATABLE, tags=patch.remove_tags))
    if patch.custom_fields:
        changes.append(
            Step(StepKind.CUSTOM_FIELDS, Safety.REPEATABLE, custom_fields=patch.custom_fields)
        )
    update, comment = [], []
    if _fields_of(patch):
        update.append(Step(StepKind.UPDATE, Safety.REPEATABLE, patch=patch))
    if patch.comment is not None:
        comment.append(Step(StepKind.COMMENT, Safety.SEND_ONCE, comment=patch.comment))
    closes = not isinstance(patch.status, Unset) and patch.status.is_done
    last = (*comment, *update) if closes else (*update, *comment)
    return (*changes, *last)


def is_public_reply(step: Step) -> bool:
    return step.comment is not None and step.comment.visibility is Visibility.PUBLIC


def build_step(
    step: Step,
    *,
    ticket_id: str | None,
    operation_id: str,
    ticket_raw: bytes | None,
    fallback_requester: str | None,
) -> Request:
    if step.kind is StepKind.CREATE and step.draft is not None:
        return _create(step.draft, operation_id, fallback_requester)
    if ticket_id is None:
        raise InvalidInputError("This step changes a ticket, and none is named", path=("id",))
    path = f"/api/tickets/{number(ticket_id)}"
    match step:
        case Step(kind=StepKind.ADD_TAGS | StepKind.REMOVE_TAGS):
            return _tags(step, path)
        case Step(kind=StepKind.CUSTOM_FIELDS):
            return Request("PUT", f"{path}/custom-fields", body=_values(step.custom_fields))
        case Step(kind=StepKind.COMMENT, comment=CommentDraft() as comment):
            route = route_of(ticket_raw) if is_public_reply(step) else _note_route()
            message = {**route, **_text(comment), "external_id": operation_id}
            return Request("POST", f"{path}/messages", body=message)
        case Step(kind=StepKind.UPDATE, patch=TicketPatch() as patch):
            return Request("PUT", path, body=_fields_of(patch))
    raise InvalidInputError(f"A step of the kind {step.kind} lacks its content")


def _create(draft: TicketDraft, operation_id: str, fallback_requester: str | None) -> Request:
    """https://developers.gorgias.com/reference/create-a-ticket

    A message of the channel `api` comes from the customer: it mails nobody and sets off no
    automatic answer. Ours is the only way to find the ticket again, so `external_id` is not free.
    """
    customer = _customer(draft.requester, fallback_requester)
    is_note = draft.visibility is Visibility.INTERNAL
    who = {key: value for key, value in customer.items() if key != "name"}
    message: Json = (
        _note_route()
        if is_note
        else {"channel": "api", "via": "api", "from_agent": False, "sender": who}
    )
    ticket: Json = {
        "channel": "api",
        "via": "api",
        "from_agent": is_note,
        "subject": _subject(draft.subject),
        "customer": customer,
        "external_id": operation_id,
        "messages": [{**message, **_text(CommentDraft(draft.body))}],
    }
    if draft.priority is not None:
        ticket["priority"] = NATIVE_PRIORITY_OF[draft.priority]
    if draft.status is not None:
        ticket["status"] = NATIVE_STATUS_OF[draft.status]
    if draft.tags:
        ticket["tags"] = [{"name": tag} for tag in _tag_names(draft.tags)]
    if draft.custom_fields:
        ticket["custom_fields"] = _values(draft.custom_fields)
    if draft.assignee_id is not None:
        ticket["assignee_user"] = {"id": int(number(draft.assignee_id))}
    if draft.team_id is not None:
        ticket["assignee_team"] = {"id": int(number(draft.team_id))}
    return Request("POST", "/api/tickets", body=ticket)


def _customer(requester: Requester | None, fallback: str | None) -> Json:
    """By id or by address; an unknown address becomes a new customer, who may have a name.

    More than that would change the customer. Nobody at all: the fallback, as Gorgias has no ticket
    without a customer.
    """
    requester = requester or Requester()
    if requester.external_id is not None:
        return {"id": int(number(requester.external_id))}
    if requester.email is not None:
        named: Json = {} if requester.name is None else {"name": requester.name}
        return {"email": requester.email, **named}
    if requester.external_reference is None and requester.name is None and fallback is not None:
        return {"email": fallback}
    raise InvalidInputError(
        "Gorgias needs to know the customer whom the ticket is for",
        hint="Give the requester's e-mail address, or the customer's id at Gorgias",
        path=("requester", "email"),
    )


def _note_route() -> Json:
    """https://developers.gorgias.com/reference/create-a-ticket-message: it needs no receiver."""
    return {"channel": NOTE, "via": "api", "from_agent": True}


def _text(draft: CommentDraft) -> Json:
    markup: Json = {} if draft.body_html is None else {"body_html": draft.body_html}
    return {"body_text": draft.body, **markup}


def _tags(step: Step, path: str) -> Request:
    """https://developers.gorgias.com/reference/create-ticket-tags

    A DELETE with a body takes single tags away; PUT would replace all of them.
    """
    method = "POST" if step.kind is StepKind.ADD_TAGS else "DELETE"
    return Request(method, f"{path}/tags", body={"names": [*_tag_names(step.tags)]})


def _tag_names(tags: Sequence[str]) -> Sequence[str]:
    for tag in tags:
        if not 1 <= len(tag) <= LONGEST_TAG:
            raise InvalidInputError(
                f"A tag of {len(tag)} characters",
                hint=f"Gorgias's tags have 1 to {LONGEST_TAG} characters",
                path=("tags",),
            )
    return tags


def _subject(subject: str) -> str:
    if len(subject) > LONGEST_SUBJECT:
        raise InvalidInputError(
            f"A subject of {len(subject)} characters",
            hint=f"Gorgias's subjects have at most {LONGEST_SUBJECT} characters",
            path=("subject",),
        )
    return subject


def _fields_of(patch: TicketPatch) -> Json:
    """https://developers.gorgias.com/reference/update-a-ticket: what is not named stays."""
    fields: Json = {}
    if not isinstance(patch.subject, Unset):
        fields["subject"] = _subject(patch.subject)
    if not isinstance(patch.status, Unset):
        fields["status"] = NATIVE_STATUS_OF[patch.status]
    if not isinstance(patch.priority, Unset):
        # There is no ticket without a priority: to clear it is to set the usual one.
        priority = patch.priority
        fields["priority"] = NATIVE_PRIORITY_OF[priority] if priority else DEFAULT_PRIORITY
    if not isinstance(patch.assignee_id, Unset):
        fields["assignee_user"] = _reference(patch.assignee_id)
    if not isinstance(patch.team_id, Unset):
        fields["assignee_team"] = _reference(patch.team_id)
    if not isinstance(patch.snoozed_until, Unset):
        fields["snooze_datetime"] = _moment(patch.snoozed_until)
    return fields


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat()


def _reference(external_id: str | None) -> Json:
    return {"id": None if external_id is None else int(number(external_id))}


def _values(values: Mapping[str, JsonValue]) -> list[JsonValue]:
    """https://developers.gorgias.com/reference/update-ticket-custom-fields: others stay."""
    return [{"id": int(number(key)), "value": value} for key, value in sorted(values.items())]
