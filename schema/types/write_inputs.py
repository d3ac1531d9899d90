"""What writes take."""

from __future__ import annotations

from datetime import datetime

import strawberry
from strawberry.scalars import JSON

from domain.words import Priority, Status, Visibility
from integrations.ticketing.churn import RiskLevel

KEY_DOC = (
    "Makes the write safe to send again: the same key is the same write, and is answered by the "
    "first one's outcome."
)
DRY_RUN_DOC = "Checks everything and says what would be sent, and sends nothing."


@strawberry.input(description="Whom a ticket is for: an address or an id is needed.")
class RequesterInput:
    email: str | None = strawberry.field(
        description="Their e-mail address; somebody new is made where nobody has it.", default=None
    )
    name: str | None = strawberry.field(description="Their name, for somebody new.", default=None)
    external_id: str | None = strawberry.field(description="Their id at the desk.", default=None)


@strawberry.input(description="A custom field and its new value.")
class CustomFieldInput:
    key: str = strawberry.field(description="The field's `key` (or its id at the desk).")
    value: JSON | None = strawberry.field(description="The value; null clears it.", default=None)


@strawberry.input(description="A message or note.")
class CommentInput:
    body: str = strawberry.field(description="Plain text.")
    visibility: Visibility = strawberry.field(
        description="Who can read it. A public one may be mailed to the customer.",
        default=Visibility.INTERNAL,
    )


@strawberry.input(description="A new ticket.")
class CreateTicketInput:
    desk: str = strawberry.field(description="The desk's key.")
    subject: str = strawberry.field(description="The subject line.")
    body: str = strawberry.field(description="The opening message as plain text.")
    visibility: Visibility = strawberry.field(
        description="Who can read the opening message.", default=Visibility.PUBLIC
    )
    requester: RequesterInput | None = strawberry.field(
        description="Whom it is for; some providers need somebody.", default=None
    )
    priority: Priority | None = strawberry.field(description="How urgent it is.", default=None)
    tags: list[str] | None = strawberry.field(description="Its tags.", default=None)
    custom_fields: list[CustomFieldInput] | None = strawberry.field(
        description="Custom fields by key.", default=None
    )
    assignee: strawberry.ID | None = strawberry.field(
        description="The agent who is to answer; of the same desk.", default=None
    )
    team: strawberry.ID | None = strawberry.field(
        description="The team that is to answer; of the same desk.", default=None
    )
    idempotency_key: str = strawberry.field(description=KEY_DOC)
    dry_run: bool = strawberry.field(description=DRY_RUN_DOC, default=False)


@strawberry.input(description="Changes to a ticket. What is left out stays; null clears.")
class UpdateTicketInput:
    id: strawberry.ID = strawberry.field(description="The ticket.")
    subject: strawberry.Maybe[str] = strawberry.field(description="The subject line.")
    status: strawberry.Maybe[Status] = strawberry.field(description="Where it stands.")
    priority: strawberry.Maybe[Priority | None] = strawberry.field(description="How urgent it is.")
    assignee: strawberry.Maybe[strawberry.ID | None] = strawberry.field(
        description="The agent who is to answer; of the same desk."
    )
    team: strawberry.Maybe[strawberry.ID | None] = strawberry.field(
        description="The team that is to answer; of the same desk."
    )
    snoozed_until: strawberry.Maybe[datetime | None] = strawberry.field(
        description="Until then it is out of sight."
    )
    add_tags: list[str] | None = strawberry.field(description="Tags to add.", default=None)
    remove_tags: list[str] | None = strawberry.field(description="Tags to take away.", default=None)
    custom_fields: list[CustomFieldInput] | None = strawberry.field(
        description="Custom fields by key.", default=None
    )
    comment: CommentInput | None = strawberry.field(
        description="A message or note to go with it.", default=None
    )
    expected_updated_at: datetime | None = strawberry.field(
        description="Refuse with CONFLICT unless the ticket's `updatedAt` is still this one.",
        default=None,
    )
    idempotency_key: str | None = strawberry.field(
        description=f"{KEY_DOC} Needed with a comment.", default=None
    )
    dry_run: bool = strawberry.field(description=DRY_RUN_DOC, default=False)


@strawberry.input(description="The end of a ticket.")
class CloseTicketInput:
    id: strawberry.ID = strawberry.field(description="The ticket.")
    reason: str | None = strawberry.field(
        description="Why; it becomes an internal note.", default=None
    )
    idempotency_key: str | None = strawberry.field(
        description=f"{KEY_DOC} Needed with a reason.", default=None
    )
    dry_run: bool = strawberry.field(description=DRY_RUN_DOC, default=False)


@strawberry.input(description="A message or note for a ticket.")
class AddCommentInput:
    ticket: strawberry.ID = strawberry.field(description="The ticket.")
    body: str = strawberry.field(description="Plain text.")
    visibility: Visibility = strawberry.field(
        description="Who can read it. A public one may be mailed to the customer.",
        default=Visibility.INTERNAL,
    )
    idempotency_key: str = strawberry.field(description=KEY_DOC)
    dry_run: bool = strawberry.field(description=DRY_RUN_DOC, default=False)


@strawberry.input(description="A customer who may be about to leave, as the churn model sees it.")
class CreateChurnTicketInput:
    desk: str | None = strawberry.field(
        description="The desk's key; may be left out where there is only one.", default=None
    )
    customer_id: str = strawberry.field(description="The customer's id in your own systems.")
    customer_email: str | None = strawberry.field(
        description="Their e-mail address; some providers need one.", default=None
    )
    churn_risk: float = strawberry.field(description="From 0 to 1.")
    lifetime_value: float = strawberry.field(description="What they have spent so far.")
    days_since_purchase: int | None = strawberry.field(
        description="Days since their last purchase.", default=None
    )
    risk_level: RiskLevel | None = strawberry.field(
        description="The level, where it is not the one that the risk means.", default=None
    )
    idempotency_key: str | None = strawberry.field(
        description=f"{KEY_DOC} Without one, a customer has one churn ticket a day (UTC).",
        default=None,
    )
    dry_run: bool = strawberry.field(description=DRY_RUN_DOC, default=False)
