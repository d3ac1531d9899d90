"""All tables of a desk as one request sees them: now, or as a replica saw them a moment ago."""

from __future__ import annotations

from emulator.zendesk.desk import Desk
from emulator.zendesk.records import (
    Audit,
    Group,
    Membership,
    Organization,
    Ticket,
    TicketField,
    User,
)
from emulator.zendesk.table import View


class DeskView:
    """`as_of` is the moment of a late replica; None is the primary."""

    tickets: View[Ticket]
    audits: View[Audit]
    users: View[User]
    organizations: View[Organization]
    groups: View[Group]
    memberships: View[Membership]
    fields: View[TicketField]

    def __init__(self, desk: Desk, as_of: float | None = None) -> None:
        if as_of is None:
            self.tickets = desk.tickets.now()
            self.audits = desk.audits.now()
            self.users = desk.users.now()
            self.organizations = desk.organizations.now()
            self.groups = desk.groups.now()
            self.memberships = desk.memberships.now()
            self.fields = desk.fields.now()
            return
        self.tickets = desk.tickets.as_of(as_of)
        self.audits = desk.audits.as_of(as_of)
        self.users = desk.users.as_of(as_of)
        self.organizations = desk.organizations.as_of(as_of)
        self.groups = desk.groups.as_of(as_of)
        self.memberships = desk.memberships.as_of(as_of)
        self.fields = desk.fields.as_of(as_of)

    def ticket(self, ticket_id: int) -> Ticket | None:
        """A ticket that is not deleted."""
        ticket = self.tickets.get(ticket_id)
        return None if ticket is None or ticket.deleted_at else ticket
