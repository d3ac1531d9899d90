"""Idempotency keys: each caller has names of its own."""

from __future__ import annotations

from random import Random

from domain.errors import InvalidInputError
from domain.text import is_storable

LONGEST_KEY = 255
_MADE = "made-here-"


def stored_key(viewer: str, given: str) -> str:
    """The caller's key as it is kept, told apart from every other caller's."""
    if not 0 < len(given) <= LONGEST_KEY or not is_storable(given):
        raise InvalidInputError(
            f"An idempotency key has 1 to {LONGEST_KEY} characters",
            hint="A UUID will do; use the same one only to repeat the same write.",
            path=("idempotencyKey",),
        )
    return f"{len(viewer)}:{viewer}:{given}"


def own_key(stored: str) -> str:
    """What the caller gave."""
    length, _, rest = stored.partition(":")
    return rest[int(length) + 1 :] if length.isdigit() else stored


def made_key(viewer: str, random: Random) -> str:
    """For a write that came without a key: it can never be replayed."""
    return stored_key(viewer, f"{_MADE}{random.getrandbits(128):032x}")


def required_key(viewer: str, given: str | None, why: str) -> str:
    if given is None:
        raise InvalidInputError(
            f"idempotencyKey is needed: {why}",
            hint="Make one up for each write, and use it again only to repeat the same write.",
            path=("idempotencyKey",),
        )
    return stored_key(viewer, given)
