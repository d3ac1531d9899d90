"""A ticket as the provider has it and as the cache has it, in one form that can be compared."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Protocol

import orjson
from sqlalchemy import Column, Select, select

from db import tables
from db.database import Database
from domain.http import Response
from domain.ids import record_id
from domain.observation import Gone, TicketSeen
from domain.records import Comment, TicketCore
from emulator.gorgias.service import GorgiasService
from emulator.zendesk.service import ZendeskService
from integrations.ticketing.dictionary import ProviderDictionary

CORE = tuple(part.name for part in fields(TicketCore) if part.name != "extra")
_COMMENT = tuple(
    part.name for part in fields(Comment) if part.name not in ("attachments", "ticket_id")
)


@dataclass(frozen=True, slots=True)
class View:
    """One ticket's parts. A ticket that is not there has none of them."""

    core: tuple[object, ...] | None = None
    tags: tuple[str, ...] = ()
    custom_fields: tuple[tuple[str, str], ...] = ()
    comments: Mapping[str, tuple[object, ...]] = field(default_factory=dict)

    def parts(self) -> dict[str, object]:
        return {
            "core": self.core,
            "tags": self.tags,
            "custom_fields": self.custom_fields,
            "comments": dict(self.comments),
        }


GONE = View()


def view_of(seen: TicketSeen) -> View:
    if seen.core is None or isinstance(seen.core, Gone):
        return GONE
    custom = {
        name: value for name, value in (seen.custom_fields or {}).items() if value is not None
    }
    return View(
        tuple(getattr(seen.core, name) for name in CORE),
        tuple(sorted(seen.tags or ())),
        tuple(sorted((name, _json(value)) for name, value in custom.items())),
        comments_of(seen),
    )


def comments_of(seen: TicketSeen) -> dict[str, tuple[object, ...]]:
    return {
        comment.external_id: tuple(getattr(comment, name) for name in _COMMENT)
        for comment in (seen.comments.comments if seen.comments else ())
    }


def _json(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


async def cached_views(
    database: Database, desk: str, ids: Collection[str] | None = None
) -> dict[str, View]:
    """What is held of a desk's tickets (of all of them without `ids`), by external id."""
    t, c = tables.ticket, tables.comment

    def some(query: Select[Any], column: Column[str]) -> Select[Any]:
        return query if ids is None else query.where(column.in_([f"{desk}/{id_}" for id_ in ids]))

    tags: dict[str, list[str]] = {}
    g, f = tables.ticket_tag, tables.custom_field_value
    for row in await database.fetch(some(select(g), g.c.ticket_id)):
        tags.setdefault(row.ticket_id, []).append(row.tag)
    values: dict[str, list[tuple[str, str]]] = {}
    for row in await database.fetch(some(select(f), f.c.ticket_id)):
        name = row.field_id.partition("/")[2]
        values.setdefault(row.ticket_id, []).append((name, row.value))
    comments: dict[str, dict[str, tuple[object, ...]]] = {}
    living = select(c).where(c.c.desk == desk, c.c.gone.is_(False))
    for row in await database.fetch(some(living, c.c.ticket_id)):
        told = tuple(getattr(row, name) for name in _COMMENT)
        comments.setdefault(row.ticket_id, {})[row.external_id] = told
    return {
        row.external_id: GONE
        if row.gone
        else View(
            tuple(getattr(row, name) for name in CORE),
            tuple(sorted(tags.get(row.id, ()))),
            tuple(sorted(values.get(row.id, ()))),
            comments.get(record_id(desk, row.external_id), {}),
        )
        for row in await database.fetch(some(select(t).where(t.c.desk == desk), t.c.id))
    }


def difference(where: str, ours: object, truth: object) -> str:
    if isinstance(ours, dict) and isinstance(truth, dict):
        keys = [key for key in {**ours, **truth} if ours.get(key) != truth.get(key)]
        ours, truth = ({key: side.get(key) for key in keys} for side in (ours, truth))
    elif isinstance(ours, tuple) and isinstance(truth, tuple) and len(ours) == len(truth):
        pairs = [pair for pair in zip(ours, truth, strict=True) if pair[0] != pair[1]]
        ours, truth = [a for a, _ in pairs], [b for _, b in pairs]
    return f"{where}: cached {str(ours)[:300]} is {str(truth)[:300]}"


def with_edits(held: View, real: View) -> View:
    """The cached comments with the texts that agents have edited since."""
    edited = {
        key: told
        for key, told in real.comments.items()
        if key in held.comments and "(edited)" in str(told)
    }
    return replace(held, comments={**held.comments, **edited})


class Truths(Protocol):
    """Reads a service past all lag, through the same dictionary as the product."""

    def ids(self) -> list[int]: ...

    def seen(self, ticket_id: int) -> TicketSeen: ...

    def mark(self, ticket_id: int) -> Sequence[object]:
        """The very objects that a ticket is made of: others, once it has changed."""
        ...


@dataclass(frozen=True, slots=True)
class GorgiasTruths:
    service: GorgiasService
    dictionary: ProviderDictionary

    def ids(self) -> list[int]:
        return self.service.ticket_ids()

    def seen(self, ticket_id: int) -> TicketSeen:
        truth = self.service.truth(ticket_id)
        if truth is None:
            return TicketSeen(str(ticket_id), core=Gone())
        fields_told = {
            str(key): {"id": key, "value": value} for key, value in truth.custom_fields.items()
        }
        detail = {
            **truth.core,
            "tags": [{"name": tag} for tag in truth.tags],
            "custom_fields": fields_told,
            "messages": list(truth.messages),
            "trashed_datetime": None,
        }
        seen = self.dictionary.parse_ticket(_response(detail), str(ticket_id)).tickets[0]
        is_trashed = truth.core.get("trashed_datetime") is not None
        return replace(seen, core=Gone()) if is_trashed else seen

    def mark(self, ticket_id: int) -> Sequence[object]:
        store = self.service._desk.store
        return (store.tickets.get(ticket_id), *store.messages_of(ticket_id))


@dataclass(frozen=True, slots=True)
class ZendeskTruths:
    service: ZendeskService
    dictionary: ProviderDictionary

    def ids(self) -> list[int]:
        return self.service.ticket_ids()

    def seen(self, ticket_id: int) -> TicketSeen:
        truth = self.service.truth(ticket_id)
        if truth is None:
            return TicketSeen(str(ticket_id), core=Gone())
        told = _response({"tickets": [truth.ticket]})
        ticket = self.dictionary.parse_tickets(told, [str(ticket_id)]).tickets[0]
        listed = self.dictionary.parse_comments(
            _response({"comments": list(truth.comments)}), str(ticket_id), None
        )
        return TicketSeen(
            ticket.external_id,
            core=ticket.core,
            tags=ticket.tags,
            custom_fields=ticket.custom_fields,
            comments=listed.tickets[0].comments,
            version=ticket.version,
            external_reference=ticket.external_reference,
        )

    def mark(self, ticket_id: int) -> Sequence[object]:
        return (self.service._desk.live_ticket(ticket_id),)


def _response(body: object) -> Response:
    return Response(200, {"content-type": "application/json"}, orjson.dumps(body))
