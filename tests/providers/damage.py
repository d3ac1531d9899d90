"""Rows of which something is wrong, in every way that JSON allows."""

from __future__ import annotations

from hypothesis import strategies as st

from domain.records import JsonValue
from tests.providers.accounting import Json

SCALARS: st.SearchStrategy[JsonValue] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=[]), max_size=8),
    st.sampled_from(
        [
            *("2026-03-01T08:30:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-05:00"),
            *("deleted", "open", "Comment", "Ticket", "-1", "internal-note", "2026-03-01"),
        ]
    ),
)
VALUES: st.SearchStrategy[JsonValue] = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


@st.composite
def damaged(draw: st.DrawFn, row: Json) -> Json:
    """A good row with one to three of its values replaced or taken away."""
    result = dict(row)
    for key in draw(st.lists(st.sampled_from(sorted(row)), min_size=1, max_size=3)):
        if draw(st.booleans()):
            result[key] = draw(VALUES)
        else:
            result.pop(key, None)
    return result
