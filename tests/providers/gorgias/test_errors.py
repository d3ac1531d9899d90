"""Every refusal, typed; and each message with the setting that mends it."""

from __future__ import annotations

import pytest

from domain.errors import (
    ForbiddenError,
    MergedError,
    NotFoundError,
    ProviderError,
    ProviderUnavailableError,
    RateLimitedError,
    UnauthorizedError,
)
from domain.records import JsonValue
from integrations.ticketing.dictionary import BudgetReading, Limit
from integrations.ticketing.gorgias import GorgiasDictionary
from tests.providers.gorgias.shapes import GORGIAS, WEB, Json, reply

INVALID: Json = {
    "error": {
        "msg": "Invalid input.",
        "data": {
            "subject": ["Longer than maximum length 998."],
            "messages": {"0": {"channel": ["Missing data for required field."]}},
        },
    }
}


def said(message: str) -> Json:
    return {"error": {"msg": message}}


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, INVALID, ProviderError),
        (401, said("Unauthorized."), UnauthorizedError),
        (403, said("no"), ForbiddenError),
        (404, said("Ticket not found."), NotFoundError),
        (404, b"<html>no such account</html>", NotFoundError),
        (410, said("gone"), NotFoundError),
        (405, said("Method not allowed."), ProviderError),
        (409, said("Email already used."), ProviderError),
        (413, b"", ProviderError),
        (429, said("Too many requests."), RateLimitedError),
        (500, b"<html>oops</html>", ProviderUnavailableError),
        (502, b"", ProviderUnavailableError),
        (503, said("The external provider failed."), ProviderUnavailableError),
        (504, b"[1]", ProviderUnavailableError),
        (301, said("ticket_merged"), MergedError),
        (301, b"", ProviderError),
        (302, said("ticket_merged"), ProviderError),
        (418, b"null", ProviderError),
        (599, b'{"error":"said"}', ProviderUnavailableError),
    ],
)
def test_each_refusal_has_its_type(
    status: int, body: JsonValue | bytes, kind: type[ProviderError]
) -> None:
    error = GORGIAS.error_of(reply(body, status), doing="list tickets")
    assert type(error) is kind
    assert error.message.startswith(f"Failed to list tickets: {status} ")
    assert error.status == status


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_success_is_no_error(status: int) -> None:
    assert GORGIAS.error_of(reply(b"", status), doing="x") is None


@pytest.mark.parametrize(
    ("status", "doing", "message", "hints"),
    [
        (
            401,
            "create ticket",
            "Failed to create ticket: 401 Unauthorized",
            ["GORGIAS_API_KEY", "GORGIAS_USERNAME", "e-mail", "permissions"],
        ),
        (
            404,
            "list tickets",
            "Failed to list tickets: 404 Not Found",
            ["GORGIAS_DOMAIN", "{domain}.gorgias.com"],
        ),
        (
            429,
            "list tickets",
            "Failed to list tickets: 429 Too Many Requests",
            ["Rate limit exceeded", "fewer", "wait longer", "cache"],
        ),
        (403, "add tags", "Failed to add tags: 403 Forbidden", ["role", "GORGIAS_API_KEY"]),
    ],
)
def test_the_promised_messages_name_what_to_mend(
    status: int, doing: str, message: str, hints: list[str]
) -> None:
    error = GORGIAS.error_of(reply(b"", status), doing=doing)
    assert error is not None
    assert error.message == message
    assert error.hint is not None
    for word in hints:
        assert word in error.hint


def test_a_used_up_quota_is_told_as_it_is() -> None:
    message = "You may not do this. Messaging quota exceeded."
    error = GORGIAS.error_of(reply(said(message), 403), doing="create ticket")
    assert isinstance(error, ForbiddenError)
    assert error.hint == message


def test_field_messages_are_kept_by_field_at_any_depth() -> None:
    error = GORGIAS.error_of(reply(INVALID, 400, {"x-request-id": "r-1"}), doing="create ticket")
    assert error is not None
    assert error.message == "Failed to create ticket: 400 Bad Request"
    assert error.details == {
        "subject": "Longer than maximum length 998.",
        "messages": "Missing data for required field.",
    }
    assert (error.native_code, error.request_id) == ("Invalid input.", "r-1")
    assert error.hint is not None
    assert "Longer than" in error.hint


@pytest.mark.parametrize("data", [None, [], "x", {"a": None}, {"a": [None, 3]}, {"a": "said"}])
def test_odd_details_are_no_crash(data: JsonValue) -> None:
    body: Json = {"error": {"msg": [], "data": data}}
    assert GORGIAS.error_of(reply(body, 400), doing="x") is not None
    deep = b'{"error":{"data":{"a":' + b"[" * 900 + b"]" * 900 + b"}}}"
    assert GORGIAS.error_of(reply(deep, 400), doing="x") is not None


def test_a_merge_names_the_ticket_that_lives_on() -> None:
    for location, target in (
        (f"{WEB}/api/tickets/52/", "52"),
        ("/api/tickets/52", "52"),
        ("/api/customers/52", None),
        ("", None),
    ):
        response = reply(said("ticket_merged"), 301, {"location": location})
        error = GORGIAS.error_of(response, doing="update ticket")
        assert isinstance(error, MergedError)
        assert error.merged_into == target


def test_an_account_is_known_by_its_own_domain() -> None:
    assert GORGIAS.build_identity().path == "/api/account"
    assert GORGIAS.parse_identity(reply({"domain": "acme"})) == "gorgias:acme"
    for body in ({}, {"domain": None}, {"domain": 5}):
        with pytest.raises(ProviderUnavailableError):
            GORGIAS.parse_identity(reply({**body}))
    with pytest.raises(UnauthorizedError, match="GORGIAS_API_KEY"):
        GORGIAS.parse_identity(reply(said("Unauthorized."), 401))


@pytest.mark.parametrize(
    ("header", "readings"),
    [
        ("8/80", [BudgetReading("account", 80, 72, 2.0)]),
        (" 40 / 40 ", [BudgetReading("account", 40, 0, 20.0)]),
        ("0/40", [BudgetReading("account", 40, 40, 0.0)]),
        # A bucket that other apps have overfilled.
        ("44/40", [BudgetReading("account", 40, 0, 20.0)]),
        ("1/0", []),
        ("many", []),
        ("", []),
    ],
)
def test_the_buckets_header(header: str, readings: list[BudgetReading]) -> None:
    headers = {"x-gorgias-account-api-call-limit": header}
    assert list(GORGIAS.budget_of(reply(b"", 200, headers))) == readings


def test_the_enterprise_plan_drains_faster() -> None:
    fast = GorgiasDictionary(window_seconds=10.0)
    assert fast.limits == {"account": Limit(40, 10.0)}
    (reading,) = fast.budget_of(reply(b"", 200, {"x-gorgias-account-api-call-limit": "20/40"}))
    assert reading.resets_in_seconds == 5.0
    assert GORGIAS.limits == {"account": Limit(40, 20.0)}


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [({"retry-after": "7"}, 7.0), ({"retry-after": "9000"}, 60.0), ({}, None)],
)
def test_how_long_to_wait_after_a_429(headers: dict[str, str], seconds: float | None) -> None:
    error = GORGIAS.error_of(reply(b"", 429, headers), doing="x")
    assert error is not None
    assert error.retry_after_seconds == seconds
