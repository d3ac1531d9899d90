"""What a churn ticket says, and how urgent it is."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidInputError
from domain.words import Priority
from integrations.ticketing.churn import RiskLevel, churn_priority, churn_ticket, risk_level

PROMISED = {
    "customer_id": "ABC123",
    "churn_risk": 0.85,
    "ltv": 5000,
    "days_since_purchase": 45,
    "risk_level": "critical",
}


def test_the_promised_example_is_urgent_and_says_what_it_knows() -> None:
    data = churn_ticket(PROMISED)
    assert data["subject"] == "Critical Churn Risk: Customer ABC123"
    assert data["priority"] == "urgent"
    assert data["tags"] == ["churn-risk", "retention", "risk-critical", "high-value"]
    description = str(data["description"])
    for told in ("ABC123", "85%", "$5,000", "45", "critical"):
        assert told in description
    assert "What to do\n- Call the customer today" in description


def test_nobody_reads_about_themselves_that_they_may_leave() -> None:
    assert churn_ticket(PROMISED)["internal"] is True


@pytest.mark.parametrize(
    ("risk", "ltv", "priority"),
    [
        (0.87, 5000, "urgent"),
        (0.85, 900, "high"),
        (0.8, None, "urgent"),
        (0.79, 1000, "high"),
        (0.6, 999.99, "medium"),
        (0.5, 12_000, "high"),
        (0.4, 100, "low"),
        (0.39, 100_000, "medium"),
        (0.0, 0, "low"),
        (1.0, 0, "high"),
    ],
)
def test_risk_and_value_decide_together(risk: float, ltv: float | None, priority: str) -> None:
    customer = {"customer_id": "c", "churn_risk": risk, "ltv": ltv}
    assert churn_ticket(customer)["priority"] == priority


@given(st.floats(0, 1), st.one_of(st.none(), st.floats(0, 1e9)))
def test_a_riskier_or_richer_customer_is_never_less_urgent(risk: float, ltv: float | None) -> None:
    level = risk_level(risk)
    here = churn_priority(level, ltv).rank
    assert churn_priority(RiskLevel.CRITICAL, ltv).rank >= here
    assert churn_priority(level, 1e9).rank >= here
    columns = [churn_priority(level, value) for value in (0.0, 1_000.0, 5_000.0)]
    assert all(low.rank <= high.rank for low, high in pairwise(columns))
    assert here in range(Priority.LOW.rank, Priority.URGENT.rank + 1)


def test_a_given_level_wins_over_the_number() -> None:
    data = churn_ticket({"customer_id": 7, "churn_risk": 0.1, "risk_level": "High", "ltv": 10})
    assert data["priority"] == "medium"
    assert "risk-high" in data["tags"]  # type: ignore[operator]  # a list of texts


def test_the_customer_is_named_only_where_they_can_be_found() -> None:
    named = {"customer_id": "c", "churn_risk": 0.5, "customer_name": "Ada"}
    assert "customer_name" not in churn_ticket(named)
    found = churn_ticket({**named, "customer_email": "ada@acme.test"})
    assert (found["customer_email"], found["customer_name"]) == ("ada@acme.test", "Ada")
    assert found["subject"] == "Medium Churn Risk: Customer Ada"


def test_what_else_is_known_stands_in_the_description() -> None:
    data = churn_ticket({**PROMISED, "favourite": "blue shoes", "days_since_purchase": 90})
    assert "- favourite: blue shoes" in str(data["description"])
    assert "a long time" in str(data["description"])


@pytest.mark.parametrize(
    ("flaw", "path"),
    [
        ({"customer_id": " "}, "customer_id"),
        ({"customer_id": None}, "customer_id"),
        ({"customer_id": True}, "customer_id"),
        ({"churn_risk": 85}, "churn_risk"),
        ({"churn_risk": -0.1}, "churn_risk"),
        ({"churn_risk": float("nan")}, "churn_risk"),
        ({"churn_risk": "0.85"}, "churn_risk"),
        ({"ltv": float("inf")}, "ltv"),
        ({"ltv": 10**400}, "ltv"),
        ({"ltv": True}, "ltv"),
        ({"days_since_purchase": -1}, "days_since_purchase"),
        ({"risk_level": "terrible"}, "risk_level"),
        ({"risk_level": None, "churn_risk": None}, "risk_level"),
        ({"customer_email": 7}, "customer_email"),
    ],
)
def test_a_flaw_is_named_by_its_key(flaw: dict[str, object], path: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        churn_ticket(PROMISED | flaw)
    assert caught.value.path == (path,)
