"""One request on its way: who asks, what they see, and the headers that the reply collects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from emulator.kernel.http import Request, Response
from emulator.zendesk import errors
from emulator.zendesk.access import Principal
from emulator.zendesk.desk import Desk
from emulator.zendesk.limits import Budget, Limits
from emulator.zendesk.records import Ticket
from emulator.zendesk.render import JsonObject, Renderer
from emulator.zendesk.view import DeskView

MANY = 100


@dataclass(slots=True)
class Call:
    """`view` is what reads show; writes go to `desk`, which is the primary."""

    request: Request
    desk: Desk
    view: DeskView
    who: Principal
    render: Renderer
    limits: Limits
    headers: dict[str, str] = field(default_factory=dict)

    def id(self, name: str = "id") -> int:
        return self.request.int_value(name)

    def spend(self, budget: Budget, key: str = "") -> None:
        """Raises `Refused` (429)."""
        self.headers |= self.limits.spend(budget, key, now=self.desk.now)

    def ticket(self) -> Ticket:
        """The ticket of the path as the view shows it; raises `Refused` (404)."""
        ticket = self.view.ticket(self.id())
        if ticket is None:
            raise errors.not_found()
        return ticket

    def live_ticket(self) -> Ticket:
        """The ticket of the path at the primary, to be changed; raises `Refused` (404)."""
        ticket = self.desk.live_ticket(self.id())
        if ticket is None:
            raise errors.not_found()
        return ticket

    def body(self) -> JsonObject:
        """The request's JSON object; raises `Refused` (400)."""
        if not self.request.body.strip():
            return {}
        try:
            parsed = self.request.json()
        except ValueError:
            raise errors.bad_json() from None
        if not isinstance(parsed, dict):
            raise errors.bad_json()
        return parsed

    def record(self, name: str) -> JsonObject:
        """The object under `name` in the body; raises `Refused` (400)."""
        value = self.body().get(name)
        if value is None:
            raise errors.missing_parameter(name)
        if not isinstance(value, dict):
            raise errors.bad_attribute(name, "must be an object")
        return value

    def many_ids(self) -> list[int]:
        """`ids=1,2,3`, at most a hundred; raises `Refused` (400)."""
        text = self.request.first("ids")
        if text is None:
            raise errors.missing_parameter("ids")
        parts = [part.strip() for part in text.split(",") if part.strip()]
        if not all(part.isdigit() for part in parts):
            raise errors.bad_value("ids", "must be a list of integers")
        if len(parts) > MANY:
            raise errors.too_many_values(MANY)
        return list(dict.fromkeys(map(int, parts)))

    def whole(self, name: str) -> int | None:
        """A whole number among the query's parameters; raises `Refused` (400)."""
        text = self.request.first(name)
        if text is None:
            return None
        try:
            return int(text)
        except ValueError:
            raise errors.bad_value(name, "must be an integer") from None

    def include(self) -> frozenset[str]:
        """The side-loads that are asked for, in the flat form and the nested one of search."""
        text = (self.request.first("include") or "").replace("(", ",").replace(")", "")
        return frozenset(part.strip() for part in text.split(",") if part.strip())

    def warn_of(self, keys: list[str]) -> None:
        """Says in a header, as Zendesk does, which parameters were left out."""
        if keys:
            listed = ", ".join(f'"{key}"' for key in sorted(keys))
            self.headers["X-Zendesk-API-Warn"] = (
                f"Removed restricted keys [{listed}] from parameters according to whitelist"
            )


Endpoint = Callable[[Call], Response]
