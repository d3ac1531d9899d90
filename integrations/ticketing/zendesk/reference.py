"""Groups and ticket fields; and, for credentials without the exports, users and organizations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from domain.http import Request, Response
from domain.observation import Cursor, LanePage, Oddity
from domain.records import JsonValue, Organization, Person, Team, TicketField
from domain.words import Purpose, SyncSource
from integrations.ticketing import cursors
from integrations.ticketing.dictionary import Lane
from integrations.ticketing.document import parse_rows
from integrations.ticketing.fields import Row
from integrations.ticketing.zendesk.lanes import PAGE_SIZE, next_page, raise_for
from integrations.ticketing.zendesk.people import (
    parse_group,
    parse_organization,
    parse_ticket_field,
    parse_user,
)
from integrations.ticketing.zendesk.vocabulary import SYSTEM_FIELD_TYPES

Parsed = Person | Organization | Team | TicketField
_PARSERS: Final[dict[str, Callable[[Row, list[Oddity]], Parsed]]] = {
    "groups": parse_group,
    "ticket_fields": parse_ticket_field,
    "users": parse_user,
    "organizations": parse_organization,
}


def reference_lane() -> Lane:
    return ListWalk(("groups", "ticket_fields")).lane("reference", period_seconds=300.0)


def listed_people_lane(*, stands_in_for: str) -> Lane:
    walk = ListWalk(("users",))
    return walk.lane("listed_people", period_seconds=3_600.0, stands_in_for=stands_in_for)


def listed_organizations_lane(*, stands_in_for: str) -> Lane:
    walk = ListWalk(("organizations",))
    return walk.lane("listed_organizations", period_seconds=3_600.0, stands_in_for=stands_in_for)


@dataclass(frozen=True, slots=True)
class ListWalk:
    """Walks whole lists, one after the other, and starts again at the next period."""

    resources: tuple[str, ...]

    def lane(self, name: str, *, period_seconds: float, stands_in_for: str | None = None) -> Lane:
        return Lane(
            name,
            Purpose.AUDIT,
            SyncSource.AUDIT,
            self.build,
            self.parse,
            period_seconds=period_seconds,
            stands_in_for=stands_in_for,
        )

    def build(self, cursor: Cursor | None) -> Request:
        resource, after = self._position(cursor)
        query = [("page[size]", str(PAGE_SIZE))]
        if resource == "groups":
            query.append(("exclude_deleted", "false"))
        if after is not None:
            query.append(("page[after]", after))
        return Request("GET", f"/api/v2/{resource}", tuple(query))

    def parse(self, cursor: Cursor | None, response: Response) -> LanePage:
        resource, came_from = self._position(cursor)
        if response.status == 400 and came_from is not None:
            # The page cursor has expired while we were away: the list again, at the next period.
            return LanePage(cursor={"resource": resource, "after": None})
        page = _parse_list(resource, came_from, response)
        if page.more:
            return page
        following = self.resources.index(resource) + 1
        is_last = following == len(self.resources)
        next_resource = self.resources[0 if is_last else following]
        return replace(page, cursor={"resource": next_resource, "after": None}, more=not is_last)

    def _position(self, cursor: Cursor | None) -> tuple[str, str | None]:
        resource = cursors.text(cursor, "resource")
        if resource not in self.resources:
            return self.resources[0], None
        return resource, cursors.text(cursor, "after")


def _parse_list(resource: str, came_from: str | None, response: Response) -> LanePage:
    document = raise_for(response, doing=f"list {resource.replace('_', ' ')}")
    rows = [row for row in document.rows(resource) if not _is_system_field(resource, row)]
    kind = resource.removesuffix("s").replace("_", " ")
    records = parse_rows(document, rows, _PARSERS[resource], kind=kind)
    after = next_page(document, came_from=came_from).after
    return LanePage(
        people=tuple(record for record in records if isinstance(record, Person)),
        references=tuple(record for record in records if not isinstance(record, Person)),
        cursor={"resource": resource, "after": after},
        more=after is not None,
        oddities=tuple(document.oddities),
    )


def _is_system_field(resource: str, row: JsonValue) -> bool:
    """The ticket's own fields stand in the same list as the custom ones."""
    if resource != "ticket_fields" or not isinstance(row, dict):
        return False
    kind = row.get("type")
    return isinstance(kind, str) and kind in SYSTEM_FIELD_TYPES
