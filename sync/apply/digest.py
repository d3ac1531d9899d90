"""Digests of values: equal exactly when two replies show the same."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b

import orjson

LISTED = b"list"
"""The digest of a comment list that was read whole: its members carry their own."""
ABSENT = b"absent"
"""The digest of a comment that a whole list no longer shows."""


def digest(value: object) -> bytes:
    """16 bytes over the canonical JSON of a record, a mapping or a sequence."""
    return blake2b(
        orjson.dumps(value, option=orjson.OPT_SORT_KEYS, default=_plain), digest_size=16
    ).digest()


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(type(value).__name__)
