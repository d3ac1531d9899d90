"""Every refusal, typed; and each message with the setting that mends it."""

from __future__ import annotations

import pytest

from domain.errors import (
    ForbiddenError,
    NotFoundError,
    ProviderError,
    ProviderUnavailableError,
    RateLimitedError,
    StaleStampError,
    TicketClosedError,
    UnauthorizedError,
)
from domain.observation import Gone
from domain.records import JsonValue
from domain.writes import Safety, Step, StepKind
from integrations.ticketing.dictionary import BudgetReading
from tests.providers.zendesk.shapes import WEB, ZENDESK, Json, reply, user

CLOSED: Json = {
    "error": "RecordInvalid",
    "description": "Record validation errors",
    "details": {"status": [{"description": "closed prevents ticket update"}]},
}
INVALID: Json = {
    "error": "RecordInvalid",
    "description": "Record validation errors",
    "details": {
        "base": [{"description": "Assignee: is required"}, {"description": "Form: is required"}],
        "subject": [{"description": "Subject: cannot be blank", "error": "BlankValue"}],
    },
}


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, {"error": "TooManyValues", "description": "no"}, ProviderError),
        (401, {"error": "Couldn't authenticate you"}, UnauthorizedError),
        (403, {"error": {"title": "Forbidden", "message": "no"}}, ForbiddenError),
        (404, {"error": "RecordNotFound", "description": "Not found"}, NotFoundError),
        (404, {"error": "InvalidEndpoint", "description": "Not found"}, NotFoundError),
        (404, b"<html>no such account</html>", NotFoundError),
        (409, {"error": "UpdateConflict", "description": "outdated"}, StaleStampError),
        (409, {"error": "SomethingNew", "description": "?"}, StaleStampError),
        (409, {"error": "DatabaseConflict", "description": "?"}, ProviderUnavailableError),
        (409, {"error": "DatabaseDeadlock"}, ProviderUnavailableError),
        (409, b"Requester creation collision - please try again", ProviderUnavailableError),
        (422, CLOSED, TicketClosedError),
        (422, INVALID, ProviderError),
        (422, {"error": "invalid", "description": "too deep"}, ProviderError),
        (429, b"Number of allowed API requests per minute exceeded", RateLimitedError),
        (429, {"errors": [{"code": "TooManyRequests", "title": "slow"}]}, RateLimitedError),
        (429, {"error": "TooManyJobs", "current_job_ids": ["a"]}, RateLimitedError),
        (500, b"<html>oops</html>", ProviderUnavailableError),
        (502, b"", ProviderUnavailableError),
        (503, {"error": "unavailable", "description": "later"}, ProviderUnavailableError),
        (504, b"[1]", ProviderUnavailableError),
        (599, b"", ProviderUnavailableError),
        (301, b"", ProviderError),
        (418, b"null", ProviderError),
    ],
)
def test_each_refusal_has_its_type(
    status: int, body: JsonValue | bytes, kind: type[ProviderError]
) -> None:
    error = ZENDESK.error_of(reply(body, status), doing="list tickets")
    assert type(error) is kind
    assert error.message.startswith(f"Failed to list tickets: {status} ")
    assert error.status == status


@pytest.mark.parametrize("status", [200, 201, 204])
def test_success_is_no_error(status: int) -> None:
    assert ZENDESK.error_of(reply(b"", status), doing="x") is None


@pytest.mark.parametrize(
    ("status", "doing", "message", "hints"),
    [
        (
            401,
            "create ticket",
            "Failed to create ticket: 401 Unauthorized",
            ["ZENDESK_TOKEN", "ZENDESK_EMAIL", "/token", "Admin Center", "OAUTH_CLIENT_ID"],
        ),
        (
            404,
            "list tickets",
            "Failed to list tickets: 404 Not Found",
            ["ZENDESK_SUBDOMAIN", "{subdomain}.zendesk.com"],
        ),
        (
            429,
            "list tickets",
            "Failed to list tickets: 429 Too Many Requests",
            ["Rate limit exceeded", "fewer", "wait longer", "cache"],
        ),
        (403, "export tickets", "Failed to export tickets: 403 Forbidden", ["admin", "scope"]),
    ],
)
def test_the_promised_messages_name_what_to_mend(
    status: int, doing: str, message: str, hints: list[str]
) -> None:
    error = ZENDESK.error_of(reply(b"", status), doing=doing)
    assert error is not None
    assert error.message == message
    assert error.hint is not None
    for word in hints:
        assert word in error.hint


def test_field_messages_are_kept_by_field() -> None:
    error = ZENDESK.error_of(reply(INVALID, 422, {"x-request-id": "r-1"}), doing="update ticket")
    assert error is not None
    assert error.message == "Failed to update ticket: 422 Unprocessable Entity"
    assert error.details == {
        "base": "Assignee: is required; Form: is required",
        "subject": "Subject: cannot be blank",
    }
    assert (error.native_code, error.request_id) == ("RecordInvalid", "r-1")
    assert error.hint is not None
    assert "Assignee: is required" in error.hint


