"""Stories become tickets; people go on working; checkers see the truth; replicas lag."""

from __future__ import annotations

import json

import pytest

from emulator.kernel.service import Behaviour
from emulator.kernel.world import Post
from tests.emulator.gorgias.account import NOON, Account, story


@pytest.fixture
def filled(account: Account) -> Account:
    account.service.load([story(number) for number in range(1, 21)])
    return account


def test_a_story_becomes_the_ticket_of_its_number(filled: Account) -> None:
    ticket = filled.get("/api/tickets/5").body
    assert ticket["subject"] == "Question 5"
    assert [tag["name"] for tag in ticket["tags"]] == ["crash", "update"]
    assert [message["body_html"] for message in ticket["messages"]] == [
        "<p>It <b>crashes</b></p>",
        "<p>Update it</p>",
    ]
    assert [message["from_agent"] for message in ticket["messages"]] == [False, True]
    assert ticket["messages"][0]["body_text"] == "It crashes"
    assert {each["value"] for each in ticket["custom_fields"].values()} >= {"thunderbird"}


@pytest.mark.parametrize(
    ("told", "status"),
    [("new", "open"), ("pending", "open"), ("solved", "closed"), ("closed", "closed")],
)
def test_there_are_only_open_and_closed(account: Account, told: str, status: str) -> None:
    account.service.load([story(status=told)])
    assert account.row(1)["status"] == status
    assert (account.row(1)["closed_datetime"] is not None) == (status == "closed")


def test_on_hold_is_an_open_ticket_that_snoozes(account: Account) -> None:
    account.service.load([story(status="hold")])
    assert account.row(1)["snooze_datetime"] is not None


def test_urgent_is_called_critical(account: Account) -> None:
    account.service.load([story(1, priority="urgent"), story(2, priority=None)])
    assert [account.row(number)["priority"] for number in (1, 2)] == ["critical", "normal"]


def test_an_internal_post_becomes_a_note(account: Account) -> None:
    posts = (
        Post("user-1", True, NOON - 9000, "<p>Hi</p>"),
        Post("helper", False, NOON - 8000, "<p>Odd</p>", is_internal=True),
    )
    account.service.load([story(posts=posts)])
    note = account.get("/api/tickets/1").body["messages"][1]
    assert (note["channel"], note["public"], note["receiver"]) == ("internal-note", False, None)


def test_a_rated_story_has_a_survey(account: Account) -> None:
    account.service.load([story(1, status="solved", satisfaction="good"), story(2)])
    survey = account.get("/api/tickets/1").body["satisfaction_survey"]
    assert survey["score"] in {4, 5}
    assert account.get("/api/tickets/2").body["satisfaction_survey"] is None


@pytest.mark.parametrize(
    "html", ["\x00", "\ud83d", "<p>" + "x" * 300_000, "", "<a <b <<", "a\r\nb"]
)
def test_any_body_that_a_story_tells_comes_out_again(account: Account, html: str) -> None:
    account.service.load([story(posts=(Post("u", True, NOON - 9000, html),))])
    assert account.get("/api/tickets/1").body["messages"][0]["body_html"] == html


def test_a_new_ticket_gets_a_number_of_its_own(filled: Account) -> None:
    assert filled.new_ticket()["id"] == 21


def test_the_truth_is_what_a_read_shows(filled: Account) -> None:
    truth = filled.service.truth(5)
    shown = filled.get("/api/tickets/5").body
    assert truth is not None
    assert truth.tags == ("crash", "update")
    assert list(truth.messages) == shown["messages"]
    assert truth.core["subject"] == shown["subject"]
    assert truth.custom_fields == {
        each["id"]: each["value"] for each in shown["custom_fields"].values()
    }


def test_the_truth_of_a_deleted_ticket_is_nothing(filled: Account) -> None:
    filled.delete("/api/tickets/5")
    assert filled.service.truth(5) is None
    assert 5 not in filled.service.ticket_ids()


