"""One tree of errors. Each carries data: what happened, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping


class DeskgraphError(Exception):
    """The root. `hint` names the next step; `code` is stable and listed in docs/errors.md."""

    code = "INTERNAL"

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}. {self.hint}" if self.hint else self.message


class InternalError(DeskgraphError):
    """A bug of ours: the log has the details, under the same moment."""

    def __init__(self) -> None:
        super().__init__("Deskgraph failed to handle this", hint="Please report it with the log.")


class ConfigurationError(DeskgraphError):
    """A setting is missing or cannot be used; the hint names it."""

    code = "CONFIGURATION"


class InvalidInputError(DeskgraphError):
    """The caller's input cannot be used. `path` leads to the offending value."""

    code = "BAD_USER_INPUT"

    def __init__(
        self, message: str, *, hint: str | None = None, path: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message, hint=hint)
        self.path = path


class TransportError(DeskgraphError):
    code = "PROVIDER_UNAVAILABLE"


class NotSentError(TransportError):
    """The request never left: it is safe to send it again."""


class NoAnswerError(TransportError):
    """The request may have been executed: nobody knows."""


class ProviderError(DeskgraphError):
    """The provider answered with an error. `details` are its field messages."""

    code = "PROVIDER_REFUSED"

    def __init__(
        self,
        message: str,
        *,
        status: int,
        hint: str | None = None,
        native_code: str | None = None,
        details: Mapping[str, str] | None = None,
        retry_after_seconds: float | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.native_code = native_code
        self.details = details or {}
        self.retry_after_seconds = retry_after_seconds
        self.request_id = request_id


class UnauthorizedError(ProviderError):
    """Wrong or expired credentials, or a role that may not do this."""

    code = "PROVIDER_UNAUTHORIZED"


class ForbiddenError(ProviderError):
    code = "FORBIDDEN"


class NotFoundError(ProviderError):
    code = "NOT_FOUND"


class MergedError(NotFoundError):
    """The ticket lives on as another one."""

    def __init__(self, message: str, *, merged_into: str | None = None, status: int = 301) -> None:
        super().__init__(message, status=status)
        self.merged_into = merged_into


class TicketClosedError(ProviderError):
    """The provider never changes a closed ticket again."""

    code = "TICKET_CLOSED"


class StaleStampError(ProviderError):
    """A compare-and-set was refused because the ticket has moved since."""

    code = "CONFLICT"


class RateLimitedError(ProviderError):
    code = "RATE_LIMITED"


class ProviderUnavailableError(ProviderError):
    """5xx, or an answer that is no answer: an HTML page, cut or malformed JSON."""

    code = "PROVIDER_UNAVAILABLE"


class UnsupportedError(DeskgraphError):
    code = "UNSUPPORTED"


class OutcomeUnknownError(DeskgraphError):
    """A write left and no answer came; nobody can tell. Sending again is the user's act."""

    code = "OUTCOME_UNKNOWN"


class CursorExpiredError(DeskgraphError):
    code = "CURSOR_EXPIRED"
