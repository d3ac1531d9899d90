"""From a mutation's input to a write, and from its outcome to a payload."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from db.write.lanes import LeaseLostError
from domain import errors as domain_errors
from domain.errors import InvalidInputError
from domain.ids import split_record_id
from domain.words import Capability
from schema.context import Context
from schema.declare import SCOPE, Record
from schema.errors import NotAllowedError, RecordNotFoundError, require
from schema.load import Loader
from schema.prepare import check_unmoved
from schema.roots import Info, loader_of
from schema.types.comment import Comment
from schema.types.mutation_errors import (
    ClosedTicketError,
    MutationError,
    error_of,
    error_of_problem,
)
from schema.types.operation import Operation
from schema.types.payloads import PlannedRequest, WritePayload
from schema.types.ticket import Ticket
from sync.requests import Write, WriteOutcome

Payload = TypeVar("Payload", bound=WritePayload)

REFRESH_SECONDS: Final = 8.0
TOLD: Final = (
    InvalidInputError,
    NotAllowedError,
    RecordNotFoundError,
    LeaseLostError,
    domain_errors.ProviderError,
    domain_errors.TransportError,
    domain_errors.UnsupportedError,
)
"""Errors that are an answer. Any other is a bug or a failing database."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a payload shows: records by id, and what went wrong."""

    ticket_id: str | None = None
    comment_id: str | None = None
    operation_id: str | None = None
    errors: Sequence[MutationError] = ()
    replayed: bool = False
    planned: Sequence[PlannedRequest] = ()


@dataclass(slots=True)
class Attempt:
    """How far a mutation has come: what an error on its way is about."""

    desk: str = ""
    ticket_id: str | None = None


async def submit(
    info: Info,
    payload: type[Payload],
    prepare: Callable[[Context], Awaitable[Write]],
    *,
    dry_run: bool,
) -> Payload:
    """Records and drives the write that `prepare` makes; errors become data."""

    async def act(attempt: Attempt) -> Answer:
        write = await prepare(info.context)
        attempt.desk, attempt.ticket_id = write.desk, write.ticket_id
        await check_unmoved(info.context, write)
        outcome = await info.context.engine.submit(write, dry_run=dry_run)
        return _answer(info.context, write, outcome)

    return await _answered(info, payload, act)


async def refresh(info: Info, payload: type[Payload], find: Callable[[Context], str]) -> Payload:
    """Asks the provider for a ticket now."""

    async def act(attempt: Attempt) -> Answer:
        ticket_id = find(info.context)
        attempt.desk, attempt.ticket_id = split_record_id(ticket_id)[0], ticket_id
        try:
            async with asyncio.timeout(REFRESH_SECONDS):
                await info.context.engine.refresh(ticket_id)
        except TimeoutError:
            raise domain_errors.TransportError(
                "The desk has not answered yet", hint="Ask again in a moment."
            ) from None
        return Answer(ticket_id)

    return await _answered(info, payload, act)


async def _answered(
    info: Info, payload: type[Payload], act: Callable[[Attempt], Awaitable[Answer]]
) -> Payload:
    attempt = Attempt()
    try:
        require(info.context.viewer, info._field.metadata[SCOPE])
        answer = await act(attempt)
    except TOLD as error:
        answer = Answer(attempt.ticket_id, errors=[error_of(error, attempt.desk)])
    return await _filled(loader_of(info), payload, answer)


def _answer(context: Context, write: Write, outcome: WriteOutcome) -> Answer:
    return Answer(
        outcome.ticket_id or write.ticket_id,
        outcome.comment_id,
        outcome.operation_id or None,
        [_told(context, error_of_problem(one, write.desk), write.desk) for one in outcome.problems],
        outcome.replayed,
        [PlannedRequest.of(request) for request in outcome.planned],
    )


def _told(context: Context, error: MutationError, desk: str) -> MutationError:
    if isinstance(error, ClosedTicketError):
        capabilities = context.engine.dictionary(desk).capabilities
        error.follow_up_possible = Capability.FOLLOW_UP in capabilities
    return error


async def _filled(loader: Loader, payload: type[Payload], answer: Answer) -> Payload:
    made = payload.__new__(payload)
    made.related = {}
    made.errors = list(answer.errors)
    made.replayed = answer.replayed
    made.planned = list(answer.planned)
    shown: dict[str, tuple[type[Record], str | None]] = {
        "ticket": (Ticket, answer.ticket_id),
        "comment": (Comment, answer.comment_id),
        "operation": (Operation, answer.operation_id),
    }
    for pick in loader.picks(loader.picked, payload.__name__):
        if pick.name == "query":
            # The root of reads has no state: any object stands for it.
            made.related[pick.key] = made
        elif pick.name in shown:
            kind, record = shown[pick.name]
            ids = {record} if record is not None else set()
            found = await loader.by_ids(kind, ids, loader.picks(pick.nodes, kind.__name__))
            made.related[pick.key] = found.get(record or "")
    return made
