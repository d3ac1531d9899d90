"""An emulated account for tests: its clock stands still until it is moved."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any
from urllib.parse import urlencode

import orjson

from emulator.kernel.http import Request, Response
from emulator.kernel.service import Behaviour
from emulator.kernel.world import Post, Story
from emulator.zendesk.service import ZendeskService

START = 1_790_000_000.0
Json = Any
"""A decoded reply: tests look into it freely."""


@dataclass(slots=True)
class StandingClock:
    moment: float = START

    def now(self) -> float:
        return self.moment


@dataclass(frozen=True, slots=True)
class Reply:
    """A response, decoded where it is JSON. Header names are lower case."""

    response: Response

    @property
    def status(self) -> int:
        return self.response.status

    @property
    def json(self) -> Json:
        return orjson.loads(self.response.body)

    @property
    def headers(self) -> dict[str, str]:
        return {name.lower(): value for name, value in self.response.headers}


class Account:
    """A service, its clock, and one signed-in user who asks."""

    def __init__(
        self,
        *,
        behaviour: Behaviour | None = None,
        plan: str = "enterprise",
        stories: Sequence[Story] = (),
    ) -> None:
        self.clock = StandingClock()
        self.service = ZendeskService(
            clock=self.clock,
            random=Random(7),
            plan=plan,
            behaviour=behaviour,
            base_url="http://desk.test",
        )
        self.service.load(stories)
        self.user = "owner@example.com"

    def pass_time(self, seconds: float) -> None:
        self.clock.moment += seconds

    def send(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        headers: dict[str, str] | None = None,
        raw: bytes | None = None,
        **query: Any,
    ) -> Reply:
        """`path` is below /api/v2 unless it is absolute; a `query` name may be any text."""
        sent = raw if raw is not None else b"" if body is None else orjson.dumps(body)
        target = path if path.startswith("/") else f"/api/v2/{path}"
        if query:
            target += ("&" if "?" in target else "?") + urlencode(query)
        request = Request.of(method, target, self.sign_in() | (headers or {}), sent)
        return Reply(self.service.handle(request))

    def get(self, path: str, **query: Any) -> Reply:
        return self.send("GET", path, **query)

    def post(self, path: str, body: object, **headers: str) -> Reply:
        return self.send(
            "POST", path, body, headers={k.replace("_", "-"): v for k, v in headers.items()}
        )

    def put(self, path: str, body: object) -> Reply:
        return self.send("PUT", path, body)

    def delete(self, path: str, **query: Any) -> Reply:
        return self.send("DELETE", path, **query)

    def new_ticket(self, **fields: object) -> Json:
        """Creates a ticket; the reply's `ticket`."""
        given = {"subject": "Printer on fire", "comment": {"body": "Help!"}} | fields
        reply = self.post("tickets.json", {"ticket": given})
        assert reply.status == 201, reply.json
        return reply.json["ticket"]

    def update(self, ticket_id: int, **fields: object) -> Reply:
        return self.put(f"tickets/{ticket_id}.json", {"ticket": fields})

    def agent_id(self, place: int = 0) -> int:
        found = self.get("users.json", role="agent").json["users"]
        return int(found[place]["id"])

    def field_id(self, title: str) -> int:
        fields = self.get("ticket_fields.json").json["ticket_fields"]
        return next(int(row["id"]) for row in fields if row["title"] == title)

    def sign_in(self) -> dict[str, str]:
        pair = base64.b64encode(f"{self.user}/token:demo-token".encode()).decode()
        return {"Authorization": f"Basic {pair}", "Content-Type": "application/json"}


def story(number: int = 1, **fields: Any) -> Story:
    """A short thread that ended a day before the clock's start."""
    written_at = START - 86_400 * 2 + number
    posts = (
        Post("Cora", True, written_at, f"<p>Question {number}</p>"),
        Post("Helper", False, written_at + 60, "<p>Answer</p>"),
        Post("Helper", False, written_at + 90, "<p>A note</p>", is_internal=True),
    )
    plain: dict[str, Any] = {
        "number": number,
        "subject": f"Subject {number}",
        "requester": "Cora",
        "locale": "en-US",
        "product": "mailer",
        "tags": ("other", "printing"),
        "posts": posts,
        "status": "pending",
        "priority": "high",
        "channel": "web",
        "assignee": 3,
        "satisfaction": None,
        "created_at": written_at,
        "updated_at": written_at + 90,
        "source_url": f"https://forum.test/{number}",
    }
    return Story(**(plain | fields))
