"""All that a help desk ever was: whatever the cache shows must be a state of it, and never earlier
than one it has shown before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.simulation.view import GONE, Truths, View, view_of

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


@dataclass(slots=True)
class History:
    """Fed after everything that may change the desk, and asked about all that the cache shows."""

    truths: Truths
    _values: dict[tuple[str, str], _Value] = field(default_factory=dict)
    _marks: dict[int, Sequence[object]] = field(default_factory=dict)

    def note(self) -> None:
        for ticket_id in {*self.truths.ids(), *self._marks}:
            mark = self.truths.mark(ticket_id)
            known = self._marks.get(ticket_id)
            if known is not None and _is_same(known, mark):
                continue
            self._marks[ticket_id] = mark
            self._add(str(ticket_id), view_of(self.truths.seen(ticket_id)))

    def _add(self, ticket_id: str, view: View) -> None:
        self._value(ticket_id, "exists").add(view is not GONE)
        if view is GONE:
            return
        for part in ("core", "tags", "custom_fields"):
            self._value(ticket_id, part).add(view.parts()[part])
        for name, value in self._values.items():
            if name[0] == ticket_id and name[1].startswith("comment "):
                value.add(view.comments.get(name[1].removeprefix("comment "), ABSENT))
        for comment_id, comment in view.comments.items():
            self._value(ticket_id, f"comment {comment_id}").add(comment)

    def _value(self, ticket_id: str, name: str) -> _Value:
        first = False if name == "exists" else ABSENT
        known = self._values.get((ticket_id, name))
        if known is None:
            known = self._values[ticket_id, name] = _Value([first])
        return known

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
