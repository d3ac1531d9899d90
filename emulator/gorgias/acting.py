"""Customers and agents at work: each call does one plausible thing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from html import escape

from emulator.gorgias.body import Body
from emulator.gorgias.changes import (
    delete_ticket,
    merge_tickets,
    save_ticket,
    set_field_values,
    set_tags,
)
from emulator.gorgias.desk import Desk
from emulator.gorgias.furniture import Furniture
from emulator.gorgias.records import JsonObject, Ticket, User
from emulator.gorgias.render import body_text
from emulator.gorgias.stamps import micros
from emulator.gorgias.words import NOTE_CHANNEL, PRIORITIES, reply_channel
from emulator.gorgias.writing import add_message, create_ticket, message_of, parties_of
from emulator.kernel.http import JsonValue

_QUESTIONS = (
    "Hello, is there any news about this?",
    "Thank you, that helped. One more thing: where can I change my address?",
    "It still does not work after the update. What else can I try?",
    "I tried what you wrote and now I see another message on the screen.",
    "Could somebody please look at this today?",
)
_ANSWERS = (
    "Thank you for your patience. We have asked our specialists and will write again today.",
    "Please try it once more after signing out and in again.",
    "I have changed this for you. Is there anything else that we can do?",
    "Could you send us a picture of what you see?",
)
_NOTES = (
    "Called the customer, nobody answered. Trying again tomorrow.",
    "Looks like the defect that the product team fixed last week.",
    "Refund approved by the team lead.",
)
_SUBJECTS = (
    "Where is my order?",
    "Cannot sign in any more",
    "Question about the new version",
    "Wrong item in the parcel",
)


class People:
    """Acts on the account in the name of its customers and agents."""

    def __init__(self, desk: Desk, furniture: Furniture) -> None:
        self._desk = desk
        self._furniture = furniture
        self._random = desk.random
        self._deeds: dict[Callable[[Ticket], str], int] = {
            self._customer_writes: 24,
            self._agent_replies: 24,
            self._agent_notes: 8,
            self._agent_toggles_status: 12,
            self._agent_tags: 10,
            self._agent_assigns: 8,
            self._agent_sets_field: 8,
            self._agent_sets_priority: 4,
            self._agent_snoozes: 2,
            self._agent_edits_note: 2,
            self._agent_trashes: 1,
            self._agent_deletes: 1,
            self._desk_merges: 1,
        }

    def act(self) -> str:
        """One deed; says in a sentence what was done."""
        ticket = self._some_ticket()
        if ticket is None or self._random.random() < 0.1:
            return self._ticket_arrives()
        deed = self._random.choices([*self._deeds], [*self._deeds.values()])[0]
        return deed(ticket)

    def _some_ticket(self) -> Ticket | None:
        """Mostly a ticket that moved lately."""
        keys = self._desk.store.tickets.keys("updated_datetime")
        if not keys:
            return None
        back = int(self._random.expovariate(1 / 40)) % len(keys)
        return self._desk.store.tickets.get(keys[-1 - back][1])

    def _agent(self) -> User:
        agents = [self._desk.store.users.get(each) for each in self._furniture.agent_ids]
        present = [each for each in agents if each is not None and each.role != "observer-agent"]
        owner = self._desk.store.users.get(self._furniture.owner_id)
        return self._random.choice(present or [each for each in [owner] if each is not None])

    def _ticket_arrives(self) -> str:
        change = self._desk.change(None)
        customers = self._desk.store.customers.keys("created_datetime")
        sender: JsonObject = {
            "email": f"shopper-{self._random.getrandbits(32):08x}@customers.example"
        }
        if customers and self._random.random() < 0.8:
            sender = {"id": self._random.choice(customers)[1]}
        channel = self._random.choice(("email", "chat", "contact_form"))
        subject = self._random.choice(_SUBJECTS)
        text = self._random.choice(_QUESTIONS)
        written = _message(channel, channel, from_agent=False, text=text)
        body = Body({**written, "subject": subject, "sender": sender})
        parties = parties_of(self._desk, body, change, customer=None, author=self._agent())
        at = change.stamp()
        ticket_id = self._desk.store.ids.take("ticket")
        message = message_of(self._desk, body, ticket_id, parties, at)
        ticket = Ticket(
            id=ticket_id,
            created=at,
            updated=change.stamp(),
            customer_id=message.sender_id,
            channel=channel,
            via=channel,
            subject=subject,
            language="en",
            processed=at,
            last_message=at,
            last_received_message=at,
        )
        create_ticket(self._desk, ticket, [message], change)
        return f"A customer opened ticket {ticket_id}: {subject}"

    def _write(self, ticket: Ticket, channel: str, text: str, author: User | None) -> None:
        change = self._desk.change(None if author is None else author.id)
        via = channel if author is None else "helpdesk"
        body = Body({**_message(channel, via, from_agent=author is not None, text=text)})
        customer = self._desk.store.customers.get(ticket.customer_id)
        parties = parties_of(
            self._desk, body, change, customer=customer, author=author or self._agent()
        )
        message = message_of(self._desk, body, ticket.id, parties, change.stamp())
        add_message(self._desk, ticket, message, change)

    def _customer_writes(self, ticket: Ticket) -> str:
        if self._desk.store.customers.get(ticket.customer_id) is None:
            return self._ticket_arrives()
        self._write(ticket, ticket.channel, self._random.choice(_QUESTIONS), None)
        return f"The customer wrote in ticket {ticket.id}"

    def _agent_replies(self, ticket: Ticket) -> str:
        agent = self._agent()
        self._write(ticket, reply_channel(ticket.channel), self._random.choice(_ANSWERS), agent)
        return f"{agent.name} replied in ticket {ticket.id}"

    def _agent_notes(self, ticket: Ticket) -> str:
        agent = self._agent()
        self._write(ticket, NOTE_CHANNEL, self._random.choice(_NOTES), agent)
        return f"{agent.name} left a note in ticket {ticket.id}"

    def _save(self, ticket: Ticket, new: Ticket, agent: User) -> None:
        save_ticket(self._desk, ticket, new, self._desk.change(agent.id))

    def _agent_toggles_status(self, ticket: Ticket) -> str:
        agent = self._agent()
        status = "closed" if ticket.status == "open" else "open"
        self._save(ticket, replace(ticket, status=status), agent)
        return f"{agent.name} set ticket {ticket.id} to {status}"

    def _agent_tags(self, ticket: Ticket) -> str:
        agent = self._agent()
        tags = self._desk.store.tags.keys("name")
        if not tags:
            return self._agent_toggles_status(ticket)
        name, tag_id = self._random.choice(tags)
        kept = [each for each in ticket.tag_ids if each != tag_id]
        is_new = len(kept) == len(ticket.tag_ids)
        set_tags(
            self._desk,
            ticket,
            [*kept, tag_id] if is_new else kept,
            self._desk.change(agent.id),
        )
        return f"{agent.name} {'added' if is_new else 'removed'} {name!r} in ticket {ticket.id}"

    def _agent_assigns(self, ticket: Ticket) -> str:
        agent = self._agent()
        assignee = None if self._random.random() < 0.15 else self._agent().id
        self._save(ticket, replace(ticket, assignee_user_id=assignee), agent)
        return f"{agent.name} {'assigned' if assignee else 'unassigned'} ticket {ticket.id}"

    def _agent_sets_field(self, ticket: Ticket) -> str:
        agent = self._agent()
        field = self._desk.store.custom_fields.get(self._furniture.reason_field)
        if field is None:
            return self._agent_toggles_status(ticket)
        settings = field.definition["input_settings"]
        choices = settings.get("choices") if isinstance(settings, dict) else None
        value: JsonValue = self._random.choice(choices) if isinstance(choices, list) else "Other"
        values = {**ticket.field_values, field.id: value}
        set_field_values(self._desk, ticket, values, self._desk.change(agent.id))
        return f"{agent.name} set {field.label!r} in ticket {ticket.id}"

    def _agent_sets_priority(self, ticket: Ticket) -> str:
        agent = self._agent()
        priority = self._random.choice(PRIORITIES)
        self._save(ticket, replace(ticket, priority=priority), agent)
        return f"{agent.name} set the priority of ticket {ticket.id} to {priority}"

    def _agent_snoozes(self, ticket: Ticket) -> str:
        agent = self._agent()
        until = self._desk.now() + micros(self._random.uniform(60.0, 3600.0))
        self._save(ticket, replace(ticket, snoozed_until=until), agent)
        return f"{agent.name} snoozed ticket {ticket.id}"

    def _agent_edits_note(self, ticket: Ticket) -> str:
        """Moves neither the message nor its ticket."""
        messages = self._desk.store.messages_of(ticket.id)
        note = next((each for each in messages if each.channel == NOTE_CHANNEL), None)
        if note is None:
            return self._agent_notes(ticket)
        agent = self._agent()
        text = f"{body_text(note) or ''} (edited)"
        edited = replace(note, body_text=text, body_html=f"<p>{escape(text)}</p>")
        self._desk.store.messages.put(edited)
        self._desk.change(agent.id).log("ticket-message-updated", "TicketMessage", note.id)
        return f"{agent.name} edited a note in ticket {ticket.id}"

    def _agent_trashes(self, ticket: Ticket) -> str:
        agent = self._agent()
        trashed = self._desk.now() if ticket.trashed is None else None
        self._save(ticket, replace(ticket, trashed=trashed), agent)
        return f"{agent.name} {'trashed' if trashed else 'restored'} ticket {ticket.id}"

    def _agent_deletes(self, ticket: Ticket) -> str:
        agent = self._agent()
        delete_ticket(self._desk, ticket, self._desk.change(agent.id))
        return f"{agent.name} deleted ticket {ticket.id}"

    def _desk_merges(self, ticket: Ticket) -> str:
        others = self._desk.store.tickets.group("customer", ticket.customer_id)
        target = next((each for each in others if each.id != ticket.id), None)
        if target is None:
            return self._agent_tags(ticket)
        merge_tickets(self._desk, ticket, target, self._desk.change(None))
        return f"Ticket {ticket.id} was merged into ticket {target.id}"


def _message(channel: str, via: str, *, from_agent: bool, text: str) -> JsonObject:
    return {
        "channel": channel,
        "via": via,
        "from_agent": from_agent,
        "body_text": text,
        "body_html": f"<p>{text}</p>",
    }
