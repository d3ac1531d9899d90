"""Record ids: `<desk key>/<external id>` inside, an opaque `Type:` form in the API."""

from __future__ import annotations

import base64
import binascii
import re

from domain.errors import InvalidInputError

DESK_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


def record_id(desk: str, external_id: str) -> str:
    return f"{desk}/{external_id}"


def split_record_id(record: str) -> tuple[str, str]:
    """(desk key, external id). A desk key never holds a slash; an external id may."""
    desk, separator, external_id = record.partition("/")
    if not separator or not external_id or not DESK_KEY.fullmatch(desk):
        raise InvalidInputError(
            f"{record!r} is no record id", hint="Use an id as the API returned it."
        )
    return desk, external_id


def node_id(type_name: str, record: str) -> str:
    return base64.urlsafe_b64encode(f"{type_name}:{record}".encode()).decode().rstrip("=")


def split_node_id(node: str) -> tuple[str, str]:
    """(type name, record id); raises `InvalidInputError` for anything we never gave out."""
    try:
        text = base64.urlsafe_b64decode(node + "=" * (-len(node) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        text = ""
    type_name, separator, record = text.partition(":")
    if not separator or not type_name or not record or node_id(type_name, record) != node:
        raise InvalidInputError(
            "This is not an id of this API", hint="Use an id as the API returned it."
        )
    return type_name, record
