"""Reads that a late replica answers."""

from __future__ import annotations

from emulator.kernel.service import Behaviour
from tests.emulator.zendesk.account import Account, Json, story

LATE = Behaviour(replica_lag_seconds=3.0, replica_lag_share=1.0, limits_on=False)


def test_late_replica_shows_an_older_state_of_everything() -> None:
    """A reply is of one moment: the list, its order and its comments lag alike."""
    account = Account(behaviour=LATE, stories=[story(1), story(2)])
    account.pass_time(100)
    account.update(1, priority="low", comment={"body": "x"})
    account.delete("tickets/2.json")
    seen: set[tuple[object, ...]] = set()
    for _ in range(200):
        body = account.get("tickets.json?page[size]=9&sort=-updated_at").json
        seen.add(tuple((row["id"], row["priority"]) for row in body["tickets"]))
    assert seen == {((2, "high"), (1, "high"))}
    account.pass_time(1)
    states = set()
    for _ in range(200):
        body = account.get("tickets.json?page[size]=9&sort=-updated_at").json
        states.add(tuple((row["id"], row["priority"]) for row in body["tickets"]))
    assert states == {((2, "high"), (1, "high")), ((1, "low"),)}


def test_replica_is_never_further_behind_than_it_may_be() -> None:
    account = Account(behaviour=LATE, stories=[story(1)])
    account.pass_time(100)
    account.update(1, priority="low")
    account.pass_time(3.1)
    for _ in range(100):
        assert account.get("tickets/1.json").json["ticket"]["priority"] == "low"


def test_writes_reach_the_primary_and_show_its_state() -> None:
    account = Account(behaviour=LATE, stories=[story(1)])
    account.update(1, priority="low")
    reply = account.update(1, subject="New")
    assert reply.json["ticket"]["priority"] == "low"


def test_new_ticket_is_missing_at_a_late_replica() -> None:
    account = Account(behaviour=LATE)
    account.pass_time(10)
    ticket = account.new_ticket()
    assert account.get(f"tickets/{ticket['id']}.json").status == 404
    account.pass_time(3.1)
    assert account.get(f"tickets/{ticket['id']}.json").status == 200


def test_late_comments_are_whole_states() -> None:
    account = Account(behaviour=LATE, stories=[story(1)])
    account.pass_time(10)
    account.update(1, comment={"body": "one"})
    account.pass_time(1)
    account.update(1, comment={"body": "two"})
    account.pass_time(1)
    lengths = {len(account.get("tickets/1/comments.json").json["comments"]) for _ in range(200)}
    assert lengths == {3, 4, 5}


def test_share_of_reads_lags() -> None:
    behaviour = Behaviour(replica_lag_seconds=3.0, replica_lag_share=0.5, limits_on=False)
    account = Account(behaviour=behaviour, stories=[story(1)])
    account.pass_time(10)
    account.update(1, priority="low")
    shown = [account.get("tickets/1.json").json["ticket"]["priority"] for _ in range(300)]
    assert 90 < shown.count("high") < 210


def test_lagging_reads_agree_with_the_states_that_were() -> None:
    """Whatever happens on the desk, a late list equals the desk of one moment in the window."""
    account = Account(behaviour=LATE, stories=[story(number) for number in range(1, 30)])
    past: list[tuple[float, Json]] = []
    for _ in range(150):
        account.pass_time(0.4)
        account.service.act()
        past.append((account.clock.moment, states_now(account)))
        since = account.clock.moment - 3.0
        body = account.get("tickets.json?page[size]=100&sort=-updated_at&support_type_scope=all")
        shown = [(row["id"], row["updated_at"], row["status"]) for row in body.json["tickets"]]
        inside = [state for moment, state in past if moment >= since]
        before = [state for moment, state in past if moment < since][-1:]
        assert shown in before + inside or len(past) < 9


def states_now(account: Account) -> list[tuple[int, str, str]]:
    truths = [account.service.truth(number) for number in account.service.ticket_ids()]
    rows: list[Json] = [truth.ticket for truth in truths if truth is not None]
    rows.sort(key=lambda row: (row["updated_at"], row["id"]), reverse=True)
    return [(row["id"], row["updated_at"], row["status"]) for row in rows]
