"""How a field is declared, once: its column or relation, its doc, its scope.

The Strawberry field, the look-ahead and the columns of the statement all come from it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar

import strawberry
from sqlalchemy import ColumnElement, Table
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver

from db.database import AnyRow
from schema.context import Scope

if TYPE_CHECKING:
    from schema.load import Loader, Pick

SOURCE: Final = "source"
SCOPE: Final = "scope"
SIZE: Final = "size"
LIST_SIZE: Final = 10
"""What a list without `first` counts for in an operation's cost."""

Read = Callable[..., object]
Load = Callable[["Loader", Sequence["Record"], "Pick"], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a field's value comes from: `read` of the row's columns, or a batched `load`."""

    columns: tuple[str, ...] = ()
    """Names in the record's `columns`."""
    read: Read | None = None
    load: Load | None = None
    """Sets `record.related[pick.key]` of every record of one level at once."""
    scope: Scope | None = None
    """Without it the value is null."""


@dataclass(frozen=True, slots=True)
class Columns:
    """A record's table, and what can be selected of it by name."""

    table: Table
    expressions: Mapping[str, ColumnElement[Any]] = field(default_factory=dict)
    exists: ColumnElement[bool] | None = None
    """Which rows are there for a reader: a tombstone is not."""
    identity: str = "id"
    desk: str = "desk"

    def __getitem__(self, name: str) -> ColumnElement[Any]:
        found = self.expressions.get(name)
        return self.table.c[name] if found is None else found.label(name)


class Record:
    """Base of the types that are rows: `row` has the columns that the selection needs."""

    of: ClassVar[Columns]
    scope: ClassVar[Scope] = Scope.TICKETS_READ
    row: AnyRow
    related: dict[str, Any]


class Related:
    """Base of the types whose members were loaded ahead, under their response names."""

    related: dict[str, Any]


class RelationField(StrawberryField):
    """A field whose value the look-ahead has already loaded, under its response name."""

    def get_result(self, source: Any, info: Any, args: list[Any], kwargs: Any) -> Any:  # noqa: ARG002 - Strawberry's signature
        return source.related[info.path.key]

    @property
    def is_basic_field(self) -> bool:
        return False


def column(*names: str, doc: str, read: Read | None = None, scope: Scope | None = None) -> Any:
    """A field that is a column, or a function of some columns. Personal fields name a scope."""
    return strawberry.field(
        description=doc, metadata={SOURCE: Source(names, read or as_it_is, scope=scope)}
    )


def as_it_is(value: object) -> object:
    return value


def relation(
    load: Load, *names: str, doc: str, size: int | None = None, scope: Scope | None = None
) -> Any:
    """A field that another statement answers, for all records of a level at once."""
    return RelationField(
        description=doc, metadata={SOURCE: Source(names, load=load, scope=scope), SIZE: size}
    )


Resolver = TypeVar("Resolver", bound=Callable[..., Any])


def relation_with_arguments(
    load: Load, *names: str, doc: str
) -> Callable[[Resolver], RelationField]:
    """The same with the decorated method's arguments; its body is never run."""

    def declare(signature: Resolver) -> RelationField:
        return RelationField(
            description=doc,
            metadata={SOURCE: Source(names, load=load)},
            base_resolver=StrawberryResolver(signature),
        )

    return declare


def loaded(doc: str) -> Any:
    """A field of a `Related` type that is set when its parent is loaded."""
    return RelationField(description=doc)


def source_of(declared: StrawberryField) -> Source | None:
    source: Source | None = declared.metadata.get(SOURCE)
    return source
