"""Lists by the provider's own ordered list: its search lags behind, or does not exist."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from domain.observation import Cursor, TicketSeen
from domain.records import TicketCore
from domain.words import Priority, Purpose, Status
from integrations.ticketing.dictionary import Lane, Vocabulary, Window
from integrations.ticketing.verbs.exchange import Exchange
from integrations.ticketing.verbs.merge import tag_key

PAGES_MOST: Final = 100


class IncompleteListWarning(UserWarning):
    """The desk has more tickets than one call looks through: older ones were not seen."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """None: any."""

    statuses: frozenset[Status] | None = None
    tags: frozenset[str] = frozenset()
    """By their keys, as some help desks change how a tag is written."""
    priority: Priority | None = None

    def includes(self, seen: TicketSeen, core: TicketCore) -> bool:
        return (
            (self.statuses is None or core.status in self.statuses)
            and (self.priority is None or core.priority is self.priority)
            and self.tags <= {tag_key(tag) for tag in seen.tags or ()}
        )


def wanted(
    status: Status | None,
    tags: Sequence[str] | None,
    priority: Priority | None,
    vocabulary: Vocabulary,
) -> Wanted:
    statuses = None if status is None else statuses_meant(status, vocabulary)
    return Wanted(statuses, frozenset(tag_key(tag) for tag in tags or ()), priority)


def statuses_meant(status: Status, vocabulary: Vocabulary) -> frozenset[Status]:
    """As this provider shows it. Where it knows one kind of done, solved and closed are that one;
    a status that it does not have is none at all.
    """
    shown = frozenset(vocabulary.status_of.values())
    if status not in shown and status.is_done:
        return frozenset(word for word in shown if word.is_done)
    return shown & {status}


async def newest_tickets(
    exchange: Exchange, asked: Wanted, *, limit: int
) -> list[tuple[TicketSeen, TicketCore]]:
    """The first `limit` wanted ones, those that moved last first."""
    if asked.statuses is not None and not asked.statuses:
        return []
    lane = _ordered_list(exchange)
    found: dict[str, tuple[TicketSeen, TicketCore]] = {}
    cursor: Cursor | None = None
    for _ in range(PAGES_MOST):
        page = await exchange.lane_page(lane, cursor)
        for seen in page.tickets:
            # A page may repeat a row of the one before: it has moved down meanwhile.
            if isinstance(core := seen.core, TicketCore) and asked.includes(seen, core):
                found.setdefault(seen.external_id, (seen, core))
        if len(found) >= limit or not page.more:
            return list(found.values())[:limit]
        cursor = page.cursor
    warnings.warn(
        f"Looked through the newest {PAGES_MOST} pages of tickets only: older ones may match too",
        IncompleteListWarning,
        stacklevel=3,
    )
    return list(found.values())


def _ordered_list(exchange: Exchange) -> Lane:
    """The lane that fills the server's cache, newest first."""
    lanes = exchange.dictionary.lanes(Window())
    return next(lane for lane in lanes if lane.purpose is Purpose.BACKFILL)
