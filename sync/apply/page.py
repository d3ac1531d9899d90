"""Applies one page: loads what is held, decides, and writes each table once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from db.database import AnyRow, Transaction
from db.write import comments as comment_rows
from db.write import tickets as ticket_rows
from db.write.feed import ChangeRow, append_changes
from db.write.parts import PartRow, drop_overlays, held_parts, overlays_of, store_parts
from domain.ids import record_id, split_record_id
from domain.observation import CommentList, Gone, LanePage, Part, TicketSeen
from domain.records import Comment
from domain.words import ChangeKind
from sync.apply.comments import CommentWork, evidence_of_row, held_evidence
from sync.apply.records import apply_people, apply_references
from sync.apply.tickets import apply_ticket
from sync.apply.work import Arrival, PageRows, TicketWork


@dataclass(slots=True)
class Applied:
    """What a page did to the cache."""

    changes: list[ChangeRow] = field(default_factory=list)
    written: int = 0
    unknown_tickets: dict[str, None] = field(default_factory=dict)
    """External ids that a feed row names and that we do not hold: the cursor must stay."""
    drifted: dict[str, None] = field(default_factory=dict)
    """Tickets that changed without any sign of it: only an audit may find such a one."""

    def with_more(self, other: Applied) -> Applied:
        return Applied(
            [*self.changes, *other.changes],
            self.written + other.written,
            {**self.unknown_tickets, **other.unknown_tickets},
            {**self.drifted, **other.drifted},
        )


async def apply_page(tx: Transaction, arrival: Arrival, page: LanePage) -> Applied:
    """Stores what the page proves. The caller commits it together with the lane's cursor."""
    seen = [*page.tickets, *_as_seen(page.comments)]
    shown = await _shown(tx, arrival, seen)
    named = await _tickets_of(tx, arrival, page.touched_comments)
    touched, left = [*page.touched, *named], _left(arrival, seen, shown)
    merges = _merges(arrival, seen)
    works = await _load(tx, arrival, seen, [*touched, *left, *merges.values()])
    applied = Applied()
    rows = PageRows()
    moved = {comment_id: evidence_of_row(row) for comment_id, row in shown.items()}
    held = held_evidence(await comment_rows.held_comments(tx, _with_comments(arrival, seen)))
    for ticket in seen:
        work = works[record_id(arrival.desk, ticket.external_id)]
        apply_ticket(work, arrival, ticket, rows)
        if ticket.comments is None:
            continue
        if work.status is None and not work.is_gone:
            applied.unknown_tickets[ticket.external_id] = None
        if work.has_content:
            own = held.setdefault(work.ticket_id, {})
            version = ticket.version if arrival.comments_ride_along else None
            CommentWork(work, arrival, own, moved, rows, version).apply(ticket.comments)
    # What a ticket was merged into has grown by it.
    grown = [into for source, into in merges.items() if works[source].kind is ChangeKind.MERGED]
    _ask(works, arrival, [*touched, *grown], applied.unknown_tickets)
    for external_id in [*left, *grown]:
        # The detail shows the moved messages, and tells of the ticket they have left where it went.
        works[record_id(arrival.desk, external_id)].require(Part.COMMENTS, arrival.at)
    await _store(tx, arrival, works, rows)
    applied.changes = rows.changes
    applied.drifted = {work.ticket_id: None for work in works.values() if work.has_drifted}
    applied.written = len(rows.tickets) + len(rows.comments) + len(rows.burials)
    applied.written += await apply_people(tx, arrival, page.people)
    applied.written += await apply_references(tx, arrival, page.references)
    return applied


async def _tickets_of(
    tx: Transaction, arrival: Arrival, comment_ids: Sequence[str]
) -> Sequence[str]:
    """External ids of the tickets that hold these comments; one that nobody holds is not news."""
    if not comment_ids:
        return ()
    ids = [record_id(arrival.desk, comment_id) for comment_id in comment_ids]
    held = await comment_rows.comments_by_id(tx, ids)
    return [split_record_id(held[key].ticket_id)[1] for key in ids if key in held]


