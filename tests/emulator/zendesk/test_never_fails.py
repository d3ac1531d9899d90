"""Whatever is asked, the answer is Zendesk's: never a failure of ours."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from emulator.kernel.service import Behaviour
from emulator.zendesk.routes import Route
from tests.emulator.zendesk.account import Account, story

VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 2**63 - 1, 1.5, "", "x", "1", "none", "ann@shop.test"),
    *("2026-01-01T00:00:00Z", "\0", "\ufffd", "true", [], {}, [1], ["a", None], [{}], {"id": 1}),
    *([{"id": "x", "value": []}], {"body": 1}, {"html_body": []}, {"email": "a@b.test"}),
)
KEYS = (
    *("subject", "comment", "requester", "requester_id", "assignee_id", "tags", "status"),
    *("custom_fields", "fields", "metadata", "safe_update", "updated_stamp", "due_at", "type"),
    *("collaborators", "email_ccs", "followers", "group_id", "organization_id", "external_id"),
    *("via_followup_source_id", "problem_id", "name", "email", "role", "user_fields", "priority"),
    *("domain_names", "organization_fields", "title", "custom_field_options", "endpoint"),
    *("http_method", "subscriptions", "authentication", "custom_headers", "user_id", "text"),
    *("additional_tags", "remove_tags", "assignee_email", "custom_status_id", "description"),
)
QUERIES = (
    *("page[size]", "page[after]", "page[before]", "page", "per_page", "sort", "sort_by"),
    *("sort_order", "include", "start_time", "cursor", "query", "ids", "external_ids", "role"),
    *("filter[type]", "external_id", "support_type_scope", "exclude_deleted", "name", "tags"),
)
QUERY_VALUES = (
    *("", "1", "2", "-1", "x", "0", "99999999999", "tickets(users,groups)", "updated_at", "desc"),
    *("-id", "type:ticket x", "status<open", "created>2026-01-01", "created>", '"', "MQ==", "1,2"),
    *("MTcwNzI3MTc0MS4wfHw0MDQ1fA==", "ticket", "all", "none", "tags:a -x:y", "users"),
)
NAMES = ("ticket", "user", "organization", "group", "group_membership", "ticket_field", "webhook")


def routes(account: Account) -> list[Route]:
    return [
        handler.args[0]
        for _, _, handler in account.service._router._routes
        if hasattr(handler, "args")
    ]


@pytest.mark.parametrize("seed", range(12))
def test_odd_requests_get_an_answer(seed: int, caplog: pytest.LogCaptureFixture) -> None:
    random = Random(seed)
    behaviour = Behaviour(replica_lag_seconds=30, replica_lag_share=0.3, limits_on=False)
    account = Account(behaviour=behaviour, stories=[story(number) for number in range(1, 12)])
    known = routes(account)
    for _ in range(700):
        account.pass_time(random.random() * 20)
        if random.random() < 0.1:
            account.service.act()
            account.service.advance()
            account.service.take_deliveries()
        route = random.choice(known)
        method = route.method if random.random() < 0.95 else random.choice(("GET", "PUT", "POST"))
        path = route.path[1:].replace("{id:int}", some_id(account, random))
        for name in ("{id}", "{audit_id:int}", "{comment_id:int}", "{invocation_id}"):
            path = path.replace(name, some_id(account, random))
        body = some_body(random)
        query: dict[str, Any] = {
            random.choice(QUERIES): random.choice(QUERY_VALUES) for _ in range(random.randrange(4))
        }
        reply = account.send(method, path, body, **query)
        assert reply.status < 500, (method, path, query, body, caplog.text)
        if reply.response.body and "json" in reply.response.media_type:
            assert isinstance(reply.json, dict)


def some_id(account: Account, random: Random) -> str:
    table = random.choice(
        (
            account.service._desk.tickets,
            account.service._desk.users,
            account.service._desk.organizations,
            account.service._desk.fields,
            account.service._desk.memberships,
        )
    )
    return str(random.choice([*list(table.rows)[:20], 0, 10**25]))


def some_body(random: Random) -> object:
    if random.random() < 0.1:
        return random.choice(VALUES)
    given = {random.choice(KEYS): random.choice(VALUES) for _ in range(random.randrange(1, 6))}
    if random.random() < 0.7:
        given.setdefault("comment", {"body": "x"})
        given.setdefault("name", "x")
    return {random.choice(NAMES) if random.random() < 0.1 else name: given for name in NAMES}
