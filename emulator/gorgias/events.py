"""`/api/events`: the account's log, the only list that can be asked for a span of time."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence

from emulator.gorgias import render
from emulator.gorgias.body import Body
from emulator.gorgias.call import Call
from emulator.gorgias.check import Many, Moment, Rule, Text, Whole
from emulator.gorgias.errors import answer, flaw, not_found
from emulator.gorgias.table import Key
from emulator.kernel.http import Response

_OBJECT_TYPES = (
    "Account",
    "CustomField",
    "Customer",
    "Integration",
    "Macro",
    "Rule",
    "SatisfactionSurvey",
    "Tag",
    "Team",
    "Ticket",
    "TicketMessage",
    "User",
    "View",
    "Widget",
)
_BOUNDS = ("gt", "gte", "lt", "lte")
_FILTERS: dict[str, Rule] = {
    "object_id": Whole(smallest=1),
    "object_type": Text(choices=_OBJECT_TYPES),
    "user_ids": Many(Whole(smallest=1)),
    "user_ids[]": Many(Whole(smallest=1)),
    "types": Many(Text()),
    "types[]": Many(Text()),
    **{f"created_datetime[{bound}]": Moment() for bound in _BOUNDS},
}


def list_events(call: Call) -> Response:
    listing, query = call.listing(
        "created_datetime",
        "created_datetime:asc",
        "created_datetime:desc",
        default="created_datetime:desc",
        filters=_FILTERS,
    )
    if "object_type" in query and "object_id" not in query:
        raise flaw("object_type", "object_id is required with object_type.")
    events, object_id = call.store.events, query.whole("object_id")
    keys = events.keys("created_datetime")
    if object_id is not None:
        keys = events.sorted_keys("created_datetime", events.group("object", object_id))
    page = listing.page(_within(keys, query), _is_wanted(call, query))
    found = (events.get(each) for each in page.ids)
    return listing.answer(page, [render.event(each) for each in found if each is not None])


def _within(keys: Sequence[Key], query: Body) -> Sequence[Key]:
    """The part of ascending keys inside the asked span of time."""
    start, end = 0, len(keys)
    after, since = (query.moment(f"created_datetime[{bound}]") for bound in ("gt", "gte"))
    before, until = (query.moment(f"created_datetime[{bound}]") for bound in ("lt", "lte"))
    if after is not None:
        start = max(start, bisect_left(keys, (after + 1, 0)))
    if since is not None:
        start = max(start, bisect_left(keys, (since, 0)))
    if before is not None:
        end = min(end, bisect_left(keys, (before, 0)))
    if until is not None:
        end = min(end, bisect_left(keys, (until + 1, 0)))
    return keys if (start, end) == (0, len(keys)) else keys[start : max(start, end)]


def _is_wanted(call: Call, query: Body) -> Callable[[int], bool]:
    """Visible by now, and of the asked types and users."""
    now = call.desk.now()
    types = {*query.texts("types"), *query.texts("types[]")}
    users = {*query.wholes("user_ids"), *query.wholes("user_ids[]")}
    object_type = query.text("object_type")

    def is_wanted(event_id: int) -> bool:
        event = call.store.events.get(event_id)
        return (
            event is not None
            and event.visible <= now
            and (not types or event.type in types)
            and (not users or event.user_id in users)
            and object_type in (None, event.object_type)
        )

    return is_wanted


def show_event(call: Call) -> Response:
    event = call.store.events.get(call.path_id("event_id"))
    if event is None:
        raise not_found()
    return answer(render.event(event))
