"""Zendesk's refusals, in its own envelopes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from emulator.kernel.http import Response


class Refused(Exception):  # noqa: N818 - a refusal is an answer here, not a defect
    """Carries the answer that a request gets instead of its result."""

    def __init__(self, response: Response) -> None:
        super().__init__(f"{response.status} {response.body[:200]!r}")
        self.response = response


def named(status: int, error: str, description: str, **more: object) -> Refused:
    return Refused(Response.of_json({"error": error, "description": description} | more, status))


def coded(status: int, code: str, title: str) -> Refused:
    """The envelope of the newer endpoints: a list of coded errors."""
    return Refused(Response.of_json({"errors": [{"code": code, "title": title}]}, status))


def not_found() -> Refused:
    return named(404, "RecordNotFound", "Not found")


def no_endpoint() -> Refused:
    return named(404, "InvalidEndpoint", "Not found")


def not_signed_in() -> Refused:
    body = {"error": "Couldn't authenticate you"}
    return Refused(Response.of_json(body, 401, {"WWW-Authenticate": 'Basic realm="Web Password"'}))


def bad_token() -> Refused:
    why = "The access token provided is expired, revoked, malformed or invalid for other reasons."
    return Refused(Response.of_json({"error": "invalid_token", "error_description": why}, 401))


def oauth(status: int, error: str, description: str) -> Refused:
    body = {"error": error, "error_description": description}
    return Refused(Response.of_json(body, status))


def forbidden() -> Refused:
    message = (
        "You do not have access to this page. "
        "Please contact the account owner of this help desk for further help."
    )
    return Refused(Response.of_json({"error": {"title": "Forbidden", "message": message}}, 403))


def bad_attribute(name: str, must: str) -> Refused:
    message = f"You passed an invalid value for the {name} attribute. {must}"
    return Refused(
        Response.of_json({"error": {"title": "Invalid attribute", "message": message}}, 400)
    )


def missing_parameter(name: str) -> Refused:
    text = f"Required parameter missing: {name}"
    return Refused(Response.of_text(text, 400, "text/html; charset=utf-8"))


def bad_json() -> Refused:
    return named(400, "InvalidJSON", "Server could not parse JSON")


def bad_value(name: str, description: str) -> Refused:
    return named(400, "InvalidValue", f"Invalid value for parameter '{name}': {description}")


def too_many_values(limit: int = 100) -> Refused:
    description = f"Parameter  cannot specify more than {limit} values"
    return named(400, "TooManyValues", description, max_count=limit)


def invalid(details: Mapping[str, Sequence[tuple[str, str]]]) -> Refused:
    """422 for a record that breaks rules; `details` are (description, code) pairs by field."""
    body = {
        "error": "RecordInvalid",
        "description": "Record validation errors",
        "details": {
            name: [
                {"description": text} | ({"error": code} if code else {}) for text, code in flaws
            ]
            for name, flaws in details.items()
        },
    }
    return Refused(Response.of_json(body, 422))


def invalid_field(name: str, description: str, code: str = "InvalidValue") -> Refused:
    return invalid({name: [(description, code)]})


def closed_ticket() -> Refused:
    return invalid({"status": [("closed prevents ticket update", "")]})


def stale_update() -> Refused:
    return named(
        409,
        "UpdateConflict",
        "Safe Update prevented the update due to outdated ticket data. "
        "Please fetch the latest ticket data and try again.",
    )


def too_many_requests(description: str, retry_after: int) -> Refused:
    body = {"error": "APIRateLimitExceeded", "description": description}
    return Refused(Response.of_json(body, 429, {"Retry-After": str(retry_after)}))


def too_many_updates(title: str, retry_after: int) -> Refused:
    body = {"errors": [{"code": "TooManyRequests", "title": title}]}
    return Refused(Response.of_json(body, 429, {"Retry-After": str(retry_after)}))
