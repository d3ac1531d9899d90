"""A ticket as it is after the steps of a write, from what each reply showed of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from domain.observation import CommentList, TicketSeen
from domain.records import Comment
from domain.writes import Step, StepKind


@dataclass(frozen=True, slots=True)
class Written:
    """What the steps of a write have left."""

    seen: TicketSeen
    comment: Comment | None
    hides_core: bool
    """A change of the ticket's own fields was done that no reply has shown."""


def after_step(seen: TicketSeen | None, step: Step, shown: TicketSeen | None) -> TicketSeen | None:
    """`shown` over `seen`. A reply without tags leaves those that the step has set."""
    if seen is None:
        return shown
    tags = tags_after(seen.tags or (), step)
    if shown is None:
        return replace(seen, tags=tags)
    return replace(
        seen,
        core=seen.core if shown.core is None else shown.core,
        tags=tags if shown.tags is None else shown.tags,
        comments=_joined(seen.comments, shown.comments),
        version=seen.version if shown.version is None else shown.version,
    )


def _joined(held: CommentList | None, shown: CommentList | None) -> CommentList | None:
    if held is None or shown is None or shown.is_whole:
        return shown or held
    known = {comment.external_id: comment for comment in (*held.comments, *shown.comments)}
    return CommentList(tuple(known.values()), is_whole=False)


def written_comment(step: Step, shown: TicketSeen | None) -> Comment | None:
    """The comment that a step wrote, where its reply shows it."""
    writes = step.comment is not None or (step.patch is not None and step.patch.comment is not None)
    if not writes or shown is None or shown.comments is None:
        return None
    return max(shown.comments.comments, key=lambda comment: comment.created_at, default=None)


def hides_core(step: Step, shown: TicketSeen | None) -> bool:
    return step.kind is StepKind.UPDATE and (shown is None or shown.core is None)


def tags_after(tags: tuple[str, ...], step: Step) -> tuple[str, ...]:
    if step.kind is StepKind.ADD_TAGS:
        return tuple(dict.fromkeys((*tags, *step.tags)))
    if step.kind is StepKind.REMOVE_TAGS:
        return tuple(tag for tag in tags if tag not in step.tags)
    return tags


def tag_changes(
    held: tuple[str, ...], wanted: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(to add, to remove)."""
    have, want = {tag_key(tag) for tag in held}, {tag_key(tag) for tag in wanted}
    return (
        tuple(tag for tag in wanted if tag_key(tag) not in have),
        tuple(tag for tag in held if tag_key(tag) not in want),
    )


def tag_key(tag: str) -> str:
    """Tags of one key are one tag: Zendesk keeps `Big spender` as `big_spender`."""
    return "_".join(tag.casefold().split())
