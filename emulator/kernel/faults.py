"""Which requests and webhooks go wrong, and how: pure rules, and a plan that counts them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from random import Random

from emulator.kernel.http import JsonValue, Request
from emulator.kernel.service import Delivery


class FaultKind(StrEnum):
    LATENCY = "latency"
    TOO_MANY_REQUESTS = "too_many_requests"
    SERVER_ERROR = "server_error"
    HTML_PAGE = "html_page"
    CUT_BODY = "cut_body"
    REQUEST_LOST = "request_lost"
    REPLY_LOST = "reply_lost"
    WEBHOOK_LOST = "webhook_lost"
    WEBHOOK_LATE = "webhook_late"
    WEBHOOK_DOUBLED = "webhook_doubled"

    @property
    def is_of_webhooks(self) -> bool:
        return self.value.startswith("webhook_")


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to one request or delivery.

    `seconds` pass before the request is executed; with REPLY_LOST and CUT_BODY after it.
    `is_html` sends a proxy's page instead of the provider's own body, `is_executed` lets the
    request take effect although it fails, `keep` is the share of the body that CUT_BODY sends.
    """

    kind: FaultKind
    seconds: float = 0.0
    status: int = 503
    retry_after: int | None = None
    is_html: bool = False
    is_executed: bool = False
    keep: float = 0.5


@dataclass(frozen=True, slots=True)
class Rule:
    """Of what matches, the first `after` pass and each of the next `count` is struck with `share`.

    None matches everything: `service`, `method`, `path` (searched in a request's path or in a
    webhook's URL). With `seconds_up_to` each fault draws its own seconds. `source` is the rule as
    it was written.
    """

    fault: Fault
    service: str | None = None
    method: str | None = None
    path: re.Pattern[str] | None = None
    share: float = 1.0
    after: int = 0
    count: int | None = None
    seed: int = 0
    seconds_up_to: float | None = None
    source: Mapping[str, JsonValue] = field(default_factory=dict)

    def matches(self, subject: Request | Delivery) -> bool:
        is_webhook = isinstance(subject, Delivery)
        target = subject.url if isinstance(subject, Delivery) else subject.path
        return (
            self.fault.kind.is_of_webhooks == is_webhook
            and self.method in {None, subject.method}
            and (self.path is None or self.path.search(target) is not None)
        )

    def decide(self, subject: Request | Delivery, n: int) -> Fault | None:
        """What strikes `subject` after `n` earlier ones that matched this rule; pure."""
        return self.strike(n) if self.matches(subject) else None

    def strike(self, n: int) -> Fault | None:
        is_over = self.count is not None and n >= self.after + self.count
        random = Random(f"{self.seed}:{n}")
        if n < self.after or is_over or random.random() >= self.share:
            return None
        if self.seconds_up_to is None:
            return self.fault
        return replace(self.fault, seconds=random.uniform(self.fault.seconds, self.seconds_up_to))


@dataclass(slots=True)
class _Met:
    matched: int = 0
    struck: int = 0


class FaultPlan:
    """The rules of one service in their order, and how often each was met.

    The first rule that strikes decides; the rules after it do not see that request.
    """

    def __init__(self, rules: Iterable[Rule] = (), *, service: str | None = None) -> None:
        names = {None, service}
        self._rules = [(rule, _Met()) for rule in rules if rule.service in names]

    def next(self, subject: Request | Delivery) -> Fault | None:
        """What strikes this request or delivery, None when it passes."""
        for rule, met in self._rules:
            if not rule.matches(subject):
                continue
            fault = rule.strike(met.matched)
            met.matched += 1
            if fault is not None:
                met.struck += 1
                return fault
        return None

    def report(self) -> list[dict[str, JsonValue]]:
        """Each rule as it was written, with `matched` and `struck`."""
        return [
            {**rule.source, "matched": met.matched, "struck": met.struck}
            for rule, met in self._rules
        ]