def test_revisions_count_the_changes_of_each_part(filled: Account) -> None:
    filled.post("/api/tickets/5/tags", {"names": ["vip"]})
    truth = filled.service.truth(5)
    assert truth is not None
    assert truth.revisions == {"core": 0, "tags": 1, "custom_fields": 0, "messages": 0}


def test_people_do_all_kinds_of_things_and_say_what(filled: Account) -> None:
    sentences = []
    for _ in range(600):
        filled.clock.move(7)
        sentences.append(filled.service.act())
    for word in ("wrote", "replied", "note", "added", "assigned", "set", "opened", "deleted"):
        assert any(word in sentence for sentence in sentences), word
    for ticket_id in filled.service.ticket_ids():
        assert filled.get(f"/api/tickets/{ticket_id}").status == 200


def test_people_of_an_empty_account_open_tickets(account: Account) -> None:
    assert "opened ticket 1" in account.service.act()


def told(seed: int, *, reads: int) -> list[bytes]:
    account = Account(seed=seed)
    account.service.load(story(number) for number in range(1, 10))
    for _ in range(200):
        account.clock.move(3)
        account.service.act()
        for _ in range(reads):
            account.get("/api/tickets")
    return [
        json.dumps([truth.core, truth.messages]).encode()
        for ticket_id in account.service.ticket_ids()
        if (truth := account.service.truth(ticket_id)) is not None
    ]


def test_the_same_seed_is_the_same_world_however_often_it_is_read() -> None:
    assert told(1, reads=0) == told(1, reads=9)
    assert told(1, reads=0) != told(2, reads=0)


def lagging(seconds: float = 3.0) -> Account:
    behaviour = Behaviour(replica_lag_seconds=seconds, replica_lag_share=1.0, limits_on=False)
    return Account(behaviour=behaviour)


def test_a_lagging_read_shows_one_earlier_state_in_all_parts() -> None:
    account = lagging()
    account.service.load([story(1)])
    account.clock.move(10)
    shown = set()
    for step in range(60):
        account.put("/api/tickets/1", {"subject": f"S{step}", "tags": [{"name": f"t{step}"}]})
        account.clock.move(0.5)
        ticket = account.get("/api/tickets/1").body
        if ticket["subject"].startswith("S"):
            assert ticket["tags"][0]["name"] == f"t{ticket['subject'][1:]}"
        shown.add(step - int(ticket["subject"].removeprefix("S").replace("Question 1", "-1")))
    assert max(shown) > 1
    assert max(shown) <= 7


def test_a_write_is_answered_by_the_primary_and_lag_passes() -> None:
    account = lagging()
    ticket = account.new_ticket()
    assert account.put(f"/api/tickets/{ticket['id']}", {"subject": "x"}).body["subject"] == "x"
    assert {account.get(f"/api/tickets/{ticket['id']}").status for _ in range(40)} == {404}
    account.clock.move(4)
    assert account.get(f"/api/tickets/{ticket['id']}").body["subject"] == "x"


def test_a_lagging_read_leaves_the_present_untouched() -> None:
    account = lagging()
    account.service.load([story(number) for number in range(1, 6)])
    account.clock.move(10)
    for _ in range(100):
        account.service.act()
        account.clock.move(0.2)
        account.service.advance()
        before = [account.service.truth(each) for each in account.service.ticket_ids()]
        account.get("/api/tickets?order_by=updated_datetime:desc")
        assert [account.service.truth(each) for each in account.service.ticket_ids()] == before


def test_an_absurdly_long_id_is_not_found(account: Account) -> None:
    assert account.get("/api/tickets/" + "9" * 5000).status == 404


@pytest.mark.parametrize(("status", "wait"), [(429, 2.5), (503, None), (599, None)])
def test_a_fault_speaks_the_providers_words(
    account: Account, status: int, wait: float | None
) -> None:
    response = account.service.failure(status, wait)
    assert response.status == status
    assert "msg" in json.loads(response.body)["error"]
    assert dict(response.headers).get("Retry-after") == ("3" if wait else None)
