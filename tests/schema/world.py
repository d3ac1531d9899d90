"""Two desks' worth of records, stored as the sync module stores them, and a way to ask."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from strawberry.types import ExecutionResult

from db.database import Database, Rows, Transaction
from db.write.feed import ChangeRow
from db.write.lanes import DeskRow, LaneRow, ensure_desk, store_lane, update_desk
from domain.observation import CommentList, Gone, LanePage, TicketSeen
from domain.records import (
    Attachment,
    Comment,
    Organization,
    Person,
    Team,
    TicketCore,
    TicketField,
)
from domain.words import (
    ChangeKind,
    Channel,
    DeskState,
    FieldType,
    PersonRole,
    Priority,
    Status,
    SyncSource,
    Visibility,
)
from schema.build import build_schema
from schema.context import Context, Scope, Viewer
from sync.apply import Arrival, apply_page
from sync.decide import Interval
from sync.engine import Engine

NOW = 1_790_000_000.0
CREATED = datetime(2026, 9, 1, 9, tzinfo=UTC)
EVERYTHING = frozenset(Scope)


class StillClock:
    """A clock that the test moves."""

    def __init__(self, now: float = NOW) -> None:
        self.at = now
        self.sleeps_for_ever = False

    def now(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        if self.sleeps_for_ever:
            await asyncio.Event().wait()
        await asyncio.sleep(0)


@dataclass
class Counted:
    """A database that keeps the statements of reads."""

    database: Database
    asked: list[str] = field(default_factory=list)

    @property
    def statements(self) -> int:
        return len(self.asked)

    @property
    def dialect_name(self) -> str:
        return self.database.dialect_name

    @property
    def is_read_only(self) -> bool:
        return self.database.is_read_only

    async def fetch(self, statement: Any, parameters: Any = None) -> Rows:
        self.asked.append(str(statement))
        return await self.database.fetch(statement, parameters)

    async def write(self, unit: Any, *, urgent: bool = False) -> Any:
        return await self.database.write(unit, urgent=urgent)

    async def close(self) -> None:
        await self.database.close()


@dataclass
class World:
    database: Database
    clock: StillClock = field(default_factory=StillClock)
    scopes: frozenset[Scope] = EVERYTHING
    desks: frozenset[str] | None = None
    viewer: str = "tester"

    def __post_init__(self) -> None:
        self.counted = Counted(self.database)
        self.engine = Engine(self.database, [], clock=self.clock, random=Random(1))

    def context(self) -> Context:
        return Context(
            Viewer(self.viewer, self.scopes, self.desks),
            self.counted,
            self.engine,
            self.clock,
            "request-1",
            Random(2),
        )

    async def execute(self, query: str, **variables: Any) -> Any:
        """The whole result."""
        return await build_schema().execute(query, variables, context_value=self.context())

    async def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """The data of an answer without errors."""
        result = await self.execute(query, **variables)
        assert result.errors is None, [
            (error.message, error.path, error.original_error) for error in result.errors
        ]
        data: dict[str, Any] = result.data
        return data

    async def refused(self, query: str, **variables: Any) -> Mapping[str, Any]:
        """The extensions of the one error of an answer."""
        result = await self.execute(query, **variables)
        assert result.errors is not None
        [error] = result.errors
        return {"message": error.message, **(error.extensions or {})}

    async def add_desk(self, key: str, provider: str = "zendesk", **columns: Any) -> None:
        values = {"state": DeskState.LIVE.value, "caught_up_at": self.clock.now(), **columns}

        async def unit(tx: Transaction) -> None:
            await ensure_desk(tx, DeskRow(key, provider, key.title(), f"https://{key}.example"))
            await update_desk(tx, key, values)

        await self.database.write(unit)

    async def apply(
        self, desk: str, page: LanePage, *, source: SyncSource = SyncSource.TAIL
    ) -> None:
        at = self.clock.now()
        arrival = Arrival(desk, source, Interval(at - 2.0, at), at, comments_ride_along=False)

        async def unit(tx: Transaction) -> None:
            await apply_page(tx, arrival, page)

        await self.database.write(unit)

    def publish(self) -> None:
        """Says that something was committed, as the sync module does."""
        row = ChangeRow("", "", ChangeKind.UPDATED, (), SyncSource.TAIL, self.clock.at)
        self.engine.feed.publish([row])

    async def store_backfill(self, desk: str, **values: Any) -> None:
        async def unit(tx: Transaction) -> None:
            await store_lane(tx, desk, LaneRow("backfill", **values))

        await self.database.write(unit)


def core(number: int = 1, **changes: Any) -> TicketCore:
    """Ticket `number` was created and updated `number` minutes after the first moment."""
    at = CREATED + timedelta(minutes=number)
    values: dict[str, Any] = {
        "status": Status.OPEN,
        "native_status": "open",
        "created_at": at,
        "updated_at": at,
        "subject": f"Parcel {number} is late",
        "priority": Priority.HIGH,
        "channel": Channel.EMAIL,
        "requester_id": "11",
        "assignee_id": "21",
        "external_url": f"https://north.example/agent/tickets/{number}",
    }
    return TicketCore(**(values | changes))


def ticket(
    number: int,
    *,
    tags: Sequence[str] = (),
    comments: Sequence[Comment] | None = None,
    custom_fields: Mapping[str, Any] | None = None,
    raw: bytes | None = None,
    **changes: Any,
) -> TicketSeen:
    seen = core(number, **changes)
    return TicketSeen(
        str(number),
        core=seen,
        tags=tuple(tags),
        custom_fields=custom_fields or {},
        comments=None if comments is None else CommentList(tuple(comments)),
        version=int(seen.updated_at.timestamp() * 1e6),
        raw=raw,
    )


def gone(number: int, merged_into: str | None = None) -> TicketSeen:
    return TicketSeen(str(number), core=Gone(merged_into))


def comment(ticket_number: int, number: int, **changes: Any) -> Comment:
    values: dict[str, Any] = {
        "external_id": f"{ticket_number}0{number}",
        "ticket_id": str(ticket_number),
        "visibility": Visibility.PUBLIC if number % 2 else Visibility.INTERNAL,
        "body": f"Message {number} of {ticket_number}",
        "created_at": CREATED + timedelta(minutes=ticket_number, seconds=number),
        "author_id": "11",
        "author_role": PersonRole.CUSTOMER,
    }
    return Comment(**(values | changes))


RENEE = Person(
    "11",
    PersonRole.CUSTOMER,
    name="Renée Ødegård",
    email="Renee@Shop.example",
    phone="+47 1",
    organization_id="31",
)
AIKO = Person(
    "21", PersonRole.AGENT, name="Aiko Tanaka", email="aiko@north.example", team_ids=("41",)
)
PEOPLE = (RENEE, AIKO)
REFERENCES = (
    Organization("31", "Shop"),
    Team("41", "First line"),
    TicketField("51", "orders", "Orders", FieldType.NUMBER),
    TicketField("52", "plan", "Plan", FieldType.CHOICE, options=("free", "paid")),
)
PHOTO = Attachment("61", "photo.jpg", "image/jpeg", 1024, "https://north.example/a/61")


async def answers(
    context: Context, query: str, **variables: Any
) -> AsyncGenerator[ExecutionResult, None]:
    """Every answer of a subscription."""
    async with aclosing(
        await build_schema().stream(query, variables, context_value=context)
    ) as results:
        async for result in results:
            assert isinstance(result, ExecutionResult)
            yield result


async def two_desks(world: World, tickets: int = 6) -> None:
    """Odd numbers live at `north` (Zendesk), even ones at `south` (Gorgias)."""
    await world.add_desk("north")
    await world.add_desk("south", "gorgias")
    for desk, start in (("north", 1), ("south", 2)):
        page = LanePage(
            tickets=tuple(
                ticket(n, tags=("vip",) if n % 3 == 0 else (), comments=[comment(n, 1)])
                for n in range(start, tickets + 1, 2)
            ),
            people=PEOPLE,
            references=REFERENCES,
        )
        await world.apply(desk, page)
