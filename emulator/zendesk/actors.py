"""Customers and agents at work: one plausible thing at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import islice

from emulator.zendesk.desk import Desk
from emulator.zendesk.records import Ticket
from emulator.zendesk.render import JsonObject, bodies
from emulator.zendesk.ticket_input import CommentInput, TicketInput
from emulator.zendesk.ticket_write import (
    Writer,
    create_ticket,
    delete_ticket,
    merge_tickets,
    store_update,
    system_update,
    update_ticket,
)

_RECENT = 200
_BOT_SHARE = 0.03
_CUSTOMER_WORDS = (
    "Any news on this?",
    "I have tried that, and it still happens.",
    "Thank you, that did it!",
    "It happens on my other computer as well.",
)
_AGENT_WORDS = (
    "Thanks for the details. Could you send us the version you use?",
    "This is fixed in the next update. We will let you know when it is out.",
    "Please restart in safe mode and tell us whether it still happens.",
)
_NOTES = (
    "Looks like a duplicate of a known problem.",
    "Asked the developers about this one.",
    "Customer called as well, same story.",
)
_TAGS = ("escalated", "waiting_for_release", "refund", "bug", "how_to")
_PRIORITIES = ("low", "normal", "high", "urgent")


class Actors:
    """Every choice comes from the desk's chance."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._random = desk.random
        self._acts: tuple[tuple[int, Callable[[Ticket], str]], ...] = (
            (26, self._customer_replies),
            (20, self._agent_replies),
            (10, self._agent_notes),
            (10, self._agent_tags),
            (9, self._agent_assigns),
            (9, self._agent_prioritizes),
            (7, self._agent_solves),
            (3, self._system_touches),
            (1, self._agent_deletes),
            (1, self._agent_merges),
        )

    def act(self) -> str:
        """A sentence about what was done."""
        ticket = self._some_ticket()
        if ticket is None or self._random.random() < 0.12:
            return self._new_ticket()
        if not self._agents():
            return self._customer_replies(ticket)
        weights = [weight for weight, _ in self._acts]
        _, act = self._random.choices(self._acts, weights)[0]
        return act(ticket)

    def _some_ticket(self) -> Ticket | None:
        """One that is not closed; mostly one that moved lately."""
        recent = self._desk.tickets.now().walk("updated_at", descending=True)
        open_ones = [ticket for ticket in islice(recent, _RECENT) if ticket.status != "closed"]
        return self._random.choice(open_ones) if open_ones else None

    def _agents(self) -> list[int]:
        """The agents who still are some."""
        users = self._desk.users.rows
        return [
            agent_id
            for agent_id in self._desk.agent_ids
            if users[agent_id].is_active and users[agent_id].role != "end-user"
        ]

    def _agent_of(self, ticket: Ticket) -> int:
        agents = self._agents()
        return ticket.assignee_id if ticket.assignee_id in agents else self._random.choice(agents)

    def _agent(self, ticket: Ticket) -> Writer:
        return Writer(self._agent_of(ticket), channel="web")

    def _update(self, ticket: Ticket, given: JsonObject) -> Ticket:
        return update_ticket(self._desk, ticket, given, self._agent(ticket))[0]

    def _customer_replies(self, ticket: Ticket) -> str:
        """A customer's word opens a ticket that waited for it, and one that was solved."""
        text = self._random.choice(_CUSTOMER_WORDS)
        waiting = {"pending", "solved", "hold"}
        status = "open" if ticket.status in waiting else ticket.status
        draft = replace(ticket, status=status)
        if status != ticket.status:
            draft = replace(draft, custom_status_id=self._desk.status_of(status))
        writer = Writer(ticket.requester_id, channel="email")
        wanted = TicketInput(comment=CommentInput("", text, True, None))
        store_update(self._desk, ticket, draft, wanted, writer)
        return f"The customer of #{ticket.id} wrote: {text}"

    def _agent_replies(self, ticket: Ticket) -> str:
        text = self._random.choice(_AGENT_WORDS)
        status = "pending" if ticket.assignee_id is not None else "open"
        comment: JsonObject = {"body": text, "public": True}
        self._update(ticket, {"comment": comment, "status": status})
        return f"An agent answered #{ticket.id}"

    def _agent_notes(self, ticket: Ticket) -> str:
        text = self._random.choice(_NOTES)
        self._update(ticket, {"comment": {"body": text, "public": False}})
        return f"An agent left a note on #{ticket.id}"

    def _agent_tags(self, ticket: Ticket) -> str:
        tag = self._random.choice(_TAGS)
        verb = "remove_tags" if tag in ticket.tags else "additional_tags"
        self._update(ticket, {verb: [tag]})
        return f"An agent changed the tag {tag} on #{ticket.id}"

    def _agent_assigns(self, ticket: Ticket) -> str:
        agent_id = self._random.choice(self._agents())
        self._update(ticket, {"assignee_id": agent_id})
        return f"#{ticket.id} was assigned to {self._desk.users.rows[agent_id].name}"

    def _agent_prioritizes(self, ticket: Ticket) -> str:
        priority = self._random.choice(_PRIORITIES)
        self._update(ticket, {"priority": priority})
        return f"An agent made #{ticket.id} {priority}"

    def _agent_solves(self, ticket: Ticket) -> str:
        assignee = self._agent_of(ticket)
        self._update(ticket, {"status": "solved", "assignee_id": assignee})
        return f"An agent solved #{ticket.id}"

    def _system_touches(self, ticket: Ticket) -> str:
        """A change of the system's own: it moves the export, but not `updated_at`."""
        satisfaction = ticket.satisfaction or "offered"
        system_update(self._desk, ticket, satisfaction=satisfaction)
        return f"The system touched #{ticket.id}"

    def _agent_deletes(self, ticket: Ticket) -> str:
        delete_ticket(self._desk, ticket, self._agent(ticket))
        return f"An agent deleted #{ticket.id}"

    def _agent_merges(self, ticket: Ticket) -> str:
        target = self._some_ticket()
        if target is None or target.id == ticket.id:
            return self._agent_notes(ticket)
        words = {
            "source": f"This request was closed and merged into request #{target.id}.",
            "target": f"Request #{ticket.id} was closed and merged into this request.",
        }
        merge_tickets(self._desk, target, ticket, self._agent(target), words=words)
        return f"#{ticket.id} was merged into #{target.id}"

    def _new_ticket(self) -> str:
        """A customer who is known asks again, in words that somebody has used before."""
        model = self._some_ticket()
        requester = model.requester_id if model else self._desk.agent_ids[0]
        subject = model.subject if model else "A question"
        text = bodies(model.comments[0])[0] if model and model.comments else "How does this work?"
        given: JsonObject = {"subject": subject, "comment": {"body": text[:2_000] or subject}}
        writer = Writer(requester, channel=self._random.choice(("email", "web")))
        ticket, _ = create_ticket(self._desk, given, writer)
        if self._random.random() < _BOT_SHARE:
            system_update(self._desk, ticket, support_type="ai_agent")
            return f"A customer asked the AI agent in #{ticket.id}: {subject}"
        return f"A customer opened #{ticket.id}: {subject}"
