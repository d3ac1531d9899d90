"""All records of one account."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from emulator.gorgias import tables
from emulator.gorgias.records import Customer, Merge, Message, Ticket, User
from emulator.gorgias.stamps import Micros
from emulator.gorgias.table import Journal, Table


class Ids:
    """Hands out ids, each kind from a range of its own, so that a mix-up is noticed."""

    def __init__(self) -> None:
        self._next = {
            "ticket": 1,
            "message": 218_000_001,
            "person": 519_000_001,
            "channel": 654_000_001,
            "team": 4_001,
            "tag": 1_812_001,
            "custom_field": 319_001,
            "event": 2_190_000_001,
            "integration": 116_001,
            "survey": 6_960_001,
        }

    def take(self, kind: str) -> int:
        number = self._next[kind]
        self._next[kind] = number + 1
        return number

    def skip_past(self, kind: str, number: int) -> None:
        self._next[kind] = max(self._next[kind], number + 1)


PARTS = ("core", "tags", "custom_fields")


def _part(ticket: Ticket, part: str) -> object:
    match part:
        case "tags":
            return ticket.tag_ids
        case "custom_fields":
            return ticket.field_values
    return replace(ticket, tag_ids=(), field_values={})


class Store:
    """The account's records. `journal` can show them as they were a moment ago.

    `revisions` counts the changes of each part of each ticket, for checkers: no answer shows it.
    """

    def __init__(self, replica_lag: Micros) -> None:
        self.ids = Ids()
        self.revisions: Counter[tuple[int, str]] = Counter()
        self.journal = journal = Journal(replica_lag)
        self.tickets = tables.ticket_table(journal, self._ticket_changed)
        self.messages = tables.message_table(journal, self._message_changed)
        self.customers = tables.customer_table(journal)
        self.events = tables.event_table(journal)
        self.users = tables.user_table(journal)
        self.teams = tables.team_table(journal)
        self.tags = tables.tag_table(journal)
        self.custom_fields = tables.custom_field_table(journal)
        self.integrations = tables.integration_table(journal)
        self.surveys = tables.survey_table(journal)
        self.ticket_merges: Table[Merge] = Table(journal)
        self.customer_merges: Table[Merge] = Table(journal)

    def _ticket_changed(self, old: Ticket | None, new: Ticket | None, step: int) -> None:
        ticket = new or old
        if ticket is None:
            return
        for part in PARTS:
            if old is None or new is None or _part(old, part) != _part(new, part):
                self.revisions[ticket.id, part] += step

    def _message_changed(self, old: Message | None, new: Message | None, step: int) -> None:
        for ticket_id in {message.ticket_id for message in (old, new) if message is not None}:
            self.revisions[ticket_id, "messages"] += step

    def person(self, person_id: int | None) -> User | Customer | None:
        """Whom a sender's or receiver's id means."""
        return self.users.get(person_id) or self.customers.get(person_id)

    def messages_of(self, ticket_id: int) -> list[Message]:
        """Oldest first."""
        messages = self.messages.group("ticket", ticket_id)
        return sorted(messages, key=lambda message: (message.created, message.id))
