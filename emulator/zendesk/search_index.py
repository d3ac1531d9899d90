"""The search index: tickets as they were when they were last indexed, some time after a write."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

from emulator.zendesk.desk import Desk
from emulator.zendesk.records import Audit, Ticket
from emulator.zendesk.search_match import TicketMatcher
from emulator.zendesk.search_query import Term


class SearchIndex:
    """Lags behind the desk by `lag_seconds`: nobody finds what they have just written."""

    def __init__(self, desk: Desk, *, lag_seconds: float) -> None:
        self._desk = desk
        self._lag_seconds = lag_seconds
        self._tickets: dict[int, Ticket] = {}
        self._tagged: dict[str, set[int]] = {}
        self._waiting: deque[tuple[float, Ticket]] = deque()
        desk.listeners.append(self._notice)

    def rebuild(self) -> None:
        """Indexes everything at once."""
        self._tickets.clear()
        self._tagged.clear()
        self._waiting.clear()
        for ticket in self._desk.tickets.now().walk("id"):
            self._index(ticket)

    def refresh(self) -> None:
        """Indexes what has waited long enough."""
        while self._waiting and self._waiting[0][0] <= self._desk.now:
            _, ticket = self._waiting.popleft()
            self._index(ticket)

    def find(self, terms: Sequence[Term], *, me: int) -> list[Ticket]:
        """The tickets that match, as they were indexed, in no order; raises `QueryError`."""
        self.refresh()
        matcher = TicketMatcher(self._desk, terms, me=me)
        return [ticket for ticket in self._candidates(terms) if matcher.matches(ticket)]

    def _candidates(self, terms: Sequence[Term]) -> Iterable[Ticket]:
        """All tickets, or those with the tags that are asked for."""
        tags = [
            term.value.lower()
            for term in terms
            if term.field in {"tags", "tag"} and term.sign == ":" and not term.is_negated
        ]
        if not tags or any(tag == "none" or tag.endswith("*") for tag in tags):
            return self._tickets.values()
        ids = set().union(*(self._tagged.get(tag, set()) for tag in tags))
        return (self._tickets[ticket_id] for ticket_id in sorted(ids))

    def _notice(self, old: Ticket | None, new: Ticket, audit: Audit | None) -> None:  # noqa: ARG002
        self._waiting.append((self._desk.now + self._lag_seconds, new))

    def _index(self, ticket: Ticket) -> None:
        old = self._tickets.pop(ticket.id, None)
        for tag in old.tags if old else ():
            self._tagged[tag.lower()].discard(ticket.id)
        if ticket.deleted_at is not None:
            return
        self._tickets[ticket.id] = ticket
        for tag in ticket.tags:
            self._tagged.setdefault(tag.lower(), set()).add(ticket.id)
