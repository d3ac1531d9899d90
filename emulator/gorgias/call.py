"""What an endpoint gets: the request, who sent it and the account it is about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from emulator.gorgias.access import Caller
from emulator.gorgias.body import Body
from emulator.gorgias.check import Rule, checked_query
from emulator.gorgias.desk import Change, Desk
from emulator.gorgias.errors import merged, not_found
from emulator.gorgias.paging import CursorMemory, Listing, page_rules
from emulator.gorgias.records import Ticket
from emulator.gorgias.store import Store
from emulator.kernel.http import Request, Response

_LONGEST_ID = 18


@dataclass(frozen=True, slots=True)
class Call:
    desk: Desk
    request: Request
    caller: Caller
    cursors: CursorMemory

    @property
    def store(self) -> Store:
        return self.desk.store

    def change(self) -> Change:
        """Begins a change in the caller's name."""
        return self.desk.change(self.caller.user.id)

    def listing(
        self, *orders: str, default: str, filters: Mapping[str, Rule] | None = None
    ) -> tuple[Listing, Body]:
        """The checked query of a paged list and the paging it asks for."""
        query = checked_query(self.request, {**page_rules(*orders), **(filters or {})})
        return Listing.of(self.request, query, self.cursors, default_order=default), query

    def path_id(self, name: str) -> int:
        """An id in the path; what is longer than any id is not found."""
        digits = self.request.path_values[name]
        if len(digits) > _LONGEST_ID:
            raise not_found()
        return int(digits)

    def ticket(self) -> Ticket:
        """The ticket that the path names; 301 when it was merged, 404 when it is gone."""
        ticket_id = self.path_id("ticket_id")
        found = self.store.tickets.get(ticket_id)
        if found is not None:
            return found
        gone = self.store.ticket_merges.get(ticket_id)
        if gone is None:
            raise not_found()
        rest = self.request.path.removeprefix(f"/api/tickets/{ticket_id}").strip("/")
        raise merged("ticket", f"/api/tickets/{gone.target_id}/{rest and rest + '/'}")


Endpoint = Callable[[Call], Response]
