"""All that a help desk ever was: whatever the cache shows must be a state of it, and never earlier
than one it has shown before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from domain.observation import TicketSeen
from tests.simulation.view import GONE, Truths, View, comments_of, view_of

ABSENT = None


@dataclass(slots=True)
class _Value:
    """The successive states of one value, and how far along the cache has been seen."""

    states: list[object] = field(default_factory=list)
    reached: int = 0

    def add(self, state: object) -> None:
        if not self.states or self.states[-1] != state:
            self.states.append(state)

    def shows(self, state: object) -> str | None:
        """Moves along to a state; tells what is wrong when there is none that is not earlier."""
        for place in range(self.reached, len(self.states)):
            if self.states[place] == state:
                self.reached = place
                return None
        was = any(earlier == state for earlier in self.states[: self.reached])
        return "went back" if was else "shows what never was"

    def has(self, wanted: Callable[[object], bool], *, since: int, state: object) -> bool:
        """Whether a state is one that was wanted, or a later one; none before `since` counts."""
        for place in range(max(since - 1, 0), len(self.states)):
            if wanted(self.states[place]):
                return state in self.states[place:]
        return False


@dataclass(slots=True)
class History:
    """Fed after everything that may change the desk, and asked about all that the cache shows."""

    truths: Truths
    changes: int = 0
    """How often a ticket has changed so far."""
    _values: dict[tuple[str, str], _Value] = field(default_factory=dict)
    _marks: dict[int, Sequence[object]] = field(default_factory=dict)

    def note(self) -> None:
        for ticket_id in {*self.truths.ids(), *self._marks}:
            mark = self.truths.mark(ticket_id)
            known = self._marks.get(ticket_id)
            if known is not None and _is_same(known, mark):
                continue
            self._marks[ticket_id] = mark
            self.changes += 1
            self._add(str(ticket_id), self.truths.seen(ticket_id))

    def _add(self, ticket_id: str, seen: TicketSeen) -> None:
        view = view_of(seen)
        self._value(ticket_id, "exists").add(view is not GONE)
        if view is GONE:
            self._add_gone(ticket_id, seen)
            return
        for part in ("core", "tags", "custom_fields"):
            self._value(ticket_id, part).add(view.parts()[part])
        for name, value in self._values.items():
            if name[0] == ticket_id and name[1].startswith("comment "):
                value.add(view.comments.get(name[1].removeprefix("comment "), ABSENT))
        for comment_id, comment in view.comments.items():
            self._value(ticket_id, f"comment {comment_id}").add(comment)

    def _add_gone(self, ticket_id: str, seen: TicketSeen) -> None:
        """One in the trash can still be written to; what was merged has gone to another ticket."""
        for comment_id, comment in comments_of(seen).items():
            self._value(ticket_id, f"comment {comment_id}").add(comment)
        for (owner, name), value in self._values.items():
            if owner == ticket_id and name.startswith("comment "):
                value.add(ABSENT)

    def _value(self, ticket_id: str, name: str) -> _Value:
        first = False if name == "exists" else ABSENT
        known = self._values.get((ticket_id, name))
        if known is None:
            known = self._values[ticket_id, name] = _Value([first])
        return known

    def states_of(self, ticket_id: str) -> int:
        """How many states the ticket's core has had."""
        return len(self._value(ticket_id, "core").states)

    def shows_write(
        self, ticket_id: str, wanted: Callable[[object], bool], *, since: int, view: View
    ) -> bool:
        """Whether a cached core is the state that a write left, or one that came after it.

        `since`: how many states there were when the write began.
        """
        return self._value(ticket_id, "core").has(wanted, since=since, state=view.core)

    def check(self, ticket_id: str, view: View) -> list[str]:
        """What a cached ticket shows that it must not."""
        shown: dict[str, object] = {"exists": view is not GONE}
        if view is not GONE:
            shown |= {part: view.parts()[part] for part in ("core", "tags", "custom_fields")}
            for owner, name in self._values:
                if owner == ticket_id and name.startswith("comment "):
                    shown[name] = view.comments.get(name.removeprefix("comment "), ABSENT)
            shown |= {f"comment {key}": value for key, value in view.comments.items()}
        complaints = []
        for name, state in shown.items():
            value = self._value(ticket_id, name)
            if wrong := value.shows(state):
                known = f"{value.states[value.reached]}"[:200]
                complaints.append(f"{ticket_id} {name} {wrong}: {str(state)[:200]} after {known}")
        return complaints


def _is_same(one: Sequence[object], other: Sequence[object]) -> bool:
    return len(one) == len(other) and all(a is b for a, b in zip(one, other, strict=True))
