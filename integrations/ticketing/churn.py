"""The rules of a churn ticket: what it says, and how urgent it is."""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from domain.errors import InvalidInputError
from domain.words import Priority


class RiskLevel(StrEnum):
    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


LEVEL_FROM: Final = (
    (0.8, RiskLevel.CRITICAL),
    (0.6, RiskLevel.HIGH),
    (0.4, RiskLevel.MEDIUM),
    (0.0, RiskLevel.LOW),
)
"""The lowest churn risk of each level, highest first."""

VALUE_FROM: Final = ((5_000.0, 2), (1_000.0, 1), (-math.inf, 0))
"""The lowest lifetime value of each column of the table below; unknown is the middle one."""
HIGH_VALUE: Final = 2
UNKNOWN_VALUE: Final = 1

PRIORITY: Final[Mapping[RiskLevel, tuple[Priority, Priority, Priority]]] = {
    #                     below 1,000       1,000 and more     5,000 and more
    RiskLevel.CRITICAL: (Priority.HIGH, Priority.URGENT, Priority.URGENT),
    RiskLevel.HIGH: (Priority.MEDIUM, Priority.HIGH, Priority.URGENT),
    RiskLevel.MEDIUM: (Priority.LOW, Priority.MEDIUM, Priority.HIGH),
    RiskLevel.LOW: (Priority.LOW, Priority.LOW, Priority.MEDIUM),
}

RETENTION: Final[Mapping[RiskLevel, tuple[str, ...]]] = {
    RiskLevel.CRITICAL: (
        "Call the customer today and ask what went wrong",
        "Offer a personal discount or a credit on the next order",
        "Hand the account to a named contact until it has recovered",
    ),
    RiskLevel.HIGH: (
        "Write to the customer personally within a day",
        "Offer a discount on what they bought before",
        "Look through their last tickets for something unresolved",
    ),
    RiskLevel.MEDIUM: (
        "Send a win-back message with products that fit their last purchase",
        "Ask for feedback with a short survey",
    ),
    RiskLevel.LOW: ("Keep the customer in the regular newsletter and look again in a month",),
}
LONG_ABSENCE_DAYS: Final = 60

_KNOWN: Final = frozenset(
    {
        "customer_id",
        "churn_risk",
        "risk_level",
        "ltv",
        "days_since_purchase",
        "customer_email",
        "customer_name",
    }
)


def risk_level(churn_risk: float) -> RiskLevel:
    """Of a probability from 0 to 1."""
    return next(level for lowest, level in LEVEL_FROM if churn_risk >= lowest)


def churn_priority(level: RiskLevel, ltv: float | None) -> Priority:
    return PRIORITY[level][_value_column(ltv)]


def churn_ticket(customer: Mapping[str, object]) -> dict[str, object]:
    """The data for `create_ticket`. Raises `InvalidInputError`.

    The description is internal: nobody shall read about themselves that they are about to leave.
    What the caller knows beyond the documented keys stands in the description as it is.
    """
    customer_id = _customer_id(customer)
    risk = _number(customer, "churn_risk", highest=1.0)
    ltv = _number(customer, "ltv")
    level = _level(customer, risk)
    name = _text(customer, "customer_name")
    data: dict[str, object] = {
        "subject": f"{_heading(level)}: Customer {name or customer_id}",
        "description": _description(customer, customer_id, level),
        "priority": churn_priority(level, ltv).value,
        "tags": _tags(level, ltv),
        "internal": True,
    }
    # A name alone finds nobody at a help desk.
    if email := _text(customer, "customer_email"):
        data["customer_email"] = email
        data |= {"customer_name": name} if name else {}
    return data


def _heading(level: RiskLevel) -> str:
    return f"{level.value.capitalize()} Churn Risk"


def _tags(level: RiskLevel, ltv: float | None) -> list[str]:
    tags = ["churn-risk", "retention", f"risk-{level.value}"]
    return [*tags, "high-value"] if _value_column(ltv) == HIGH_VALUE else tags


def _value_column(ltv: float | None) -> int:
    if ltv is None:
        return UNKNOWN_VALUE
    return next(column for lowest, column in VALUE_FROM if ltv >= lowest)


def _description(customer: Mapping[str, object], customer_id: str, level: RiskLevel) -> str:
    days = _number(customer, "days_since_purchase")
    lines = [
        f"Customer {customer_id} may be about to leave.",
        "",
        "Customer",
        *(f"- {label}: {value}" for label, value in _context(customer, level)),
        "",
        "What to do",
        *(f"- {advice}" for advice in RETENTION[level]),
    ]
    if days is not None and days >= LONG_ABSENCE_DAYS:
        lines.append("- Find out whether they buy elsewhere by now: it has been a long time")
    return "\n".join(lines)


def _context(customer: Mapping[str, object], level: RiskLevel) -> list[tuple[str, str]]:
    risk = _number(customer, "churn_risk", highest=1.0)
    ltv = _number(customer, "ltv")
    days = _number(customer, "days_since_purchase")
    told = [
        ("Id", _customer_id(customer)),
        ("Name", _text(customer, "customer_name")),
        ("E-mail", _text(customer, "customer_email")),
        ("Risk level", level.value),
        ("Churn risk", None if risk is None else f"{risk:.0%}"),
        ("Lifetime value", None if ltv is None else f"${ltv:,.2f}".removesuffix(".00")),
        ("Days since last purchase", None if days is None else f"{days:,.0f}"),
    ]
    more = [(key, str(value)) for key, value in customer.items() if key not in _KNOWN]
    return [(label, value) for label, value in [*told, *more] if value is not None]


def _customer_id(customer: Mapping[str, object]) -> str:
    value = customer.get("customer_id")
    if isinstance(value, bool) or not isinstance(value, str | int) or not str(value).strip():
        raise InvalidInputError(
            "A churn ticket needs a customer_id", hint="Give customer_id", path=("customer_id",)
        )
    return str(value).strip()


def _level(customer: Mapping[str, object], risk: float | None) -> RiskLevel:
    """The given level, or the one that the churn risk means."""
    word = _text(customer, "risk_level")
    if word is None and risk is not None:
        return risk_level(risk)
    try:
        return RiskLevel((word or "").strip().lower())
    except ValueError:
        raise InvalidInputError(
            f"{word!r} is no risk level" if word else "A churn ticket needs a risk",
            hint=f"Give churn_risk (0 to 1), or risk_level: {', '.join(RiskLevel)}",
            path=("risk_level",),
        ) from None


def _text(customer: Mapping[str, object], key: str) -> str | None:
    value = customer.get(key)
    if value is not None and not isinstance(value, str):
        raise InvalidInputError(f"{key} must be a text", path=(key,))
    return value or None


def _number(customer: Mapping[str, object], key: str, *, highest: float = math.inf) -> float | None:
    value = customer.get(key)
    if value is None:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool):
        # Past the largest float there are only mistakes.
        number = float(value) if abs(value) < 1e300 else math.inf
        if 0.0 <= number <= highest and math.isfinite(number):
            return number
    raise InvalidInputError(
        f"{key} cannot be {str(value)[:40]}",
        hint=f"Give a number from 0{'' if math.isinf(highest) else f' to {highest:g}'}",
        path=(key,),
    )
