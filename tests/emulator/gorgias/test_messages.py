"""Messages: the feed, replies and notes, sending that happens later, edits and deletions."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.gorgias.account import Account, Reply, agent_message, customer_message


@pytest.fixture
def path(account: Account) -> str:
    return f"/api/tickets/{account.new_ticket()['id']}/messages"


def add(account: Account, path: str, message: dict[str, object], *, query: str = "") -> Any:
    reply = account.post(path + query, message)
    assert reply.status == 201, reply.body
    return reply.body


def ticket_of(account: Account, path: str) -> Any:
    return account.get(path.removesuffix("/messages")).body


def failed(account: Account, path: str) -> tuple[str, Any]:
    """An undeliverable reply after its sending has failed, and its own path."""
    source = {"type": "email", "to": [{"name": "", "address": "ada@nowhere.invalid"}]}
    message = add(account, path, agent_message(source=source))
    account.clock.move(10)
    return f"{path}/{message['id']}", account.get(f"{path}/{message['id']}").body


def test_a_reply_is_sent_later(account: Account, path: str) -> None:
    message = add(account, path, agent_message())
    assert (message["sent_datetime"], message["public"]) == (None, True)
    account.clock.move(10)
    sent = account.get(f"{path}/{message['id']}").body
    assert sent["sent_datetime"] > message["created_datetime"]
    assert sent["failed_datetime"] is None


def test_a_reply_goes_from_the_desks_mailbox_to_the_customer(account: Account, path: str) -> None:
    message = add(account, path, agent_message())
    assert message["source"]["from"]["address"] == "support@demo-shop.example"
    assert message["source"]["to"] == [{"name": "", "address": "ada@customers.example"}]
    assert message["receiver"]["email"] == "ada@customers.example"


def test_mail_to_a_dead_host_fails_later_with_a_reason(account: Account, path: str) -> None:
    _, message = failed(account, path)
    assert message["sent_datetime"] is None
    assert message["failed_datetime"] is not None
    assert "rejected" in message["last_sending_error"]["error"]
    assert account.row(message["ticket_id"])["last_sent_message_not_delivered"] is True


def test_a_failed_message_can_be_forced(account: Account, path: str) -> None:
    message_path, _ = failed(account, path)
    body = {"channel": "email", "via": "helpdesk", "from_agent": True}
    reply = account.put(f"{message_path}?action=force", body)
    assert (reply.status, reply.body["failed_datetime"]) == (202, None)
    account.clock.move(10)
    assert account.get(message_path).body["sent_datetime"] is not None


def test_a_retry_fails_again_while_the_address_is_dead(account: Account, path: str) -> None:
    message_path, first = failed(account, path)
    body = {"channel": "email", "via": "helpdesk", "from_agent": True}
    account.put(f"{message_path}?action=retry", body)
    account.clock.move(10)
    assert account.get(message_path).body["failed_datetime"] > first["failed_datetime"]


def test_cancelling_a_failed_message_removes_it(account: Account, path: str) -> None:
    message_path, _ = failed(account, path)
    body = {"channel": "email", "via": "helpdesk", "from_agent": True}
    account.put(f"{message_path}?action=cancel", body)
    assert account.get(message_path).status == 404


def test_a_given_sent_time_imports_without_sending(account: Account, path: str) -> None:
    message = add(account, path, agent_message(sent_datetime="2026-01-02T03:04:05"))
    assert message["sent_datetime"] == "2026-01-02T03:04:05.000000+00:00"
    assert message["imported"] is True


def test_a_note_is_the_channel_and_is_never_sent(account: Account, path: str) -> None:
    note = add(account, path, agent_message(channel="internal-note", public=True))
    assert (note["public"], note["receiver"]) == (False, None)
    account.clock.move(10)
    assert account.get(f"{path}/{note['id']}").body["sent_datetime"] is None


def test_a_customers_message_counts_as_sent_at_once(account: Account, path: str) -> None:
    message = add(account, path, customer_message())
    assert message["sent_datetime"] == message["created_datetime"]


def test_a_body_is_kept_as_given_and_its_text_derived(account: Account, path: str) -> None:
    html = "<p>One &amp; two</p>\n<script>x()</script><ul><li>a</li><li>b</li></ul>"
    message = add(account, path, customer_message(body_text=None, body_html=html))
    assert message["body_html"] == html
    assert message["body_text"] == "One & two\n\na\nb"


def test_a_text_without_html_stays_without(account: Account, path: str) -> None:
    assert add(account, path, customer_message("Hi"))["body_html"] is None


def test_mail_gets_its_quotes_stripped(account: Account, path: str) -> None:
    text = "Thanks!\n\nOn Mon, Jan 5, 2026, Ada wrote:\n> Where is it?"
    message = add(account, path, agent_message(text))
    assert message["stripped_text"] == "Thanks!"


def test_three_hundred_kilobytes_survive(account: Account, path: str) -> None:
    html = "<p>" + "wörd " * 60_000 + "</p>"
    message = add(account, path, customer_message(body_html=html))
    assert account.get(f"{path}/{message['id']}").body["body_html"] == html


def test_a_message_moves_its_ticket(account: Account, path: str) -> None:
    before = ticket_of(account, path)
    account.clock.move(60)
    message = add(account, path, customer_message())
    after = ticket_of(account, path)
    assert after["updated_datetime"] > message["created_datetime"]
    assert after["last_message_datetime"] == message["created_datetime"]
    assert after["last_received_message_datetime"] > before["last_received_message_datetime"]


def test_a_customers_message_reopens_a_closed_ticket(account: Account, path: str) -> None:
    account.put(path.removesuffix("/messages"), {"status": "closed"})
    add(account, path, customer_message())
    assert ticket_of(account, path)["status"] == "open"


def test_an_agents_reply_leaves_a_closed_ticket_closed(account: Account, path: str) -> None:
    account.put(path.removesuffix("/messages"), {"status": "closed"})
    add(account, path, agent_message())
    assert ticket_of(account, path)["status"] == "closed"


def test_the_sender_of_an_agents_message_may_be_another_user(account: Account, path: str) -> None:
    sender = {"email": "agent3@demo-shop.example"}
    assert add(account, path, agent_message(sender=sender))["sender"]["name"] == "Priya Raman"


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ({"channel": "email", "via": "api"}, "from_agent"),
        (customer_message(channel=""), "channel"),
        (customer_message(body_html=5), "body_html"),
        (customer_message(is_note=True), "is_note"),
        (customer_message(attachments=[{"url": "https://x.example/a"}]), "attachments"),
        (customer_message(sender={"id": 5}), "sender"),
        (agent_message(sender={"email": "stranger@x.example"}), "sender"),
    ],
)
def test_a_flawed_message_is_a_400_that_names_the_field(
    account: Account, path: str, message: dict[str, object], field: str
) -> None:
    reply = account.post(path, message)
    assert (reply.status, list(reply.error["data"])) == (400, [field])


def test_an_unknown_action_is_refused(account: Account, path: str) -> None:
    assert account.post(f"{path}?action=later", customer_message()).status == 400


def test_the_answer_to_a_write_has_keys_that_the_embedded_form_lacks(
    account: Account, path: str
) -> None:
    written = add(account, path, customer_message())
    embedded = ticket_of(account, path)["messages"][-1]
    assert set(written) - set(embedded) == {"macros", "headers", "deleted_datetime"}


def test_an_edit_changes_the_message_but_not_its_place(account: Account, path: str) -> None:
    message = add(account, path, customer_message())
    add(account, path, customer_message("And another thing"))
    before = ticket_of(account, path)
    body = {"channel": "api", "via": "api", "from_agent": False, "body_text": "Redacted"}
    edited = account.put(f"{path}/{message['id']}", body)
    assert (edited.status, edited.body["body_text"]) == (202, "Redacted")
    assert edited.body["created_datetime"] == message["created_datetime"]
    assert ticket_of(account, path)["updated_datetime"] == before["updated_datetime"]


def test_a_deleted_message_is_gone(account: Account, path: str) -> None:
    message = add(account, path, customer_message())
    deleted = account.delete(f"{path}/{message['id']}")
    assert (deleted.status, deleted.raw) == (200, b"")
    assert account.get(f"{path}/{message['id']}").status == 404
    assert len(ticket_of(account, path)["messages"]) == 1


def test_a_message_is_only_found_inside_its_own_ticket(account: Account, path: str) -> None:
    message = add(account, path, customer_message())
    other = account.new_ticket()
    assert account.get(f"/api/tickets/{other['id']}/messages/{message['id']}").status == 404


def feed(account: Account, query: str) -> Reply:
    return account.get(f"/api/messages?{query}")


def test_the_feed_holds_all_messages_by_creation(account: Account, path: str) -> None:
    account.new_ticket()
    rows = account.walk("/api/messages?limit=1&order_by=created_datetime:asc")
    assert len(rows) == 2
    assert rows == sorted(rows, key=lambda row: (row["created_datetime"], row["id"]))


def test_the_feed_can_be_asked_for_one_ticket(account: Account, path: str) -> None:
    other = account.new_ticket()
    rows = feed(account, f"ticket_id={other['id']}").body["data"]
    assert [row["ticket_id"] for row in rows] == [other["id"]]
    assert feed(account, "ticket_id=424242").body["data"] == []


def test_the_feed_has_no_updated_order(account: Account) -> None:
    assert feed(account, "order_by=updated_datetime:desc").status == 400


def test_the_deprecated_list_of_one_ticket_still_answers(account: Account, path: str) -> None:
    assert [row["body_text"] for row in account.get(path).body["data"]] == ["Where is my order?"]
    assert account.get("/api/tickets/424242/messages").status == 404
