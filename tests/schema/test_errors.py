"""Errors as a caller sees them: a code, a request id, and nothing of the inside."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from db.database import DatabaseUnavailableError, Rows
from schema.context import Context
from tests.schema.world import Counted, World, two_desks


class Broken(Counted):
    """A database that fails in a way that nobody foresaw, or in one that was."""

    error: Exception = RuntimeError("secret detail of the inside")

    async def fetch(self, statement: Any, parameters: Any = None) -> Rows:
        raise self.error


async def test_what_nobody_foresaw_is_masked_and_logged(
    small_world: World, caplog: pytest.LogCaptureFixture
) -> None:
    small_world.counted = Broken(small_world.database)
    with caplog.at_level(logging.ERROR):
        told = await small_world.refused("{ tickets { nodes { id } } }")
    assert told == {
        "message": "Deskgraph failed to handle this",
        "code": "INTERNAL",
        "hint": "Please report it with the log.",
        "requestId": "request-1",
    }
    [record] = caplog.records
    assert record.request_id == "request-1"  # type: ignore[attr-defined]  # logged as extra
    assert "secret detail" in str(record.exc_info)
    assert record.getMessage() == "unexpected error"


async def test_database_that_is_down_is_told_as_such(small_world: World) -> None:
    broken = Broken(small_world.database)
    broken.error = DatabaseUnavailableError("The database cannot be reached", hint="Wait.")
    small_world.counted = broken
    told = await small_world.refused("{ tickets { nodes { id } } }")
    assert told["code"] == DatabaseUnavailableError.code
    assert told["hint"] == "Wait."


async def test_failing_database_is_no_answer_of_a_write(small_world: World) -> None:
    await two_desks(small_world)
    broken = Broken(small_world.database)
    small_world.counted = broken
    told = await small_world.refused(
        """mutation { updateTicket(input: { id: "VGlja2V0Om5vcnRoLzE", subject: "S",
        customFields: [{ key: "k", value: 1 }] }) { errors { code } } }"""
    )
    assert told["code"] == "INTERNAL"


@pytest.mark.parametrize(
    ("query", "variables", "code"),
    [
        ("{ tickets", {}, "GRAPHQL_PARSE_FAILED"),
        ("{ tickets { nope } }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("query ($n: Int) { tickets(first: $n) { totalCount } }", {"n": "x"}, "BAD_USER_INPUT"),
        ("query ($n: Int!) { tickets(first: $n) { totalCount } }", {}, "BAD_USER_INPUT"),
        ("{ tickets(first: 99999999999) { totalCount } }", {}, "GRAPHQL_VALIDATION_FAILED"),
        (
            "query ($t: DateTime) { tickets(filter: { createdAt: { gte: $t } }) { totalCount } }",
            {"t": "yesterday"},
            "BAD_USER_INPUT",
        ),
        (
            '{ tickets(filter: { createdAt: { gte: "2026-01-01" } }) { totalCount } }',
            {},
            "BAD_USER_INPUT",
        ),
        (
            "{ tickets(filter: { createdAt: { gte: 5 } }) { totalCount } }",
            {},
            "BAD_USER_INPUT",
        ),
        ("mutation { tickets { totalCount } }", {}, "GRAPHQL_VALIDATION_FAILED"),
    ],
)
async def test_every_error_has_a_code(
    small_world: World, query: str, variables: dict[str, Any], code: str
) -> None:
    result = await small_world.execute(query, **variables)
    for error in result.errors:
        assert error.extensions["code"] == code
        assert error.extensions["requestId"] == "request-1"


INSTANTS = [
    "2026-11-23T09:00:00Z",
    "2026-11-23t09:00:00z",
    "2026-11-23T09:00:00.123456Z",
    "2026-11-23T09:00:00.123456789Z",
    "2026-11-23T10:00:00+01:00",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
]
NO_INSTANTS = [
    "",
    "2026-11-23",
    "2026-11-23T09:00:00",
    "20261123T090000Z",
    "2026-W48-1T09:00:00Z",
    "2026-13-01T00:00:00Z",
    "2026-11-23T09:00:60Z",
    "2026-11-23T25:00:00Z",
    "0001-01-01T00:00:00+01:00",
    "9999-12-31T23:59:59-01:00",
    "٢٠٢٦-11-23T09:00:00Z",
    "2026-11-23T09:00:00Z ",
    5,
    True,
    None,
]


async def test_instants_are_rfc_3339_with_an_offset(world: World) -> None:
    await two_desks(world)
    query = "query ($t: DateTime!) { tickets(filter: { updatedAt: { gte: $t } }) { totalCount } }"
    for given in INSTANTS:
        assert (await world.ask(query, t=given))["tickets"] is not None, given
    for wrong in NO_INSTANTS:
        assert (await world.refused(query, t=wrong))["code"] == "BAD_USER_INPUT", wrong


async def test_at_most_ten_errors_are_told(small_world: World) -> None:
    fields = " ".join(f"f{n}" for n in range(15))
    result = await small_world.execute(f"{{ {fields} }}")
    assert len(result.errors) == 10


async def test_context_belongs_to_one_operation(small_world: World) -> None:
    context = small_world.context()
    assert isinstance(context, Context)
    with pytest.raises(AttributeError):
        context.request_id = "other"  # type: ignore[misc]  # it is frozen
