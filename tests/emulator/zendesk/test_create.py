"""Creating tickets, with and without an idempotency key."""

from __future__ import annotations

import pytest

from tests.emulator.zendesk.account import Account, story


def test_create_answers_201_with_location_ticket_and_audit(account: Account) -> None:
    """'create 201 … {"ticket":{…},"audit":{…}}'; '`Location` on 201'; 'generated_timestamp: 0'."""
    body = {"ticket": {"subject": "s", "comment": {"body": "Hi\n\nthere"}, "tags": ["b", "A"]}}
    reply = account.post("tickets.json", body)
    assert reply.status == 201
    ticket, audit = reply.json["ticket"], reply.json["audit"]
    assert reply.headers["location"] == ticket["url"] == "http://desk.test/api/v2/tickets/1.json"
    assert ticket["description"] == "Hi\n\nthere"
    assert ticket["status"] == "new"
    assert ticket["generated_timestamp"] == 0
    assert ticket["tags"] == ["a", "b"]
    assert ticket["created_at"] == "2026-09-21T14:13:20Z"
    assert audit["events"][0]["type"] == "Comment"
    assert {"subject", "requester_id", "status", "tags"} <= {
        event["field_name"] for event in audit["events"][1:]
    }


def test_ids_exceed_32_bits_but_tickets_count_up(account: Account) -> None:
    ticket = account.new_ticket()
    assert ticket["id"] == 1
    assert ticket["requester_id"] > 2**32


def test_plain_body_becomes_the_recorded_html(account: Account) -> None:
    """Recorded: `<div class="zd-comment" dir="auto"><p dir="auto">Some comment</p></div>`."""
    ticket = account.new_ticket(comment={"body": "a < b\nline"})
    comment = account.get(f"tickets/{ticket['id']}/comments.json").json["comments"][0]
    assert comment["body"] == comment["plain_body"] == "a < b\nline"
    assert comment["html_body"] == (
        '<div class="zd-comment" dir="auto"><p dir="auto">a &lt; b\n<br>line</p></div>'
    )


def test_html_body_is_kept_as_it_is_given(account: Account) -> None:
    html = "<p>One</p><ul><li>two &amp; <b>three</b></li></ul>"
    ticket = account.new_ticket(comment={"html_body": html})
    comment = account.get(f"tickets/{ticket['id']}/comments.json").json["comments"][0]
    assert comment["html_body"] == html
    assert comment["body"] == "One\n\n* two & three"


def test_requester_is_found_by_address_or_made(account: Account) -> None:
    first = account.new_ticket(requester={"name": "Ann", "email": "Ann@shop.test"})
    second = account.new_ticket(requester={"email": "ann@shop.test"})
    assert first["requester_id"] == second["requester_id"]
    user = account.get(f"users/{first['requester_id']}.json").json["user"]
    assert (user["name"], user["role"]) == ("Ann", "end-user")


def test_refused_create_makes_nobody(account: Account) -> None:
    before = account.get("users/count.json").json["count"]["value"]
    given = {"requester": {"email": "new@shop.test"}, "comment": {"body": "x"}, "status": "solved"}
    assert account.post("tickets.json", {"ticket": given}).status == 422
    assert account.get("users/count.json").json["count"]["value"] == before


def test_customers_organization_comes_with_them(account: Account) -> None:
    row = account.get("organizations.json").json["organizations"][0]
    email = f"ann@{row['domain_names'][0]}"
    ticket = account.new_ticket(requester={"name": "Ann", "email": email})
    assert ticket["organization_id"] == row["id"]


def test_description_works_instead_of_a_comment(account: Account) -> None:
    body = {"ticket": {"subject": "s", "description": "words"}}
    assert account.post("tickets.json", body).json["ticket"]["description"] == "words"


def test_ticket_without_words_is_refused(account: Account) -> None:
    """'details:{"<field or base>":[{"description":"Description: cannot be blank", …}]}'."""
    reply = account.post("tickets.json", {"ticket": {"subject": "s"}})
    assert reply.status == 422
    assert reply.json == {
        "error": "RecordInvalid",
        "description": "Record validation errors",
        "details": {
            "base": [{"description": "Description: cannot be blank", "error": "BlankValue"}]
        },
    }


@pytest.mark.parametrize(
    ("fields", "detail"),
    [
        ({"status": "resolved"}, "status"),
        ({"priority": "medium"}, "priority"),
        ({"type": "bug"}, "type"),
        ({"requester_id": 1}, "requester"),
        ({"assignee_id": 1}, "assignee"),
        ({"group_id": 1}, "group"),
        ({"organization_id": 1}, "organization"),
        ({"due_at": "soon"}, "due_at"),
        ({"problem_id": 1}, "problem_id"),
        ({"requester": {"email": "no address"}}, "requester"),
        ({"requester": {}}, "requester"),
        ({"custom_status_id": 1}, "custom_status_id"),
        ({"collaborator_ids": [1]}, "collaborator_ids"),
        ({"via_followup_source_id": 1}, "via_followup_source_id"),
        ({"comment": {"body": "x" * 65_536}}, "base"),
        ({"comment": {"body": "x", "author_id": 1}}, "author"),
    ],
)
def test_bad_values_are_named(account: Account, fields: dict[str, object], detail: str) -> None:
    given = {"subject": "s", "comment": {"body": "x"}} | fields
    reply = account.post("tickets.json", {"ticket": given})
    assert reply.status == 422
    assert reply.json["error"] == "RecordInvalid"
    assert detail in reply.json["details"]


