"""Zendesk's language, as the sync module and the library speak it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from urllib.parse import urlsplit

from domain.errors import (
    InvalidInputError,
    ProviderError,
    ProviderUnavailableError,
    StaleStampError,
    UnauthorizedError,
    UnsupportedError,
)
from domain.http import Request, Response
from domain.observation import CommentList, Cursor, Gone, LanePage, TicketSeen
from domain.writes import AuditReading, Step, StepKind, TicketDraft, TicketPatch
from integrations.ticketing import cursors, fields
from integrations.ticketing.dictionary import BudgetReading, Lane, Window
from integrations.ticketing.document import Document, decode, parse_rows, row_id
from integrations.ticketing.fields import MalformedRowError
from integrations.ticketing.zendesk import audits, errors, limits, writes
from integrations.ticketing.zendesk.comments import parse_audit_comments, parse_listed_comment
from integrations.ticketing.zendesk.exports import Exports
from integrations.ticketing.zendesk.lanes import (
    PAGE_SIZE,
    TicketList,
    next_page,
    raise_for,
    tickets_in,
)
from integrations.ticketing.zendesk.people import parse_user
from integrations.ticketing.zendesk.reference import (
    listed_organizations_lane,
    listed_people_lane,
    reference_lane,
)
from integrations.ticketing.zendesk.tickets import parse_ticket
from integrations.ticketing.zendesk.vocabulary import CAPABILITIES, VOCABULARY
from integrations.ticketing.zendesk.writes import number

_DOING = {
    StepKind.CREATE: "create ticket",
    StepKind.UPDATE: "update ticket",
    StepKind.COMMENT: "add comment",
    StepKind.ADD_TAGS: "add tags",
    StepKind.REMOVE_TAGS: "remove tags",
    StepKind.CUSTOM_FIELDS: "update ticket",
}


class ZendeskDictionary:
    """Implements `ProviderDictionary`. Pure: no I/O, no clock, no state."""

    name = "zendesk"
    capabilities = CAPABILITIES
    vocabulary = VOCABULARY
    limits = limits.LIMITS
    comments_ride_along = False
    # https://developer.zendesk.com/api-reference/ticketing/introduction/#idempotency
    key_seconds = 7_200.0
    # A merged ticket stays, closed.
    merges_show_singly = False
    stamp_step_seconds = 1.0

    def __init__(self, *, web_url: str = "", export_period_seconds: float = 30.0) -> None:
        """`web_url`: where agents open tickets, e.g. `https://acme.zendesk.com`."""
        self._web_url = web_url.rstrip("/")
        self._export_period_seconds = export_period_seconds

    # --- the account
    def build_identity(self) -> Request:
        return Request("GET", "/api/v2/users/me")

    def parse_identity(self, response: Response) -> str:
        """The account's own host name, as it stands in the address of the credential's user.

        Zendesk answers 200 "Anonymous user" without an id when the credentials are missing or
        wrong. No reply that an agent may read holds the account's number; the host is the
        account's, also when the request came in through a mapped one.
        """
        user = raise_for(response, doing="sign in").row("user")
        try:
            user_id, url = fields.identifier(user, "id"), fields.text(user, "url")
        except MalformedRowError:
            user_id, url = None, None
        if user_id is None:
            raise UnauthorizedError(
                "Failed to sign in: Zendesk answered for an anonymous user",
                status=401,
                hint=errors.HINT_UNAUTHORIZED,
            )
        host = urlsplit(url or "").hostname
        if host is None:
            raise ProviderUnavailableError("Zendesk's user has no address", status=response.status)
        return f"zendesk:{host}"

    def parse_own_user(self, response: Response) -> str | None:
        """https://developer.zendesk.com/api-reference/ticketing/users/users/#show-self"""
        self.parse_identity(response)
        return fields.identifier(decode(response, provider="Zendesk").row("user"), "id")

    # --- errors and budget
    def error_of(self, response: Response, *, doing: str) -> ProviderError | None:
        return errors.error_of(response, doing=doing)

    def budget_of(self, response: Response) -> Sequence[BudgetReading]:
        return limits.budget_of(response)

    # --- reading
    def lanes(self, window: Window) -> Sequence[Lane]:
        """Live lanes first. Those that stand in for another run only while it is refused (403)."""
        listed = TicketList(web_url=self._web_url, since=window.since)
        exports = Exports(self._web_url, int(window.since or 0), self._export_period_seconds)
        return (
            listed.tail(),
            exports.tickets(),
            exports.comments(),
            reference_lane(),
            exports.people(),
            exports.organizations(),
            listed.backfill(),
            listed.walk(stands_in_for="export"),
            listed_people_lane(stands_in_for="people"),
            listed_organizations_lane(stands_in_for="organizations"),
        )

    def build_tickets(self, external_ids: Sequence[str]) -> Request:
        if len(external_ids) > PAGE_SIZE:
            raise InvalidInputError(f"Zendesk reads at most {PAGE_SIZE} tickets by id at once")
        ids = ",".join(number(external_id) for external_id in external_ids)
        query = (("ids", ids), ("include", "users"))
        return Request("GET", "/api/v2/tickets/show_many", query)

    def parse_tickets(self, response: Response, external_ids: Sequence[str]) -> LanePage:
        """An id that no row has is `Gone`; but not while some row cannot be told apart."""
        document = raise_for(response, doing="read tickets")
        tickets = tickets_in(document, web_url=self._web_url)
        shown = [row_id(row) for row in document.rows("tickets")]
        missing = [] if None in shown else [id_ for id_ in external_ids if id_ not in shown]
        gone = tuple(TicketSeen(external_id, core=Gone()) for external_id in missing)
        return _page(document, (*tickets, *gone))

    def build_ticket(self, ticket_id: str) -> Request:
        return Request("GET", f"/api/v2/tickets/{number(ticket_id)}", (("include", "users"),))

    def parse_ticket(self, response: Response, ticket_id: str) -> LanePage:
        if _is_gone(response):
            return LanePage(tickets=(TicketSeen(ticket_id, core=Gone()),))
        document = raise_for(response, doing="get ticket")
        row = dict(document.row("ticket"))
        parse = partial(parse_ticket, web_url=self._web_url)
        return _page(document, tuple(parse_rows(document, [row], parse, kind="ticket")))

    def build_comments(self, ticket_id: str, cursor: Cursor | None) -> Request:
        query = [("page[size]", str(PAGE_SIZE)), ("include", "users")]
        if (after := cursors.text(cursor, "after")) is not None:
            query.append(("page[after]", after))
        return Request("GET", f"/api/v2/tickets/{number(ticket_id)}/comments", tuple(query))

    def parse_comments(self, response: Response, ticket_id: str, cursor: Cursor | None) -> LanePage:
        """A 404 tells that the ticket is gone: nothing else shows a purge as soon."""
        if _is_gone(response):
            return LanePage(tickets=(TicketSeen(ticket_id, core=Gone()),))
        document = raise_for(response, doing="list comments")
        parse = partial(parse_listed_comment, ticket_id=ticket_id)
        comments = parse_rows(document, document.rows("comments"), parse, kind="comment")
        after = next_page(document, came_from=cursors.text(cursor, "after")).after
        seen = TicketSeen(ticket_id, comments=CommentList(tuple(comments), is_whole=False))
        return _page(document, (seen,), cursor={"after": after}, more=after is not None)

    # --- writing
    def create_steps(self, draft: TicketDraft) -> Sequence[Step]:
        return writes.create_steps(draft)

    def update_steps(self, patch: TicketPatch) -> Sequence[Step]:
        return writes.update_steps(patch)

    def needs_ticket(self, step: Step) -> bool:
        """Zendesk knows whom a reply goes to."""
        del step
        return False

    def needs_assignee(self, patch: TicketPatch, assignee_id: str | None) -> bool:
        """A ticket that is nobody's can be neither solved nor closed."""
        return writes.needs_assignee(patch, assignee_id)

    def build_step(
        self,
        step: Step,
        *,
        ticket_id: str | None,
        operation_id: str,
        stamp: int | None,
        ticket_raw: bytes | None = None,
    ) -> Request:
        del ticket_raw
        return writes.build_step(step, ticket_id=ticket_id, operation_id=operation_id, stamp=stamp)

    def parse_step(self, step: Step, response: Response) -> TicketSeen | None:
        """The ticket after the write, with the comment that the write's audit tells.

        A reply to a tag call has no ticket: None.
        """
        error = errors.error_of(response, doing=_DOING[step.kind])
        if isinstance(error, StaleStampError) and step.kind is StepKind.CREATE:
            # A create has no stamp: some collision whose name we do not know yet.
            raise ProviderUnavailableError(error.message, status=error.status)
        if error is not None:
            raise error
        if step.kind in (StepKind.ADD_TAGS, StepKind.REMOVE_TAGS):
            return None
        return self._written(decode(response, provider="Zendesk"))

    def _written(self, document: Document) -> TicketSeen | None:
        try:
            seen = parse_ticket(document.row("ticket"), document.oddities, web_url=self._web_url)
            audit = document.body.get("audit")
            comments = parse_audit_comments(audit) if isinstance(audit, dict) else []
        except MalformedRowError as error:
            # It was done: the next read of the ticket shows how.
            raise ProviderUnavailableError(
                f"Zendesk's answer to a write cannot be read: {error}", status=200
            ) from None
        if not comments:
            return seen
        return replace(seen, comments=CommentList(tuple(comments), is_whole=False))

    def build_find(self, step: Step, *, ticket_id: str | None, operation_id: str) -> Request:
        """By the list: search lags behind by minutes.

        https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/#list-tickets
        """
        del ticket_id
        if step.kind is not StepKind.CREATE:
            raise UnsupportedError("Zendesk's audits tell what became of an update")
        query = (
            ("external_id", operation_id),
            ("page[size]", str(PAGE_SIZE)),
            ("support_type_scope", "all"),
        )
        return Request("GET", "/api/v2/tickets", query)

    def parse_find(
        self, step: Step, response: Response, *, ticket_id: str | None, operation_id: str
    ) -> TicketSeen | None:
        del step, ticket_id
        document = raise_for(response, doing="find ticket")
        found = [
            ticket
            for ticket in tickets_in(document, web_url=self._web_url)
            if ticket.external_reference == operation_id
        ]
        return min(found, key=lambda ticket: int(ticket.external_id), default=None)

    def build_audits(self, ticket_id: str) -> Request:
        return audits.build_audits(ticket_id)

    def parse_audits(
        self, response: Response, *, ticket_id: str, operation_id: str, stamp: int
    ) -> AuditReading:
        del ticket_id
        return audits.parse_audits(response, operation_id=operation_id, stamp=stamp)


def _is_gone(response: Response) -> bool:
    """Only "this record is not there" proves it: a wrong host or path answers 404 as well."""
    return response.status == 404 and errors.is_missing_record(errors.envelope_of(response))


def _page(
    document: Document,
    tickets: tuple[TicketSeen, ...],
    *,
    cursor: Cursor | None = None,
    more: bool = False,
) -> LanePage:
    people = parse_rows(document, document.side_rows("users"), parse_user, kind="user")
    return LanePage(
        tickets=tickets,
        people=tuple(people),
        cursor=cursor,
        more=more,
        oddities=tuple(document.oddities),
    )
