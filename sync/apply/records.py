"""People and reference records: one value each, decided like a ticket's part."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Table

from db import tables
from db.columns import micros
from db.database import AnyRow, Transaction
from db.write.people import held_records, replace_person_teams, store_records
from domain.ids import record_id
from domain.records import Organization, Person, Reference, Team, TicketField
from sync.apply.digest import digest
from sync.apply.work import Arrival, evidence_columns
from sync.decide import NOTHING_HELD, Decision, Evidence, decide, merged


async def apply_people(tx: Transaction, arrival: Arrival, people: Sequence[Person]) -> int:
    """Stores people. One embedded in another record only fills a gap."""
    partial_first = sorted(people, key=lambda person: not person.is_partial)
    whole_last = {person.external_id: person for person in partial_first}
    held = await held_records(tx, tables.person, _ids(arrival, whole_last.values()))
    known_whole = {row.id for row in held.values() if not row.is_partial}
    news = [
        person
        for person in whole_last.values()
        if not (person.is_partial and record_id(arrival.desk, person.external_id) in known_whole)
    ]
    rows = _newer_rows(arrival, news, held, _person_row)
    await store_records(tx, tables.person, rows)
    changed = {row["id"] for row in rows}
    grouped = [p for p in news if record_id(arrival.desk, p.external_id) in changed]
    await replace_person_teams(
        tx,
        [record_id(arrival.desk, person.external_id) for person in grouped],
        [
            {
                "person_id": record_id(arrival.desk, person.external_id),
                "team_id": record_id(arrival.desk, team_id),
            }
            for person in grouped
            for team_id in person.team_ids
        ],
    )
    return len(rows)


async def apply_references(tx: Transaction, arrival: Arrival, seen: Sequence[Reference]) -> int:
    written = 0
    for kind, table, columns in _REFERENCES:
        records = [record for record in seen if isinstance(record, kind)]
        held = await held_records(tx, table, _ids(arrival, records)) if records else {}
        rows = _newer_rows(arrival, records, held, columns)
        await store_records(tx, table, rows)
        written += len(rows)
    return written


AnyRecord = Person | Reference


def _ids(arrival: Arrival, records: Sequence[AnyRecord] | Any) -> list[str]:
    return [record_id(arrival.desk, record.external_id) for record in records]


def _newer_rows(
    arrival: Arrival,
    records: Sequence[AnyRecord],
    held: Mapping[str, AnyRow],
    columns: Callable[[Any], Mapping[str, object]],
) -> list[Mapping[str, object]]:
    rows: dict[str, Mapping[str, object]] = {}
    for record in records:
        key = record_id(arrival.desk, record.external_id)
        version = micros(record.updated_at) if record.updated_at else None
        old = held.get(key)
        known = _held_evidence(old) if old else NOTHING_HELD
        seen = arrival.evidence(digest(record), version)
        decision = decide(known, seen)
        if decision is Decision.KEEP and seen.seen_from > known.seen_from:
            # Nobody reads a record again: the one that was asked for later is the better guess.
            decision = Decision.PUT
        # An unchanged record keeps its evidence as it is: nothing reads it, and pages are many.
        if decision is Decision.PUT:
            rows[key] = {
                "id": key,
                "desk": arrival.desk,
                "external_id": record.external_id,
                "source": arrival.source.value,
                "observed_at": arrival.at,
                **columns(record),
                **evidence_columns(merged(known, seen, decision)),
            }
    return list(rows.values())


def _held_evidence(row: AnyRow) -> Evidence:
    return Evidence(row.digest, row.version, row.seen_from, row.seen_to)


def _person_row(person: Person) -> Mapping[str, object]:
    return {
        "role": person.role.value,
        "name": person.name,
        "email": person.email,
        "email_key": person.email.casefold() if person.email else None,
        "phone": person.phone,
        "organization_id": person.organization_id,
        "external_reference": person.external_reference,
        "active": person.active,
        "is_partial": person.is_partial,
        "updated_at": person.updated_at,
    }


def _organization_row(organization: Organization) -> Mapping[str, object]:
    return {
        "name": organization.name,
        "external_reference": organization.external_reference,
        "active": organization.active,
    }


def _team_row(team: Team) -> Mapping[str, object]:
    return {"name": team.name, "active": team.active}


def _field_row(field: TicketField) -> Mapping[str, object]:
    return {
        "key": field.key,
        "title": field.title,
        "type": field.type.value,
        "required": field.required,
        "options": orjson.dumps(list(field.options)).decode() if field.options else None,
        "active": field.active,
    }


_REFERENCES: tuple[tuple[type, Table, Callable[[Any], Mapping[str, object]]], ...] = (
    (Organization, tables.organization, _organization_row),
    (Team, tables.team, _team_row),
    (TicketField, tables.ticket_field, _field_row),
)
