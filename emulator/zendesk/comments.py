"""The endpoints of a ticket's comments and audits. A comment is written by updating its ticket.

https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_comments/
"""

from __future__ import annotations

from dataclasses import replace

from emulator.kernel.http import Response
from emulator.zendesk import errors, limits, paging
from emulator.zendesk.call import Call
from emulator.zendesk.paging import ListListing, TableListing
from emulator.zendesk.records import Audit, Comment, Event, Ticket
from emulator.zendesk.render import JsonObject, bodies
from emulator.zendesk.side_loads import author_sides
from emulator.zendesk.text import redacted
from emulator.zendesk.ticket_lists import count_answer
from emulator.zendesk.tickets import writer_of


def list_comments(call: Call) -> Response:
    ticket = call.ticket()
    descending = _descends(call)
    listing = ListListing(ticket.comments, lambda row: (row.created_at, row.id), "created_at")
    return paging.answer(
        call,
        "comments",
        listing,
        call.render.comment,
        descending=descending,
        side=lambda rows: author_sides(call, rows),
    )


def _descends(call: Call) -> bool:
    """`sort=-created_at` under a cursor, `sort_order=desc` under page numbers."""
    if paging.uses_cursor(call):
        return paging.cursor_sort(call, ("created_at",), "created_at")[1]
    return paging.offset_descends(call)


def count_comments(call: Call) -> Response:
    return count_answer(call, len(call.ticket().comments))


def list_audits(call: Call) -> Response:
    ticket = call.ticket()
    descending = _descends(call)
    listing = ListListing(ticket.audits, lambda row: (row.created_at, row.id), "created_at")
    return paging.answer(
        call,
        "audits",
        listing,
        lambda audit: call.render.audit(audit, ticket),
        descending=descending,
        side=lambda rows: author_sides(call, rows),
    )


def count_audits(call: Call) -> Response:
    return count_answer(call, len(call.ticket().audits))


def show_audit(call: Call) -> Response:
    ticket = call.ticket()
    for audit in ticket.audits:
        if audit.id == call.id("audit_id"):
            return Response.of_json({"audit": call.render.audit(audit, ticket)})
    raise errors.not_found()


def list_all_audits(call: Call) -> Response:
    """`GET /ticket_audits`: of all tickets that are not deleted, the oldest first."""
    tickets = call.view.tickets

    def row(audit: Audit) -> JsonObject:
        ticket = tickets.get(audit.ticket_id)
        return {} if ticket is None else call.render.audit(audit, ticket)

    kept = paging.FilteredListing(
        TableListing(call.view.audits, "created_at"),
        lambda audit: call.view.ticket(audit.ticket_id) is not None,
    )
    return paging.answer(call, "audits", kept, row)


def make_private(call: Call) -> Response:
    ticket, comment = _comment(call)
    event = Event(call.desk.next_id(), "CommentPrivacyChange", comment_id=comment.id)
    _replace(call, ticket, replace(comment, is_public=False), event)
    return Response.of_json({})


def redact(call: Call) -> Response:
    """Blacks a text out of a comment, for good; raises `Refused` on a closed ticket."""
    ticket, comment = _comment(call)
    secret = call.body().get("text")
    if not isinstance(secret, str) or not secret:
        raise errors.missing_parameter("text")
    if ticket.status == "closed":
        raise errors.closed_ticket()
    body, html, _ = bodies(comment)
    if secret not in body and secret not in html:
        raise errors.invalid_field("text", "Text: is not in the comment")
    text = None if comment.text is None else redacted(comment.text, secret)
    changed = replace(comment, text=text, html=redacted(comment.html, secret))
    event = Event(call.desk.next_id(), "CommentRedactionEvent", comment_id=comment.id)
    _replace(call, ticket, changed, event)
    return Response.of_json({"comment": call.render.comment(changed)})


def _comment(call: Call) -> tuple[Ticket, Comment]:
    call.spend(limits.TICKETS_UPDATE)
    ticket = call.live_ticket()
    for comment in ticket.comments:
        if comment.id == call.id("comment_id"):
            return ticket, comment
    raise errors.not_found()


def _replace(call: Call, ticket: Ticket, comment: Comment, event: Event) -> None:
    """A comment's change moves the export and the log, but not the ticket's `updated_at`."""
    desk = call.desk
    audit = Audit(
        id=desk.next_id(),
        ticket_id=ticket.id,
        created_at=desk.second,
        author_id=call.who.user_id,
        channel="api",
        events=(event,),
        client=writer_of(call).client,
    )
    comments = tuple(comment if held.id == comment.id else held for held in ticket.comments)
    generated_at = max(desk.second, ticket.generated_at)
    desk.save(replace(ticket, comments=comments, generated_at=generated_at), audit)