def _merges(arrival: Arrival, seen: Sequence[TicketSeen]) -> dict[str, str]:
    """Into which ticket (external id) the tickets of a page (record id) went."""
    return {
        record_id(arrival.desk, ticket.external_id): ticket.core.merged_into
        for ticket in seen
        if isinstance(ticket.core, Gone) and ticket.core.merged_into is not None
    }


def portions(page: LanePage, tickets: int) -> list[LanePage]:
    """The page in pieces of at most so many tickets and five times as many single comments.

    All else, such as the people whom the tickets name, comes with the last piece.
    """
    comments = 5 * tickets
    pieces = [
        LanePage(tickets=page.tickets[start : start + tickets])
        for start in range(0, len(page.tickets) - tickets, tickets)
    ] + [
        LanePage(comments=page.comments[start : start + comments])
        for start in range(0, len(page.comments) - comments, comments)
    ]
    taken = sum(len(piece.tickets) for piece in pieces)
    told = sum(len(piece.comments) for piece in pieces)
    last = replace(page, tickets=page.tickets[taken:], comments=page.comments[told:])
    return [*pieces, last]


def _as_seen(comments: Sequence[Comment]) -> list[TicketSeen]:
    """Single comments, grouped by their ticket."""
    grouped: dict[str, list[Comment]] = {}
    for comment in comments:
        grouped.setdefault(comment.ticket_id, []).append(comment)
    return [
        TicketSeen(ticket_id, comments=CommentList(tuple(group), is_whole=False))
        for ticket_id, group in grouped.items()
    ]


def _with_comments(arrival: Arrival, seen: Sequence[TicketSeen]) -> list[str]:
    return [
        record_id(arrival.desk, ticket.external_id)
        for ticket in seen
        if ticket.comments is not None
    ]


async def _shown(
    tx: Transaction, arrival: Arrival, seen: Sequence[TicketSeen]
) -> dict[str, AnyRow]:
    """The held rows of every shown comment that can change its ticket."""
    if not arrival.comments_ride_along:
        return {}
    ids = [comment_id for _, comment_id in _comments_of(arrival, seen)]
    return await comment_rows.comments_by_id(tx, ids) if ids else {}


def _comments_of(arrival: Arrival, seen: Sequence[TicketSeen]) -> Iterator[tuple[str, str]]:
    """(ticket id, comment id) of all shown comments."""
    for ticket in seen:
        for comment in ticket.comments.comments if ticket.comments else ():
            yield (
                record_id(arrival.desk, ticket.external_id),
                record_id(arrival.desk, comment.external_id),
            )


def _left(
    arrival: Arrival, seen: Sequence[TicketSeen], shown: Mapping[str, AnyRow]
) -> Sequence[str]:
    """External ids of the tickets that shown comments were held under, and are no more."""
    held = {
        shown[comment_id].ticket_id: None
        for ticket_id, comment_id in _comments_of(arrival, seen)
        if comment_id in shown and shown[comment_id].ticket_id != ticket_id
    }
    return [split_record_id(ticket_id)[1] for ticket_id in held]


async def _load(
    tx: Transaction, arrival: Arrival, seen: Sequence[TicketSeen], touched: Iterable[str]
) -> dict[str, TicketWork]:
    # In the order of the page: a set's order differs from process to process.
    external_ids = dict.fromkeys([*(ticket.external_id for ticket in seen), *touched])
    ids = [record_id(arrival.desk, external_id) for external_id in external_ids]
    if not ids:
        return {}
    parts: dict[str, dict[Part, PartRow]] = {}
    for (ticket_id, part), part_row in (await held_parts(tx, ids)).items():
        parts.setdefault(ticket_id, {})[part] = part_row
    held = await ticket_rows.held_tickets(tx, ids)
    works = {}
    for ticket_id in ids:
        row = held.get(ticket_id)
        work = TicketWork(
            ticket_id,
            row,
            parts.get(ticket_id, {}),
            is_gone=False,
            status=row.status if row else None,
            updated_at=row.updated_at if row else None,
        )
        work.is_gone = work.held(Part.CORE).is_gone
        works[ticket_id] = work
    for overlay in await overlays_of(tx, ids):
        works[overlay.ticket_id].overlays.append(overlay)
    return works


