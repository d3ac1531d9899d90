"""Connections: pages of records with edges, nodes and page information."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Generic, TypeVar

import strawberry

from db.read.keyset import Cut
from schema.declare import Record, Related
from schema.load import Loader, Nodes, Pick, Picks

Connected = TypeVar("Connected", bound=Record)


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether there is more after this page.")
    has_previous_page: bool = strawberry.field(
        description="Whether there is more before this page."
    )
    start_cursor: str | None = strawberry.field(
        description="The cursor of the first row; null on an empty page."
    )
    end_cursor: str | None = strawberry.field(
        description="The cursor of the last row, to pass as `after`; null on an empty page."
    )

    @classmethod
    def of(cls, cut: Cut, cursor: Callable[[Any], str]) -> PageInfo:
        rows = cut.rows
        return cls(
            has_next_page=cut.has_next_page,
            has_previous_page=cut.has_previous_page,
            start_cursor=cursor(rows[0]) if rows else None,
            end_cursor=cursor(rows[-1]) if rows else None,
        )


@dataclass(frozen=True, slots=True)
class Connecting(Generic[Connected]):
    """What an operation selects of one connection field, and how to fill it.

    Rows are fetched once, and built once for each place of the selection that shows them: two
    places may ask for one relation with different arguments.
    """

    loader: Loader
    record: type[Connected]
    name: str
    """The connection's type; its edge's type is named like it."""
    picks: Picks

    @classmethod
    def of(
        cls, loader: Loader, nodes: Nodes, record: type[Connected], name: str
    ) -> Connecting[Connected]:
        return cls(loader, record, name, loader.picks(nodes, f"{name}Connection"))

    def asks_for(self, *names: str) -> list[Pick]:
        return [pick for pick in self.picks if pick.name in names]

    def _record_picks(self) -> Iterator[tuple[Pick, Pick | None, Picks]]:
        """Each place that shows records: a `nodes`, or a `node` inside an `edges`."""
        type_name = self.record.__name__
        for pick in self.asks_for("nodes"):
            yield pick, None, self.loader.picks(pick.nodes, type_name)
        for pick in self.asks_for("edges"):
            for inner in self.loader.picks(pick.nodes, f"{self.name}Edge"):
                if inner.name == "node":
                    yield pick, inner, self.loader.picks(inner.nodes, type_name)

    @property
    def all_picks(self) -> Picks:
        """For the statement: what any of the places needs."""
        return [pick for _, _, picks in self._record_picks() for pick in picks]

    @property
    def needs_rows(self) -> bool:
        return bool(self.asks_for("nodes", "edges", "page_info"))

    async def fill(self, cuts: Sequence[Cut], cursor: Callable[[Any], str]) -> list[Any]:
        """One connection for each cut, in order."""
        connection_type = self.loader.related_type(f"{self.name}Connection")
        connections = [_new(connection_type) for _ in cuts]
        pairs = list(zip(connections, cuts, strict=True))
        edge_type = self.loader.related_type(f"{self.name}Edge")
        for connection, cut in pairs:
            for pick in self.asks_for("page_info"):
                connection.related[pick.key] = PageInfo.of(cut, cursor)
            for pick in self.asks_for("edges"):
                connection.related[pick.key] = [_edge(edge_type, row, cursor) for row in cut.rows]
        rows = [row for cut in cuts for row in cut.rows]
        for pick, inner, picks in self._record_picks():
            built = iter(await self.loader.build(self.record, rows, picks))
            for connection, cut in pairs:
                _place(connection, pick, inner, list(islice(built, len(cut.rows))))
        return connections


def _place(connection: Related, pick: Pick, inner: Pick | None, records: list[Any]) -> None:
    if inner is None:
        connection.related[pick.key] = records
        return
    for edge, record in zip(connection.related[pick.key], records, strict=True):
        edge.related[inner.key] = record


def _new(related_type: type[Related]) -> Any:
    made = related_type.__new__(related_type)
    made.related = {}
    return made


def _edge(edge_type: type[Related], row: Any, cursor: Callable[[Any], str]) -> Any:
    edge = _new(edge_type)
    edge.cursor = cursor(row)
    return edge
