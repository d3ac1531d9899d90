"""The state of one emulated Zendesk account."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from random import Random

from emulator.kernel.service import Clock
from emulator.zendesk.records import (
    STATUSES,
    Audit,
    CustomStatus,
    Group,
    Membership,
    Organization,
    Revisions,
    Ticket,
    TicketField,
    User,
)
from emulator.zendesk.table import Table

ACCOUNT_ID = 18_525_119
FIRST_ID = 26_155_588_900_096
ID_STEP = 128
"""The distance of two ids that Zendesk makes one after the other, as recorded."""

Listener = Callable[[Ticket | None, Ticket, Audit | None], None]
_STATUS_RANK = {status: rank for rank, status in enumerate(STATUSES)}


class Desk:
    """All records, their orders, and the one way to write a ticket."""

    def __init__(self, *, clock: Clock, random: Random, history_seconds: float) -> None:
        self._clock = clock
        self.random = random
        self._last_id = FIRST_ID
        self._last_ticket_id = 0
        self.listeners: list[Listener] = []
        self.tag_counts: Counter[str] = Counter()
        self.agent_ids: list[int] = []
        self.tickets: Table[Ticket] = Table(
            orders={
                "id": lambda ticket: None if ticket.deleted_at else (ticket.id,),
                "updated_at": lambda ticket: (
                    None if ticket.deleted_at else (ticket.updated_at, ticket.id)
                ),
                "created_at": lambda ticket: (
                    None if ticket.deleted_at else (ticket.created_at, ticket.id)
                ),
                "status": lambda ticket: (
                    None if ticket.deleted_at else (_STATUS_RANK[ticket.status], ticket.id)
                ),
                "generated_at": lambda ticket: (ticket.generated_at, ticket.id),
                "deleted_at": lambda ticket: (
                    (ticket.deleted_at, ticket.id)
                    if ticket.deleted_at and not ticket.is_scrubbed
                    else None
                ),
            },
            lookups={
                "external_id": lambda ticket: None if ticket.deleted_at else ticket.external_id,
                "requester_id": lambda ticket: None if ticket.deleted_at else ticket.requester_id,
                "organization_id": lambda ticket: (
                    None if ticket.deleted_at else ticket.organization_id
                ),
                "assignee_id": lambda ticket: None if ticket.deleted_at else ticket.assignee_id,
            },
            history_seconds=history_seconds,
        )
        self.audits: Table[Audit] = Table(
            orders={"created_at": lambda audit: (audit.created_at, audit.id)},
            history_seconds=history_seconds,
        )
        self.users: Table[User] = Table(
            orders={
                "id": lambda user: (user.id,) if user.is_active else None,
                "role": lambda user: (user.id,) if user.is_active and _is_staff(user) else None,
                "updated_at": lambda user: (user.updated_at, user.id),
            },
            lookups={
                "email": lambda user: user.email.lower() if user.email else None,
                "external_id": lambda user: user.external_id,
                "name": lambda user: user.name,
                "organization_id": lambda user: user.organization_id,
            },
            history_seconds=history_seconds,
        )
        self.organizations: Table[Organization] = Table(
            orders={
                "id": lambda row: None if row.deleted_at else (row.id,),
                "updated_at": lambda row: (row.updated_at, row.id),
            },
            lookups={
                "name": lambda row: None if row.deleted_at else row.name.lower(),
                "external_id": lambda row: None if row.deleted_at else row.external_id,
            },
            history_seconds=history_seconds,
        )
        self.groups: Table[Group] = Table(
            orders={"id": lambda row: None if row.is_deleted else (row.id,)},
            history_seconds=history_seconds,
        )
        self.memberships: Table[Membership] = Table(
            orders={"id": lambda row: (row.id,)},
            lookups={"user_id": lambda row: row.user_id, "group_id": lambda row: row.group_id},
            history_seconds=history_seconds,
        )
        self.fields: Table[TicketField] = Table(
            orders={"id": lambda row: (row.id,), "position": lambda row: (row.position, row.id)},
            history_seconds=history_seconds,
        )
        self.statuses: Table[CustomStatus] = Table(orders={"id": lambda row: (row.id,)})
        self.brand_id = self.next_id()
        self.form_id = self.next_id()

    @property
    def now(self) -> float:
        return self._clock.now()

    @property
    def second(self) -> int:
        """The second that a stamp made now shows."""
        return int(self._clock.now())

    def next_id(self) -> int:
        self._last_id += ID_STEP
        return self._last_id

    def next_ticket_id(self) -> int:
        self._last_ticket_id += 1
        return self._last_ticket_id

    def fill(self, ticket: Ticket) -> None:
        """Adds a ticket of the past with its audits: no history, nobody is told."""
        self._last_ticket_id = max(self._last_ticket_id, ticket.id)
        self.tickets.fill(ticket)
        self.tag_counts.update(ticket.tags)
        for audit in ticket.audits:
            self.audits.fill(audit)

    def save(self, ticket: Ticket, audit: Audit | None = None) -> Ticket:
        """Stores a ticket's next state, with the audit that made it, and tells the listeners."""
        old = self.tickets.rows.get(ticket.id)
        if audit is not None:
            ticket = replace(ticket, audits=(*ticket.audits, audit))
            self.audits.put(audit, now=self.now)
        ticket = replace(ticket, revisions=_revised(old, ticket))
        self.tickets.put(ticket, now=self.now)
        if old is not None and old.deleted_at is None:
            self.tag_counts.subtract(old.tags)
        if ticket.deleted_at is None:
            self.tag_counts.update(ticket.tags)
        for listener in self.listeners:
            listener(old, ticket, audit)
        return ticket

    def live_ticket(self, ticket_id: int) -> Ticket | None:
        ticket = self.tickets.rows.get(ticket_id)
        return None if ticket is None or ticket.deleted_at else ticket

    def status_of(self, category: str) -> int:
        """The id of the default custom status of a category; `closed` belongs to solved."""
        wanted = "solved" if category == "closed" else category
        return next(row.id for row in self.statuses.rows.values() if row.category == wanted)

    def custom_fields(self) -> list[TicketField]:
        return [row for row in self.fields.now().walk("id") if not row.is_system and row.is_active]


def _is_staff(user: User) -> bool:
    return user.role != "end-user"


def _revised(old: Ticket | None, new: Ticket) -> Revisions:
    if old is None:
        return Revisions(1, 1, 1, 1)
    before = old.revisions
    return Revisions(
        core=before.core + (_core(old) != _core(new)),
        tags=before.tags + (old.tags != new.tags),
        custom_fields=before.custom_fields + (old.fields != new.fields),
        comments=before.comments + (old.comments != new.comments),
    )


def _core(ticket: Ticket) -> Ticket:
    """The ticket without its other parts, and without what only the provider's books need."""
    return replace(
        ticket,
        tags=(),
        fields={},
        comments=(),
        audits=(),
        generated_at=0,
        revisions=Revisions(),
    )
