"""What only one provider knows of a ticket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
import strawberry

from domain.ids import record_id
from schema.declare import Record, Related, loaded
from schema.load import Loader, Pick
from schema.types.freshness import desk_clocks
from schema.types.people import Organization
from schema.words import Provider


@strawberry.type(description="What only Zendesk knows of a ticket.")
class ZendeskTicket(Related):
    type: str | None = strawberry.field(description="problem, incident, question or task.")
    brand_id: str | None = strawberry.field(description="The brand that it came through.")
    form_id: str | None = strawberry.field(description="The ticket form.")
    organization: Organization | None = loaded("The requester's organization.")
    custom_status_id: str | None = strawberry.field(description="The custom status.")
    problem_id: str | None = strawberry.field(
        description="The id of the problem that this incident belongs to."
    )
    follower_ids: list[str] = strawberry.field(description="Ids of the agents who follow it.")


@strawberry.type(description="What only Gorgias knows of a ticket.")
class GorgiasTicket:
    language: str | None = strawberry.field(description="The language, as Gorgias detected it.")
    is_unread: bool = strawberry.field(description="Whether nobody has opened it since.")
    is_spam: bool = strawberry.field(description="Whether it is marked as spam.")


async def _extras(
    loader: Loader, records: Sequence[Record], provider: Provider
) -> dict[str, Mapping[str, Any]]:
    """By ticket id; only those of desks of this provider."""
    desks = await desk_clocks(loader)
    return {
        record.row.id: orjson.loads(record.row.extra or "{}")
        for record in records
        if record.row.desk in desks and desks[record.row.desk].provider == provider.value
    }


async def load_zendesk(loader: Loader, records: Sequence[Record], pick: Pick) -> None:
    extras = await _extras(loader, records, Provider.ZENDESK)
    for record in records:
        extra = extras.get(record.row.id)
        record.related[pick.key] = None if extra is None else _zendesk(extra)
    for inner in loader.picks(pick.nodes, "ZendeskTicket"):
        if inner.name != "organization":
            continue
        named = {
            record.row.id: record_id(record.row.desk, record.row.organization_id)
            for record in records
            if record.row.id in extras and record.row.organization_id is not None
        }
        found = await loader.by_ids(
            Organization, set(named.values()), loader.picks(inner.nodes, "Organization")
        )
        for record in records:
            if (shown := record.related[pick.key]) is not None:
                shown.related[inner.key] = found.get(named.get(record.row.id, ""))


def _zendesk(extra: Mapping[str, Any]) -> ZendeskTicket:
    made = ZendeskTicket.__new__(ZendeskTicket)
    made.related = {}
    for name in ("type", "brand_id", "form_id", "custom_status_id", "problem_id"):
        setattr(made, name, extra.get(name))
    made.follower_ids = extra.get("follower_ids", [])
    return made


async def load_gorgias(loader: Loader, records: Sequence[Record], pick: Pick) -> None:
    extras = await _extras(loader, records, Provider.GORGIAS)
    for record in records:
        extra = extras.get(record.row.id)
        record.related[pick.key] = None if extra is None else _gorgias(extra)


def _gorgias(extra: Mapping[str, Any]) -> GorgiasTicket:
    return GorgiasTicket(
        language=extra.get("language"),
        is_unread=bool(extra.get("is_unread")),
        is_spam=bool(extra.get("is_spam")),
    )
