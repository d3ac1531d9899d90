"""Root fields: each is declared with the scope that it needs, and checks it before it runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar

import strawberry
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver

from schema.context import Context, Scope
from schema.declare import SCOPE, SIZE
from schema.errors import require
from schema.load import Loader

Info: TypeAlias = strawberry.Info[Context, None]
Resolver = TypeVar("Resolver", bound=Callable[..., Any])


class RootField(StrawberryField):
    """A field of Query or Subscription."""

    def get_result(self, source: Any, info: Any, args: list[Any], kwargs: Any) -> Any:
        scope: Scope | None = self.metadata[SCOPE]
        if scope is not None:
            require(info.context.viewer, scope)
        return super().get_result(source, info, args, kwargs)


class WriteField(StrawberryField):
    """A field of Mutation: `schema.write` checks its scope, so that a refusal is data."""


def written(scope: Scope, doc: str) -> Callable[[Resolver], Any]:
    def declare(resolver: Resolver) -> Any:
        return WriteField(
            description=doc,
            metadata={SCOPE: scope},
            base_resolver=StrawberryResolver(resolver),
        )

    return declare


def root(
    scope: Scope | None, doc: str, *, size: int | None = None, streams: bool = False
) -> Callable[[Resolver], Any]:
    """`scope` None: whoever has signed in may. `size`: see `declare.SIZE`."""

    def declare(resolver: Resolver) -> Any:
        return RootField(
            description=doc,
            metadata={SCOPE: scope, SIZE: size},
            base_resolver=StrawberryResolver(resolver),
            is_subscription=streams,
        )

    return declare


def loader_of(info: Info) -> Loader:
    return Loader(info.context, info._raw_info)
