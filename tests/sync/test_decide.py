"""The decision, as properties: whatever the order of arrival, no older state beats a newer one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sync.decide import GONE, NOTHING_HELD, Decision, Evidence, decide, merged

digests = st.sampled_from([b"a", b"b", GONE])
evidences = st.builds(
    lambda digest, version, start, length: Evidence(
        digest, None if digest == GONE else version, start, start + length
    ),
    digests,
    st.none() | st.integers(1, 4),
    st.floats(0, 20),
    st.floats(0.1, 6),
)


def test_anything_replaces_a_ticket_known_only_by_name() -> None:
    gone = Evidence(GONE, None, 1.0, 2.0)
    assert decide(NOTHING_HELD, gone) is Decision.PUT


@given(evidences, evidences)
def test_two_observations_that_surely_differ_in_time_have_one_order(
    one: Evidence, other: Evidence
) -> None:
    """If A replaces B, then B does not replace A."""
    if decide(one, other) is Decision.PUT:
        assert decide(other, one) is not Decision.PUT


@given(evidences, evidences)
def test_a_lower_version_never_replaces_a_live_higher_one(held: Evidence, seen: Evidence) -> None:
    versions = (held.version, seen.version)
    if None in versions or held.is_gone or seen.is_gone:
        return
    if (seen.version or 0) < (held.version or 0):
        assert decide(held, seen) is Decision.DROP


@given(evidences, evidences)
def test_evidence_never_shrinks(held: Evidence, seen: Evidence) -> None:
    after = merged(held, seen, decide(held, seen))
    if decide(held, seen) is not Decision.PUT:
        assert after.seen_from >= held.seen_from
        assert after.seen_to >= held.seen_to


@given(
    st.lists(st.tuples(st.sampled_from([b"a", b"b", b"c"]), st.booleans()), min_size=1, max_size=8),
    st.permutations(range(8)),
    st.data(),
)
def test_a_history_read_in_any_order_ends_at_its_newest_state(
    changes: list[tuple[bytes, bool]], order: list[int], data: st.DataObject
) -> None:
    """States follow each other; each is read within its lifetime, with a replica up to L behind."""
    history: list[Evidence] = []
    version = 1
    for number, (value, moves) in enumerate(changes):
        version += int(moves)
        begins = number * 10.0
        start = data.draw(st.floats(begins - 4.0, begins + 5.0))
        history.append(Evidence(value, version, start, begins + 6.0))
    held = NOTHING_HELD
    kept = False
    for index in order:
        if index < len(history):
            decision = decide(held, history[index])
            kept = kept or decision is Decision.KEEP
            held = merged(held, history[index], decision)
    newest = history[-1]
    # One more read that starts after everything else settles what overlapped.
    final = Evidence(newest.digest, newest.version, 1000.0, 1001.0)
    held = merged(held, final, decide(held, final))
    assert held.digest == newest.digest
    assert held.version == newest.version
