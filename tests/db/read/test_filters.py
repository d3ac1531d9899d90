"""Filters against a plain reading of them, over random tickets and random filters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from db.database import Database, Transaction
from db.read.keyset import Window
from db.read.tickets import TicketList
from db.tables import ticket
from db.write.lanes import DeskRow, ensure_desk
from domain.errors import InvalidInputError
from domain.ids import record_id
from domain.observation import LanePage, TicketSeen
from domain.queries import (
    IdsFilter,
    PageRequest,
    PriorityFilter,
    TagFilter,
    TextFilter,
    TicketFilter,
    TicketOrder,
    TicketOrderField,
    TimeFilter,
)
from domain.records import Person, TicketCore
from domain.words import Channel, PersonRole, Priority, Status, SyncSource
from sync.apply import Arrival, apply_page
from sync.decide import Interval

START = datetime(2026, 9, 1, tzinfo=UTC)
DESKS = {"north": "zendesk", "south": "gorgias"}
TAGS = ("vip", "refund", "bug", "%", "a_b")
EMAILS = {"1": "Ann@Shop.example", "2": "bob_x@shop.example", "3": None}
TICKETS = 60
FILTERS = 200


def random_ticket(number: int, random: Random) -> TicketSeen:
    return TicketSeen(
        str(number),
        core=TicketCore(
            status=random.choice(list(Status)),
            native_status="word",
            created_at=START + timedelta(hours=random.randrange(5)),
            updated_at=START + timedelta(hours=random.randrange(5)),
            priority=random.choice([None, *Priority]),
            channel=random.choice(list(Channel)),
            requester_id=random.choice([None, "1", "2", "3", "404"]),
            assignee_id=random.choice([None, "7", "8"]),
            team_id=random.choice([None, "9"]),
            solved_at=random.choice([None, START + timedelta(hours=2)]),
        ),
        tags=tuple(random.sample(TAGS, random.randrange(3))),
        version=1,
    )


async def store(database: Database, desk: DeskRow, arrival: Arrival, page: LanePage) -> None:
    async def unit(tx: Transaction) -> None:
        await ensure_desk(tx, desk)
        await apply_page(tx, arrival, page)

    await database.write(unit)


async def fill(database: Database, random: Random) -> dict[str, TicketSeen]:
    """Tickets by record id."""
    held: dict[str, TicketSeen] = {}
    for desk, provider in DESKS.items():
        seen = [random_ticket(number, random) for number in range(TICKETS // 2)]
        held.update({record_id(desk, one.external_id): one for one in seen})
        people = [Person(key, PersonRole.CUSTOMER, email=email) for key, email in EMAILS.items()]
        page = LanePage(tickets=tuple(seen), people=tuple(people))
        arrival = Arrival(desk, SyncSource.TAIL, Interval(0.0, 1.0), 1.0, comments_ride_along=False)

        await store(database, DeskRow(desk, provider, desk, ""), arrival, page)
    return held


class Choices:
    """Random filters, each condition left out more often than not."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def some(self, values: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(self.random.choices(values, k=self.random.randrange(3)))

    def maybe(self, make: Callable[[], Any], share: float = 0.15) -> Any:
        return make() if self.random.random() < share else None

    def flag(self) -> bool | None:
        return self.random.choice([None, None, True, False])

    def ids(self, external_ids: Sequence[str]) -> IdsFilter:
        records = [record_id(desk, one) for desk in DESKS for one in external_ids]
        return IdsFilter(
            self.maybe(lambda: self.some(records), 0.5),
            self.maybe(lambda: self.some(records), 0.3),
            self.flag(),
        )

    def text(self, texts: Sequence[str], parts: Sequence[str]) -> TextFilter:
        return TextFilter(
            self.maybe(lambda: self.random.choice(texts), 0.4),
            self.maybe(lambda: self.some(texts), 0.4),
            self.maybe(lambda: self.random.choice(parts), 0.4),
            self.flag(),
        )

    def time(self) -> TimeFilter:
        moments = [START + timedelta(hours=hours) for hours in range(6)]
        return TimeFilter(
            self.maybe(lambda: self.random.choice(moments), 0.5),
            self.maybe(lambda: self.random.choice(moments), 0.5),
            self.flag(),
        )

    def tags(self) -> TagFilter:
        return TagFilter(
            self.maybe(lambda: self.some(TAGS), 0.5),
            self.maybe(lambda: self.some(TAGS), 0.3),
            self.maybe(lambda: self.some(TAGS), 0.3),
        )

    def priority(self) -> PriorityFilter:
        return PriorityFilter(
            self.maybe(lambda: self.some(list(Priority)), 0.5),
            self.maybe(lambda: self.random.choice(list(Priority)), 0.4),
            self.flag(),
        )

    def filter(self, depth: int = 0) -> TicketFilter:
        nested = 0.3 if depth < 3 else 0.0

        def inner() -> TicketFilter:
            return self.filter(depth + 1)

        return TicketFilter(
            all_of=self.maybe(lambda: tuple(inner() for _ in range(2)), nested) or (),
            any_of=self.maybe(lambda: tuple(inner() for _ in range(2)), nested) or (),
            none_of=self.maybe(inner, nested),
            desk=self.maybe(
                lambda: IdsFilter(
                    self.maybe(lambda: self.some(list(DESKS)), 0.5),
                    self.maybe(lambda: self.some(list(DESKS)), 0.3),
                )
            ),
            provider=self.maybe(lambda: self.some(list(DESKS.values()))),
            status=self.maybe(lambda: self.some(list(Status))),
            priority=self.maybe(self.priority),
            channel=self.maybe(lambda: self.some(list(Channel))),
            assignee=self.maybe(lambda: self.ids(["7", "8"])),
            team=self.maybe(lambda: self.ids(["9"])),
            requester=self.maybe(lambda: self.ids(["1", "2", "404"])),
            requester_email=self.maybe(
                lambda: self.text(["ANN@shop.example", "bob_x@shop.example"], ["SHOP", "_", "%"])
            ),
            tags=self.maybe(self.tags, 0.3),
            external_id=self.maybe(lambda: self.text(["1", "2", "30"], ["1", "%"])),
            created_at=self.maybe(self.time),
            updated_at=self.maybe(self.time),
            solved_at=self.maybe(self.time),
        )


