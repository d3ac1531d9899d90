"""Mutations, written through to emulated desks."""

from __future__ import annotations

import pytest

from sync.operations.front import Writes
from tests.schema.live import Live, live

ERRORS = "errors { __typename code message hint path }"
DONE = f"operation {{ key state attempts }} replayed {ERRORS}"


@pytest.mark.parametrize("desk", ["acme", "shop"])
def test_comment_is_written_through_and_shown(desk: str) -> None:
    async def scenario(world: Live) -> None:
        ticket = await world.first_ticket(desk)
        payload = await world.write(
            "addComment",
            "AddCommentInput",
            f"comment {{ body visibility ticket {{ id }} }} ticket {{ id }} {DONE}",
            ticket=ticket,
            body="Checked: it left this morning.",
            visibility="INTERNAL",
            idempotencyKey="k1",
        )
        assert payload["errors"] == []
        assert payload["operation"] == {"key": "k1", "state": "CONFIRMED", "attempts": 1}
        assert payload["comment"] == {
            "body": "Checked: it left this morning.",
            "visibility": "INTERNAL",
            "ticket": {"id": ticket},
        }

    live(scenario)


def test_same_key_again_is_answered_by_the_first_write() -> None:
    async def scenario(world: Live) -> None:
        ticket = await world.first_ticket("shop")
        given = {"ticket": ticket, "body": "Once.", "idempotencyKey": "once"}
        shown = f"comment {{ id }} operation {{ id }} replayed {ERRORS}"
        first = await world.write("addComment", "AddCommentInput", shown, **given)
        again = await world.write("addComment", "AddCommentInput", shown, **given)
        assert again == {**first, "replayed": True}
        other = await world.write(
            "addComment", "AddCommentInput", shown, **{**given, "body": "Twice."}
        )
        assert other["errors"][0]["code"] == "BAD_USER_INPUT"
        assert other["errors"][0]["path"] == ["idempotencyKey"]

    live(scenario)


def test_keys_of_two_callers_do_not_meet() -> None:
    async def scenario(world: Live) -> None:
        ticket = await world.first_ticket("shop")
        given = {"ticket": ticket, "body": "Mine.", "idempotencyKey": "k"}
        shown = f"replayed operation {{ key actor }} {ERRORS}"
        await world.write("addComment", "AddCommentInput", shown, **given)
        world.viewer = "somebody else"
        payload = await world.write("addComment", "AddCommentInput", shown, **given)
        assert not payload["replayed"]
        assert payload["operation"] == {"key": "k", "actor": "somebody else"}

    live(scenario)


@pytest.mark.parametrize("desk", ["acme", "shop"])
def test_dry_run_says_what_would_be_sent_and_sends_nothing(desk: str) -> None:
    async def scenario(world: Live) -> None:
        ticket = await world.first_ticket(desk)
        payload = await world.write(
            "addComment",
            "AddCommentInput",
            f"comment {{ id }} planned {{ method path body }} {DONE}",
            ticket=ticket,
            body="Not sent.",
            idempotencyKey="dry",
            dryRun=True,
        )
        assert payload["operation"] is None
        assert payload["comment"] is None
        assert payload["errors"] == []
        [planned] = payload["planned"]
        assert "Not sent." in str(planned["body"])
        data = await world.ask('{ operations { nodes { id } } operation(key: "dry") { id } }')
        assert data == {"operations": {"nodes": []}, "operation": None}

    live(scenario)


