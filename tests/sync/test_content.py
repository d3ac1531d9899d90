"""What an operation row keeps is what was asked for."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from domain.words import Priority, Status, Visibility
from domain.writes import (
    UNSET,
    CommentDraft,
    Requester,
    Safety,
    Step,
    StepKind,
    TicketDraft,
    TicketPatch,
)
from sync.operations.content import decode_step, encode_step

STEPS = [
    Step(
        StepKind.CREATE,
        Safety.KEYED,
        draft=TicketDraft(
            "unset",
            "退款 \N{FIRE}",
            requester=Requester(email="a@example.com"),
            priority=Priority.URGENT,
            tags=("a", "b"),
            custom_fields={"1": ["x", 2, None]},
        ),
    ),
    Step(
        StepKind.UPDATE,
        Safety.COMPARE_AND_SET,
        patch=TicketPatch(
            subject="unset",
            status=Status.SOLVED,
            assignee_id=None,
            snoozed_until=datetime(2026, 11, 24, 9, tzinfo=UTC),
            comment=CommentDraft("hi", Visibility.PUBLIC, "<p>hi</p>"),
        ),
    ),
    Step(StepKind.COMMENT, Safety.SEND_ONCE, comment=CommentDraft("note")),
    Step(StepKind.ADD_TAGS, Safety.REPEATABLE, tags=("vip",)),
]


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.kind.value)
def test_a_step_survives_its_row(step: Step) -> None:
    assert decode_step(encode_step(step)) == step


def test_null_clears_and_unset_leaves_alone() -> None:
    step = Step(StepKind.UPDATE, Safety.REPEATABLE, patch=TicketPatch(priority=None))
    patch = decode_step(encode_step(step)).patch
    assert patch is not None
    assert patch.priority is None
    assert patch.status is UNSET