# --- the plain reading
def admits(where: TicketFilter, desk: str, seen: TicketSeen) -> bool:
    core = seen.core
    assert isinstance(core, TicketCore)

    def named(external_id: str | None) -> str | None:
        return None if external_id is None else record_id(desk, external_id)

    email = EMAILS.get(core.requester_id or "")
    return (
        all(admits(one, desk, seen) for one in where.all_of)
        and (not where.any_of or any(admits(one, desk, seen) for one in where.any_of))
        and (where.none_of is None or not admits(where.none_of, desk, seen))
        and (where.desk is None or by_ids(where.desk, desk))
        and within(where.provider, DESKS[desk])
        and within(where.status, core.status)
        and within(where.channel, core.channel)
        and (where.priority is None or by_priority(where.priority, core.priority))
        and (where.assignee is None or by_ids(where.assignee, named(core.assignee_id)))
        and (where.team is None or by_ids(where.team, named(core.team_id)))
        and (where.requester is None or by_ids(where.requester, named(core.requester_id)))
        and (
            where.requester_email is None
            or by_email(where.requester_email, core.requester_id, email)
        )
        and (where.tags is None or by_tags(where.tags, set(seen.tags or ())))
        and (where.external_id is None or by_text(where.external_id, seen.external_id))
        and (where.created_at is None or by_time(where.created_at, core.created_at))
        and (where.updated_at is None or by_time(where.updated_at, core.updated_at))
        and (where.solved_at is None or by_time(where.solved_at, core.solved_at))
    )


def within(wanted: Sequence[Any] | None, value: Any) -> bool:
    return wanted is None or value in wanted


def by_ids(wanted: IdsFilter, value: str | None) -> bool:
    return (
        within(wanted.include, value)
        and (wanted.exclude is None or value not in wanted.exclude)
        and (wanted.is_null is None or wanted.is_null == (value is None))
    )


def by_priority(wanted: PriorityFilter, value: Priority | None) -> bool:
    return (
        within(wanted.any_of, value)
        and (wanted.at_least is None or (value is not None and value.rank >= wanted.at_least.rank))
        and (wanted.is_null is None or wanted.is_null == (value is None))
    )


def by_text(wanted: TextFilter, value: str | None) -> bool:
    return (
        (wanted.equals is None or value == wanted.equals)
        and within(wanted.any_of, value)
        and (wanted.contains is None or (value is not None and wanted.contains in value))
        and (wanted.is_null is None or wanted.is_null == (value is None))
    )


def by_email(wanted: TextFilter, requester: str | None, email: str | None) -> bool:
    """Without regard to case; nobody has no address, and has no missing one either."""
    if requester is None and wanted.is_null is None and wanted == TextFilter():
        return True
    fold = str.casefold
    folded = TextFilter(
        None if wanted.equals is None else fold(wanted.equals),
        None if wanted.any_of is None else tuple(map(fold, wanted.any_of)),
        None if wanted.contains is None else fold(wanted.contains),
        wanted.is_null,
    )
    return by_text(folded, None if email is None else fold(email))


def by_tags(wanted: TagFilter, tags: set[str]) -> bool:
    return (
        (wanted.any_of is None or bool(tags & set(wanted.any_of)))
        and tags >= set(wanted.all_of or ())
        and not tags & set(wanted.none_of or ())
    )


def by_time(wanted: TimeFilter, value: datetime | None) -> bool:
    return (
        (wanted.gte is None or (value is not None and value >= wanted.gte))
        and (wanted.lt is None or (value is not None and value < wanted.lt))
        and (wanted.is_null is None or wanted.is_null == (value is None))
    )


async def found(database: Database, where: TicketFilter, order: TicketOrder) -> list[str]:
    tickets = TicketList(where, order, None)
    window = Window.of(PageRequest(first=100), tickets.ordering)
    rows = await database.fetch(window.limited(tickets.rows([ticket.c.id])))
    [number] = await database.fetch(tickets.count())
    assert number[0] == len(rows)
    return [row.id for row in rows]


async def test_filters_admit_what_a_plain_reading_admits(database: Database) -> None:
    random = Random(1)
    held = await fill(database, random)
    choices = Choices(random)
    for _ in range(FILTERS):
        where = choices.filter()
        order = TicketOrder(random.choice(list(TicketOrderField)), descending=random.random() < 0.5)
        expected = {key for key, seen in held.items() if admits(where, key.partition("/")[0], seen)}
        assert set(await found(database, where, order)) == expected, where


@pytest.mark.parametrize(
    "where",
    [
        TicketFilter(assignee=IdsFilter(include=("no slash",))),
        TicketFilter(external_id=TextFilter(equals="\0")),
        TicketFilter(tags=TagFilter(any_of=("t",) * 101)),
        TicketFilter(any_of=(TicketFilter(),) * 51),
    ],
)
def test_filter_that_cannot_be_used(where: TicketFilter) -> None:
    tickets = TicketList(where, TicketOrder(), None)
    with pytest.raises(InvalidInputError):
        tickets.rows([ticket.c.id])
