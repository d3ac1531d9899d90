"""Which index answers a page: nothing that a page shows may cost a look at every ticket."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.dialects import sqlite

from db.open import open_inline
from db.read.hints import Aside
from db.read.keyset import Window
from db.read.nested import for_each_parent
from db.read.tickets import TicketList
from db.tables import ticket
from domain.queries import (
    IdsFilter,
    PageRequest,
    PriorityFilter,
    TagFilter,
    TicketFilter,
    TicketOrder,
    TicketOrderField,
)
from domain.words import Priority, Status


def plan(where: TicketFilter, order: TicketOrder) -> list[str]:
    tickets = TicketList(where, order, None)
    window = Window.of(PageRequest(first=50), tickets.ordering)
    return steps_of(window.limited(tickets.rows([ticket.c.id, ticket.c.subject])))


def steps_of(statement: Any) -> list[str]:
    """What SQLite would do, step by step."""
    compiled = statement.compile(
        dialect=sqlite.dialect(), compile_kwargs={"render_postcompile": True}
    )
    database = open_inline()
    values = tuple(compiled.params[name] for name in compiled.positiontup or ())
    rows = database.connection.execute(f"EXPLAIN QUERY PLAN {compiled}", values).fetchall()
    database.connection.close()
    return [row[3] for row in rows]


ORDERS = [
    TicketOrder(TicketOrderField.UPDATED_AT),
    TicketOrder(TicketOrderField.UPDATED_AT, descending=False),
    TicketOrder(TicketOrderField.CREATED_AT),
    TicketOrder(TicketOrderField.CREATED_AT, descending=False),
    TicketOrder(TicketOrderField.PRIORITY),
]
"""Not the priority upwards: there, tickets without one come last, which takes sorting."""


@pytest.mark.parametrize("order", ORDERS)
def test_page_of_all_tickets_walks_an_index(order: TicketOrder) -> None:
    steps = plan(TicketFilter(), order)
    assert not any("TEMP B-TREE" in step for step in steps), steps


def test_page_of_a_tag_walks_the_tag_s_own_index() -> None:
    where = TicketFilter(tags=TagFilter(any_of=("vip",)))
    steps = plan(where, TicketOrder())
    assert any("ticket_tag" in step and "tag=?" in step for step in steps), steps
    assert not any("TEMP B-TREE" in step for step in steps), steps


def test_page_of_a_tag_and_a_status_walks_the_tag_s_own_index() -> None:
    where = TicketFilter(tags=TagFilter(any_of=("vip",)), status=(Status.OPEN,))
    steps = plan(where, TicketOrder())
    assert any("tag=? AND status=?" in step for step in steps), steps
    assert not any("TEMP B-TREE" in step for step in steps), steps


COMMON = [
    TicketFilter(status=(Status.NEW, Status.OPEN, Status.PENDING)),
    TicketFilter(provider=("zendesk",)),
    TicketFilter(desk=IdsFilter(include=("a", "b"))),
    TicketFilter(priority=PriorityFilter(at_least=Priority.HIGH)),
]


@pytest.mark.parametrize("where", COMMON)
def test_page_of_what_is_common_is_picked_out_of_the_order_of_time(where: TicketFilter) -> None:
    steps = plan(where, TicketOrder())
    assert "SCAN ticket USING INDEX ix_ticket_updated_at_id" in steps, steps
    assert not any("TEMP B-TREE" in step for step in steps), steps


def test_page_of_an_agent_goes_by_the_agent() -> None:
    steps = plan(TicketFilter(assignee=IdsFilter(include=("a/1",))), TicketOrder())
    assert any("assignee_id=?" in step for step in steps), steps


def test_tickets_of_a_customer_go_by_the_customer() -> None:
    tickets = TicketList(TicketFilter(), TicketOrder(), None, by_tag=False)
    statement = for_each_parent(
        "sqlite",
        [("a", "1"), ("a", "2")],
        (Aside(ticket.c.desk), ticket.c.requester_id),
        tickets.rows([ticket.c.id]),
        identity=ticket.c.id,
        window=Window.of(PageRequest(first=5), tickets.ordering),
    )
    assert any("requester_id=?" in step for step in steps_of(statement))