@pytest.mark.parametrize(("desk", "solved"), [("acme", "SOLVED"), ("shop", "CLOSED")])
def test_ticket_is_made_changed_and_closed(desk: str, solved: str) -> None:
    async def scenario(world: Live) -> None:
        ticket_fields = "id subject status priority tags assignee { id } requester { email }"
        shown = f"ticket {{ {ticket_fields} }} {DONE}"
        created = await world.write(
            "createTicket",
            "CreateTicketInput",
            shown,
            desk=desk,
            subject="Broken zip",
            body="It came open.",
            requester={"email": "new@customer.example", "name": "New Customer"},
            priority="LOW",
            tags=["zip"],
            idempotencyKey="create",
        )
        assert created["errors"] == []
        assert created["operation"]["state"] == "CONFIRMED"
        ticket = created["ticket"]
        assert (ticket["subject"], ticket["priority"]) == ("Broken zip", "LOW")
        await world.clock.sleep(60)
        data = await world.ask(
            "query ($k: String!) { desk(key: $k) { agents { id externalId } } }", k=desk
        )
        agent = data["desk"]["agents"][0]["id"]
        changed = await world.write(
            "updateTicket",
            "UpdateTicketInput",
            shown,
            id=ticket["id"],
            subject="Broken zip on a bag",
            priority="HIGH",
            assignee=agent,
            addTags=["bag"],
            removeTags=["zip"],
        )
        assert changed["errors"] == []
        assert changed["ticket"]["subject"] == "Broken zip on a bag"
        assert changed["ticket"]["priority"] == "HIGH"
        assert changed["ticket"]["assignee"] == {"id": agent}
        assert changed["ticket"]["tags"] == ["bag"]
        assert changed["ticket"]["requester"] == {"email": "new@customer.example"}
        closed = await world.write(
            "closeTicket",
            "CloseTicketInput",
            f"{shown}",
            id=ticket["id"],
            reason="Sent a new one.",
            idempotencyKey="close",
        )
        assert closed["errors"] == []
        assert closed["ticket"]["status"] == solved
        await world.clock.sleep(60)
        data = await world.ask(
            """query ($id: ID!) { node(id: $id) { ... on Ticket { status assignee { id }
            comments { nodes { body visibility } } sync { freshness pendingWrite { id } } } } }""",
            id=ticket["id"],
        )
        assert data["node"]["assignee"] == {"id": agent}
        assert {"body": "Sent a new one.", "visibility": "INTERNAL"} in data["node"]["comments"][
            "nodes"
        ]
        assert data["node"]["sync"] == {"freshness": "LIVE", "pendingWrite": None}

    live(scenario)


@pytest.mark.parametrize("desk", ["acme", "shop"])
def test_null_clears_and_what_is_left_out_stays(desk: str) -> None:
    async def scenario(world: Live) -> None:
        data = await world.ask(
            """query ($f: TicketFilter) { tickets(first: 1, filter: $f) {
            nodes { id subject } } }""",
            f={
                "desk": {"in": [desk]},
                "assignee": {"isNull": False},
                "status": ["OPEN", "PENDING", "SOLVED"] if desk == "acme" else ["OPEN", "CLOSED"],
            },
        )
        [ticket] = data["tickets"]["nodes"]
        payload = await world.write(
            "updateTicket",
            "UpdateTicketInput",
            f"ticket {{ id subject assignee {{ id }} }} {ERRORS}",
            id=ticket["id"],
            assignee=None,
        )
        assert payload["errors"] == []
        assert payload["ticket"] == {**ticket, "assignee": None}

    live(scenario)


@pytest.mark.parametrize("desk", ["acme", "shop"])
def test_outdated_change_is_a_conflict_with_the_ticket_as_it_is(desk: str) -> None:
    async def scenario(world: Live) -> None:
        ticket = await world.first_ticket(desk)
        payload = await world.write(
            "updateTicket",
            "UpdateTicketInput",
            f"ticket {{ id updatedAt }} {ERRORS}",
            id=ticket,
            subject="Mine",
            expectedUpdatedAt="2020-01-01T00:00:00Z",
        )
        [error] = payload["errors"]
        assert (error["__typename"], error["code"]) == ("ConflictError", "CONFLICT")
        assert payload["ticket"]["id"] == ticket

    live(scenario)


@pytest.mark.parametrize("desk", ["acme", "shop"])
def test_change_that_was_expected_passes_and_can_be_repeated(desk: str) -> None:
    async def scenario(world: Live) -> None:
        ticket = await world.first_ticket(desk)
        query = "query ($id: ID!) { node(id: $id) { ... on Ticket { updatedAt } } }"
        held = (await world.ask(query, id=ticket))["node"]["updatedAt"]
        given = {"id": ticket, "subject": "Mine", "expectedUpdatedAt": held}
        shown = f"ticket {{ subject }} {DONE}"
        given["idempotencyKey"] = "expected"
        first = await world.write("updateTicket", "UpdateTicketInput", shown, **given)
        assert first["errors"] == []
        assert first["ticket"] == {"subject": "Mine"}
        again = await world.write("updateTicket", "UpdateTicketInput", shown, **given)
        assert again == {**first, "replayed": True}

    live(scenario)


