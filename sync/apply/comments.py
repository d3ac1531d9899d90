"""Decides about comments: each by its own evidence, and the list as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from db.database import AnyRow
from domain.ids import record_id
from domain.observation import CommentList, Part
from domain.records import Attachment, Comment
from sync.apply.digest import ABSENT, LISTED, digest
from sync.apply.work import Arrival, PageRows, TicketWork, evidence_columns
from sync.decide import UNSEEN, Decision, Evidence, decide, merged

Held = dict[str, Evidence]


def held_evidence(rows: list[AnyRow]) -> dict[str, Held]:
    """By ticket id, then comment id."""
    held: dict[str, Held] = {}
    for row in rows:
        held.setdefault(row.ticket_id, {})[row.id] = evidence_of_row(row)
    return held


def evidence_of_row(row: AnyRow) -> Evidence:
    return Evidence(row.digest, row.version, row.seen_from, row.seen_to)


@dataclass(slots=True)
class CommentWork:
    """The comments of one ticket while one reply is being decided."""

    ticket: TicketWork
    arrival: Arrival
    held: Held
    """Those of this ticket."""
    moved: Held
    """Those that the reply shows, under whichever ticket they are held: a merge moves them."""
    rows: PageRows
    version: int | None
    """The ticket's version as it dates its comments; None where it does not."""

    def apply(self, seen: CommentList) -> None:
        """A whole list with a lower version than the stored one is earlier: dropped."""
        listed = self.ticket.held(Part.COMMENTS)
        if seen.is_whole and (self.version or 0) < (listed.version or 0):
            return
        for comment in seen.comments:
            self._apply_one(comment, listed, is_whole=seen.is_whole)
        if not seen.is_whole:
            return
        if self.arrival.comments_ride_along:
            desk = self.arrival.desk
            self._apply_absence({record_id(desk, comment.external_id) for comment in seen.comments})
        whole = self.arrival.evidence(LISTED, self.version)
        first = listed.digest == UNSEEN
        decision = Decision.PUT if first else Decision.WIDEN
        self.ticket.keep(Part.COMMENTS, merged(listed, whole, decision))

    def _apply_one(self, comment: Comment, listed: Evidence, *, is_whole: bool) -> None:
        comment_id = record_id(self.arrival.desk, comment.external_id)
        evidence = self.arrival.evidence(digest(comment), self.version)
        # Both tickets' versions are times of one clock: before the merge is lower than after it.
        old = self.held.get(comment_id) or self.moved.get(comment_id)
        if old is None:
            vanishes = is_whole and self.arrival.comments_ride_along
            if vanishes and not _is_later(evidence, listed):
                # It may be a message that was deleted before the stored list was read.
                self.ticket.require(Part.COMMENTS, listed.seen_to)
            else:
                self._put(comment, evidence)
            return
        decision = decide(old, evidence)
        if decision is Decision.PUT:
            self._put(comment, merged(old, evidence, decision))
        elif decision is Decision.WIDEN:
            self._widen(comment_id, merged(old, evidence, decision))
        elif decision is Decision.KEEP:
            self.ticket.require(Part.COMMENTS, old.seen_to)

    def _widen(self, comment_id: str, evidence: Evidence) -> None:
        self.held[comment_id] = evidence
        if comment_id not in self.rows.comments:
            self.rows.widened_comments.append({"of_comment": comment_id, **_new_evidence(evidence)})

    def _apply_absence(self, shown: set[str]) -> None:
        for comment_id, old in self.held.items():
            if comment_id in shown or old.digest == ABSENT:
                continue
            seen = self.arrival.evidence(ABSENT, self.version)
            decision = decide(old, seen)
            if decision is Decision.PUT:
                gone = merged(old, seen, decision)
                self.held[comment_id] = gone
                self.rows.hidden_comments.append(
                    {"of_comment": comment_id, "new_digest": ABSENT, **_new_evidence(gone)}
                )
                self.ticket.changed.add("comments")
            elif decision is Decision.KEEP:
                self.ticket.require(Part.COMMENTS, old.seen_to)

    def _put(self, comment: Comment, evidence: Evidence) -> None:
        comment_id = record_id(self.arrival.desk, comment.external_id)
        self.held[comment_id] = evidence
        self.ticket.changed.add("comments")
        self.rows.comments[comment_id] = _comment_row(
            self.ticket.ticket_id, comment_id, self.arrival, comment, evidence
        )
        self.rows.attachments[comment_id] = [
            _attachment_row(comment_id, attachment) for attachment in comment.attachments
        ]


def _is_later(seen: Evidence, listed: Evidence) -> bool:
    if listed.version is None or seen.seen_from >= listed.seen_to:
        return True
    return seen.version is not None and seen.version > listed.version


def _new_evidence(evidence: Evidence) -> Mapping[str, object]:
    return {
        "new_version": evidence.version,
        "new_seen_from": evidence.seen_from,
        "new_seen_to": evidence.seen_to,
    }


def _comment_row(
    ticket_id: str, comment_id: str, arrival: Arrival, comment: Comment, evidence: Evidence
) -> Mapping[str, object]:
    return {
        "id": comment_id,
        "desk": arrival.desk,
        "external_id": comment.external_id,
        "ticket_id": ticket_id,
        "gone": False,
        "author_id": comment.author_id,
        "author_role": comment.author_role.value,
        "visibility": comment.visibility.value,
        "body": comment.body,
        "body_html": comment.body_html,
        "channel": comment.channel.value,
        "delivery": comment.delivery.value,
        "created_at": comment.created_at,
        "external_reference": comment.external_reference,
        "source": arrival.source.value,
        "observed_at": arrival.at,
        **evidence_columns(evidence),
    }


def _attachment_row(comment_id: str, attachment: Attachment) -> Mapping[str, object]:
    return {
        "id": f"{comment_id}/{attachment.external_id}",
        "comment_id": comment_id,
        "external_id": attachment.external_id,
        "file_name": attachment.file_name,
        "content_type": attachment.content_type,
        "byte_size": attachment.byte_size,
        "url": attachment.url,
    }