@pytest.mark.parametrize("raw", [b"{", b"[]", b'"x"', b"\xff\xfe", b'{"ticket": "\\ud800"}'])
def test_broken_json_is_a_bad_request(account: Account, raw: bytes) -> None:
    assert account.send("POST", "tickets.json", raw=raw).status == 400


def test_body_without_a_ticket_is_refused_as_text(account: Account) -> None:
    """'bare text/html "Required parameter missing: …"'."""
    reply = account.post("tickets.json", {"subject": "s"})
    assert reply.status == 400
    assert reply.response.media_type.startswith("text/html")
    assert reply.response.body == b"Required parameter missing: ticket"


@pytest.mark.parametrize("ticket", ["x", [], {"comment": []}, {"custom_fields": "x"}])
def test_wrong_kinds_of_values_are_bad_requests(account: Account, ticket: object) -> None:
    """'{"error":{"title":"Invalid attribute","message":"…"}}'."""
    reply = account.post("tickets.json", {"ticket": ticket})
    assert reply.status == 400
    assert reply.json["error"]["title"] == "Invalid attribute"


def test_unknown_keys_are_named_in_a_header(account: Account) -> None:
    """'ignored parameters are announced only there'."""
    body = {"ticket": {"comment": {"body": "x"}, "colour": "red"}}
    reply = account.post("tickets.json", body)
    assert reply.status == 201
    assert 'Removed restricted keys ["colour"]' in reply.headers["x-zendesk-api-warn"]


def test_longest_body_survives(account: Account) -> None:
    text = "é" * 65_535
    assert account.new_ticket(comment={"body": text})["description"] == text


@pytest.mark.parametrize("text", ["a\0b", "退款 🙂", "\u202eabc", "'; DROP TABLE", "</p><script>"])
def test_odd_texts_survive(account: Account, text: str) -> None:
    ticket = account.new_ticket(subject=text, comment={"body": text})
    shown = account.get(f"tickets/{ticket['id']}.json").json["ticket"]
    assert shown["subject"] == shown["description"] == text


def test_same_key_and_body_replays_the_first_answer(account: Account) -> None:
    """'`x-idempotency-lookup: miss` first, `hit` on replay with the same cached 201'."""
    body = {"ticket": {"comment": {"body": "x"}}}
    first = account.post("tickets.json", body, Idempotency_Key="k1")
    account.pass_time(7_199)
    again = account.post("tickets.json", body, Idempotency_Key="k1")
    assert (first.headers["x-idempotency-lookup"], first.status) == ("miss", 201)
    assert (again.headers["x-idempotency-lookup"], again.status) == ("hit", 201)
    assert again.response.body == first.response.body
    assert account.get("tickets/count.json").json["count"]["value"] == 1


def test_key_is_forgotten_after_two_hours(account: Account) -> None:
    body = {"ticket": {"comment": {"body": "x"}}}
    account.post("tickets.json", body, Idempotency_Key="k1")
    account.pass_time(7_200)
    again = account.post("tickets.json", body, Idempotency_Key="k1")
    assert again.headers["x-idempotency-lookup"] == "miss"
    assert again.json["ticket"]["id"] == 2


def test_same_key_with_another_body_is_an_error(account: Account) -> None:
    """'same key and another body → 400 IdempotentRequestError'."""
    account.post("tickets.json", {"ticket": {"comment": {"body": "x"}}}, Idempotency_Key="k1")
    reply = account.post(
        "tickets.json", {"ticket": {"comment": {"body": "y"}}}, Idempotency_Key="k1"
    )
    assert reply.status == 400
    assert reply.json == {
        "error": "IdempotentRequestError",
        "description": "Request parameters don't match the given idempotency key",
    }


def test_key_of_a_refused_create_is_free_again(account: Account) -> None:
    account.post("tickets.json", {"ticket": {}}, Idempotency_Key="k1")
    reply = account.post(
        "tickets.json", {"ticket": {"comment": {"body": "x"}}}, Idempotency_Key="k1"
    )
    assert (reply.status, reply.headers["x-idempotency-lookup"]) == (201, "miss")


def test_too_long_key_is_refused(account: Account) -> None:
    body = {"ticket": {"comment": {"body": "x"}}}
    assert account.post("tickets.json", body, Idempotency_Key="k" * 256).status == 400


def test_follow_up_names_itself_at_its_closed_source() -> None:
    """'A reply to a closed ticket makes a follow-up (`via_followup_source_id`, …)'."""
    account = Account(stories=[story(status="closed")])
    before = account.get("tickets/1.json").json["ticket"]["updated_at"]
    new = account.new_ticket(via_followup_source_id=1)
    source = account.get("tickets/1.json").json["ticket"]
    assert source["followup_ids"] == [new["id"]]
    assert source["updated_at"] == before


def test_submitter_writes_the_first_comment(account: Account) -> None:
    """The API reference: the submitter is always the author of the first comment."""
    ann = account.post("users.json", {"user": {"name": "Ann"}}).json["user"]["id"]
    ticket = account.new_ticket(requester_id=ann, submitter_id=ann)
    reply = account.get(f"tickets/{ticket['id']}/audits.json").json["audits"][0]
    assert (ticket["submitter_id"], reply["events"][0]["author_id"]) == (ann, ann)
    assert reply["author_id"] == account.get("users/me.json").json["user"]["id"]
