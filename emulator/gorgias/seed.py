"""Turns real support threads into the tickets, messages and log of an account."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Sequence

from emulator.gorgias.desk import Desk
from emulator.gorgias.furniture import REASONS, Furniture
from emulator.gorgias.records import (
    Channel,
    Customer,
    Event,
    JsonObject,
    Message,
    Survey,
    Tag,
    Ticket,
)
from emulator.gorgias.stamps import Micros, micros
from emulator.gorgias.words import NOTE_CHANNEL, reply_channel
from emulator.kernel.http import JsonValue
from emulator.kernel.world import Post, Story

_PRIORITIES = {"urgent": "critical", "high": "high", "normal": "normal", "low": "low"}
_CHANNELS = {"email": "email", "web": "contact_form", "chat": "chat", "api": "api"}
_MINUTE: Micros = 60_000_000
_SAFE_LOCAL_PART = re.compile(r"[A-Za-z0-9._-]{1,64}")


def _channel_of(post: Post, ticket: Ticket) -> str:
    if post.is_internal:
        return NOTE_CHANNEL
    return ticket.channel if post.by_requester else reply_channel(ticket.channel)


class StoryTeller:
    """Turns stories into records; what they do not tell is invented."""

    def __init__(self, desk: Desk, furniture: Furniture) -> None:
        self._desk = desk
        self._furniture = furniture
        self._random = desk.random
        self._customers: dict[str, Customer] = {}
        self._tags: dict[str, Tag] = {}
        self._events: list[tuple[Micros, str, str, int, int | None]] = []

    def load(self, stories: Iterable[Story]) -> list[Ticket]:
        """Adds one ticket per story, with the story's number as its id."""
        tickets: list[Ticket] = []
        messages: list[Message] = []
        surveys: list[Survey] = []
        # In the order of time, so that ids ascend with it.
        for story in sorted(stories, key=lambda story: story.created_at):
            ticket = self._ticket(story)
            tickets.append(ticket)
            messages += self._messages(story, ticket)
            surveys += self._surveys(story, ticket)
            self._desk.store.ids.skip_past("ticket", story.number)
        store = self._desk.store
        store.customers.fill(self._customers.values())
        store.tags.fill(self._tags.values())
        store.tickets.fill(tickets)
        store.messages.fill(messages)
        store.surveys.fill(surveys)
        store.events.fill(self._logged())
        return tickets

    def _ticket(self, story: Story) -> Ticket:
        created, updated = micros(story.created_at), micros(story.updated_at)
        customer = self._customer(story)
        agent_id = None if story.assignee is None else self._agent(story.assignee)
        replies = [post for post in story.posts if not post.by_requester]
        questions = [post for post in story.posts if post.by_requester]
        is_closed = story.status in {"solved", "closed"}
        channel = _CHANNELS[story.channel]
        self._note(created, "ticket-created", "Ticket", story.number, None)
        if is_closed:
            self._note(updated, "ticket-closed", "Ticket", story.number, agent_id)
        return Ticket(
            id=story.number,
            created=created,
            updated=updated,
            customer_id=customer.id,
            status="closed" if is_closed else "open",
            priority=_PRIORITIES[story.priority or "normal"],
            channel=channel,
            via=channel,
            from_agent=False,
            subject=story.subject,
            language=story.locale.partition("-")[0] or None,
            assignee_user_id=agent_id,
            assignee_team_id=self._team(agent_id),
            tag_ids=tuple(dict.fromkeys(self._tag(name, created).id for name in story.tags)),
            field_values=self._field_values(story),
            is_unread=story.posts[-1].by_requester and not is_closed,
            processed=created,
            opened=micros(replies[0].written_at) if replies else None,
            last_message=micros(story.posts[-1].written_at),
            last_received_message=micros(questions[-1].written_at) if questions else None,
            closed=updated if is_closed else None,
            snoozed_until=self._snooze(story),
        )

    def _snooze(self, story: Story) -> Micros | None:
        if story.status != "hold":
            return None
        return self._desk.now() + self._random.randrange(60, 5 * 24 * 60) * _MINUTE

    def _field_values(self, story: Story) -> dict[int, JsonValue]:
        values: dict[int, JsonValue] = {}
        if story.product:
            values[self._furniture.product_field] = story.product
        if self._random.random() < 0.4:
            values[self._furniture.reason_field] = self._random.choice(REASONS)
        if story.source_url:
            values[self._furniture.source_field] = story.source_url
        return values

    def _messages(self, story: Story, ticket: Ticket) -> Iterable[Message]:
        customer = self._customers[story.requester]
        for post in story.posts:
            message = self._message(story, ticket, post, customer)
            self._note(
                message.created,
                "ticket-message-created",
                "TicketMessage",
                message.id,
                message.sender_id if post.by_requester is False else None,
            )
            yield message

    def _message(self, story: Story, ticket: Ticket, post: Post, customer: Customer) -> Message:
        at = micros(post.written_at)
        channel = _channel_of(post, ticket)
        agent_id = self._agent(zlib.crc32(post.author.encode(errors="replace")))
        is_reply = not post.by_requester and not post.is_internal
        is_mail = channel == "email"
        return Message(
            id=self._desk.store.ids.take("message"),
            ticket_id=ticket.id,
            created=at,
            channel=channel,
            via=ticket.channel if post.by_requester else "helpdesk",
            from_agent=not post.by_requester,
            public=not post.is_internal,
            sender_id=customer.id if post.by_requester else agent_id,
            receiver_id=customer.id if is_reply else None,
            subject=story.subject if is_mail else None,
            body_html=post.html,
            source=self._source(post, channel, customer),
            integration_id=self._furniture.mailbox.id if is_mail else None,
            processed=at,
            sent=at if post.by_requester or is_reply else None,
        )

    def _source(self, post: Post, channel: str, customer: Customer) -> JsonObject:
        if channel != "email":
            return {"type": channel}
        shopper: JsonObject = {"name": customer.name or "", "address": customer.email}
        mailbox = self._furniture.mailbox
        desk: JsonObject = {"name": mailbox.name, "address": mailbox.address}
        if post.by_requester:
            return {"type": "email", "to": [desk], "from": shopper}
        return {"type": "email", "to": [shopper], "from": desk}

    def _surveys(self, story: Story, ticket: Ticket) -> Iterable[Survey]:
        if story.satisfaction is None:
            return
        scores = {"good": (4, 5), "bad": (1, 2)}.get(story.satisfaction)
        yield Survey(
            id=self._desk.store.ids.take("survey"),
            ticket_id=ticket.id,
            customer_id=ticket.customer_id,
            created=ticket.updated,
            sent=ticket.updated,
            scored=ticket.updated if scores else None,
            score=self._random.choice(scores) if scores else None,
        )

    def _customer(self, story: Story) -> Customer:
        known = self._customers.get(story.requester)
        if known is not None:
            return known
        at = micros(story.created_at)
        name = story.requester
        is_safe = _SAFE_LOCAL_PART.fullmatch(name) is not None
        local_part = (
            name if is_safe else f"customer-{zlib.crc32(name.encode(errors='replace')):08x}"
        )
        email = f"{local_part}@customers.example"
        channel = Channel(self._desk.store.ids.take("channel"), "email", email, True, at, at)
        first, _, last = name.partition(" ")
        customer = Customer(
            id=self._desk.store.ids.take("person"),
            created=at,
            updated=at,
            email=email,
            name=name,
            firstname=first,
            lastname=last,
            language=story.locale.partition("-")[0] or None,
            channels=(channel,),
        )
        self._customers[name] = customer
        self._note(at, "customer-created", "Customer", customer.id, None)
        return customer

    def _tag(self, name: str, at: Micros) -> Tag:
        known = self._tags.get(name)
        if known is None:
            known = Tag(id=self._desk.store.ids.take("tag"), created=at, name=name)
            self._tags[name] = known
        return known

    def _agent(self, number: int) -> int:
        agents: Sequence[int] = self._furniture.agent_ids
        return agents[number % len(agents)]

    def _team(self, agent_id: int | None) -> int | None:
        if agent_id is None:
            return None
        first_line, specialists = self._furniture.team_ids
        return first_line if agent_id in self._furniture.agent_ids[:8] else specialists

    def _note(
        self, at: Micros, kind: str, object_type: str, object_id: int, user_id: int | None
    ) -> None:
        self._events.append((at, kind, object_type, object_id, user_id))

    def _logged(self) -> Iterable[Event]:
        """The history as log lines, with ids in the order of time."""
        for at, kind, object_type, object_id, user_id in sorted(
            self._events, key=lambda each: each[0]
        ):
            number = self._desk.store.ids.take("event")
            context = f"{number:032x}"
            yield Event(
                id=number,
                created=at,
                visible=at,
                context=f"{context[:8]}-0000-4000-8000-{context[-12:]}",
                type=kind,
                object_type=object_type,
                object_id=object_id,
                user_id=user_id,
            )
