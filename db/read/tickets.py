"""Pages of tickets over all desks, by key, and how many there are."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    case,
    func,
    select,
    type_coerce,
)

from db.read.filters import conditions, one_of
from db.read.keyset import Ordering
from db.tables import ticket, ticket_tag
from domain.queries import (
    TOTAL_EXACT_TO,
    TicketFilter,
    TicketOrder,
    TicketOrderField,
)

_LAST_RANK = 9
"""Sorts after every priority: a ticket without one comes last in either direction."""


def ticket_ordering(order: TicketOrder, tag: FromClause | None = None) -> Ordering:
    """The ticket's own keys, or those of the `ticket_tag` row through which it is found."""
    updated_at: ColumnElement[Any] = ticket.c.updated_at
    ticket_id: ColumnElement[Any] = ticket.c.id
    if tag is not None:
        updated_at, ticket_id = tag.c.updated_at, tag.c.ticket_id
    keys: dict[TicketOrderField, ColumnElement[Any]] = {
        TicketOrderField.UPDATED_AT: type_coerce(updated_at, BigInteger),
        TicketOrderField.CREATED_AT: type_coerce(ticket.c.created_at, BigInteger),
        TicketOrderField.PRIORITY: _rank(descending=order.descending),
    }
    direction = "desc" if order.descending else "asc"
    return Ordering(
        f"{order.field.value}.{direction}",
        (keys[order.field], ticket_id),
        (int, str),
        descending=order.descending,
    )


def _rank(*, descending: bool) -> ColumnElement[Any]:
    rank = ticket.c.priority_rank
    return rank if descending else case((rank == 0, _LAST_RANK), else_=rank)


@dataclass(frozen=True, slots=True)
class TicketList:
    """The tickets that a filter admits, in one order. Raises `InvalidInputError` when made.

    One tag in the order of update is walked along the tag's own index: a rare tag costs as little
    as a common one.
    """

    where: TicketFilter
    order: TicketOrder
    desks: Collection[str] | None
    """Only these desks are visible; None: all."""
    by_tag: bool = True

    @property
    def _tag(self) -> str | None:
        tags = self.where.tags
        by_update = self.order.field is TicketOrderField.UPDATED_AT
        if tags is None or not self.by_tag or not by_update:
            return None
        if tags.all_of:
            return tags.all_of[0]
        return tags.any_of[0] if tags.any_of and len(tags.any_of) == 1 else None

    @property
    def ordering(self) -> Ordering:
        return ticket_ordering(self.order, ticket_tag if self._tag is not None else None)

    def rows(self, columns: Sequence[ColumnElement[Any]]) -> Select[Any]:
        """Every row with the ordering's keys; a `Window` limits it."""
        statement = select(*columns, *self.ordering.labelled_keys)
        if self._tag is None:
            return statement.select_from(ticket).where(*self.conditions)
        found = ticket_tag.join(ticket, ticket.c.id == ticket_tag.c.ticket_id)
        statement = statement.select_from(found).where(ticket_tag.c.tag == self._tag)
        if self.where.status is not None:
            words = [word.value for word in self.where.status]
            statement = statement.where(ticket_tag.c.status.in_(words))
        return statement.where(*self.conditions)

    @property
    def conditions(self) -> list[ColumnElement[bool]]:
        found = [ticket.c.gone.is_(False), *conditions(self.where)]
        if self.desks is not None:
            found.append(one_of(ticket.c.desk, sorted(self.desks)))
        return found

    def count(self) -> Select[Any]:
        """How many there are, counted up to one more than totals are exact to."""
        some = select(ticket.c.id).where(*self.conditions).limit(TOTAL_EXACT_TO + 1)
        return select(func.count()).select_from(some.subquery())
