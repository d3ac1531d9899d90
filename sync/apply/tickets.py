"""Decides about a ticket's own parts: existence, core, tags and custom fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

import orjson

from db.write.tickets import NO_PRIORITY
from domain.observation import Gone, Part, TicketSeen
from domain.records import TicketCore
from domain.text import REPLACEMENT
from domain.words import ChangeKind, Status
from sync.apply.digest import digest
from sync.apply.work import Arrival, PageRows, TicketWork
from sync.decide import GONE, UNSEEN, Decision

_SAME_NAME = tuple(
    field.name
    for field in fields(TicketCore)
    if field.name not in ("status", "priority", "channel", "extra")
)
_SILENT = frozenset({"extra", "priority_rank", "source", "observed_at"})


def apply_ticket(work: TicketWork, arrival: Arrival, seen: TicketSeen, rows: PageRows) -> None:
    if isinstance(seen.core, Gone):
        _apply_gone(work, arrival, seen.core, rows)
    elif seen.core is not None:
        _apply_core(work, arrival, seen, seen.core, rows)
    # A part is stored only under a ticket that we hold: else its evidence would outlive its rows.
    if not work.has_content:
        return
    if seen.tags is not None:
        _apply_tags(work, arrival, seen, rows)
    if seen.custom_fields is not None:
        _apply_custom_fields(work, arrival, seen, rows)


def _apply_gone(work: TicketWork, arrival: Arrival, gone: Gone, rows: PageRows) -> None:
    work.decide(Part.CORE, arrival.evidence(GONE, None))
    if not work.held(Part.CORE).is_gone:
        return
    # Also those that were asked for after it had gone: nothing will ever answer them.
    for part in (Part.TAGS, Part.CUSTOM_FIELDS, Part.COMMENTS):
        work.drop_need(part)
    # Not every reply about a ticket that is gone tells where it went.
    tells_more = work.row is not None and gone.merged_into not in (None, work.row.merged_into)
    if work.has_content:
        rows.counters[_counter_key(work.status, rows.tickets.get(work.ticket_id), work)] -= 1
    if work.has_content or (work.is_gone and tells_more):
        rows.burials.append(
            {
                "of_ticket": work.ticket_id,
                "into": gone.merged_into,
                "from_source": arrival.source.value,
                "at": arrival.at,
            }
        )
        work.kind = ChangeKind.MERGED if gone.merged_into else ChangeKind.DELETED
        work.changed.add("gone")
    work.is_gone = True


def _counter_key(
    status: str | None, pending: Mapping[str, object] | None, work: TicketWork
) -> tuple[str, str]:
    priority = pending["priority"] if pending else work.row.priority if work.row else None
    return status or "", str(priority or NO_PRIORITY)


def _apply_core(
    work: TicketWork, arrival: Arrival, seen: TicketSeen, core: TicketCore, rows: PageRows
) -> None:
    held, shown = work.held(Part.CORE), arrival.evidence(digest(core), seen.version)
    decision = work.decide(Part.CORE, shown)
    if decision is Decision.KEEP and held.is_gone and work.row is None:
        # A new ticket that some replica did not know yet. Nobody has ever seen it, so showing it
        # takes nothing back, and an acknowledged create is there at once; the need stays.
        work.keep(Part.CORE, shown)
        decision = Decision.PUT
    moved = False
    if decision is Decision.PUT:
        moved = held.digest == UNSEEN or held.is_gone or (seen.version or 0) > (held.version or 0)
        _put_core(work, arrival, seen, core, rows)
    if not work.has_content:
        return
    if held.is_gone:
        # What feeds told of its comments meanwhile was not kept.
        work.require(Part.COMMENTS, work.held(Part.CORE).seen_to)
    if arrival.comments_ride_along:
        _want_newer_comments(work, arrival, moved=moved)
    elif arrival.reads_new_comments and (moved or Part.COMMENTS not in work.parts):
        work.require(Part.COMMENTS, work.held(Part.CORE).seen_to)


def _want_newer_comments(work: TicketWork, arrival: Arrival, *, moved: bool) -> None:
    """The ticket's version dates its messages too: an older list asks for the detail.

    A list that was never read is asked for once the ticket moves: until then the feed's is enough.
    """
    version = work.held(Part.CORE).version
    known = Part.COMMENTS in work.parts
    if version is None or not (known or (moved and arrival.reads_new_comments)):
        return
    if (work.held(Part.COMMENTS).version or 0) < version:
        work.require(Part.COMMENTS, 0.0, version=version)


def _put_core(
    work: TicketWork, arrival: Arrival, seen: TicketSeen, core: TicketCore, rows: PageRows
) -> None:
    if work.has_content:
        rows.counters[_counter_key(work.status, rows.tickets.get(work.ticket_id), work)] -= 1
    row = _ticket_row(work, arrival, seen, core)
    _note_change(work, row, core)
    rows.tickets[work.ticket_id] = row
    rows.moved.add(work.ticket_id)
    rows.counters[core.status.value, str(row["priority"] or NO_PRIORITY)] += 1
    if seen.raw is not None:
        rows.payloads[work.ticket_id] = seen.raw
    work.status, work.updated_at, work.is_gone = core.status.value, core.updated_at, False


def _ticket_row(
    work: TicketWork, arrival: Arrival, seen: TicketSeen, core: TicketCore
) -> dict[str, object]:
    row: dict[str, object] = {name: getattr(core, name) for name in _SAME_NAME}
    reference = seen.external_reference
    if reference is None and work.row is not None:
        reference = work.row.external_reference
    odd = any(REPLACEMENT in (text or "") for text in (core.subject, core.description))
    return row | {
        "id": work.ticket_id,
        "desk": arrival.desk,
        "external_id": seen.external_id,
        "gone": False,
        "merged_into": None,
        "status": core.status.value,
        "priority": core.priority.value if core.priority else None,
        "priority_rank": core.priority.rank if core.priority else 0,
        "channel": core.channel.value,
        "external_reference": reference,
        "extra": orjson.dumps(dict(core.extra), option=orjson.OPT_SORT_KEYS).decode(),
        "has_odd_text": odd,
        "source": arrival.source.value,
        "observed_at": arrival.at,
    }


def _note_change(work: TicketWork, row: Mapping[str, object], core: TicketCore) -> None:
    old = work.row
    if old is None or work.is_gone:
        work.kind = ChangeKind.CREATED
        return
    was_done = Status(work.status or old.status).is_done
    if core.status.is_done != was_done:
        work.kind = ChangeKind.CLOSED if core.status.is_done else ChangeKind.REOPENED
    work.changed.update(
        name for name, value in row.items() if name not in _SILENT and old._mapping[name] != value
    )
    if old._mapping["extra"] != row["extra"]:
        work.changed.add("details")


def _apply_tags(work: TicketWork, arrival: Arrival, seen: TicketSeen, rows: PageRows) -> None:
    tags = tuple(sorted(set(seen.tags or ())))
    held, shown = work.held(Part.TAGS), arrival.evidence(digest(tags), seen.version)
    if work.decide(Part.TAGS, shown) is Decision.PUT:
        rows.tags[work.ticket_id] = tags
        if shown.digest != held.digest:
            work.changed.add("tags")


def _apply_custom_fields(
    work: TicketWork, arrival: Arrival, seen: TicketSeen, rows: PageRows
) -> None:
    values = {
        field_id: value
        for field_id, value in (seen.custom_fields or {}).items()
        if value is not None
    }
    held, shown = work.held(Part.CUSTOM_FIELDS), arrival.evidence(digest(values), seen.version)
    if work.decide(Part.CUSTOM_FIELDS, shown) is Decision.PUT:
        rows.custom_values[work.ticket_id] = {
            field_id: orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
            for field_id, value in values.items()
        }
        if shown.digest != held.digest:
            work.changed.add("custom_fields")
