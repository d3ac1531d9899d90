"""Writes tickets: what was asked, what follows from it, and the audit that tells both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

from emulator.kernel.http import JsonValue
from emulator.zendesk import errors
from emulator.zendesk.desk import Desk
from emulator.zendesk.field_values import fields_after, tags_after
from emulator.zendesk.people import People
from emulator.zendesk.records import Audit, Comment, Event, Ticket
from emulator.zendesk.render import JsonObject
from emulator.zendesk.ticket_input import CommentInput, Reader, TicketInput, whole
from emulator.zendesk.times import stamp_or_none

_ASSIGNEE_NEEDED = ("Assignee: is required when solving a ticket", "BlankValue")
_TOLD_ON_CREATE = (
    *("subject", "requester_id", "priority", "type", "status", "organization_id", "brand_id"),
    *("form_id", "custom_status_id"),
)
_FIELD_NAMES = {"form_id": "ticket_form_id"}
_UNTOLD = frozenset(
    (
        *("id", "created_at", "updated_at", "generated_at", "submitter_id", "channel", "fields"),
        *("comments", "audits", "deleted_at", "deleted_by", "is_scrubbed", "support_type"),
        *("revisions", "followup_ids", "has_incidents"),
    )
)
_TOLD = tuple(entry.name for entry in fields(Ticket) if entry.name not in _UNTOLD)


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes, and with what. `client` is the program's own name."""

    user_id: int
    client: str = ""
    channel: str = "api"


def create_ticket(desk: Desk, given: JsonObject, writer: Writer) -> tuple[Ticket, Audit]:
    """Raises `Refused` (400, 422)."""
    people = People(desk)
    wanted = Reader(desk, None, people).read(given)
    now = desk.second
    changes = wanted.changes
    submitter = changes.pop("submitter_id", None)
    submitter_id = submitter if isinstance(submitter, int) else writer.user_id
    blank = Ticket(
        id=0,
        created_at=now,
        updated_at=now,
        generated_at=now,
        subject="",
        requester_id=submitter_id,
        submitter_id=submitter_id,
        channel=writer.channel,
        status="new",
        custom_status_id=desk.status_of("new"),
        brand_id=desk.brand_id,
        form_id=desk.form_id,
    )
    draft = replace(blank, **changes)  # type: ignore[arg-type]  # the reader sets known attributes
    requester = people.get(draft.requester_id)
    if "organization_id" not in changes:
        draft = replace(draft, organization_id=requester.organization_id)
    draft = _consequences(desk, blank, draft, wanted)
    source = _source(desk, given.get("via_followup_source_id"))
    draft = replace(draft, id=desk.next_ticket_id())
    people.commit()
    if wanted.comment is not None and wanted.comment.author_id is None:
        # The submitter is always the author of the first comment.
        wanted.comment = replace(wanted.comment, author_id=submitter_id)
    if source is not None:
        system_update(desk, source, followup_ids=(*source.followup_ids, draft.id))
    audit, comment = _audit(desk, None, draft, wanted, writer)
    draft = replace(draft, comments=(comment,) if comment else ())
    return desk.save(draft, audit), audit


def update_ticket(
    desk: Desk, old: Ticket, given: JsonObject, writer: Writer
) -> tuple[Ticket, Audit]:
    """The ticket after the update. One that changes nothing is not stored: its audit is empty.

    Raises `Refused` (400, 422).
    """
    if old.status == "closed":
        raise errors.closed_ticket()
    people = People(desk)
    wanted = Reader(desk, old, people).read(given)
    changes = wanted.changes
    draft = replace(old, **changes)  # type: ignore[arg-type]  # the reader sets known attributes
    draft = _consequences(desk, old, draft, wanted)
    people.commit()
    return store_update(desk, old, draft, wanted, writer)


def store_update(
    desk: Desk, old: Ticket, draft: Ticket, wanted: TicketInput, writer: Writer
) -> tuple[Ticket, Audit]:
    """Stores a ticket's next state with the audit that tells the difference."""
    audit, comment = _audit(desk, old, draft, wanted, writer)
    if not audit.events:
        return old, audit
    now = desk.second
    draft = replace(draft, updated_at=now, generated_at=max(now, old.generated_at))
    if comment is not None:
        draft = replace(draft, comments=(*old.comments, comment))
    if draft.problem_id is not None and draft.problem_id != old.problem_id:
        _mark_problem(desk, draft.problem_id)
    return desk.save(draft, audit), audit


def _consequences(desk: Desk, old: Ticket, draft: Ticket, wanted: TicketInput) -> Ticket:
    """What Zendesk adds of itself; raises `Refused` (422)."""
    custom = desk.custom_fields()
    if wanted.has_tags:
        draft = replace(draft, fields=fields_after(custom, draft.fields, draft.tags))
    if draft.fields != old.fields:
        draft = replace(draft, tags=tags_after(custom, old.fields, draft.fields, draft.tags))
    draft = _grouped(desk, old, draft)
    if draft.status == "new" and draft.assignee_id is not None:
        draft = replace(draft, status="open")
    if draft.status in {"solved", "closed"} and draft.assignee_id is None:
        raise errors.invalid({"base": [_ASSIGNEE_NEEDED]})
    if draft.status != old.status and "custom_status_id" not in wanted.changes:
        draft = replace(draft, custom_status_id=desk.status_of(draft.status))
    return draft


def _grouped(desk: Desk, old: Ticket, draft: Ticket) -> Ticket:
    """An assignee belongs to the ticket's group; a group without the assignee takes the ticket."""
    if draft.assignee_id is None:
        return draft
    groups = {row.group_id for row in desk.memberships.now().find("user_id", draft.assignee_id)}
    if draft.group_id in groups or not groups:
        return draft
    if draft.assignee_id != old.assignee_id:
        default = desk.users.rows[draft.assignee_id].group_id
        return replace(draft, group_id=default if default in groups else min(groups))
    return replace(draft, assignee_id=None) if draft.group_id != old.group_id else draft


