"""Loading stories, acting on them, and the truth for checkers."""

from __future__ import annotations

from random import Random

from emulator.kernel.world import Post
from emulator.zendesk.service import ZendeskService
from tests.emulator.zendesk.account import START, Account, StandingClock, story


def test_story_becomes_a_ticket() -> None:
    account = Account(stories=[story(5, status="solved", satisfaction="good", channel="email")])
    ticket = account.get("tickets/5.json").json["ticket"]
    assert (ticket["status"], ticket["priority"], ticket["tags"]) == (
        "solved",
        "high",
        ["other", "printing"],
    )
    assert ticket["satisfaction_rating"]["score"] == "good"
    assert ticket["via"]["source"]["from"] == {"address": "cora@example.com", "name": "Cora"}
    values = {row["id"]: row["value"] for row in ticket["custom_fields"]}
    assert values[account.field_id("Product")] == "mailer"
    assert values[account.field_id("Source")] == "https://forum.test/5"
    assert ticket["updated_at"] == "2026-09-19T14:14:55Z"


def test_story_of_a_helper_is_written_by_an_agent() -> None:
    account = Account(stories=[story()])
    comments = account.get("tickets/1/comments.json?include=users").json
    roles = {row["id"]: row["role"] for row in comments["users"]}
    assert [roles[row["author_id"]] != "end-user" for row in comments["comments"]] == [
        False,
        True,
        True,
    ]


def test_new_tickets_count_on_from_the_loaded_ones() -> None:
    account = Account(stories=[story(41)])
    assert account.new_ticket()["id"] == 42


def test_one_customer_is_one_user() -> None:
    account = Account(stories=[story(1), story(2), story(3, requester="cora")])
    requesters = [
        account.get(f"tickets/{n}.json").json["ticket"]["requester_id"] for n in (1, 2, 3)
    ]
    assert requesters[0] == requesters[1] != requesters[2]
    emails = {account.get(f"users/{user}.json").json["user"]["email"] for user in requesters}
    assert len(emails) == 2


def test_surrogate_halves_become_replacement_characters() -> None:
    posts = (Post("Cora", True, START - 99, "<p>\ud83d half</p>"),)
    account = Account(stories=[story(posts=posts, subject="x\udc00")])
    assert account.get("tickets/1.json").json["ticket"]["subject"] == "x\ufffd"
    body = account.get("tickets/1/comments.json").json["comments"][0]["html_body"]
    assert body == "<p>\ufffd half</p>"


def test_plan_without_ratings_shows_none() -> None:
    """'`satisfaction_rating`: null (plan without CSAT)'."""
    account = Account(plan="team", stories=[story(status="solved", satisfaction="good")])
    assert account.get("tickets/1.json").json["ticket"]["satisfaction_rating"] is None


def run(seed: int) -> list[str]:
    clock = StandingClock()
    service = ZendeskService(clock=clock, random=Random(seed))
    service.load([story(number) for number in range(1, 20)])
    said = []
    for _ in range(300):
        clock.moment += 1
        said.append(service.act())
    return said


def test_same_seed_same_world() -> None:
    assert run(3) == run(3)
    assert run(3) != run(4)


def test_everything_plausible_happens() -> None:
    said = " ".join(run(5))
    for words in ("wrote", "answered", "note", "tag", "assigned", "solved", "opened", "deleted"):
        assert words in said


def test_customers_word_reopens_a_solved_ticket() -> None:
    account = Account(stories=[story(status="solved")])
    for _ in range(500):
        account.pass_time(1)
        if account.service.act().startswith("The customer of #1 wrote"):
            break
    ticket = account.get("tickets/1.json").json["ticket"]
    comments = account.get("tickets/1/comments.json").json["comments"]
    assert ticket["status"] == "open"
    assert comments[-1]["author_id"] == ticket["requester_id"]


def test_merged_source_is_closed_and_both_are_told() -> None:
    account = Account(stories=[story(number) for number in range(1, 20)])
    said = ""
    while "was merged into" not in said:
        account.pass_time(1)
        said = account.service.act()
    source, target = (int(part.partition(" ")[0]) for part in said.split("#")[1:])
    assert account.get(f"tickets/{source}.json").json["ticket"]["status"] == "closed"
    assert "closed_by_merge" in account.get(f"tickets/{source}/tags.json").json["tags"]
    last = account.get(f"tickets/{target}/comments.json").json["comments"][-1]
    assert f"#{source}" in last["body"]


def test_truth_is_the_state_now(account: Account) -> None:
    ticket = account.new_ticket(tags=["a"])
    before = account.service.truth(ticket["id"])
    account.pass_time(1)
    account.update(ticket["id"], comment={"body": "x"}, tags=["b"])
    after = account.service.truth(ticket["id"])
    assert before is not None
    assert after is not None
    assert (before.tags, after.tags) == (("a",), ("b",))
    assert [row["body"] for row in after.comments] == ["Help!", "x"]
    assert after.ticket["id"] == ticket["id"]
    grown = {part: after.revisions[part] - before.revisions[part] for part in after.revisions}
    assert grown == {"core": 1, "tags": 1, "custom_fields": 0, "comments": 1}


def test_truth_of_a_deleted_ticket_is_none(account: Account) -> None:
    ticket = account.new_ticket()
    assert account.service.ticket_ids() == [ticket["id"]]
    account.delete(f"tickets/{ticket['id']}.json")
    assert account.service.truth(ticket["id"]) is None
    assert account.service.ticket_ids() == []
    assert account.service.truth(99) is None
