"""An emulated Zendesk account: a function from requests to replies over a passed clock."""

from __future__ import annotations

import logging
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from random import Random

from emulator.kernel.http import Request, Response, Router
from emulator.kernel.service import Behaviour, Clock, Delivery
from emulator.kernel.world import Story
from emulator.zendesk import errors, users
from emulator.zendesk.access import Access, Principal
from emulator.zendesk.actors import Actors
from emulator.zendesk.call import Call
from emulator.zendesk.deliveries import Deliveries
from emulator.zendesk.desk import Desk
from emulator.zendesk.idempotency import Replays
from emulator.zendesk.limits import Limits, Plan
from emulator.zendesk.load import Loader, furnish
from emulator.zendesk.oauth import Tokens
from emulator.zendesk.render import JsonObject, Renderer
from emulator.zendesk.retention import scrub_deleted
from emulator.zendesk.routes import Route, all_routes
from emulator.zendesk.search_index import SearchIndex
from emulator.zendesk.view import DeskView
from emulator.zendesk.webhook_store import Hooks

logger = logging.getLogger(__name__)

_ACCOUNT_AGE_SECONDS = 6 * 365 * 86_400
_API = "/api/v2"


@dataclass(frozen=True, slots=True)
class Truth:
    """A ticket's current state, as no reply lags behind or leaves anything out."""

    ticket: JsonObject
    tags: tuple[str, ...]
    custom_fields: dict[int, object]
    comments: tuple[JsonObject, ...]
    revisions: dict[str, int]
    """How often core, tags, custom_fields and comments have changed."""


