"""An emulated account on a clock that the test moves, and a caller that speaks its API."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from emulator.gorgias.service import GorgiasService
from emulator.kernel.http import Request
from emulator.kernel.service import Behaviour
from emulator.kernel.world import Post, Story

NOON = 1_790_000_000.0
DAY = 86_400.0
API_KEY = "Basic " + b64encode(b"owner@demo-shop.example:demo-token").decode()


@dataclass
class HandClock:
    """Stands still until moved."""

    seconds: float = NOON

    def now(self) -> float:
        return self.seconds

    def move(self, seconds: float) -> None:
        self.seconds += seconds


@dataclass(frozen=True)
class Reply:
    status: int
    body: Any
    headers: dict[str, str]
    raw: bytes

    @property
    def error(self) -> Any:
        return self.body["error"]


@dataclass
class Account:
    """The service with its clock; every call signs in as the owner unless told otherwise."""

    behaviour: Behaviour = field(default_factory=lambda: Behaviour(limits_on=False))
    plan: str = "enterprise"
    seed: int = 7
    clock: HandClock = field(default_factory=HandClock)

    def __post_init__(self) -> None:
        self.service = GorgiasService(
            clock=self.clock,
            random=Random(self.seed),
            plan=self.plan,
            behaviour=self.behaviour,
            base_url="http://127.0.0.1:8002",
        )

    def call(
        self,
        method: str,
        target: str,
        body: object = None,
        *,
        sign_in: str | None = API_KEY,
        raw: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        sent = {**(headers or {}), **({"Authorization": sign_in} if sign_in else {})}
        content = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        response = self.service.handle(Request.of(method, target, sent, content))
        is_json = response.media_type.startswith("application/json") and response.body
        parsed = json.loads(response.body) if is_json else None
        lowered = {name.lower(): value for name, value in response.headers}
        return Reply(response.status, parsed, lowered, response.body)

    def get(self, target: str) -> Reply:
        return self.call("GET", target)

    def post(self, target: str, body: object = None) -> Reply:
        return self.call("POST", target, body)

    def put(self, target: str, body: object = None) -> Reply:
        return self.call("PUT", target, body)

    def delete(self, target: str, body: object = None) -> Reply:
        return self.call("DELETE", target, body)

    def new_ticket(self, **fields: object) -> Any:
        """The detail of a ticket made from one customer's message."""
        reply = self.post("/api/tickets", ticket_body(**fields))
        assert reply.status == 201, reply.body
        return reply.body

    def row(self, ticket_id: int) -> Any:
        """The ticket's list row; None when the list does not have it."""
        rows = self.get(f"/api/tickets?ticket_ids={ticket_id}").body["data"]
        return rows[0] if rows else None

    def walk(self, target: str) -> list[Any]:
        """All rows of a paged list, page by page."""
        rows, cursor = [], ""
        mark = "&" if "?" in target else "?"
        while True:
            page = self.get(f"{target}{mark}cursor={cursor}" if cursor else target).body
            rows += page["data"]
            cursor = page["meta"]["next_cursor"]
            if cursor is None:
                return rows

    def events(self, **query: object) -> list[Any]:
        """The whole log, oldest first, once everything in it is visible."""
        self.clock.move(5)
        filters = "".join(f"&{name}={value}" for name, value in query.items())
        return self.walk(f"/api/events?limit=100&order_by=created_datetime:asc{filters}")


def customer_message(text: str = "Where is my order?", **fields: object) -> dict[str, object]:
    return {
        "channel": "api",
        "via": "api",
        "from_agent": False,
        "body_text": text,
        "sender": {"email": "ada@customers.example"},
        **fields,
    }


def agent_message(text: str = "On its way.", **fields: object) -> dict[str, object]:
    return {
        "channel": "email",
        "via": "helpdesk",
        "from_agent": True,
        "body_text": text,
        "body_html": f"<p>{text}</p>",
        **fields,
    }


def ticket_body(**fields: object) -> dict[str, object]:
    return {"via": "api", "messages": [customer_message()], **fields}


def story(number: int = 1, *, posts: Sequence[Post] = (), **fields: object) -> Story:
    """A thread of a question and an answer, `number` hours after the first."""
    start = NOON - 30 * DAY + number * 3600
    told = tuple(posts) or (
        Post("user-1", True, start, "<p>It <b>crashes</b></p>"),
        Post("helper", False, start + 600, "<p>Update it</p>"),
    )
    basis: dict[str, Any] = {
        "number": number,
        "subject": f"Question {number}",
        "requester": told[0].author,
        "locale": "en-US",
        "product": "thunderbird",
        "tags": ("crash", "update"),
        "posts": told,
        "status": "open",
        "priority": "normal",
        "channel": "email",
        "assignee": 3,
        "satisfaction": None,
        "created_at": told[0].written_at,
        "updated_at": told[-1].written_at,
        "source_url": f"https://example.org/questions/{number}",
    }
    return Story(**{**basis, **fields})
