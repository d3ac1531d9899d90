"""Ids between the API and the cache: `Type:` and the record's own id, in base64."""

from __future__ import annotations

from collections.abc import Callable

from domain.errors import InvalidInputError
from domain.ids import DESK_KEY, node_id, split_node_id


def reads_id(type_name: str) -> Callable[[str], str]:
    def read(record: str) -> str:
        return node_id(type_name, record)

    return read


def record_of(given: str, type_name: str, *path: str) -> str:
    """The record id in an id of one type; raises `InvalidInputError` for any other."""
    try:
        named, record = split_node_id(given)
    except InvalidInputError as error:
        raise InvalidInputError(error.message, hint=error.hint, path=path) from None
    if named != type_name:
        raise InvalidInputError(
            f"This is the id of a {named}, and a {type_name} is wanted",
            hint="Use an id as the API returned it.",
            path=path,
        )
    return record


def desk_key_of(given: str, *path: str) -> str:
    """A desk by its id or by its key: no id of ours could be a key, which has no capitals."""
    return given if DESK_KEY.fullmatch(given) else record_of(given, "Desk", *path)
