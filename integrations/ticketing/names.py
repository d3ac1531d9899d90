"""Names that stand in paths and dictionaries: ids that are numbers, keys made of titles."""

from __future__ import annotations

import re

from domain.errors import InvalidInputError


def numeric_id(external_id: str, *, provider: str) -> str:
    """An id that can stand in a path: digits only, so that it can lead nowhere else."""
    if not (external_id.isascii() and external_id.isdigit()):
        raise InvalidInputError(
            f"{external_id[:40]!r} is no {provider} id",
            hint=f"{provider}'s ids are numbers",
            path=("id",),
        )
    return external_id


def field_key(title: str) -> str:
    """A custom field without a key of its own: "Churn risk" is addressed as churn_risk."""
    return re.sub(r"\W+", "_", title.casefold()).strip("_")
