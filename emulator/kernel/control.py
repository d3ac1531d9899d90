"""The control endpoint below `/_emulator`: not the provider's API, never faulted nor counted."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from emulator.kernel.clock import MovableClock
from emulator.kernel.fault_rules import FaultRuleError, parse_rules
from emulator.kernel.faults import FaultPlan
from emulator.kernel.host import Counts, Host, Sent
from emulator.kernel.http import JsonValue, Request, Response, Router

PREFIX = "/_emulator"
_MOST_ACTS = 10_000


class ControlError(ValueError):
    """A control request that cannot be followed."""


class Control:
    """Answers `GET|PUT|DELETE faults`, `GET|DELETE counts`, `GET deliveries` and the like."""

    def __init__(self, host: Host, *, clock: MovableClock, services: Sequence[str]) -> None:
        self._host = host
        self._clock = clock
        self._services = services
        self._router = Router()
        for method, path, handler in (
            ("GET", "", self._show),
            ("GET", "/faults", self._show_faults),
            ("PUT", "/faults", self._put_faults),
            ("DELETE", "/faults", self._delete_faults),
            ("GET", "/counts", self._show_counts),
            ("DELETE", "/counts", self._reset_counts),
            ("GET", "/deliveries", self._show_deliveries),
            ("POST", "/act", self._act),
            ("PUT", "/pace", self._put_pace),
            ("GET", "/clock", self._show_clock),
            ("POST", "/clock", self._forward_clock),
        ):
            self._router.add(method, PREFIX + path, handler)

    def answer(self, request: Request) -> Response:
        """Always JSON; 404, 405 and 422 carry `{"error": <what to do>}`."""
        found = self._router.find(request)
        if found is None:
            methods = self._router.methods(request.path)
            if methods:
                return _refusal(405, f"Allowed here: {', '.join(methods)}")
            return _refusal(404, f"No such control endpoint; GET {PREFIX} lists them")
        handler, routed = found
        try:
            return handler(routed)
        except (ControlError, FaultRuleError) as flaw:
            return _refusal(422, str(flaw))

    def _show(self, _: Request) -> Response:
        return Response.of_json(
            {
                "service": self._host.service.name,
                "acts_per_second": self._host.acts_per_second,
                "now": self._clock.now(),
                "endpoints": [
                    f"{method} {PREFIX}{path}"
                    for path in ("/faults", "/counts", "/deliveries", "/act", "/pace", "/clock")
                    for method in self._router.methods(PREFIX + path)
                ],
            }
        )

    def _show_faults(self, _: Request) -> Response:
        return Response.of_json({"faults": self._host.plan.report()})

    def _put_faults(self, request: Request) -> Response:
        rules = parse_rules(request.body, services=self._services)
        self._host.plan = FaultPlan(rules, service=self._host.service.name)
        return self._show_faults(request)

    def _delete_faults(self, request: Request) -> Response:
        self._host.plan = FaultPlan()
        return self._show_faults(request)

    def _show_counts(self, _: Request) -> Response:
        return Response.of_json(self._host.counts.report())

    def _reset_counts(self, request: Request) -> Response:
        self._host.counts = Counts()
        return self._show_counts(request)

    def _show_deliveries(self, _: Request) -> Response:
        return Response.of_json({"deliveries": [_sent_row(sent) for sent in self._host.sent]})

    def _act(self, request: Request) -> Response:
        times = int(_number(request, "times", default=1, least=1, most=_MOST_ACTS))
        return Response.of_json({"done": [self._host.service.act() for _ in range(times)]})

    def _put_pace(self, request: Request) -> Response:
        self._host.acts_per_second = _number(request, "acts_per_second", least=0, most=1000)
        return self._show(request)

    def _show_clock(self, _: Request) -> Response:
        return Response.of_json({"now": self._clock.now()})

    def _forward_clock(self, request: Request) -> Response:
        self._clock.forward(_number(request, "forward_seconds", least=0, most=366 * 86_400))
        return self._show_clock(request)


def _number(
    request: Request, name: str, *, least: float, most: float, default: float | None = None
) -> float:
    value: object = default
    if request.body or default is None:
        try:
            document = request.json()
        except ValueError as flaw:
            raise ControlError(f"The body is no JSON: {flaw}") from flaw
        if not isinstance(document, dict) or set(document) - {name}:
            raise ControlError(f'Expected {{"{name}": <number>}}')
        value = document.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise ControlError(f'Expected {{"{name}": <number>}}')
    if not least <= value <= most:
        raise ControlError(f"{name!r} must be from {least:g} to {most:g}, not {value:g}")
    return float(value)


def _sent_row(sent: Sent) -> dict[str, JsonValue]:
    return {
        "hook_id": sent.delivery.hook_id,
        "event_id": sent.delivery.event_id,
        "attempt": sent.delivery.attempt,
        "method": sent.delivery.method,
        "url": sent.delivery.url,
        "body": sent.delivery.body.decode(errors="replace"),
        "at": sent.at,
        "status": sent.status,
        "fault": sent.fault,
    }


def _refusal(status: int, message: str) -> Response:
    return Response.of_json({"error": message}, status)
