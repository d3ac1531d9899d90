"""The arguments of every page, described once."""

from __future__ import annotations

from typing import Annotated

import strawberry

from domain.queries import PageRequest

FirstArgument = Annotated[
    int | None,
    strawberry.argument(
        description="How many rows from the beginning, or after `after`: 0 to 100, 25 when "
        "nothing is said. Not together with `last`."
    ),
]
AfterArgument = Annotated[
    str | None,
    strawberry.argument(description="A cursor of this list: only rows after it."),
]
LastArgument = Annotated[
    int | None,
    strawberry.argument(
        description="How many rows from the end, or before `before`: 0 to 100. Not together with "
        "`first`."
    ),
]
BeforeArgument = Annotated[
    str | None,
    strawberry.argument(description="A cursor of this list: only rows before it."),
]


def page_of(
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
    **_: object,
) -> PageRequest:
    """The page that a field's arguments ask for; other arguments are not looked at."""
    return PageRequest(first, after, last, before)