@pytest.mark.parametrize("details", [None, [], "x", {"a": None}, {"a": [None, 3]}, {"a": "said"}])
def test_odd_details_are_no_crash(details: JsonValue) -> None:
    body: Json = {"error": "RecordInvalid", "details": details}
    assert ZENDESK.error_of(reply(body, 422), doing="x") is not None


def test_a_create_has_no_stamp_that_could_be_outdated() -> None:
    create = Step(StepKind.CREATE, Safety.KEYED)
    with pytest.raises(ProviderUnavailableError):
        ZENDESK.parse_step(create, reply({"error": "SomethingNew"}, 409))
    update = Step(StepKind.UPDATE, Safety.COMPARE_AND_SET)
    with pytest.raises(StaleStampError):
        ZENDESK.parse_step(update, reply({"error": "SomethingNew"}, 409))


def test_only_a_missing_record_proves_that_a_ticket_is_gone() -> None:
    gone = reply({"error": "RecordNotFound", "description": "Not found"}, 404)
    assert isinstance(ZENDESK.parse_ticket(gone, "41").tickets[0].core, Gone)
    assert isinstance(ZENDESK.parse_comments(gone, "41", None).tickets[0].core, Gone)
    for body in (b"<html>no such account</html>", b'{"error":"InvalidEndpoint"}'):
        with pytest.raises(NotFoundError, match="ZENDESK_SUBDOMAIN"):
            ZENDESK.parse_ticket(reply(body, 404), "41")
        with pytest.raises(NotFoundError):
            ZENDESK.parse_comments(reply(body, 404), "41", None)


def test_an_anonymous_answer_is_no_sign_in() -> None:
    anonymous: list[Json] = [{"id": None, "name": "Anonymous user"}, {"id": []}, {}]
    for nobody in anonymous:
        with pytest.raises(UnauthorizedError, match="anonymous"):
            ZENDESK.parse_identity(reply({"user": nobody}))


def test_an_account_is_known_by_its_own_host() -> None:
    assert ZENDESK.parse_identity(reply({"user": user()})) == "zendesk:acme.zendesk.com"
    local = user(url="http://127.0.0.1:40123/api/v2/users/1.json")
    assert ZENDESK.parse_identity(reply({"user": local})) == "zendesk:127.0.0.1"
    with pytest.raises(ProviderUnavailableError):
        ZENDESK.parse_identity(reply({"user": user(url=None)}))


@pytest.mark.parametrize(
    "spelling",
    [
        {"rate-limit": "700", "rate-limit-remaining": "690", "rate-limit-reset": "42"},
        {"ratelimit-limit": "700", "ratelimit-remaining": "690", "ratelimit-reset": "42"},
        {"x-rate-limit": "700", "x-rate-limit-remaining": "690", "ratelimit-reset": "42"},
    ],
)
def test_the_accounts_budget_in_all_spellings(spelling: dict[str, str]) -> None:
    assert ZENDESK.budget_of(reply(b"", 200, spelling)) == [BudgetReading("account", 700, 690, 42)]


@pytest.mark.parametrize("prefix", ["zendesk-ratelimit-", "zendesk-rate-limit-"])
def test_the_buckets_in_both_spellings(prefix: str) -> None:
    headers = {
        f"{prefix}incremental-exports": "total=10; remaining=9; resets=2",
        f"{prefix}per-ticket-updates": "total=30;remaining=29;resets=468",
        f"{prefix}brand-new": "total=5; remaining=odd",
        "x-rate-limit": "many",
    }
    assert ZENDESK.budget_of(reply(b"", 200, headers)) == [
        BudgetReading("incremental", 10, 9, 2.0),
        BudgetReading("ticket", 30, 29, 468.0),
        BudgetReading("brand-new", 5, None, None),
    ]


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "93"}, 93.0),
        ({"retry-after": " 0.5 "}, 0.5),
        (
            {
                "retry-after": "Tue, 24 Nov 2026 05:01:00 GMT",
                "date": "Tue, 24 Nov 2026 05:00:00 GMT",
            },
            60.0,
        ),
        ({"retry-after": "soon"}, None),
        ({}, None),
        ({"zendesk-ratelimit-tickets-update": "total=100; remaining=0; resets=8"}, 8.0),
        (
            {
                "x-rate-limit-remaining": "500",
                "ratelimit-reset": "40",
                "zendesk-ratelimit-incremental-exports": "total=10; remaining=0; resets=12",
            },
            12.0,
        ),
    ],
)
def test_how_long_to_wait_after_a_429(headers: dict[str, str], seconds: float | None) -> None:
    error = ZENDESK.error_of(reply(b"", 429, headers), doing="x")
    assert error is not None
    assert error.retry_after_seconds == seconds


def test_the_families_of_requests_all_have_limits() -> None:
    assert ZENDESK.limits["account"].units == 700
    requests = [
        ZENDESK.build_identity(),
        ZENDESK.build_tickets(["1"]),
        ZENDESK.build_ticket("1"),
        ZENDESK.build_comments("1", None),
        ZENDESK.build_audits("1"),
    ]
    for request in requests:
        assert request.family.partition(":")[0] in ZENDESK.limits
        assert WEB not in request.path
