"""The emulated Gorgias account as one service: sign-in, limits, routing, replica lag, webhooks."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from email.utils import formatdate
from functools import partial
from random import Random

from emulator.gorgias import render, routes
from emulator.gorgias.access import caller_of
from emulator.gorgias.acting import People
from emulator.gorgias.call import Call, Endpoint
from emulator.gorgias.changes import plan_unsnooze
from emulator.gorgias.deliveries import Deliveries
from emulator.gorgias.desk import Desk
from emulator.gorgias.errors import Refusal, not_found
from emulator.gorgias.furniture import furnish
from emulator.gorgias.limits import HEADER, RateLimits
from emulator.gorgias.oauth import OAuth
from emulator.gorgias.paging import CursorMemory
from emulator.gorgias.records import JsonObject
from emulator.gorgias.seed import StoryTeller
from emulator.gorgias.stamps import micros
from emulator.gorgias.store import PARTS
from emulator.kernel.http import JsonValue, Request, Response, Router
from emulator.kernel.service import Behaviour, Clock, Delivery
from emulator.kernel.world import Story

_log = logging.getLogger(__name__)

LARGEST_BODY = 20_000_000
_HTML_404 = "<!doctype html><title>Not found</title><h1>This page does not exist</h1>"


@dataclass(frozen=True, slots=True)
class TicketTruth:
    """A ticket as it is now, past limits and lag; `core` is its detail without the other parts."""

    core: JsonObject
    tags: tuple[str, ...]
    custom_fields: dict[int, JsonValue]
    messages: tuple[JsonObject, ...]
    revisions: dict[str, int]
    """How often each part has changed since the start."""


class GorgiasService:
    """One account. `plan` is enterprise, professional or team; `base_url` is where it is served.

    `behaviour.extra` knows `domain` (the account's name) and `message_quota` (how many messages the
    API may create before it answers 403). Same clock, random and calls: same answers.
    """

    name = "gorgias"

    def __init__(
        self,
        *,
        clock: Clock,
        random: Random,
        plan: str = "enterprise",
        behaviour: Behaviour | None = None,
        base_url: str = "http://127.0.0.1",
    ) -> None:
        behaviour = behaviour or Behaviour()
        domain = behaviour.extra.get("domain", "demo-shop")
        self.base_url = base_url
        self._behaviour = behaviour
        replica_lag = behaviour.replica_lag_seconds if behaviour.replica_lag_share > 0 else 0.0
        self._desk = Desk(
            clock=clock, random=random, replica_lag=replica_lag, domain=domain, plan=plan
        )
        quota = behaviour.extra.get("message_quota")
        self._desk.message_quota = None if quota is None else int(quota)
        self._furniture = furnish(self._desk)
        self._people = People(self._desk, self._furniture)
        self._oauth = OAuth(clock, self._desk.wire_random)
        self._limits = RateLimits(clock, plan=plan, is_on=behaviour.limits_on)
        self._deliveries = Deliveries(self._desk)
        self._cursors = CursorMemory()
        self._router = Router()
        for method, pattern, endpoint in routes.endpoints():
            self._router.add(method, pattern, partial(self._run, endpoint))

    def load(self, stories: Iterable[Story]) -> None:
        """Adds a ticket for each story; the ticket's id is the story's number."""
        for ticket in StoryTeller(self._desk, self._furniture).load(stories):
            plan_unsnooze(self._desk, ticket)

    def handle(self, request: Request) -> Response:
        """Answers one request in Gorgias' words. Never raises."""
        try:
            response = self._answered(replace(request, path=request.path.rstrip("/") or "/"))
        except Exception:
            self._desk.triggers.clear()
            _log.exception("%s %s failed", request.method, request.path)
            response = self.failure(500, None)
        now = self._desk.now() / 1_000_000
        return response.with_headers(
            {
                "Date": formatdate(now, usegmt=True),
                "x-request-id": f"{self._desk.wire_random.getrandbits(128):032x}",
            }
        )

    def failure(self, status: int, retry_after: float | None) -> Response:
        """The answer of an overloaded or broken platform."""
        message = "Too many requests." if status == 429 else "Service temporarily unavailable."
        wait = {} if retry_after is None else {"Retry-after": str(math.ceil(retry_after))}
        return Refusal(status, message, headers=wait).response()

    def advance(self) -> None:
        self._desk.run_due()
        self._deliveries.collect()

    def take_deliveries(self) -> Sequence[Delivery]:
        self.advance()
        return self._deliveries.take()

    def delivered(self, delivery: Delivery, status: int | None, retry_after: float | None) -> None:
        self._deliveries.report(delivery, status, retry_after)

    def act(self) -> str:
        self.advance()
        sentence = self._people.act()
        self._deliveries.collect()
        return sentence

    def ticket_ids(self) -> list[int]:
        """The ids of all tickets that exist, trashed ones included."""
        return sorted(ticket.id for ticket in self._desk.store.tickets)

    def truth(self, ticket_id: int) -> TicketTruth | None:
        """The ticket's state on the primary; None when it does not exist (any more)."""
        store = self._desk.store
        ticket = store.tickets.get(ticket_id)
        if ticket is None:
            return None
        core = render.ticket_detail(ticket, store, is_read=True)
        for part in ("tags", "messages", "custom_fields"):
            core.pop(part, None)
        tags = (store.tags.get(each) for each in ticket.tag_ids)
        return TicketTruth(
            core=core,
            tags=tuple(each.name for each in tags if each is not None),
            custom_fields=dict(ticket.field_values),
            messages=tuple(
                render.embedded_message(each, store) for each in store.messages_of(ticket_id)
            ),
            revisions={part: store.revisions[ticket_id, part] for part in (*PARTS, "messages")},
        )

    def merged_into(self, ticket_id: int) -> int | None:
        """Which ticket a merged one went into."""
        merge = self._desk.store.ticket_merges.get(ticket_id)
        return None if merge is None else merge.target_id

    def _answered(self, request: Request) -> Response:
        self.advance()
        response = self._oauth.handle(request)
        if response is None:
            handler, routed = self._router.find(request) or (self._lost, request)
            response = handler(routed)
        self._deliveries.collect()
        return response

    def _lost(self, request: Request) -> Response:
        """A page outside of the API; inside it 404 or 405 once the caller has signed in."""
        if f"{request.path}/".startswith("/api/"):
            return self._run(self._refuse_path, request)
        return Response.of_text(_HTML_404, 404, media_type="text/html; charset=utf-8")

    def _refuse_path(self, call: Call) -> Response:
        methods = self._router.methods(call.request.path)
        if not methods:
            raise not_found()
        raise Refusal(
            405,
            "The method is not allowed for the requested URL.",
            headers={"Allow": ", ".join(methods)},
        )

    def _run(self, endpoint: Endpoint, request: Request) -> Response:
        """Signs the caller in, counts the call and lets the endpoint answer."""
        headers: dict[str, str] = {}
        try:
            caller = caller_of(request, self._desk.store, self._oauth, self._furniture.owner_id)
            headers[HEADER] = self._limits.spend(caller.limit)
            if len(request.body) > LARGEST_BODY:
                raise Refusal(413, "The request payload is too large.")
            with self._state_for(request):
                response = endpoint(Call(self._desk, request, caller, self._cursors))
        except Refusal as refusal:
            self._desk.triggers.clear()
            response = refusal.response()
        return response.with_headers(headers)

    def _state_for(self, request: Request) -> AbstractContextManager[None]:
        """A write happens wholly or not at all; some reads see a replica that lags behind."""
        if request.method != "GET":
            return self._desk.store.journal.atomic()
        share, lag = self._behaviour.replica_lag_share, self._behaviour.replica_lag_seconds
        if lag <= 0 or self._desk.wire_random.random() >= share:
            return nullcontext()
        behind = micros(self._desk.wire_random.uniform(0.0, lag))
        return self._desk.store.journal.as_of(self._desk.now() - behind)
