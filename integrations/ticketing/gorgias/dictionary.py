"""Gorgias's language, as the sync module and the library speak it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from domain.errors import (
    InvalidInputError,
    ProviderError,
    ProviderUnavailableError,
    UnsupportedError,
)
from domain.http import Request, Response
from domain.observation import CommentList, Cursor, Gone, LanePage, TicketSeen
from domain.words import Delivery
from domain.writes import AuditReading, Step, StepKind, TicketDraft, TicketPatch
from integrations.ticketing import fields
from integrations.ticketing.dictionary import BudgetReading, Lane, Limit, Window
from integrations.ticketing.document import Document, decode, readable, row_id
from integrations.ticketing.fields import MalformedRowError
from integrations.ticketing.gorgias import errors, limits, writes
from integrations.ticketing.gorgias.feeds import events_lane, messages_lane
from integrations.ticketing.gorgias.lanes import (
    PAGE_SIZE,
    TicketList,
    list_request,
    raise_for,
    tickets_in,
)
from integrations.ticketing.gorgias.messages import parse_message
from integrations.ticketing.gorgias.people import people_in
from integrations.ticketing.gorgias.reference import people_lane, reference_lane
from integrations.ticketing.gorgias.tickets import parse_ticket
from integrations.ticketing.gorgias.vocabulary import CAPABILITIES, VOCABULARY
from integrations.ticketing.gorgias.writes import number

SETTLES_WITHIN_SECONDS: Final = 600.0
"""How long a message on its way to the customer is read again; afterwards it waits for news."""

_DOING = {
    StepKind.CREATE: "create ticket",
    StepKind.UPDATE: "update ticket",
    StepKind.COMMENT: "add comment",
    StepKind.ADD_TAGS: "add tags",
    StepKind.REMOVE_TAGS: "remove tags",
    StepKind.CUSTOM_FIELDS: "set custom fields",
}


class GorgiasDictionary:
    """Implements `ProviderDictionary`. Pure: no I/O, no clock, no state."""

    name = "gorgias"
    capabilities = CAPABILITIES
    vocabulary = VOCABULARY
    comments_ride_along = True
    # Gorgias remembers no key and compares no stamp.
    key_seconds = 0.0
    stamp_step_seconds = 0.0
    # GET of a merged ticket answers 301; a list has no row of it.
    merges_show_singly = True

    def __init__(
        self,
        *,
        web_url: str = "",
        fallback_requester: str | None = None,
        window_seconds: float = limits.WINDOW_SECONDS,
    ) -> None:
        """`web_url`: where agents open tickets, e.g. `https://acme.gorgias.com`.

        `fallback_requester`: the address that a ticket about nobody is for; None: it is refused.
        `window_seconds`: 20, or 10 on the Enterprise plan.
        """
        self._web_url = web_url.rstrip("/")
        self._fallback_requester = fallback_requester
        self._window_seconds = window_seconds
        self.limits: Mapping[str, Limit] = {"account": limits.account_limit(window_seconds)}

    # --- the account
    def build_identity(self) -> Request:
        return Request("GET", "/api/account")

    def parse_identity(self, response: Response) -> str:
        """The account's own domain, which it keeps whatever address the request came by."""
        document = raise_for(response, doing="sign in")
        try:
            domain = fields.needed_text(document.body, "domain")
        except MalformedRowError:
            raise ProviderUnavailableError(
                "Gorgias's account has no domain", status=response.status
            ) from None
        return f"gorgias:{domain}"

    def parse_own_user(self, response: Response) -> str | None:
        """The account's reply names no user, and no write of ours needs one."""
        del response
        return None

    # --- errors and budget
    def error_of(self, response: Response, *, doing: str) -> ProviderError | None:
        return errors.error_of(response, doing=doing)

    def budget_of(self, response: Response) -> Sequence[BudgetReading]:
        return limits.budget_of(response, window_seconds=self._window_seconds)

    # --- reading
    def lanes(self, window: Window) -> Sequence[Lane]:
        """Live lanes first. With a window, each ticket's messages are read with the ticket."""
        listed = TicketList(web_url=self._web_url, since=window.since)
        live = (listed.tail(), events_lane(), reference_lane(), people_lane())
        all_messages = () if window.since is not None else (messages_lane(),)
        return (*live, listed.backfill(), *all_messages)

    def build_tickets(self, external_ids: Sequence[str]) -> Request:
        """https://developers.gorgias.com/reference/list-tickets: one key for each id."""
        if len(external_ids) > PAGE_SIZE:
            raise InvalidInputError(f"Gorgias reads at most {PAGE_SIZE} tickets by id at once")
        ids = [("ticket_ids", number(external_id)) for external_id in external_ids]
        return list_request("tickets", None, more=[*ids, ("trashed", "true")])

    def parse_tickets(self, response: Response, external_ids: Sequence[str]) -> LanePage:
        """An id that no row has is `Gone`; but not while some row cannot be told apart, or while
        there are more rows to come."""
        document = raise_for(response, doing="read tickets")
        rows = document.rows("data")
        tickets = tickets_in(document, rows, web_url=self._web_url)
        shown = [row_id(row) for row in rows]
        is_whole = None not in shown and not _goes_on(document)
        missing = [id_ for id_ in external_ids if id_ not in shown] if is_whole else []
        gone = tuple(TicketSeen(external_id, core=Gone()) for external_id in missing)
        return LanePage(
            tickets=(*tickets, *gone),
            people=people_in(rows),
            oddities=tuple(document.oddities),
        )

    def build_ticket(self, ticket_id: str) -> Request:
        return Request("GET", f"/api/tickets/{number(ticket_id)}")

    def parse_ticket(self, response: Response, ticket_id: str) -> LanePage:
        """With all of its messages. One that is on its way to the customer is read again soon."""
        if (gone := _gone(response)) is not None:
            return LanePage(tickets=(TicketSeen(ticket_id, core=gone),))
        document = raise_for(response, doing="get ticket")
        rows = [dict(document.body)]
        tickets = tickets_in(document, rows, web_url=self._web_url)
        is_settling = any(_is_settling(ticket, _date_of(response)) for ticket in tickets)
        return LanePage(
            tickets=tickets,
            people=people_in(rows),
            touched=(ticket_id,) if is_settling else (),
            oddities=tuple(document.oddities),
        )

    def build_comments(self, ticket_id: str, cursor: Cursor | None) -> Request:
        del cursor
        return self.build_ticket(ticket_id)

    def parse_comments(self, response: Response, ticket_id: str, cursor: Cursor | None) -> LanePage:
        del cursor
        return self.parse_ticket(response, ticket_id)

    # --- writing
    def create_steps(self, draft: TicketDraft) -> Sequence[Step]:
        return writes.create_steps(draft)

    def update_steps(self, patch: TicketPatch) -> Sequence[Step]:
        return writes.update_steps(patch)

    def needs_ticket(self, step: Step) -> bool:
        return writes.is_public_reply(step)

    def needs_assignee(self, patch: TicketPatch, assignee_id: str | None) -> bool:
        """A ticket may be closed while it is nobody's."""
        del patch, assignee_id
        return False

    def build_step(
        self,
        step: Step,
        *,
        ticket_id: str | None,
        operation_id: str,
        stamp: int | None,
        ticket_raw: bytes | None = None,
    ) -> Request:
        del stamp
        return writes.build_step(
            step,
            ticket_id=ticket_id,
            operation_id=operation_id,
            ticket_raw=ticket_raw,
            fallback_requester=self._fallback_requester,
        )

    def parse_step(self, step: Step, response: Response) -> TicketSeen | None:
        """The ticket after the write, or the message alone. The other calls answer nothing."""
        if error := errors.error_of(response, doing=_DOING[step.kind]):
            raise error
        if step.kind in (StepKind.ADD_TAGS, StepKind.REMOVE_TAGS, StepKind.CUSTOM_FIELDS):
            return None
        document = decode(response, provider="Gorgias")
        row = readable(document, dict(document.body), kind="reply")
        try:
            if step.kind is StepKind.COMMENT:
                comment = parse_message(row, document.oddities)
                listed = CommentList((comment,), is_whole=False)
                return TicketSeen(comment.ticket_id, comments=listed)
            return parse_ticket(row, document.oddities, web_url=self._web_url)
        except MalformedRowError as error:
            # It was done: the next read of the ticket shows how.
            raise ProviderUnavailableError(
                f"Gorgias's answer to a write cannot be read: {error}", status=response.status
            ) from None

    def build_find(self, step: Step, *, ticket_id: str | None, operation_id: str) -> Request:
        """A created ticket by its `external_id`; a message among those of its ticket."""
        if step.kind is StepKind.CREATE:
            more = [("external_id", operation_id), ("trashed", "true")]
            return list_request("tickets", None, more=more)
        if step.kind is StepKind.COMMENT and ticket_id is not None:
            return self.build_ticket(ticket_id)
        raise UnsupportedError("Nothing marks this write: it is repeated instead")

    def parse_find(
        self, step: Step, response: Response, *, ticket_id: str | None, operation_id: str
    ) -> TicketSeen | None:
        """Our own mark only: `external_id` is anybody's to use, and need not be unique."""
        if step.kind is StepKind.CREATE:
            document = raise_for(response, doing="find ticket")
            found = [
                ticket
                for ticket in tickets_in(document, document.rows("data"), web_url=self._web_url)
                if ticket.external_reference == operation_id
            ]
            return min(found, key=lambda ticket: int(ticket.external_id), default=None)
        page = self.parse_ticket(response, ticket_id or "")
        for ticket in page.tickets:
            comments = ticket.comments.comments if ticket.comments else ()
            ours = tuple(one for one in comments if one.external_reference == operation_id)[:1]
            if ours:
                return replace(ticket, comments=CommentList(ours, is_whole=False))
        return None

    def build_audits(self, ticket_id: str) -> Request:
        del ticket_id
        raise UnsupportedError("Gorgias has no audit log of a ticket")

    def parse_audits(
        self, response: Response, *, ticket_id: str, operation_id: str, stamp: int
    ) -> AuditReading:
        del response, ticket_id, operation_id, stamp
        raise UnsupportedError("Gorgias has no audit log of a ticket")


def _goes_on(document: Document) -> bool:
    meta = document.body.get("meta")
    return isinstance(meta, dict) and meta.get("next_cursor") is not None


def _gone(response: Response) -> Gone | None:
    """Only the API's own word proves it: a web server's 404 or 301 is about an address."""
    if errors.is_merged(response):
        return Gone(errors.merged_into(response))
    return Gone() if errors.is_missing(response) else None


def _is_settling(ticket: TicketSeen, now: datetime | None) -> bool:
    """By the provider's own clock. Nothing tells when `sent_datetime` is filled in."""
    return now is not None and any(
        comment.delivery is Delivery.SENDING
        and abs((now - comment.created_at).total_seconds()) < SETTLES_WITHIN_SECONDS
        for comment in (ticket.comments.comments if ticket.comments else ())
    )


def _date_of(response: Response) -> datetime | None:
    try:
        said = parsedate_to_datetime(response.headers.get("date", ""))
    except (ValueError, TypeError):
        return None
    return said.replace(tzinfo=said.tzinfo or UTC)
