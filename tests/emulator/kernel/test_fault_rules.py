"""Fault rules as data: what is understood, what is refused, and when a rule strikes."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from emulator.kernel.fault_rules import FaultRuleError, parse_rules, read_fault_file
from emulator.kernel.faults import Fault, FaultKind, FaultPlan, Rule
from emulator.kernel.http import Request

SERVICES = ("zendesk", "gorgias")
GET = Request.of("GET", "/api/v2/tickets.json?page=2")
POST = Request.of("POST", "/api/v2/tickets.json")


def _parse(*rules: object) -> list[Rule]:
    return parse_rules(orjson.dumps({"faults": rules}), services=SERVICES)


def _strikes(rule: Rule, requests: int) -> list[int]:
    return [n for n in range(requests) if rule.decide(GET, n)]


@pytest.mark.parametrize("kind", list(FaultKind))
def test_every_kind_is_understood(kind: FaultKind) -> None:
    seconds = {} if kind is FaultKind.WEBHOOK_LOST else {"seconds": 1}
    [rule] = _parse({"kind": kind, **seconds})
    assert rule.fault.kind is kind


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"kind": "fire"}, "unknown kind 'fire'; known kinds: latency"),
        ({}, "names no 'kind'"),
        ("latency", "must be a JSON object"),
        ({"kind": "request_lost", "status": 500}, "no field 'status'"),
        ({"kind": "webhook_lost", "seconds": 1}, "no field 'seconds'"),
        ({"kind": "latency"}, "needs 'seconds' above 0"),
        ({"kind": "latency", "seconds": "1"}, "'seconds' must be a number, not '1'"),
        ({"kind": "latency", "seconds": -1}, "'seconds' must be 0 or more"),
        ({"kind": "latency", "seconds": 2, "seconds_up_to": 1}, "must not be below"),
        ({"kind": "server_error", "status": 404}, "from 500 to 599"),
        ({"kind": "server_error", "html": 1}, "true or false"),
        ({"kind": "server_error", "retry_after": 0.5}, "'retry_after' must be a whole number"),
        ({"kind": "cut_body", "share": 1.5}, "'share' must be from 0 to 1"),
        ({"kind": "cut_body", "count": 1.5}, "'count' must be a whole number"),
        ({"kind": "cut_body", "count": True}, "'count' must be a whole number"),
        ({"kind": "cut_body", "path": "("}, "no regular expression"),
        ({"kind": "cut_body", "method": 7}, "'method' must be a text"),
        ({"kind": "cut_body", "service": "freshdesk"}, "one of zendesk, gorgias"),
    ],
)
def test_a_rule_that_cannot_be_followed_is_refused(rule: object, words: str) -> None:
    with pytest.raises(FaultRuleError, match="Fault rule 2: ") as refusal:
        _parse({"kind": "request_lost"}, rule)
    assert words in str(refusal.value)


@pytest.mark.parametrize("text", [b"", b"{", b"7", b"{}", b'{"faults": {}}', b"\xff"])
def test_what_is_no_list_of_rules_is_refused(text: bytes) -> None:
    with pytest.raises(FaultRuleError):
        parse_rules(text, services=SERVICES)


def test_a_fault_file_is_named_in_its_refusal(tmp_path: Path) -> None:
    file = tmp_path / "faults.json"
    with pytest.raises(FaultRuleError, match=r"Cannot read .*faults\.json"):
        read_fault_file(file, services=SERVICES)
    file.write_text('[{"kind": "fire"}]')
    with pytest.raises(FaultRuleError, match=r"faults\.json: Fault rule 1"):
        read_fault_file(file, services=SERVICES)


def test_after_and_count_bound_what_is_struck() -> None:
    [rule] = _parse({"kind": "request_lost", "after": 2, "count": 3})
    assert _strikes(rule, 10) == [2, 3, 4]


def test_a_share_is_kept_to_and_the_seed_decides_which() -> None:
    share: dict[str, object] = {"kind": "request_lost", "share": 0.2}
    [first], [again], [other] = _parse(share), _parse(share), _parse({**share, "seed": 5})
    assert 150 <= len(_strikes(first, 1000)) <= 250
    assert _strikes(first, 1000) == _strikes(again, 1000) != _strikes(other, 1000)


def test_seconds_are_drawn_between_both_bounds() -> None:
    [rule] = _parse({"kind": "latency", "seconds": 1, "seconds_up_to": 3})
    drawn = [fault.seconds for n in range(100) if (fault := rule.decide(GET, n))]
    assert len(set(drawn)) == 100
    assert 1 <= min(drawn) < 1.5
    assert 2.5 < max(drawn) <= 3


def test_method_path_and_service_limit_a_rule() -> None:
    rules = _parse(
        {"kind": "request_lost", "method": "post"},
        {"kind": "reply_lost", "path": r"^/api/v2/tick.*\.json$"},
        {"kind": "html_page", "service": "gorgias"},
    )
    [lost, reply_lost, page] = rules
    assert (lost.decide(GET, 0), lost.decide(POST, 0)) == (None, Fault(FaultKind.REQUEST_LOST))
    assert reply_lost.decide(GET, 0) == Fault(FaultKind.REPLY_LOST)
    assert reply_lost.decide(Request.of("GET", "/oauth/tokens"), 0) is None
    assert FaultPlan([page], service="zendesk").next(GET) is None
    assert FaultPlan([page], service="gorgias").next(GET) == page.fault


def test_the_first_rule_that_strikes_decides_and_hides_the_request_from_the_rest() -> None:
    plan = FaultPlan(_parse({"kind": "request_lost", "count": 1}, {"kind": "reply_lost"}))
    faults = [plan.next(GET) for _ in range(2)]
    assert [fault.kind for fault in faults if fault] == ["request_lost", "reply_lost"]
    assert [(row["matched"], row["struck"]) for row in plan.report()] == [(2, 1), (1, 1)]
