"""Reads fault rules from JSON and refuses what it does not know, naming rule, field and flaw."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf, isfinite
from pathlib import Path
from typing import NoReturn

import orjson

from emulator.kernel.faults import Fault, FaultKind, Rule

_DELAY = frozenset({"seconds", "seconds_up_to"})
_MATCH = frozenset({"kind", "service", "method", "path", "share", "after", "count", "seed"})
_OWN_FIELDS: Mapping[FaultKind, frozenset[str]] = {
    FaultKind.LATENCY: _DELAY,
    FaultKind.TOO_MANY_REQUESTS: _DELAY | {"retry_after", "html", "executed"},
    FaultKind.SERVER_ERROR: _DELAY | {"status", "retry_after", "html", "executed"},
    FaultKind.HTML_PAGE: _DELAY | {"executed"},
    FaultKind.CUT_BODY: _DELAY | {"keep"},
    FaultKind.REQUEST_LOST: _DELAY,
    FaultKind.REPLY_LOST: _DELAY,
    FaultKind.WEBHOOK_LOST: frozenset(),
    FaultKind.WEBHOOK_LATE: _DELAY,
    FaultKind.WEBHOOK_DOUBLED: _DELAY,
}
_NEED_SECONDS = frozenset({FaultKind.LATENCY, FaultKind.WEBHOOK_LATE})


class FaultRuleError(ValueError):
    """A rule that cannot be followed."""


def read_fault_file(file: Path, *, services: Sequence[str]) -> list[Rule]:
    """The rules of a JSON file; raises `FaultRuleError`, which names the file."""
    try:
        return parse_rules(file.read_bytes(), services=services)
    except OSError as flaw:
        raise FaultRuleError(f"Cannot read the fault file {file}: {flaw.strerror}") from flaw
    except FaultRuleError as flaw:
        raise FaultRuleError(f"{file}: {flaw}") from flaw


def parse_rules(text: bytes, *, services: Sequence[str]) -> list[Rule]:
    """From `{"faults": [{"kind": ...}, ...]}` or the bare list; raises `FaultRuleError`.

    `services` are the names that a rule may give.
    """
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError as flaw:
        raise FaultRuleError(f"The fault rules are no JSON: {flaw}") from flaw
    rows = document.get("faults") if isinstance(document, dict) else document
    if not isinstance(rows, list):
        raise FaultRuleError('Expected {"faults": [...]} or a list of rules')
    return [_rule(_Fields(number, row), services) for number, row in enumerate(rows, start=1)]


@dataclass(frozen=True, slots=True)
class _Fields:
    """One rule's fields, each taken out with a check; a field that is null counts as absent."""

    rule_number: int
    values: object

    def refuse(self, flaw: str) -> NoReturn:
        raise FaultRuleError(f"Fault rule {self.rule_number}: {flaw}")

    def value(self, name: str) -> object:
        if not isinstance(self.values, dict):
            self.refuse("must be a JSON object")
        return self.values.get(name)

    def names(self) -> set[str]:
        return set(self.values) if isinstance(self.values, dict) else set()

    def text(self, name: str) -> str | None:
        value = self.value(name)
        if value is not None and not isinstance(value, str):
            self.refuse(f"{name!r} must be a text, not {value!r}")
        return value

    def flag(self, name: str) -> bool:
        value = self.value(name)
        if value is not None and not isinstance(value, bool):
            self.refuse(f"{name!r} must be true or false, not {value!r}")
        return bool(value)

    def real(self, name: str, *, most: float = inf) -> float | None:
        value = self.value(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
            self.refuse(f"{name!r} must be a number, not {value!r}")
        if not 0 <= value <= most:
            bounds = "0 or more" if most == inf else f"from 0 to {most:g}"
            self.refuse(f"{name!r} must be {bounds}, not {value!r}")
        return float(value)

    def whole(self, name: str) -> int | None:
        value = self.value(name)
        if value is not None and (type(value) is not int or value < 0):
            self.refuse(f"{name!r} must be a whole number of 0 or more, not {value!r}")
        return value if isinstance(value, int) else None


def _rule(fields: _Fields, services: Sequence[str]) -> Rule:
    kind = _kind(fields)
    if unknown := sorted(fields.names() - _MATCH - _OWN_FIELDS[kind]):
        known = ", ".join(sorted(_MATCH | _OWN_FIELDS[kind]))
        fields.refuse(f"{kind} has no field {', '.join(map(repr, unknown))}; it has {known}")
    service = fields.text("service")
    if service is not None and service not in services:
        fields.refuse(f"'service' must be one of {', '.join(services)}, not {service!r}")
    method, share = fields.text("method"), fields.real("share", most=1)
    fault = _fault(fields, kind)
    up_to = fields.real("seconds_up_to")
    if up_to is not None and up_to < fault.seconds:
        fields.refuse("'seconds_up_to' must not be below 'seconds'")
    return Rule(
        fault=fault,
        service=service,
        method=method.upper() if method else None,
        path=_path(fields),
        share=1.0 if share is None else share,
        after=fields.whole("after") or 0,
        count=fields.whole("count"),
        seed=fields.whole("seed") or 0,
        seconds_up_to=up_to,
        source=fields.values if isinstance(fields.values, dict) else {},
    )


def _kind(fields: _Fields) -> FaultKind:
    kind = fields.text("kind")
    if kind is None:
        fields.refuse(f"names no 'kind'; known kinds: {', '.join(FaultKind)}")
    if kind not in list(FaultKind):
        fields.refuse(f"unknown kind {kind!r}; known kinds: {', '.join(FaultKind)}")
    return FaultKind(kind)


def _fault(fields: _Fields, kind: FaultKind) -> Fault:
    seconds, keep = fields.real("seconds"), fields.real("keep", most=1)
    if kind in _NEED_SECONDS and not (seconds or fields.real("seconds_up_to")):
        fields.refuse(f"{kind} needs 'seconds' above 0")
    status = fields.whole("status")
    if status is not None and not 500 <= status <= 599:
        fields.refuse(f"'status' must be from 500 to 599, not {status}")
    return Fault(
        kind=kind,
        seconds=seconds or 0.0,
        status=429 if kind is FaultKind.TOO_MANY_REQUESTS else status or 503,
        retry_after=fields.whole("retry_after"),
        is_html=fields.flag("html"),
        is_executed=fields.flag("executed"),
        keep=0.5 if keep is None else keep,
    )


def _path(fields: _Fields) -> re.Pattern[str] | None:
    pattern = fields.text("path")
    try:
        return re.compile(pattern) if pattern is not None else None
    except re.error as flaw:
        fields.refuse(f"'path' is no regular expression: {flaw}")
