"""Results as they are sent. Every error in them has passed `schema.errors`, which masks it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from graphql import GraphQLError
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError

_SUGGESTION: Final = re.compile(r"\s*Did you mean .*$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Answer:
    """A GraphQL response. `was_executed` is false where not one field was resolved."""

    payload: Mapping[str, object]
    was_executed: bool
    codes: Sequence[str] = ()
    """Of its errors, for the log."""


@dataclass(frozen=True, slots=True)
class Publisher:
    hides_suggestions: bool

    def answer(self, result: ExecutionResult) -> Answer:
        errors = result.errors or []
        has_begun = result.data is not None or any(error.path for error in errors)
        was_executed = has_begun and not isinstance(result, PreExecutionError)
        payload: dict[str, object] = {}
        if errors:
            payload["errors"] = [self._formatted(error) for error in errors]
        if was_executed:
            payload["data"] = result.data
        if result.extensions:
            payload["extensions"] = result.extensions
        codes = [str((error.extensions or {}).get("code")) for error in errors]
        return Answer(payload, was_executed, codes)

    def _formatted(self, error: GraphQLError) -> Mapping[str, object]:
        formatted = error.formatted
        if self.hides_suggestions:
            formatted["message"] = _SUGGESTION.sub("", formatted["message"])
        return formatted