def _audit(
    desk: Desk, old: Ticket | None, draft: Ticket, wanted: TicketInput, writer: Writer
) -> tuple[Audit, Comment | None]:
    audit_id = desk.next_id()
    events: list[Event] = []
    comment = None
    if wanted.comment is not None:
        comment = _comment(desk, old, wanted.comment, audit_id, writer)
        events.append(Event(comment.id, "Comment", comment_id=comment.id))
    told = _created(draft) if old is None else _changed(old, draft)
    events += [replace(entry, id=desk.next_id()) for entry in told]
    audit = Audit(
        id=audit_id,
        ticket_id=draft.id,
        created_at=desk.second,
        author_id=writer.user_id,
        channel=writer.channel,
        events=tuple(events),
        client=writer.client,
        custom=wanted.custom,
    )
    return audit, comment


def _comment(
    desk: Desk, old: Ticket | None, given: CommentInput, audit_id: int, writer: Writer
) -> Comment:
    """Without a word about it, a comment is as public as the ticket's first one."""
    is_public = given.is_public
    if is_public is None:
        is_public = old.comments[0].is_public if old and old.comments else True
    return Comment(
        id=desk.next_id(),
        audit_id=audit_id,
        author_id=given.author_id or writer.user_id,
        html=given.html,
        text=given.text,
        is_public=is_public,
        created_at=desk.second,
        channel=writer.channel,
    )


def _created(draft: Ticket) -> list[Event]:
    names = [*_TOLD_ON_CREATE, *(name for name in _TOLD if name not in _TOLD_ON_CREATE)]
    events = [
        Event(0, "Create", _FIELD_NAMES.get(name, name), value)
        for name in names
        if (value := _told(draft, name)) not in (None, []) or name in {"priority", "type"}
    ]
    events += [
        Event(0, "Create", str(field_id), _plain(value))
        for field_id, value in draft.fields.items()
        if value not in (None, (), False)
    ]
    return events


def _changed(old: Ticket, draft: Ticket) -> list[Event]:
    events = [
        Event(0, "Change", _FIELD_NAMES.get(name, name), _told(draft, name), _told(old, name))
        for name in _TOLD
        if getattr(old, name) != getattr(draft, name)
    ]
    events += [
        Event(0, "Change", str(field_id), _plain(value), _plain(old.fields.get(field_id)))
        for field_id, value in draft.fields.items()
        if not _same(value, old.fields.get(field_id))
    ]
    return events


def _told(ticket: Ticket, name: str) -> JsonValue:
    """An attribute as audits tell it: ids as text, times as stamps."""
    value = getattr(ticket, name)
    if name == "due_at":
        return stamp_or_none(ticket.due_at)
    return _plain(value)


def _plain(value: object) -> JsonValue:
    if isinstance(value, tuple):
        return [_plain(entry) for entry in value]
    if isinstance(value, bool):
        return "1" if value else "0"
    return None if value is None else str(value)


def _same(left: object, right: object) -> bool:
    """An unset field, an empty list and an unticked box are the same."""
    return left == right or (not left and not right)


def _source(desk: Desk, source_id: JsonValue) -> Ticket | None:
    """The closed ticket that a new one follows up; raises `Refused` (422) for any other."""
    if source_id is None:
        return None
    source = desk.live_ticket(whole(source_id) or 0)
    if source is None or source.status != "closed":
        raise errors.invalid_field("via_followup_source_id", "Source: is not a closed ticket")
    return source


def _mark_problem(desk: Desk, problem_id: int) -> None:
    problem = desk.tickets.rows[problem_id]
    if not problem.has_incidents:
        system_update(desk, problem, has_incidents=True)


def system_update(desk: Desk, ticket: Ticket, **changes: object) -> Ticket:
    """A change that moves the export but not `updated_at`, and that no audit tells."""
    generated_at = max(desk.second, ticket.generated_at)
    changed = replace(ticket, generated_at=generated_at, **changes)  # type: ignore[arg-type]  # named by the callers above
    return desk.save(changed)


def delete_ticket(desk: Desk, ticket: Ticket, writer: Writer) -> Ticket:
    """Soft: the ticket is gone from everywhere but the exports and the list of deleted ones."""
    now = desk.second
    gone = replace(
        ticket,
        deleted_at=now,
        deleted_by=writer.user_id,
        updated_at=now,
        generated_at=max(now, ticket.generated_at),
    )
    return desk.save(gone)


def restore_ticket(desk: Desk, ticket: Ticket) -> Ticket:
    now = desk.second
    back = replace(
        ticket,
        deleted_at=None,
        deleted_by=None,
        updated_at=now,
        generated_at=max(now, ticket.generated_at),
    )
    return desk.save(back)


def merge_tickets(
    desk: Desk, target: Ticket, source: Ticket, writer: Writer, *, words: Mapping[str, str]
) -> tuple[Ticket, Ticket]:
    """The source is closed for good; both get a comment, `words` by "target" and "source"."""
    note = CommentInput("", words["source"], False, writer.user_id)
    closed = replace(source, status="closed", custom_status_id=desk.status_of("closed"))
    closed = replace(closed, assignee_id=source.assignee_id or writer.user_id)
    closed = replace(closed, tags=tuple(sorted({*source.tags, "closed_by_merge"})))
    source, _ = store_update(desk, source, closed, TicketInput(comment=note), writer)
    told = CommentInput("", words["target"], False, writer.user_id)
    target, _ = store_update(desk, target, target, TicketInput(comment=told), writer)
    return target, source
