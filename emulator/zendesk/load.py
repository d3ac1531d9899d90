"""Fills a desk: its own furniture, then stories as tickets of the past."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable
from dataclasses import replace

from emulator.kernel.world import AGENT_COUNT, Post, Story
from emulator.zendesk.desk import Desk
from emulator.zendesk.records import (
    Audit,
    Comment,
    CustomStatus,
    Event,
    FieldValue,
    Group,
    Membership,
    Organization,
    Ticket,
    TicketField,
    User,
)

_GROUPS = ("Support", "Technical", "Billing")
_AGENTS = (
    *("Ada Brook", "Bela Novak", "Carla Reyes", "Dmitri Orlov", "Emi Tanaka", "Femi Adeyemi"),
    *("Greta Lind", "Hugo Martin", "Ines Costa", "Jonas Weber", "Kavya Rao", "Liam Walsh"),
)
_ORGANIZATIONS = ("Northwind Bakery", "Harbour Books", "Alpine Tools", "Lumen Travel")
_STATUSES = (
    ("new", "New", "Open"),
    ("open", "Open", "Open"),
    ("pending", "Pending", "Awaiting your reply"),
    ("hold", "On-hold", "Open"),
    ("solved", "Solved", "Solved"),
)
_SYSTEM_FIELDS = (
    ("subject", "Subject", False),
    ("description", "Description", False),
    ("status", "Status", False),
    ("tickettype", "Type", False),
    ("priority", "Priority", False),
    ("group", "Group", False),
    ("assignee", "Assignee", True),
    ("custom_status", "Ticket status", False),
)
_CONTACT = (("By phone", "contact_phone"), ("By mail", "contact_mail"), ("By chat", "contact_chat"))
_AREAS = (("Accounts", "area_accounts"), ("Updates", "area_updates"), ("Add-ons", "area_addons"))
_CUSTOM_FIELDS = (
    TicketField(0, "text", "Product", 101, 0, 0),
    TicketField(0, "text", "Locale", 102, 0, 0),
    TicketField(0, "text", "Source", 103, 0, 0),
    TicketField(0, "textarea", "Steps to reproduce", 104, 0, 0),
    TicketField(0, "checkbox", "VIP", 105, 0, 0, tag="vip_customer"),
    TicketField(0, "date", "Promised on", 106, 0, 0),
    TicketField(0, "integer", "Seats", 107, 0, 0),
    TicketField(0, "decimal", "Refund", 108, 0, 0),
    TicketField(0, "regexp", "Order number", 109, 0, 0, pattern=r"^[A-Z]{2}-\d{4,}$"),
    TicketField(0, "tagger", "Preferred contact", 110, 0, 0, options=_CONTACT),
    TicketField(0, "multiselect", "Areas", 111, 0, 0, options=_AREAS),
)
_OUTSIDE_ADDRESS = re.compile(r"[^a-z0-9.+_-]+")


def furnish(desk: Desk, *, at: int) -> None:
    """Statuses, fields, groups, agents and organizations, as old as `at`."""
    for category, agent_label, customer_label in _STATUSES:
        desk.statuses.fill(CustomStatus(desk.next_id(), category, agent_label, customer_label, at))
    for place, (kind, title, is_required) in enumerate(_SYSTEM_FIELDS, start=1):
        desk.fields.fill(
            TicketField(
                desk.next_id(), kind, title, place, at, at, is_system=True, is_required=is_required
            )
        )
    for field in _CUSTOM_FIELDS:
        desk.fields.fill(
            replace(field, id=desk.next_id(), created_at=at, updated_at=at, description=field.title)
        )
    for place, name in enumerate(_GROUPS):
        desk.groups.fill(Group(desk.next_id(), name, at, at, is_default=place == 0))
    for name in _ORGANIZATIONS:
        domain = f"{name.lower().replace(' ', '-')}.example"
        desk.organizations.fill(Organization(desk.next_id(), name, at, at, domain_names=(domain,)))
    _hire(desk, at)


def _hire(desk: Desk, at: int) -> None:
    groups = sorted(desk.groups.rows)
    for place, name in enumerate(_AGENTS[:AGENT_COUNT]):
        own = groups[place % len(groups)]
        agent = User(
            id=desk.next_id(),
            name=name,
            email=f"{name.lower().replace(' ', '.')}@agents.example.com",
            role="admin" if place == 0 else "agent",
            group_id=own,
            created_at=at,
            updated_at=at,
            is_verified=True,
        )
        desk.users.fill(agent)
        desk.agent_ids.append(agent.id)
        for group_id in dict.fromkeys((own, groups[0])):
            desk.memberships.fill(
                Membership(desk.next_id(), agent.id, group_id, group_id == own, at, at)
            )


class Loader:
    """Turns stories into tickets. A requester is a customer, every other author an agent."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._customers: dict[str, int] = {}
        self._organizations = sorted(desk.organizations.rows)
        titles = {row.title: row.id for row in desk.fields.rows.values()}
        self._field_ids = titles["Product"], titles["Locale"], titles["Source"]

    def load(self, stories: Iterable[Story]) -> int:
        count = 0
        for story in stories:
            self._desk.fill(self._ticket(story))
            count += 1
        return count

    def _ticket(self, story: Story) -> Ticket:
        desk = self._desk
        requester = self._customer(story)
        agents = desk.agent_ids
        assignee = None if story.assignee is None else agents[story.assignee % len(agents)]
        if assignee is None and story.status in {"solved", "closed"}:
            assignee = agents[story.number % len(agents)]
        created_at = int(story.created_at)
        updated_at = int(max(story.updated_at, story.posts[-1].written_at))
        ticket = Ticket(
            id=story.number,
            created_at=created_at,
            updated_at=updated_at,
            generated_at=updated_at,
            subject=_clean(story.subject),
            requester_id=requester.id,
            submitter_id=requester.id,
            channel=story.channel,
            status=story.status,
            custom_status_id=desk.status_of(story.status),
            priority=story.priority,
            assignee_id=assignee,
            group_id=None if assignee is None else desk.users.rows[assignee].group_id,
            organization_id=requester.organization_id,
            brand_id=desk.brand_id,
            form_id=desk.form_id,
            satisfaction=story.satisfaction,
            tags=tuple(map(_clean, story.tags)),
            fields=self._fields(story),
        )
        return self._with_history(ticket, story)

    def _fields(self, story: Story) -> dict[int, FieldValue]:
        values = (story.product, story.locale, story.source_url)
        pairs = zip(self._field_ids, values, strict=True)
        return {field_id: value for field_id, value in pairs if value}

    def _customer(self, story: Story) -> User:
        name = _clean(story.requester)
        known = self._customers.get(name)
        if known is not None:
            return self._desk.users.rows[known]
        local = _OUTSIDE_ADDRESS.sub(".", name.lower()).strip(".") or "customer"
        place = zlib.crc32(name.encode("utf-8", "surrogatepass"))
        email = name if "@" in name else f"{local}@example.com"
        if self._desk.users.lookups["email"].get(email.lower()):
            email = f"{local}.{place:08x}@example.com"
        customer = User(
            id=self._desk.next_id(),
            name=name,
            email=email.lower(),
            locale=story.locale or "en-US",
            organization_id=self._organizations[place % 4] if place % 10 < 3 else None,
            created_at=int(story.created_at),
            updated_at=int(story.created_at),
        )
        self._desk.users.fill(customer)
        self._customers[name] = customer.id
        return customer

    def _with_history(self, ticket: Ticket, story: Story) -> Ticket:
        """A comment and an audit per post, and one more audit for what was settled at the end."""
        desk = self._desk
        comments: list[Comment] = []
        audits: list[Audit] = []
        for place, post in enumerate(story.posts):
            author_id = self._author(post, ticket)
            audit_id = desk.next_id()
            comment = Comment(
                id=desk.next_id(),
                audit_id=audit_id,
                author_id=author_id,
                html=_clean(post.html),
                text=None,
                is_public=not post.is_internal,
                created_at=int(post.written_at),
                channel=story.channel if post.by_requester else "web",
            )
            comments.append(comment)
            events = [Event(comment.id, "Comment", comment_id=comment.id)]
            if place == 0:
                events += self._opening(ticket)
            audits.append(
                Audit(
                    audit_id,
                    ticket.id,
                    comment.created_at,
                    author_id,
                    comment.channel,
                    tuple(events),
                )
            )
        settled = self._settling(ticket)
        if settled is not None:
            audits.append(settled)
        return replace(ticket, comments=tuple(comments), audits=tuple(audits))

    def _author(self, post: Post, ticket: Ticket) -> int:
        if post.by_requester:
            return ticket.requester_id
        agents = self._desk.agent_ids
        return agents[zlib.crc32(post.author.encode("utf-8", "surrogatepass")) % len(agents)]

    def _opening(self, ticket: Ticket) -> list[Event]:
        told = {
            "subject": ticket.subject,
            "requester_id": str(ticket.requester_id),
            "priority": ticket.priority,
            "type": None,
            "status": "new",
            "brand_id": str(ticket.brand_id),
            "ticket_form_id": str(ticket.form_id),
        }
        tags = [Event(self._desk.next_id(), "Create", "tags", list(ticket.tags))]
        plain = [Event(self._desk.next_id(), "Create", name, value) for name, value in told.items()]
        return plain + tags if ticket.tags else plain

    def _settling(self, ticket: Ticket) -> Audit | None:
        desk = self._desk
        changes: list[tuple[str, str, str | None]] = []
        if ticket.assignee_id is not None:
            changes.append(("assignee_id", str(ticket.assignee_id), None))
        if ticket.status != "new":
            changes.append(("status", ticket.status, "new"))
        if not changes:
            return None
        author = ticket.assignee_id or desk.agent_ids[0]
        audit_id = desk.next_id()
        events = tuple(Event(desk.next_id(), "Change", *change) for change in changes)
        return Audit(audit_id, ticket.id, ticket.updated_at, author, "web", events)


def _clean(text: str) -> str:
    """Half of a surrogate pair cannot be sent: Zendesk keeps a replacement character instead."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
