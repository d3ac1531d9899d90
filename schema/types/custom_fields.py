"""Custom fields: their definitions, and a ticket's values read by them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import orjson
import strawberry
from sqlalchemy import bindparam, select
from strawberry.scalars import JSON

from db import tables
from db.database import AnyRow
from domain.ids import split_record_id
from domain.records import JsonValue
from domain.words import FieldType
from schema.declare import Columns, Record, Related, column, loaded
from schema.ids import reads_id
from schema.load import Loader, Pick
from schema.overlays import overlays_of
from schema.types.node import Node

CUSTOM_FIELDS_SIZE = 5
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")


def _options(stored: str | None) -> list[str] | None:
    return None if stored is None else orjson.loads(stored)


@strawberry.type(description="The definition of a custom field.")
class TicketField(Node):
    of = Columns(tables.ticket_field)

    id: strawberry.ID = column("id", doc="An opaque id.", read=reads_id("TicketField"))
    external_id: str = column("external_id", doc="Its id at the desk.")
    key: str = column("key", doc="Its name in `customFields` of inputs.")
    title: str = column("title", doc="Its name for people.")
    type: FieldType = column("type", doc="What it holds.", read=FieldType)
    required: bool = column("required", doc="Whether agents must fill it.")
    options: list[str] | None = column(
        "options", doc="What can be chosen; null where anything can be given.", read=_options
    )


@strawberry.type(description="One custom field of a ticket that has a value.")
class CustomFieldValue(Related):
    external_id: str = strawberry.field(description="The field's id at the desk.")
    field: TicketField | None = loaded(
        "The field's definition; null until the desk has shown it to us."
    )
    value: JSON | None = loaded("The value, typed as its definition says.")
    text: str | None = loaded("The value as people read it.")


async def load_custom_fields(loader: Loader, records: Sequence[Record], pick: Pick) -> None:
    values = await _values(loader, records)
    picks = loader.picks(pick.nodes, "CustomFieldValue")
    types = await _types(loader, {field_id for held in values.values() for field_id in held})
    for record in records:
        made = []
        for field_id, value in sorted(values.get(record.row.id, {}).items()):
            one = CustomFieldValue.__new__(CustomFieldValue)
            one.external_id = split_record_id(field_id)[1]
            typed = typed_value(value, types.get(field_id, FieldType.OTHER))
            shown = {"value": typed, "text": text_of(typed)}
            one.related = {inner.key: shown.get(inner.name) for inner in picks}
            made.append(one)
        record.related[pick.key] = made
    for inner in picks:
        if inner.name == "field":
            definitions = await loader.by_ids(
                TicketField, set(types), loader.picks(inner.nodes, "TicketField")
            )
            for record in records:
                for one in record.related[pick.key]:
                    one.related[inner.key] = definitions.get(f"{record.row.desk}/{one.external_id}")


async def _values(loader: Loader, records: Sequence[Record]) -> dict[str, dict[str, JsonValue]]:
    """By ticket id, then the field's record id; what a write of ours just set is shown over it."""
    held = tables.custom_field_value.c
    ids = [record.row.id for record in records]
    rows: Sequence[AnyRow] = await loader.fetch(
        select(held.ticket_id, held.field_id, held.value).where(
            held.ticket_id.in_(bindparam("ids", ids, expanding=True))
        )
    )
    values: dict[str, dict[str, JsonValue]] = {}
    for row in rows:
        values.setdefault(row.ticket_id, {})[row.field_id] = orjson.loads(row.value)
    for overlay in await overlays_of(loader, ids, "custom_fields"):
        desk = split_record_id(overlay.ticket_id)[0]
        for field_id, value in overlay.content.get("set", {}).items():
            own = values.setdefault(overlay.ticket_id, {})
            if value is None:
                own.pop(f"{desk}/{field_id}", None)
            else:
                own[f"{desk}/{field_id}"] = value
    return values


async def _types(loader: Loader, field_ids: set[str]) -> dict[str, FieldType]:
    if not field_ids:
        return {}
    field = tables.ticket_field.c
    statement = select(field.id, field.type).where(
        field.id.in_(bindparam("ids", sorted(field_ids), expanding=True))
    )
    return {row.id: FieldType(row.type) for row in await loader.fetch(statement)}


def typed_value(value: JsonValue, type_: FieldType) -> JsonValue:
    """Numbers that a provider sends as text become numbers; everything else stays as it is."""
    if type_ is FieldType.NUMBER and isinstance(value, str) and _NUMBER.fullmatch(value):
        return float(value) if "." in value else int(value)
    return value


def text_of(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(text_of(member) or "" for member in value)
    return value if isinstance(value, str) else orjson.dumps(value).decode()