def _ask(
    works: Mapping[str, TicketWork],
    arrival: Arrival,
    touched: Iterable[str],
    unknown: Iterable[str],
) -> None:
    for external_id in touched:
        _touch(works[record_id(arrival.desk, external_id)], arrival.at)
    for external_id in unknown:
        # Any evidence will do: the page waits for it.
        works[record_id(arrival.desk, external_id)].require(Part.CORE, 0.0)


def _touch(work: TicketWork, need: float) -> None:
    """An event names the ticket: every part of it that we hold needs evidence from now on."""
    for part in Part:
        if part is Part.CORE or (part in work.parts and not work.is_gone):
            work.require(part, need)


async def _store(
    tx: Transaction, arrival: Arrival, works: dict[str, TicketWork], rows: PageRows
) -> None:
    await ticket_rows.store_tickets(tx, list(rows.tickets.values()))
    await ticket_rows.bury_tickets(tx, rows.burials)
    await ticket_rows.store_payloads(tx, rows.payloads)
    await _store_tags(tx, arrival, works, rows)
    await ticket_rows.replace_custom_values(
        tx,
        sorted(rows.custom_values),
        [
            {"ticket_id": ticket_id, "field_id": record_id(arrival.desk, field_id), "value": value}
            for ticket_id, values in sorted(rows.custom_values.items())
            for field_id, value in sorted(values.items())
        ],
    )
    await comment_rows.store_comments(tx, list(rows.comments.values()))
    await comment_rows.widen_comments(tx, rows.widened_comments)
    await comment_rows.hide_comments(tx, rows.hidden_comments)
    await comment_rows.replace_attachments(
        tx,
        sorted(rows.attachments),
        [row for comment_id in sorted(rows.attachments) for row in rows.attachments[comment_id]],
    )
    await ticket_rows.move_counters(tx, arrival.desk, rows.counters)
    parts = [work.parts[part] for work in works.values() for part in sorted(work.touched_parts)]
    await store_parts(tx, arrival.desk, parts)
    settled = [operation for work in works.values() for operation in work.settled_overlays()]
    await drop_overlays(tx, settled)
    rows.changes = [_change(arrival, work) for work in works.values() if work.changed or work.kind]
    await append_changes(tx, rows.changes)


async def _store_tags(
    tx: Transaction, arrival: Arrival, works: dict[str, TicketWork], rows: PageRows
) -> None:
    """`ticket_tag` repeats its ticket's status and time, so that a tag's page is one index walk."""
    await ticket_rows.replace_tags(
        tx,
        sorted(rows.tags),
        [
            {
                "ticket_id": ticket_id,
                "tag": tag,
                "desk": arrival.desk,
                "status": works[ticket_id].status,
                "updated_at": works[ticket_id].updated_at,
            }
            for ticket_id in sorted(rows.tags)
            for tag in rows.tags[ticket_id]
        ],
    )
    await ticket_rows.move_tags(
        tx,
        [
            {
                "of_ticket": ticket_id,
                "new_status": works[ticket_id].status,
                "new_updated_at": works[ticket_id].updated_at,
            }
            for ticket_id in sorted(rows.moved - set(rows.tags))
            if works[ticket_id].row is not None
        ],
    )


def _change(arrival: Arrival, work: TicketWork) -> ChangeRow:
    only_comments = "comments" in work.changed and work.changed <= {"comments", "updated_at"}
    kind = work.kind or (ChangeKind.COMMENTED if only_comments else ChangeKind.UPDATED)
    return ChangeRow(
        work.ticket_id,
        arrival.desk,
        kind,
        tuple(sorted(work.changed)),
        arrival.source,
        arrival.at,
    )
