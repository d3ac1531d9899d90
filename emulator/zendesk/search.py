"""The endpoints of search: pages, a count, and the export.

https://developer.zendesk.com/api-reference/ticketing/ticket-management/search/
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence

import orjson

from emulator.kernel.http import Response
from emulator.zendesk import errors, limits, paging
from emulator.zendesk.call import Call
from emulator.zendesk.records import PRIORITIES, STATUSES, Group, Organization, Ticket, User
from emulator.zendesk.render import JsonObject, Shape
from emulator.zendesk.search_index import SearchIndex
from emulator.zendesk.search_match import matches_named
from emulator.zendesk.search_query import TYPES, Query, QueryError, parse
from emulator.zendesk.side_loads import ticket_row, ticket_sides

WALL = 1_000
EXPORT_PAGE = 1_000
CURSOR_SECONDS = 3_600
_SORTS = ("created_at", "updated_at", "priority", "status", "ticket_type")
_WORD_RANKS = {word: rank for words in (STATUSES, PRIORITIES) for rank, word in enumerate(words)}

Found = Ticket | User | Organization | Group


class Search:
    def __init__(self, index: SearchIndex) -> None:
        self._index = index

    def search(self, call: Call) -> Response:
        """A page of at most a thousand results; `count` is the true number all the same."""
        call.spend(limits.SEARCH)
        if paging.uses_cursor(call):
            raise errors.named(400, "invalid", "page must be an integer")
        page, per_page = paging.page_numbers(call)
        if page * per_page > WALL:
            why = "Invalid search: Requested response size was greater than Search Response Limits"
            raise errors.named(422, "invalid", why)
        query = _query(call)
        found = self._sorted(call, query)
        start = (page - 1) * per_page
        rows = [
            row for row in map(_current(call), found[start : start + per_page]) if row is not None
        ]
        body: JsonObject = {"results": [_shown(call, row) for row in rows], "facets": None}
        links = paging.page_links(
            call, page=page, is_last=start + per_page >= min(len(found), WALL), count=len(found)
        )
        tickets = [row for row in rows if isinstance(row, Ticket)]
        return Response.of_json(body | links | ticket_sides(call, tickets))

    def count(self, call: Call) -> Response:
        call.spend(limits.SEARCH)
        return Response.of_json({"count": len(self._found(call, _query(call)))})

    def export(self, call: Call) -> Response:
        """Everything that matches, the newest first, by a cursor that lives for an hour."""
        call.spend(limits.SEARCH_EXPORT)
        kind = call.request.first("filter[type]")
        if kind not in TYPES:
            raise errors.coded(400, "InvalidPaginationParameter", "filter[type] is required")
        query = _query(call)
        size = paging.cursor_size(call, EXPORT_PAGE)
        rows = sorted(
            self._found(call, Query(query.terms, kind, None, None)),
            key=lambda row: (-row.created_at, row.id),
        )
        token = call.request.first("page[after]")
        if token:
            place = _place(token, now=call.desk.now)
            rows = [row for row in rows if (-row.created_at, row.id) > place]
        shown = [row for row in map(_current(call), rows[:size]) if row is not None]
        cursor = _cursor(rows[:size][-1], call.desk.now) if rows else None
        body = {
            "results": [_shown(call, row) for row in shown],
            "facets": None,
            "meta": {"has_more": len(rows) > size, "after_cursor": cursor, "before_cursor": None},
            "links": {"prev": None, "next": _next(call, cursor, size)},
        }
        return Response.of_json(body)

    def _sorted(self, call: Call, query: Query) -> list[Found]:
        sort = call.request.first("sort_by") or _long(query.order_by) or ""
        order = call.request.first("sort_order") or query.sort or "desc"
        if sort and sort not in _SORTS:
            raise errors.named(422, "invalid", f"Invalid search: sort_by {sort} is not supported")
        rows = self._found(call, query)
        rows.sort(key=_sort_key(sort or "updated_at"), reverse=order == "desc" or not sort)
        return rows

    def _found(self, call: Call, query: Query) -> list[Found]:
        try:
            return self._search(call, query)
        except QueryError as flaw:
            raise errors.named(422, "invalid", f"Invalid search: {flaw}") from None

    def _search(self, call: Call, query: Query) -> list[Found]:
        rows: list[Found] = []
        kinds = TYPES if query.type is None else (query.type,)
        if "ticket" in kinds:
            rows += self._index.find(query.terms, me=call.who.user_id)
        desk = call.desk
        for kind, table in (
            ("user", desk.users.now().walk("id")),
            ("organization", desk.organizations.now().walk("id")),
            ("group", desk.groups.now().walk("id")),
        ):
            if kind in kinds:
                rows += [row for row in table if matches_named(row, query.terms)]
        return rows


def _query(call: Call) -> Query:
    text = call.request.first("query")
    if text is None:
        raise errors.missing_parameter("query")
    try:
        return parse(text)
    except QueryError as flaw:
        raise errors.named(422, "invalid", f"Invalid search: {flaw}") from None


def _long(order_by: str | None) -> str | None:
    """`order_by:created` inside a query means `created_at`."""
    return {"created": "created_at", "updated": "updated_at"}.get(order_by or "", order_by)


def _sort_key(sort: str) -> Callable[[Found], tuple[float | str, int]]:
    def key(row: Found) -> tuple[float | str, int]:
        if sort in {"created_at", "updated_at"}:
            return getattr(row, sort), row.id
        if sort == "ticket_type":
            return getattr(row, "type", None) or "", row.id
        return _WORD_RANKS.get(getattr(row, sort, None) or "", -1), row.id

    return key


def _current(call: Call) -> Callable[[Found], Found | None]:
    """The index says which tickets, the database what they hold now."""
    return lambda row: call.view.ticket(row.id) if isinstance(row, Ticket) else row


def _shown(call: Call, row: Found) -> JsonObject:
    if isinstance(row, Ticket):
        return ticket_row(call, row, Shape.SHOWN) | {"result_type": "ticket"}
    if isinstance(row, User):
        return call.render.user(row) | {"result_type": "user"}
    if isinstance(row, Organization):
        return call.render.organization(row) | {"result_type": "organization"}
    return call.render.group(row) | {"result_type": "group"}


def _next(call: Call, cursor: str | None, size: int) -> str | None:
    if cursor is None:
        return None
    return paging.link(call, {"page[after]": cursor, "page[size]": str(size)})


def _cursor(row: Found, now: float) -> str:
    values: Sequence[int] = [row.created_at, row.id]
    body = {"field": "created_at", "desc": True, "sortValues": values, "createdAt": int(now)}
    return base64.b64encode(orjson.dumps(body)).decode()


def _place(token: str, *, now: float) -> tuple[int, int]:
    try:
        body = orjson.loads(base64.b64decode(token, validate=True))
        created_at, row_id = body["sortValues"]
        is_alive = now - body["createdAt"] <= CURSOR_SECONDS
    except (ValueError, KeyError, TypeError):
        is_alive = False
    if not is_alive:
        title = "page[after] is not valid or has expired"
        raise errors.coded(400, "InvalidPaginationParameter", title)
    return -int(created_at), int(row_id)
