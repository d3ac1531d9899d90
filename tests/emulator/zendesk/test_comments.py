"""Comments and audits of a ticket."""

from __future__ import annotations

import pytest

from tests.emulator.zendesk.account import Account, story


@pytest.fixture
def filled() -> Account:
    return Account(stories=[story()])


def test_comments_come_oldest_first_by_page_number(filled: Account) -> None:
    body = filled.get("tickets/1/comments.json").json
    assert [row["body"] for row in body["comments"]] == ["Question 1", "Answer", "A note"]
    assert [row["public"] for row in body["comments"]] == [True, True, False]
    assert (body["count"], body["next_page"]) == (3, None)


def test_comments_turn_round_in_both_pagings(filled: Account) -> None:
    """'`sort=-created_at` with cursor, `sort_order` with offset'."""
    by_cursor = filled.get("tickets/1/comments.json?page[size]=2&sort=-created_at").json
    by_number = filled.get("tickets/1/comments.json?per_page=2&sort_order=desc").json
    assert by_cursor["comments"] == by_number["comments"]
    assert by_cursor["comments"][0]["body"] == "A note"
    assert by_cursor["meta"]["has_more"] is True


def test_comments_bring_their_authors(filled: Account) -> None:
    body = filled.get("tickets/1/comments.json?include=users").json
    assert {row["id"] for row in body["users"]} == {row["author_id"] for row in body["comments"]}


def test_comments_of_a_missing_ticket_are_missing(filled: Account) -> None:
    assert filled.get("tickets/9/comments.json").status == 404
    filled.delete("tickets/1.json")
    assert filled.get("tickets/1/comments.json").status == 404


def test_there_is_no_endpoint_to_post_a_comment(filled: Account) -> None:
    """'There is no POST comments endpoint: a comment is a ticket PUT'."""
    reply = filled.post("tickets/1/comments.json", {"comment": {"body": "x"}})
    assert (reply.status, reply.json["error"]) == (404, "InvalidEndpoint")


def test_comment_made_private_moves_nothing_else(filled: Account) -> None:
    before = filled.get("tickets/1.json").json["ticket"]["updated_at"]
    first = filled.get("tickets/1/comments.json").json["comments"][0]
    assert filled.put(f"tickets/1/comments/{first['id']}/make_private.json", {}).status == 200
    after = filled.get("tickets/1/comments.json").json["comments"][0]
    assert after == first | {"public": False}
    assert filled.get("tickets/1.json").json["ticket"]["updated_at"] == before


def test_redaction_blacks_the_text_out(filled: Account) -> None:
    """'redact (`{"text":"…"}` → ▇, impossible once closed)'."""
    first = filled.get("tickets/1/comments.json").json["comments"][0]
    path = f"tickets/1/comments/{first['id']}/redact.json"
    reply = filled.put(path, {"text": "Question"})
    assert reply.json["comment"]["body"] == "▇▇▇▇▇▇▇▇ 1"
    assert reply.json["comment"]["html_body"] == "<p>▇▇▇▇▇▇▇▇ 1</p>"
    assert filled.put(path, {}).status == 400
    filled.update(1, status="closed")
    assert filled.put(path, {"text": "1"}).status == 422


def test_audits_tell_each_write_in_order(filled: Account) -> None:
    filled.update(1, comment={"body": "More", "public": True}, status="open")
    audits = filled.get("tickets/1/audits.json").json["audits"]
    assert [audit["ticket_id"] for audit in audits] == [1] * 5
    kinds = [[event["type"] for event in audit["events"]] for audit in audits]
    assert kinds[0][0] == "Comment"
    assert set(kinds[0][1:]) == {"Create"}
    assert kinds[-1] == ["Comment", "Change", "Change"]
    assert audits == sorted(audits, key=lambda audit: (audit["created_at"], audit["id"]))


def test_one_audit_is_shown(filled: Account) -> None:
    audit = filled.get("tickets/1/audits.json").json["audits"][1]
    assert filled.get(f"tickets/1/audits/{audit['id']}.json").json == {"audit": audit}
    assert filled.get("tickets/1/audits/1.json").status == 404


def test_audits_of_all_tickets_leave_deleted_ones_out() -> None:
    account = Account(stories=[story(1), story(2)])
    account.delete("tickets/1.json")
    audits = account.get("ticket_audits.json?page[size]=100").json["audits"]
    assert {audit["ticket_id"] for audit in audits} == {2}


def test_counts(filled: Account) -> None:
    assert filled.get("tickets/1/comments/count.json").json["count"]["value"] == 3
    assert filled.get("tickets/1/audits/count.json").json["count"]["value"] == 4


def test_metadata_names_the_client(account: Account) -> None:
    body = {"ticket": {"comment": {"body": "x"}}}
    account.send("POST", "tickets.json", body, headers={"User-Agent": "deskbot/1"})
    comment = account.get("tickets/1/comments.json").json["comments"][0]
    assert comment["metadata"]["system"]["client"] == "deskbot/1"
