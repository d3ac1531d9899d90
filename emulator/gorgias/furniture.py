"""What every account has before its first ticket: people, teams, channels and custom fields."""

from __future__ import annotations

from dataclasses import dataclass, replace

from emulator.gorgias.desk import Desk
from emulator.gorgias.records import CustomField, Integration, JsonObject, Team, User
from emulator.kernel.world import AGENT_COUNT

_HOST = "demo-shop.example"
_AGENT_NAMES = (
    "Maya Lindt",
    "Jonas Okafor",
    "Priya Raman",
    "Tomás Reyes",
    "Ingrid Solberg",
    "Kenji Mori",
    "Aïcha Benali",
    "Oleh Kovalenko",
    "Grace Adeyemi",
    "Luca Ferri",
    "Hanna Novak",
    "Sam Whitlock",
)
_ROLES = {0: "admin", 10: "lite-agent", 11: "observer-agent"}
_MANAGED_TYPES = {"Product": "product", "Contact reason": "contact_reason"}
REASONS = (
    "Product question::How to::Settings",
    "Product question::Defect::Crash",
    "Order::Delivery::Late",
    "Order::Return::Refund",
    "Account::Sign-in::Password",
    "Other::Other::Other",
)


@dataclass(frozen=True, slots=True)
class Furniture:
    """What every account has before its first ticket."""

    owner_id: int
    agent_ids: tuple[int, ...]
    team_ids: tuple[int, ...]
    mailbox: Integration
    product_field: int
    reason_field: int
    source_field: int


def furnish(desk: Desk) -> Furniture:
    """The owner, the agents, two teams, a mailbox, a chat and the custom fields."""
    at = desk.born
    owner = _user(desk, "Robin Demo", "owner", "admin")
    agents = [
        _user(desk, name, f"agent{index + 1}", _ROLES.get(index, "agent"))
        for index, name in enumerate(_AGENT_NAMES[:AGENT_COUNT])
    ]
    teams = [
        Team(desk.store.ids.take("team"), at, name, None, {}, tuple(each.id for each in members))
        for name, members in (("First line", agents[:8]), ("Specialists", agents[8:]))
    ]
    mailbox = _mailbox(desk, owner)
    chat_id = desk.store.ids.take("integration")
    chat = replace(mailbox, id=chat_id, type="chat", name="Demo Shop Chat", address=None)
    desk.store.users.fill([owner, *agents])
    desk.store.teams.fill(teams)
    desk.store.integrations.fill([mailbox, chat])
    fields = _custom_fields(desk)
    desk.store.custom_fields.fill(fields)
    return Furniture(
        owner_id=owner.id,
        agent_ids=tuple(each.id for each in agents),
        team_ids=tuple(each.id for each in teams),
        mailbox=mailbox,
        product_field=fields[0].id,
        reason_field=fields[1].id,
        source_field=fields[2].id,
    )


def _mailbox(desk: Desk, owner: User) -> Integration:
    return Integration(
        id=desk.store.ids.take("integration"),
        created=desk.born,
        updated=desk.born,
        type="email",
        name="Demo Shop Support",
        address=f"support@{_HOST}",
        user_id=owner.id,
    )


def _user(desk: Desk, name: str, local_part: str, role: str) -> User:
    first, _, last = name.partition(" ")
    return User(
        id=desk.store.ids.take("person"),
        created=desk.born,
        updated=desk.born,
        email=f"{local_part}@{_HOST}",
        name=name,
        firstname=first,
        lastname=last,
        role=role,
        meta={"name_set_via": "agent"},
    )


def _custom_fields(desk: Desk) -> list[CustomField]:
    text: JsonObject = {"input_type": "input", "placeholder": ""}
    reasons: JsonObject = {"input_type": "dropdown", "choices": [*REASONS]}
    number: JsonObject = {"input_type": "input_number", "min": 0}
    yes_or_no: JsonObject = {"input_type": "dropdown"}
    definitions: tuple[tuple[str, str, JsonObject], ...] = (
        ("Product", "text", text),
        ("Contact reason", "text", reasons),
        ("Source", "text", text),
        ("Order value", "number", number),
        ("Needs follow-up", "boolean", yes_or_no),
        ("Loyalty level", "text", text),
    )
    return [
        CustomField(
            id=desk.store.ids.take("custom_field"),
            created=desk.born,
            updated=desk.born,
            object_type="Customer" if label == "Loyalty level" else "Ticket",
            label=label,
            definition={"data_type": data_type, "input_settings": settings},
            priority=priority,
            managed_type=_MANAGED_TYPES.get(label),
        )
        for priority, (label, data_type, settings) in enumerate(definitions, start=1)
    ]