def test_churn_ticket_follows_the_rules_and_is_one_a_day() -> None:
    async def scenario(world: Live) -> None:
        given = {
            "desk": "acme",
            "customerId": "C-1",
            "customerEmail": "c1@customer.example",
            "churnRisk": 0.9,
            "lifetimeValue": 6000.0,
            "daysSincePurchase": 90,
        }
        shown = (
            "ticket { id subject priority tags comments { nodes { visibility } } } "
            f"replayed {ERRORS}"
        )
        payload = await world.write("createChurnTicket", "CreateChurnTicketInput", shown, **given)
        assert payload["errors"] == []
        assert payload["ticket"]["subject"] == "Critical Churn Risk: Customer C-1"
        assert payload["ticket"]["priority"] == "URGENT"
        assert "churn-risk" in payload["ticket"]["tags"]
        again = await world.write("createChurnTicket", "CreateChurnTicketInput", shown, **given)
        assert again["replayed"]
        assert again["ticket"]["id"] == payload["ticket"]["id"]
        wrong = await world.write(
            "createChurnTicket", "CreateChurnTicketInput", shown, **{**given, "churnRisk": 1.5}
        )
        assert wrong["errors"][0]["path"] == ["churnRisk"]
        nowhere = await world.write(
            "createChurnTicket",
            "CreateChurnTicketInput",
            shown,
            customerId="C-1",
            churnRisk=0.5,
            lifetimeValue=1.0,
        )
        assert nowhere["errors"][0]["path"] == ["desk"]

    live(scenario)


def test_refresh_shows_what_happened_at_the_desk_meanwhile() -> None:
    async def scenario(world: Live) -> None:
        ticket = await world.first_ticket("shop")
        payload = (
            await world.ask(
                f"mutation ($id: ID!) {{ refreshTicket(id: $id) {{ ticket {{ id }} "
                f"query {{ viewer {{ name }} }} {ERRORS} }} }}",
                id=ticket,
            )
        )["refreshTicket"]
        assert payload["errors"] == []
        assert payload["ticket"]["id"] == ticket
        assert payload["query"] == {"viewer": {"name": "tester"}}

    live(scenario)


def test_a_desk_that_does_not_answer_is_an_error_that_may_be_repeated() -> None:
    async def scenario(world: Live) -> None:
        ticket = await world.first_ticket("shop")
        world.cut_off("shop")
        shown = f"ticket {{ id }} {DONE}"
        payload = (
            await world.ask(
                "mutation ($id: ID!) { refreshTicket(id: $id) { ticket { id } "
                "errors { __typename code ... on ProviderError { retryable desk } } } }",
                id=ticket,
            )
        )["refreshTicket"]
        [error] = payload["errors"]
        assert error == {
            "__typename": "ProviderError",
            "code": "PROVIDER_UNAVAILABLE",
            "retryable": True,
            "desk": "shop",
        }
        assert payload["ticket"] == {"id": ticket}
        pending = await world.write(
            "addComment",
            "AddCommentInput",
            shown,
            ticket=ticket,
            body="Later.",
            idempotencyKey="later",
        )
        assert pending["errors"] == []
        assert pending["operation"]["state"] == "SENDING"
        data = await world.ask(
            """query ($id: ID!) { node(id: $id) { ... on Ticket {
            sync { freshness pendingWrite { key state } } } } }""",
            id=ticket,
        )
        assert data["node"]["sync"] == {
            "freshness": "SETTLING",
            "pendingWrite": {"key": "later", "state": "SENDING"},
        }
        world.reconnect("shop")
        await world.clock.sleep(30)
        data = await world.ask('{ operation(key: "later") { state settledAt error { code } } }')
        assert data["operation"]["state"] == "CONFIRMED"
        assert data["operation"]["error"] is None

    live(scenario)


def test_writes_can_be_switched_off() -> None:
    async def scenario(world: Live) -> None:
        ticket = await world.first_ticket("shop")
        payload = await world.write(
            "addComment",
            "AddCommentInput",
            ERRORS,
            ticket=ticket,
            body="No.",
            idempotencyKey="off",
        )
        assert payload["errors"][0]["code"] == "WRITES_OFF"

    live(scenario, writes=Writes.OFF)


def test_closed_ticket_says_whether_it_can_be_followed_up() -> None:
    async def scenario(world: Live) -> None:
        ticket = await world.first_ticket("acme")
        closed = await world.write(
            "updateTicket",
            "UpdateTicketInput",
            f"ticket {{ status }} {ERRORS}",
            id=ticket,
            status="CLOSED",
        )
        assert closed == {"ticket": {"status": "CLOSED"}, "errors": []}
        payload = await world.write(
            "addComment",
            "AddCommentInput",
            "errors { code ... on ClosedTicketError { followUpPossible } }",
            ticket=ticket,
            body="Too late.",
            idempotencyKey="closed",
        )
        assert payload["errors"] == [{"code": "TICKET_CLOSED", "followUpPossible": True}]

    live(scenario)
