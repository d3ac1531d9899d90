"""An emulated help desk without a socket, under a clock that tests move."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import orjson

from domain.http import Request, Response
from domain.observation import Cursor, LanePage, TicketSeen
from domain.records import Comment, TicketCore
from domain.writes import Step, TicketPatch
from emulator.kernel.http import Request as Call
from emulator.kernel.service import Service
from emulator.kernel.world import Story, read_stories
from integrations.ticketing.dictionary import ProviderDictionary, Window

THREADS = Path(__file__).parents[2] / "emulator" / "data" / "sample_threads.jsonl"
START = datetime(2026, 11, 24, 12, tzinfo=UTC).timestamp()
MOST_PAGES = 60


@dataclass
class ManualClock:
    seconds: float = START

    def now(self) -> float:
        return self.seconds


def stories(count: int) -> Iterator[Story]:
    return read_stories([THREADS], tickets=count, seed=7, now=START)


@dataclass
class Account:
    """An emulated account, and our language for it."""

    service: Service
    clock: ManualClock
    dictionary: ProviderDictionary
    username: str = "owner@demo-shop.example"
    key: str = "demo-token"
    cursors: dict[str, Cursor | None] = field(default_factory=dict)

    def ask(self, request: Request) -> Response:
        word = base64.b64encode(f"{self.username}:{self.key}".encode()).decode()
        target = f"{request.path}?{urlencode(request.query)}"
        content = b"" if request.body is None else orjson.dumps(request.body)
        headers = {**request.headers, "authorization": f"Basic {word}", "host": "demo.test"}
        answer = self.service.handle(Call.of(request.method, target, headers, content))
        told = {name.lower(): value for name, value in answer.headers}
        return Response(answer.status, told, answer.body)

    def pages(self, name: str, window: Window | None = None) -> Iterator[LanePage]:
        """A lane from where it stands until it has no more."""
        lanes = self.dictionary.lanes(window or Window())
        lane = next(lane for lane in lanes if lane.name == name)
        for _ in range(MOST_PAGES):
            cursor = self.cursors.get(name)
            page = lane.parse(cursor, self.ask(lane.build(cursor)))
            assert page.oddities == ()
            self.cursors[name] = orjson.loads(orjson.dumps(dict(page.cursor or {})))
            yield page
            if not page.more:
                return
        raise AssertionError(f"The lane {name} does not end")

    def detail(self, ticket_id: str) -> TicketSeen:
        response = self.ask(self.dictionary.build_ticket(ticket_id))
        page = self.dictionary.parse_ticket(response, ticket_id)
        assert page.oddities == ()
        return page.tickets[0]

    def listed(self, *ticket_ids: str) -> Sequence[TicketSeen]:
        response = self.ask(self.dictionary.build_tickets(ticket_ids))
        return self.dictionary.parse_tickets(response, ticket_ids).tickets

    def write(
        self, step: Step, ticket_id: str | None, operation_id: str, *, stamp: int | None = None
    ) -> TicketSeen | None:
        raw = None
        if ticket_id is not None and self.dictionary.needs_ticket(step):
            raw = self.detail(ticket_id).raw
        request = self.dictionary.build_step(
            step, ticket_id=ticket_id, operation_id=operation_id, stamp=stamp, ticket_raw=raw
        )
        return self.dictionary.parse_step(step, self.ask(request))

    def update(self, ticket_id: str, patch: TicketPatch) -> list[TicketSeen | None]:
        steps = self.dictionary.update_steps(patch)
        return [self.write(step, ticket_id, f"dg_{place}") for place, step in enumerate(steps)]

    def find(self, step: Step, ticket_id: str | None, operation_id: str) -> TicketSeen | None:
        look = self.dictionary.build_find(step, ticket_id=ticket_id, operation_id=operation_id)
        return self.dictionary.parse_find(
            step, self.ask(look), ticket_id=ticket_id, operation_id=operation_id
        )


def core(seen: TicketSeen | None) -> TicketCore:
    assert seen is not None
    assert isinstance(seen.core, TicketCore)
    return seen.core


def comments(seen: TicketSeen | None) -> tuple[Comment, ...]:
    assert seen is not None
    assert seen.comments is not None
    return seen.comments.comments
