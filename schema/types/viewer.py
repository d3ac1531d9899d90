"""Who asks."""

from __future__ import annotations

import strawberry

from schema.context import Viewer as Caller


@strawberry.type(description="The caller, as its API key names it.")
class Viewer:
    name: str = strawberry.field(description="The key's name.")
    scopes: list[str] = strawberry.field(description="What it may do.")
    desks: list[str] | None = strawberry.field(
        description="Keys of the only desks that it sees; null: every desk."
    )

    @classmethod
    def of(cls, caller: Caller) -> Viewer:
        return cls(
            name=caller.name,
            scopes=sorted(scope.value for scope in caller.scopes),
            desks=None if caller.desks is None else sorted(caller.desks),
        )
