"""How a ticket changes: what each change moves, logs and tells to webhooks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from emulator.gorgias.desk import Change, Desk
from emulator.gorgias.records import Merge, Ticket
from emulator.gorgias.stamps import Micros
from emulator.kernel.http import JsonValue


def save_ticket(desk: Desk, old: Ticket, new: Ticket, change: Change) -> Ticket:
    """Stores a changed ticket: moves `updated`, logs what differs and fires the webhooks."""
    new = _with_consequences(old, new, change)
    desk.store.tickets.put(new)
    _log_differences(old, new, change)
    change.log_ticket(new, "ticket-updated")
    change.trigger("ticket-updated", new.id)
    if old.status != new.status:
        change.trigger("ticket-status-updated", new.id)
    if _assignees(old) != _assignees(new):
        change.trigger("ticket-assignment-updated", new.id)
    plan_unsnooze(desk, new)
    return new


def _with_consequences(old: Ticket, new: Ticket, change: Change) -> Ticket:
    # A created ticket may bring a stamp from the future; its version must never fall after that.
    stamp = max(change.stamp(), old.updated + 1)
    closed = new.closed
    if new.status == "open" and old.status == "closed":
        closed = None
    elif new.status == "closed" and closed is None:
        closed = stamp
    return replace(new, updated=stamp, closed=closed)


def _assignees(ticket: Ticket) -> tuple[int | None, int | None]:
    return ticket.assignee_user_id, ticket.assignee_team_id


def _log_differences(old: Ticket, new: Ticket, change: Change) -> None:
    if old.status != new.status:
        change.log_ticket(new, "ticket-closed" if new.status == "closed" else "ticket-reopened")
    _log_assignment(old, new, change)
    for kind, differs in _plain_differences(old, new):
        if differs:
            change.log_ticket(new, kind)
    log_tags(old, new, change)


def _plain_differences(old: Ticket, new: Ticket) -> Iterable[tuple[str, bool]]:
    yield "ticket-marked-spam", new.spam and not old.spam
    yield "ticket-unmarked-spam", old.spam and not new.spam
    yield "ticket-trashed", new.trashed is not None and old.trashed is None
    yield "ticket-untrashed", new.trashed is None and old.trashed is not None
    yield "ticket-subject-updated", new.subject != old.subject
    yield "ticket-customer-updated", new.customer_id != old.customer_id
    snoozed = new.snoozed_until is not None and new.snoozed_until != old.snoozed_until
    yield "ticket-snoozed", snoozed


def _log_assignment(old: Ticket, new: Ticket, change: Change) -> None:
    if old.assignee_user_id != new.assignee_user_id:
        if new.assignee_user_id is None:
            change.log_ticket(new, "ticket-unassigned")
        else:
            assignee: JsonValue = {"assignee_user_id": new.assignee_user_id}
            change.log("ticket-assigned", "Ticket", new.id, assignee)
    if old.assignee_team_id != new.assignee_team_id:
        if new.assignee_team_id is None:
            change.log_ticket(new, "ticket-team-unassigned")
        else:
            team: JsonValue = {"assignee_team_id": new.assignee_team_id}
            change.log("ticket-team-assigned", "Ticket", new.id, team)


def log_tags(old: Ticket, new: Ticket, change: Change) -> None:
    added: list[JsonValue] = [tag for tag in new.tag_ids if tag not in old.tag_ids]
    removed: list[JsonValue] = [tag for tag in old.tag_ids if tag not in new.tag_ids]
    if added:
        change.log("ticket-tags-added", "Ticket", new.id, {"tags_added": added})
    if removed:
        change.log("ticket-tags-removed", "Ticket", new.id, {"tags_removed": removed})


def plan_unsnooze(desk: Desk, ticket: Ticket) -> None:
    """Wakes the ticket when its snooze ends, unless the snooze has changed by then."""
    until = ticket.snoozed_until
    if until is None:
        return

    def wake() -> None:
        sleeping = desk.store.tickets.get(ticket.id)
        if sleeping is None or sleeping.snoozed_until != until:
            return
        change = desk.change(None)
        change.log_ticket(sleeping, "ticket-self-unsnoozed")
        save_ticket(desk, sleeping, replace(sleeping, snoozed_until=None, status="open"), change)
        change.trigger("ticket-self-unsnoozed", ticket.id)

    desk.later(until, wake)


def set_tags(desk: Desk, ticket: Ticket, tag_ids: Iterable[int], change: Change) -> None:
    """Through the tags' own endpoints: logged, but the ticket's `updated` stays."""
    new = replace(ticket, tag_ids=tuple(dict.fromkeys(tag_ids)))
    if new.tag_ids == ticket.tag_ids:
        return
    desk.store.tickets.put(new)
    log_tags(ticket, new, change)
    change.trigger("ticket-updated", ticket.id)


def set_field_values(
    desk: Desk, ticket: Ticket, values: Mapping[int, JsonValue], change: Change
) -> None:
    """Through the fields' own endpoints: the ticket's `updated` stays, as was recorded."""
    kept = {field: value for field, value in values.items() if value is not None}
    desk.store.tickets.put(replace(ticket, field_values=kept))
    change.log_ticket(ticket, "ticket-updated")


def delete_ticket(desk: Desk, ticket: Ticket, change: Change) -> None:
    """For good, with its messages."""
    _erase(desk, ticket)
    change.log_ticket(ticket, "ticket-deleted")


def merge_tickets(desk: Desk, source: Ticket, target: Ticket, change: Change) -> Ticket:
    """Moves the source's messages and tags into the target; the source's id then answers 301."""
    messages = desk.store.messages.group("ticket", source.id)
    for message in messages:
        desk.store.messages.put(replace(message, ticket_id=target.id))
    _erase(desk, source)
    desk.store.ticket_merges.put(Merge(source.id, target.id))
    change.log("ticket-merged", "Ticket", source.id, {"target_ticket_id": target.id})
    grown = replace(
        target,
        tag_ids=tuple(dict.fromkeys([*target.tag_ids, *source.tag_ids])),
        field_values={**source.field_values, **target.field_values},
        last_message=_latest(target.last_message, source.last_message),
        last_received_message=_latest(target.last_received_message, source.last_received_message),
    )
    return save_ticket(desk, target, grown, change)


def _latest(first: Micros | None, second: Micros | None) -> Micros | None:
    known = [each for each in (first, second) if each is not None]
    return max(known, default=None)


def _erase(desk: Desk, ticket: Ticket) -> None:
    for message in desk.store.messages.group("ticket", ticket.id):
        desk.store.messages.remove(message.id)
    for survey in desk.store.surveys.group("ticket", ticket.id):
        desk.store.surveys.remove(survey.id)
    desk.store.tickets.remove(ticket.id)
