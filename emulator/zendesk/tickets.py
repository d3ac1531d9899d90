"""The endpoints of one ticket: show, create, update, delete, restore, and its tags.

https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from emulator.kernel.http import JsonValue, Response
from emulator.zendesk import errors, limits, paging
from emulator.zendesk.call import Call
from emulator.zendesk.idempotency import Replays
from emulator.zendesk.paging import TableListing
from emulator.zendesk.records import Ticket
from emulator.zendesk.render import JsonObject, Shape
from emulator.zendesk.side_loads import ticket_row, ticket_sides
from emulator.zendesk.ticket_input import HANDLED, tag_list, truth
from emulator.zendesk.ticket_write import (
    Writer,
    create_ticket,
    delete_ticket,
    restore_ticket,
    update_ticket,
)
from emulator.zendesk.times import seconds_of, stamp


def writer_of(call: Call) -> Writer:
    return Writer(call.who.user_id, client=call.request.headers.get("user-agent", "")[:255])


def show(call: Call) -> Response:
    """A GET never has an `audit` beside the ticket."""
    ticket = call.ticket()
    row = ticket_row(call, ticket, Shape.SHOWN)
    return Response.of_json({"ticket": row} | ticket_sides(call, [ticket]))


class Creation:
    """`POST /tickets`, replayed for two hours under its `Idempotency-Key`."""

    def __init__(self, replays: Replays) -> None:
        self._replays = replays

    def create(self, call: Call) -> Response:
        call.spend(limits.TICKET_CREATE, str(call.who.user_id))
        key = call.request.headers.get("idempotency-key")
        if key is None:
            return self._created(call)
        stored = self._replays.find(key, call.request.body)
        call.headers["x-idempotency-lookup"] = "miss" if stored is None else "hit"
        if stored is not None:
            return stored
        answer = self._created(call)
        self._replays.keep(key, call.request.body, answer)
        return answer

    def _created(self, call: Call) -> Response:
        given = call.record("ticket")
        _warn(call, given)
        ticket, audit = create_ticket(call.desk, given, writer_of(call))
        body = {
            "ticket": call.render.ticket(ticket, Shape.CREATED),
            "audit": call.render.audit(audit, ticket),
        }
        location = call.render.url(f"tickets/{ticket.id}")
        return Response.of_json(body, 201, {"Location": location})


def update(call: Call) -> Response:
    ticket = _to_update(call)
    given = call.record("ticket")
    _warn(call, given)
    check_stamp(ticket, given)
    ticket, audit = update_ticket(call.desk, ticket, given, writer_of(call))
    body = {
        "ticket": call.render.ticket(ticket),
        "audit": call.render.audit(audit, ticket),
    }
    return Response.of_json(body)


def _to_update(call: Call) -> Ticket:
    call.spend(limits.TICKETS_UPDATE)
    call.spend(limits.TICKET_UPDATES, f"{call.who.user_id}:{call.id()}")
    return call.live_ticket()


def check_stamp(ticket: Ticket, given: JsonObject) -> None:
    """A safe update goes through only while nobody has changed the ticket; raises `Refused`."""
    if not truth(given.get("safe_update")) or given.get("updated_stamp") is None:
        return
    try:
        seen = seconds_of(str(given["updated_stamp"]))
    except ValueError:
        raise errors.bad_attribute("updated_stamp", "must be a date") from None
    if seen != ticket.updated_at:
        raise errors.stale_update()


def _warn(call: Call, given: JsonObject) -> None:
    call.warn_of([name for name in given if name not in HANDLED])


def delete(call: Call) -> Response:
    call.spend(limits.TICKET_DELETE)
    delete_ticket(call.desk, call.live_ticket(), writer_of(call))
    return Response(204)


def list_deleted(call: Call) -> Response:
    call.spend(limits.DELETED_INDEX)

    def row(ticket: Ticket) -> JsonObject:
        actor = call.view.users.get(ticket.deleted_by)
        return {
            "id": ticket.id,
            "subject": ticket.subject,
            "description": None,
            "actor": {"id": ticket.deleted_by, "name": "" if actor is None else actor.name},
            "deleted_at": stamp(ticket.deleted_at or 0),
            "previous_state": ticket.status,
        }

    listing = TableListing(call.view.tickets, "deleted_at")
    return paging.answer(call, "deleted_tickets", listing, row)


def restore(call: Call) -> Response:
    ticket = call.desk.tickets.rows.get(call.id())
    if ticket is None or ticket.deleted_at is None or ticket.is_scrubbed:
        raise errors.not_found()
    restore_ticket(call.desk, ticket)
    return Response.of_json({})


def show_tags(call: Call) -> Response:
    return _tags(call.ticket())


def set_tags(call: Call) -> Response:
    return _write_tags(call, lambda _, given: given, 201)


def add_tags(call: Call) -> Response:
    return _write_tags(call, lambda held, given: held | given, 200)


def remove_tags(call: Call) -> Response:
    return _write_tags(call, lambda held, given: held - given, 200)


def _write_tags(
    call: Call, combine: Callable[[set[str], set[str]], set[str]], status: int
) -> Response:
    """`tags` in the body, or in the query; the safe update's fields stand beside them."""
    ticket = _to_update(call)
    body = call.body()
    given = tag_list(body.get("tags", call.request.first("tags")))
    check_stamp(ticket, body)
    tags: list[JsonValue] = [*sorted(combine(set(ticket.tags), set(given)))]
    ticket, _ = update_ticket(call.desk, ticket, {"tags": tags}, writer_of(call))
    return replace(_tags(ticket), status=status)


def _tags(ticket: Ticket) -> Response:
    return Response.of_json({"tags": list(ticket.tags)})
