"""Users, teams and custom fields, walked whole; customers, by what moved last."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from domain.http import Request, Response
from domain.observation import Cursor, LanePage, Oddity
from domain.records import Person, Team, TicketField
from domain.words import Purpose, SyncSource
from integrations.ticketing import cursors, fields
from integrations.ticketing.dictionary import Lane
from integrations.ticketing.document import parse_rows
from integrations.ticketing.fields import Row
from integrations.ticketing.gorgias.lanes import list_request, read_listed
from integrations.ticketing.gorgias.people import (
    parse_custom_field,
    parse_customer,
    parse_team,
    parse_user,
)
from integrations.ticketing.walk import TailWalk

Parsed = Person | Team | TicketField
_PARSERS: Final[dict[str, Callable[[Row, list[Oddity]], Parsed]]] = {
    "users": parse_user,
    "teams": parse_team,
    "custom-fields": parse_custom_field,
}
_RESOURCES: Final = tuple(_PARSERS)
_CUSTOMERS: Final = TailWalk(first_reads_all=True)


def reference_lane() -> Lane:
    return Lane(
        "reference",
        Purpose.AUDIT,
        SyncSource.AUDIT,
        _build_reference,
        _parse_reference,
        period_seconds=300.0,
    )


def people_lane() -> Lane:
    return Lane(
        "people",
        Purpose.AUDIT,
        SyncSource.AUDIT,
        _build_customers,
        _parse_customers,
        period_seconds=60.0,
    )


def _build_reference(cursor: Cursor | None) -> Request:
    """https://developers.gorgias.com/reference/list-custom-fields needs to be told whose fields."""
    resource, after = _position(cursor)
    more = [("object_type", "Ticket")] if resource == "custom-fields" else []
    return list_request(resource, after, more=more)


def _parse_reference(cursor: Cursor | None, response: Response) -> LanePage:
    """One list after the other; the next period begins with the first again."""
    resource, came_from = _position(cursor)
    name = resource.replace("-", " ")
    listed = read_listed(response, came_from=came_from, doing=f"list {name}")
    after = listed.following.after
    if listed.following.is_refused:
        # The list again, at the next period: nobody is asked in a loop.
        return LanePage(cursor={"resource": resource, "after": None})
    kind = name.removesuffix("s")
    records = parse_rows(listed.document, listed.rows, _PARSERS[resource], kind=kind)
    following = _RESOURCES.index(resource) + (0 if after else 1)
    is_last = following == len(_RESOURCES)
    return LanePage(
        people=tuple(record for record in records if isinstance(record, Person)),
        references=tuple(record for record in records if not isinstance(record, Person)),
        cursor={"resource": _RESOURCES[0 if is_last else following], "after": after},
        more=not is_last,
        oddities=tuple(listed.document.oddities),
    )


def _position(cursor: Cursor | None) -> tuple[str, str | None]:
    resource = cursors.text(cursor, "resource")
    if resource not in _PARSERS:
        return _RESOURCES[0], None
    return resource, cursors.text(cursor, "after")


def _build_customers(cursor: Cursor | None) -> Request:
    """https://developers.gorgias.com/reference/list-customers"""
    more = [("order_by", "updated_datetime:desc")]
    return list_request("customers", cursors.text(cursor, "after"), more=more)


def _parse_customers(cursor: Cursor | None, response: Response) -> LanePage:
    """All of them the first time, then those that have changed."""
    came_from = cursors.text(cursor, "after")
    listed = read_listed(response, came_from=came_from, doing="list customers")
    people = parse_rows(listed.document, listed.rows, parse_customer, kind="customer")
    versions = [fields.micros(person.updated_at) for person in people if person.updated_at]
    position, more = _CUSTOMERS.after(cursor, versions, listed.following)
    return LanePage(
        people=tuple(people),
        cursor=position,
        more=more,
        oddities=tuple(listed.document.oddities),
    )
