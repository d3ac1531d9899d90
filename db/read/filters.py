"""Ticket filters as SQL. Every condition is true or false, never null, so that `not` means not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select, true, tuple_

from db import tables
from db.read.hints import Aside
from db.tables import person, ticket, ticket_tag
from domain.errors import InvalidInputError
from domain.ids import split_record_id
from domain.queries import (
    IdsFilter,
    PriorityFilter,
    TagFilter,
    TextFilter,
    TicketFilter,
    TimeFilter,
)
from domain.text import require_storable
from domain.words import Priority

Condition = ColumnElement[bool]
Word = TypeVar("Word")

LARGEST_LIST = 100
MOST_FILTERS = 50
DEEPEST = 8
LONGEST_TEXT = 1_000


def conditions(where: TicketFilter) -> list[Condition]:
    """All of them hold for a ticket that the filter admits. Raises `InvalidInputError`."""
    _check_size(where)
    return list(_conditions(where))


def _check_size(where: TicketFilter) -> None:
    number, level, depth = 0, [where], 0
    while level:
        number, depth = number + len(level), depth + 1
        if number > MOST_FILTERS or depth > DEEPEST:
            raise InvalidInputError(
                f"The filter holds more than {MOST_FILTERS} filters, or nests over {DEEPEST} deep",
                hint="Use lists (in, anyOf) instead of long or-chains.",
                path=("filter",),
            )
        level = [inner for outer in level for inner in _inner(outer)]


def _inner(where: TicketFilter) -> list[TicketFilter]:
    excluded = [where.none_of] if where.none_of is not None else []
    return [*where.all_of, *where.any_of, *excluded]


def _conditions(where: TicketFilter) -> Iterator[Condition]:
    for inner in where.all_of:
        yield _whole(inner)
    if where.any_of:
        yield or_(*(_whole(inner) for inner in where.any_of))
    if where.none_of is not None:
        yield _whole(where.none_of).is_(False)
    yield from _own_words(where)
    yield from _people(where)
    if where.tags is not None:
        yield from _tags(where.tags)
    if where.external_id is not None:
        yield from _text(ticket.c.external_id, where.external_id, str, "externalId")
    for column, moments in (
        (ticket.c.created_at, where.created_at),
        (ticket.c.updated_at, where.updated_at),
        (ticket.c.solved_at, where.solved_at),
    ):
        if moments is not None:
            yield from _time(column, moments)


def _whole(where: TicketFilter) -> Condition:
    return and_(true(), *_conditions(where))


def _own_words(where: TicketFilter) -> Iterator[Condition]:
    if where.desk is not None:
        yield from _desks(where.desk)
    if where.provider is not None:
        names = select(tables.desk.c.key).where(
            tables.desk.c.provider.in_(_list(where.provider, "provider"))
        )
        yield Aside(ticket.c.desk).in_(names)
    if where.status is not None:
        yield one_of(ticket.c.status, [word.value for word in _list(where.status, "status")])
    if where.channel is not None:
        yield one_of(ticket.c.channel, [word.value for word in _list(where.channel, "channel")])
    if where.priority is not None:
        yield from _priority(where.priority)


def one_of(column: ColumnElement[Any], words: Sequence[str]) -> Condition:
    """One word has a stretch of its own in the order of time; several are picked out of it."""
    return (column if len(words) == 1 else Aside(column)).in_(words)


def _desks(keys: IdsFilter) -> Iterator[Condition]:
    if keys.include is not None:
        yield one_of(ticket.c.desk, _list(keys.include, "desk"))
    if keys.exclude is not None:
        yield ticket.c.desk.not_in(_list(keys.exclude, "desk"))
    if keys.is_null:
        yield false()


def _priority(wanted: PriorityFilter) -> Iterator[Condition]:
    rank = Aside(ticket.c.priority_rank)
    if wanted.any_of is not None:
        yield rank.in_([word.rank for word in _list(wanted.any_of, "priority")])
    if wanted.at_least is not None:
        ranks = [word.rank for word in Priority if word.rank >= wanted.at_least.rank]
        yield rank.in_(ranks)
    if wanted.is_null is not None:
        yield rank == 0 if wanted.is_null else rank != 0


def _people(where: TicketFilter) -> Iterator[Condition]:
    for name, column, wanted in (
        ("assignee", ticket.c.assignee_id, where.assignee),
        ("team", ticket.c.team_id, where.team),
        ("requester", ticket.c.requester_id, where.requester),
    ):
        if wanted is not None:
            yield from _references(column, wanted, name)
    if where.requester_email is not None:
        yield from _requester_email(where.requester_email)


def _references(column: ColumnElement[Any], wanted: IdsFilter, name: str) -> Iterator[Condition]:
    """A ticket names people and teams by the ids that its own desk gave them."""
    if wanted.include is not None:
        yield _is_one_of(column, _list(wanted.include, name))
    if wanted.exclude is not None:
        yield _is_one_of(column, _list(wanted.exclude, name)).is_(False)
    if wanted.is_null is not None:
        yield column.is_(None) if wanted.is_null else column.is_not(None)


def _is_one_of(column: ColumnElement[Any], record_ids: Sequence[str]) -> Condition:
    by_desk: dict[str, list[str]] = {}
    for record in record_ids:
        desk, external_id = split_record_id(record)
        by_desk.setdefault(desk, []).append(external_id)
    if not by_desk:
        return false()
    # By whom it is: anybody has fewer tickets than a desk.
    named = (
        and_(Aside(ticket.c.desk) == desk, column.in_(external_ids))
        for desk, external_ids in by_desk.items()
    )
    return and_(column.is_not(None), or_(*named))


def _requester_email(wanted: TextFilter) -> Iterator[Condition]:
    """Compared without case, over the requesters that the cache holds."""
    people = select(person.c.desk, person.c.external_id)
    named = tuple_(ticket.c.desk, ticket.c.requester_id)
    if wanted.is_null is not None:
        has_one = people.where(person.c.email_key.is_not(None))
        yield _is_requester(named.in_(has_one)).is_(not wanted.is_null)
    matches = list(
        _text(
            person.c.email_key,
            TextFilter(wanted.equals, wanted.any_of, wanted.contains),
            str.casefold,
            "requesterEmail",
        )
    )
    if matches:
        yield _is_requester(named.in_(people.where(*matches)))


def _is_requester(condition: Condition) -> Condition:
    return and_(ticket.c.requester_id.is_not(None), condition)


def _tags(wanted: TagFilter) -> Iterator[Condition]:
    if wanted.any_of is not None:
        yield _has_tag(_texts(wanted.any_of, "tags"))
    for tag in _texts(wanted.all_of or (), "tags"):
        yield _has_tag([tag])
    if wanted.none_of is not None:
        yield _has_tag(_texts(wanted.none_of, "tags")).is_(False)


def _has_tag(tags: Sequence[str]) -> Condition:
    found = select(ticket_tag.c.ticket_id).where(
        ticket_tag.c.ticket_id == ticket.c.id, ticket_tag.c.tag.in_(tags)
    )
    return exists(found.correlate(ticket))


def _text(
    column: ColumnElement[Any], wanted: TextFilter, fold: Callable[[str], str], name: str
) -> Iterator[Condition]:
    if wanted.equals is not None:
        yield and_(column.is_not(None), column == fold(_checked(wanted.equals, name)))
    if wanted.any_of is not None:
        texts = [fold(text) for text in _texts(wanted.any_of, name)]
        yield and_(column.is_not(None), column.in_(texts))
    if wanted.contains is not None:
        yield _holds(column, fold(_checked(wanted.contains, name)))
    if wanted.is_null is not None:
        yield column.is_(None) if wanted.is_null else column.is_not(None)


def _holds(column: ColumnElement[Any], part: str) -> Condition:
    """LIKE ignores case on SQLite, and refuses long patterns; taking the part out does neither."""
    if not part:
        return column.is_not(None)
    return and_(column.is_not(None), func.replace(column, part, "") != column)


def _time(column: ColumnElement[Any], wanted: TimeFilter) -> Iterator[Condition]:
    if wanted.gte is not None:
        yield and_(column.is_not(None), column >= wanted.gte)
    if wanted.lt is not None:
        yield and_(column.is_not(None), column < wanted.lt)
    if wanted.is_null is not None:
        yield column.is_(None) if wanted.is_null else column.is_not(None)


def _texts(texts: Sequence[str], name: str) -> list[str]:
    return [_checked(text, name) for text in _list(texts, name)]


def _checked(text: str, name: str) -> str:
    if len(text) > LONGEST_TEXT:
        raise InvalidInputError(
            f"{name} is compared with {len(text):,} characters, and {LONGEST_TEXT:,} are the most",
            path=("filter", name),
        )
    return require_storable(text, "filter", name)


def _list(words: Sequence[Word], name: str) -> list[Word]:
    if len(words) > LARGEST_LIST:
        raise InvalidInputError(
            f"{name} lists {len(words)} values, and {LARGEST_LIST} are the most",
            path=("filter", name),
        )
    return list(words)
