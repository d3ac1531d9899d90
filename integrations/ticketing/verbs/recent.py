"""Reading one's own writes: a help desk's replicas may be some seconds behind it."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from domain.observation import TicketSeen

LAG_SECONDS: Final = 3.0
"""How far a provider's replicas may be behind it."""
LOOK_AGAIN_SECONDS: Final = 0.5
_KEPT: Final = 1_000


@dataclass(slots=True)
class RecentWrites:
    """The versions in which our writes left their tickets, for as long as replicas may lag."""

    _written: OrderedDict[str, tuple[int, float]] = field(default_factory=OrderedDict)

    def note(self, shown: TicketSeen | None, *, now: float) -> None:
        if shown is not None and shown.version is not None:
            self._written[shown.external_id] = (shown.version, now)
            self._written.move_to_end(shown.external_id)
            if len(self._written) > _KEPT:
                self._written.popitem(last=False)

    def is_behind(self, ticket_id: str, version: int | None, *, now: float) -> bool:
        """A reading of this version (None: no such ticket) may be from before our write."""
        written, at = self._written.get(ticket_id, (0, 0.0))
        return now < at + LAG_SECONDS and (version or 0) < written
