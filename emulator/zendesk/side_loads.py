"""What `include=` adds beside a list's rows, and inside them.

https://developer.zendesk.com/documentation/ticketing/using-the-zendesk-api/side_loading/
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from emulator.kernel.http import JsonValue
from emulator.zendesk.call import Call
from emulator.zendesk.records import Audit, Comment, Ticket, User
from emulator.zendesk.render import JsonObject, Shape


def ticket_row(call: Call, ticket: Ticket, shape: Shape) -> JsonObject:
    row = call.render.ticket(ticket, shape)
    if "comment_count" in call.include():
        row["comment_count"] = len(ticket.comments)
    if "incident_counts" in call.include():
        row["incident_count"] = int(ticket.has_incidents)
    return row


def ticket_sides(call: Call, tickets: Sequence[Ticket]) -> JsonObject:
    wanted = call.include()
    sides: JsonObject = {}
    if "users" in wanted:
        sides["users"] = users_side(
            call, (person for ticket in tickets for person in _people(ticket))
        )
    if "groups" in wanted:
        groups = (
            call.view.groups.get(row_id) for row_id in sorted({t.group_id or 0 for t in tickets})
        )
        sides["groups"] = [call.render.group(row) for row in groups if row is not None]
    if "organizations" in wanted:
        ids = sorted({ticket.organization_id or 0 for ticket in tickets})
        rows = (call.view.organizations.get(row_id) for row_id in ids)
        sides["organizations"] = [call.render.organization(row) for row in rows if row is not None]
    if "custom_statuses" in wanted:
        statuses = call.desk.statuses.rows
        ids = sorted({ticket.custom_status_id for ticket in tickets})
        sides["custom_statuses"] = [call.render.status(statuses[row_id]) for row_id in ids]
    if "last_audits" in wanted:
        sides["last_audits"] = [
            call.render.audit(ticket.audits[-1], ticket) for ticket in tickets if ticket.audits
        ]
    return sides


def _people(ticket: Ticket) -> Iterable[int]:
    yield from (ticket.requester_id, ticket.submitter_id)
    yield from ticket.collaborator_ids
    if ticket.assignee_id is not None:
        yield ticket.assignee_id


def users_side(call: Call, ids: Iterable[int]) -> list[JsonValue]:
    users = (call.view.users.get(user_id) for user_id in sorted(set(ids)))
    return [call.render.user(user) for user in users if user is not None]


def author_sides(call: Call, rows: Sequence[Comment | Audit]) -> JsonObject:
    """`include=users` beside comments and audits: their authors."""
    if "users" not in call.include():
        return {}
    return {"users": users_side(call, (row.author_id for row in rows))}


def user_sides(call: Call, users: Sequence[User]) -> JsonObject:
    wanted = call.include()
    sides: JsonObject = {}
    if "organizations" in wanted:
        ids = sorted({user.organization_id or 0 for user in users})
        rows = (call.view.organizations.get(row_id) for row_id in ids)
        sides["organizations"] = [call.render.organization(row) for row in rows if row is not None]
    if "groups" in wanted:
        groups = (
            call.view.groups.get(row_id)
            for row_id in sorted({user.group_id or 0 for user in users})
        )
        sides["groups"] = [call.render.group(row) for row in groups if row is not None]
    return sides