class ZendeskService:
    """Synchronous and deterministic: time comes from `clock`, chance from `random`.

    `behaviour.extra` knows `rate_headers` ("old" for the spelling before 2024) and
    `search_lag_seconds`. Without `base_url` the links follow the request's Host.
    """

    name = "zendesk"

    def __init__(
        self,
        *,
        clock: Clock,
        random: Random,
        plan: str = "enterprise",
        behaviour: Behaviour | None = None,
        base_url: str | None = None,
    ) -> None:
        behaviour = behaviour or Behaviour()
        self._behaviour = behaviour
        self._random = random
        self._base_url = base_url.rstrip("/") if base_url else None
        self._plan = Plan(plan)
        self._desk = Desk(clock=clock, random=random, history_seconds=behaviour.replica_lag_seconds)
        furnish(self._desk, at=self._desk.second - _ACCOUNT_AGE_SECONDS)
        self._tokens = Tokens(random=random, now=clock.now)
        self._access = Access(self._desk, self._tokens)
        self._limits = Limits(
            self._plan,
            is_on=behaviour.limits_on,
            has_old_headers=behaviour.extra.get("rate_headers") == "old",
        )
        self._index = SearchIndex(
            self._desk, lag_seconds=float(behaviour.extra.get("search_lag_seconds", 45))
        )
        self._hooks = Hooks(self._desk)
        self._deliveries = Deliveries(self._desk, self._hooks)
        self._actors = Actors(self._desk)
        self._router = self._routed(
            all_routes(replays=Replays(clock.now), index=self._index, hooks=self._hooks)
        )
        self._request_count = 0

    def load(self, stories: Iterable[Story]) -> None:
        """Adds the stories as tickets of the past, numbered as they are."""
        Loader(self._desk).load(stories)
        self._index.rebuild()

    def truth(self, ticket_id: int) -> Truth | None:
        """The state of a ticket for checkers; None when it is deleted or was never there."""
        ticket = self._desk.live_ticket(ticket_id)
        if ticket is None:
            return None
        render = self._renderer(DeskView(self._desk), self._base_url or "http://localhost")
        revisions = ticket.revisions
        return Truth(
            ticket=render.ticket(ticket),
            tags=ticket.tags,
            custom_fields=dict(ticket.fields),
            comments=tuple(render.comment(comment) for comment in ticket.comments),
            revisions={
                "core": revisions.core,
                "tags": revisions.tags,
                "custom_fields": revisions.custom_fields,
                "comments": revisions.comments,
            },
        )

    def ticket_ids(self) -> list[int]:
        """The tickets that are not deleted, ascending."""
        return [ticket.id for ticket in self._desk.tickets.now().walk("id")]

    def handle(self, request: Request) -> Response:
        """Answers one request in Zendesk's words, errors included. Never raises."""
        try:
            answer = self._answered(_bare(request))
        except errors.Refused as refused:
            answer = refused.response
        except Exception:
            logger.exception("%s %s failed", request.method, request.path)
            answer = Response.of_json(
                {"error": "InternalError", "description": "Something went wrong"}, 500
            )
        return answer.with_headers(self._common_headers(answer))

    def failure(self, status: int, retry_after: float | None) -> Response:
        """Zendesk's answer when a fault makes its platform give up: 429 or 5xx."""
        error, description = "DatabaseError", "Database timeout"
        if status == 429:
            error = "APIRateLimitExceeded"
            description = "Number of allowed API requests per minute exceeded"
        answer = errors.named(status, error, description).response
        told = {} if retry_after is None else {"Retry-After": f"{retry_after:g}"}
        return answer.with_headers(told | self._common_headers(answer))

    def advance(self) -> None:
        self._index.refresh()
        scrub_deleted(self._desk)

    def take_deliveries(self) -> Sequence[Delivery]:
        return self._deliveries.take()

    def delivered(self, delivery: Delivery, status: int | None, retry_after: float | None) -> None:
        self._deliveries.delivered(delivery, status, retry_after)

    def act(self) -> str:
        return self._actors.act()

    def _answered(self, request: Request) -> Response:
        if request.path == "/oauth/tokens" and request.method == "POST":
            return self._tokens.create(request)
        found = self._router.find(request)
        if found is None:
            raise self._lost(request)
        handler, routed = found
        return handler(routed)

    def _lost(self, request: Request) -> errors.Refused:
        """No such path: JSON below the API, a page elsewhere."""
        if request.path.startswith(_API):
            return errors.no_endpoint()
        page = "<!DOCTYPE html><html><body><h1>Oops</h1><p>No such page.</p></body></html>"
        return errors.Refused(Response.of_text(page, 404, "text/html; charset=utf-8"))

    def _routed(self, routes: Iterable[Route]) -> Router:
        router = Router()
        for route in routes:
            router.add(route.method, _API + route.path, partial(self._run, route))
        for method in ("GET", "DELETE"):
            router.add(method, f"{_API}/oauth/tokens/current", self._current_grant)
        return router

    def _run(self, route: Route, request: Request) -> Response:
        try:
            who = self._access.sign_in(request)
        except errors.Refused:
            if route.endpoint is users.show_me:
                return users.show_anonymous()
            raise
        headers = self._limits.spend_account(request, now=self._desk.now)
        call = self._call(request, who, headers)
        try:
            who.check_scope(request)
            if route.for_admins:
                who.check_admin()
            answer = route.endpoint(call)
        except errors.Refused as refused:
            answer = refused.response
        told = {name.lower() for name, _ in answer.headers}
        more = {name: value for name, value in call.headers.items() if name.lower() not in told}
        return answer.with_headers(more)

    def _call(self, request: Request, who: Principal, headers: dict[str, str]) -> Call:
        view = DeskView(self._desk, self._as_of(request))
        base_url = self._base_url or f"http://{request.headers.get('host', 'localhost')}"
        render = self._renderer(view, base_url)
        return Call(request, self._desk, view, who, render, self._limits, headers)

    def _renderer(self, view: DeskView, base_url: str) -> Renderer:
        has_ratings = self._plan is not Plan.TEAM
        return Renderer(self._desk, view, base_url=base_url, has_ratings=has_ratings)

    def _as_of(self, request: Request) -> float | None:
        """The moment that a read shows: a share of them reach a replica that is behind."""
        lag, share = self._behaviour.replica_lag_seconds, self._behaviour.replica_lag_share
        if request.method != "GET" or lag <= 0 or self._random.random() >= share:
            return None
        return self._desk.now - self._random.uniform(0.0, lag)

    def _current_grant(self, request: Request) -> Response:
        """Shows or revokes the token that the request itself is made with."""
        grant = self._access.bearer_grant(request)
        if grant is None:
            raise errors.not_signed_in()
        if request.method == "GET":
            return self._tokens.show(grant)
        self._tokens.revoke(grant)
        return Response(204)

    def _common_headers(self, answer: Response) -> dict[str, str]:
        self._request_count += 1
        headers = {
            "X-Zendesk-API-Version": "v2",
            "X-Zendesk-Zorg": "yes",
            "X-Request-Id": f"{self._request_count:032x}",
            "Cache-Control": "max-age=0, private, must-revalidate",
        }
        if answer.status == 200:
            headers["ETag"] = f'W/"{zlib.crc32(answer.body):032x}"'
        return headers


def _bare(request: Request) -> Request:
    """The request with the path in its plain form: `.json` is optional everywhere."""
    path = request.path.removesuffix("/") or "/"
    return replace(request, path=path.removesuffix(".json"))
