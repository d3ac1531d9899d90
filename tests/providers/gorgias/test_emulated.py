"""The dictionary against the emulated Gorgias: each verb and lane is built, answered and read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from domain.errors import ProviderError, RateLimitedError, UnauthorizedError
from domain.http import Request, Response
from domain.observation import Gone, TicketSeen
from domain.records import Comment, JsonValue, TicketCore
from domain.words import Delivery, PersonRole, Priority, Status, Visibility
from domain.writes import CommentDraft, Requester, TicketDraft, TicketPatch
from emulator.gorgias.service import GorgiasService, TicketTruth
from emulator.kernel.service import Behaviour
from integrations.ticketing.gorgias import GorgiasDictionary
from tests.providers.in_process import START, Account, ManualClock, comments, core, stories

TICKETS = 130
DRAFT = TicketDraft("Late parcel", "Where is it?", requester=Requester(email="new@x.test"))
PUBLIC = CommentDraft("It is on its way", Visibility.PUBLIC)


@dataclass
class GorgiasAccount(Account):
    service: GorgiasService

    def create(self, draft: TicketDraft = DRAFT) -> TicketSeen:
        (step,) = self.dictionary.create_steps(draft)
        seen = self.write(step, None, "dg_new")
        assert seen is not None
        return seen

    def truth(self, ticket_id: str) -> TicketTruth:
        found = self.service.truth(int(ticket_id))
        assert found is not None
        return found


@pytest.fixture
def account() -> GorgiasAccount:
    clock = ManualClock()
    service = GorgiasService(
        clock=clock, random=Random(7), plan="team", behaviour=Behaviour(limits_on=False)
    )
    service.load(stories(TICKETS))
    dictionary = GorgiasDictionary(web_url="https://demo", fallback_requester="op@demo.test")
    return GorgiasAccount(service, clock, dictionary)


def test_the_account_has_an_identity(account: GorgiasAccount) -> None:
    identity = account.dictionary.parse_identity(account.ask(account.dictionary.build_identity()))
    assert identity == "gorgias:demo-shop"
    account.key = "wrong"
    with pytest.raises(UnauthorizedError, match="GORGIAS_API_KEY"):
        account.dictionary.parse_identity(account.ask(account.dictionary.build_identity()))


def test_a_backfill_brings_every_ticket_once_and_newest_first(account: GorgiasAccount) -> None:
    seen = [ticket for page in account.pages("backfill") for ticket in page.tickets]
    assert sorted(int(ticket.external_id) for ticket in seen) == account.service.ticket_ids()
    kept = [ticket.version for ticket in seen if ticket.version is not None]
    assert kept == sorted(kept, reverse=True)


def test_a_row_and_the_detail_of_one_state_are_equal(account: GorgiasAccount) -> None:
    rows = [ticket for page in account.pages("backfill") for ticket in page.tickets]
    for row in rows:
        alone = account.detail(row.external_id)
        assert (row.core, row.tags, row.version) == (alone.core, alone.tags, alone.version)
        assert alone.custom_fields in (None, row.custom_fields)
        assert (alone.custom_fields is None) == (row.custom_fields in ({}, None))


def test_all_messages_come_as_the_details_show_them(account: GorgiasAccount) -> None:
    fed: dict[str, dict[str, Comment]] = {}
    for page in account.pages("messages"):
        for comment in page.comments:
            fed.setdefault(comment.ticket_id, {})[comment.external_id] = comment
    for ticket_id in map(str, account.service.ticket_ids()):
        seen = account.detail(ticket_id)
        if isinstance(seen.core, TicketCore):
            assert {one.external_id: one for one in comments(seen)} == fed[ticket_id]
            told = [message["body_text"] for message in account.truth(ticket_id).messages]
            assert [one.body for one in comments(seen)] == told


def test_people_teams_and_fields_come_whole(account: GorgiasAccount) -> None:
    people = [person for page in account.pages("people") for person in page.people]
    assert len({person.external_id for person in people}) == len(people) > 100
    assert {person.role for person in people} == {PersonRole.CUSTOMER}
    reference = list(account.pages("reference"))
    agents = [person for page in reference for person in page.people]
    assert len(agents) > 10
    kinds = {type(record).__name__ for page in reference for record in page.references}
    assert kinds == {"Team", "TicketField"}
    again = [person for page in account.pages("people") for person in page.people]
    assert len(again) <= 100


def test_a_created_ticket_is_shown_found_and_told_by_both_lanes(
    account: GorgiasAccount,
) -> None:
    for name in ("tail", "events"):
        list(account.pages(name))
    account.clock.seconds += 10
    draft = TicketDraft(
        "Late parcel",
        "Where is it?",
        requester=Requester(email="new@x.test", name="New One"),
        priority=Priority.URGENT,
        tags=("churn-risk", "retention"),
    )
    seen = account.create(draft)
    held = core(seen)
    assert (held.subject, held.status, held.priority) == (
        "Late parcel",
        Status.OPEN,
        Priority.URGENT,
    )
    assert seen.external_reference == "dg_new"
    assert seen.tags == ("churn-risk", "retention")
    (first,) = comments(seen)
    assert (first.body, first.visibility) == ("Where is it?", Visibility.PUBLIC)
    assert (first.author_role, first.author_id) == (PersonRole.CUSTOMER, held.requester_id)
    assert (core(account.detail(seen.external_id)), account.listed(seen.external_id)[0].core) == (
        held,
        held,
    )
    (step,) = account.dictionary.create_steps(draft)
    look = account.dictionary.build_find(step, ticket_id=None, operation_id="dg_new")
    found = account.dictionary.parse_find(
        step, account.ask(look), ticket_id=None, operation_id="dg_new"
    )
    assert found is not None
    assert found.external_id == seen.external_id
    account.clock.seconds += 5
    told = [ticket.external_id for page in account.pages("tail") for ticket in page.tickets]
    assert told[0] == seen.external_id
    touched = [ticket_id for page in account.pages("events") for ticket_id in page.touched]
    assert touched == [seen.external_id]
    assert [page.touched for page in account.pages("events")] == [()]


@pytest.mark.parametrize(
    "requester", [None, Requester(), Requester(email="op@demo.test", external_reference="ABC123")]
)
def test_a_note_about_somebody_reaches_nobody(
    account: GorgiasAccount, requester: Requester | None
) -> None:
    draft = TicketDraft("Churn", "85 %", visibility=Visibility.INTERNAL, requester=requester)
    (note,) = comments(account.create(draft))
    assert (note.visibility, note.author_role) == (Visibility.INTERNAL, PersonRole.AGENT)
    assert note.delivery is Delivery.RECEIVED


def test_all_fields_change_and_each_set_has_its_call(account: GorgiasAccount) -> None:
    reference = [one for page in account.pages("reference") for one in page.references]
    team = next(one.external_id for one in reference if type(one).__name__ == "Team")
    agents = [one for page in account.pages("reference") for one in page.people]
    created = account.create()
    until = datetime.fromtimestamp(START, UTC) + timedelta(days=3)
    before = created.version or 0
    account.clock.seconds += 1
    patch = TicketPatch(
        subject="Found",
        status=Status.PENDING,
        priority=Priority.LOW,
        assignee_id=agents[0].external_id,
        team_id=team,
        snoozed_until=until,
        add_tags=("late", "found"),
        comment=CommentDraft("Called them"),
    )
    *sets, updated, noted = account.update(created.external_id, patch)
    assert sets == [None]
    held = core(updated)
    assert (held.subject, held.status, held.priority) == ("Found", Status.OPEN, Priority.LOW)
    assert (held.assignee_id, held.team_id) == (agents[0].external_id, team)
    assert held.snoozed_until == until
    assert updated is not None
    assert (updated.version or 0) > before
    (note,) = comments(noted)
    assert (note.visibility, note.external_reference) == (Visibility.INTERNAL, "dg_2")
    assert account.detail(created.external_id).tags == ("found", "late")
    assert comments(account.detail(created.external_id))[-1] == note
    account.update(
        created.external_id, TicketPatch(remove_tags=("late",), assignee_id=None, team_id=None)
    )
    seen = account.detail(created.external_id)
    assert seen.tags == ("found",)
    assert (core(seen).assignee_id, core(seen).team_id) == (None, None)


def test_custom_fields_are_set_one_by_one_and_cleared(account: GorgiasAccount) -> None:
    created = account.create()
    fields = {
        ticket.external_id: ticket.custom_fields
        for page in account.pages("backfill")
        for ticket in page.tickets
        if ticket.custom_fields
    }
    some: dict[str, JsonValue] = dict(next(iter(fields.values())))
    assert account.update(created.external_id, TicketPatch(custom_fields=some)) == [None]
    assert account.detail(created.external_id).custom_fields == some
    one = next(iter(some))
    account.update(created.external_id, TicketPatch(custom_fields={one: None}))
    left = {key: value for key, value in some.items() if key != one}
    assert account.listed(created.external_id)[0].custom_fields == left
    account.update(created.external_id, TicketPatch(custom_fields=dict.fromkeys(left)))
    # A detail without values does not say so; a list does.
    assert account.detail(created.external_id).custom_fields is None
    assert account.listed(created.external_id)[0].custom_fields == {}


def test_a_custom_field_moves_no_version_and_is_told_by_events(account: GorgiasAccount) -> None:
    created = account.create()
    list(account.pages("events"))
    account.clock.seconds += 10
    donor = next(
        ticket
        for page in account.pages("backfill")
        for ticket in page.tickets
        if ticket.custom_fields
    )
    account.update(created.external_id, TicketPatch(custom_fields=dict(donor.custom_fields or {})))
    account.clock.seconds += 5
    assert account.detail(created.external_id).version == created.version
    touched = {ticket_id for page in account.pages("events") for ticket_id in page.touched}
    assert created.external_id in touched


def test_a_public_reply_is_sent_read_again_until_then_and_found(account: GorgiasAccount) -> None:
    created = account.create()
    ticket_id = created.external_id
    (step,) = account.dictionary.update_steps(TicketPatch(comment=PUBLIC))
    seen = account.write(step, ticket_id, "dg_reply")
    (reply,) = comments(seen)
    assert (reply.visibility, reply.delivery) == (Visibility.PUBLIC, Delivery.SENDING)
    response = account.ask(account.dictionary.build_ticket(ticket_id))
    assert account.dictionary.parse_ticket(response, ticket_id).touched == (ticket_id,)
    account.clock.seconds += 5
    response = account.ask(account.dictionary.build_ticket(ticket_id))
    page = account.dictionary.parse_ticket(response, ticket_id)
    assert page.touched == ()
    assert [one.delivery for one in comments(page.tickets[0])] == [
        Delivery.RECEIVED,
        Delivery.SENT,
    ]
    look = account.dictionary.build_find(step, ticket_id=ticket_id, operation_id="dg_reply")
    found = account.dictionary.parse_find(
        step, account.ask(look), ticket_id=ticket_id, operation_id="dg_reply"
    )
    assert [one.external_id for one in comments(found)] == [reply.external_id]
    message = account.truth(ticket_id).messages[-1]
    source = message["source"]
    assert isinstance(source, dict)
    assert source["to"] == [{"address": "new@x.test", "name": ""}]


@pytest.mark.parametrize("shape", ["row", "detail"])
def test_any_ticket_can_be_answered_from_either_shape(account: GorgiasAccount, shape: str) -> None:
    (step,) = account.dictionary.update_steps(TicketPatch(comment=PUBLIC))
    answered = 0
    for page in account.pages("backfill"):
        for row in page.tickets:
            if not isinstance(row.core, TicketCore):
                continue
            raw = row.raw if shape == "row" else account.detail(row.external_id).raw
            request = account.dictionary.build_step(
                step, ticket_id=row.external_id, operation_id="dg_a", stamp=None, ticket_raw=raw
            )
            seen = account.dictionary.parse_step(step, account.ask(request))
            assert [one.visibility for one in comments(seen)] == [Visibility.PUBLIC]
            answered += 1
    assert answered > 100


def test_closing_with_a_reason_keeps_the_ticket_closed(account: GorgiasAccount) -> None:
    created = account.create()
    patch = TicketPatch(status=Status.SOLVED, comment=CommentDraft("Customer is happy"))
    noted, closed = account.update(created.external_id, patch)
    assert comments(noted)[0].body == "Customer is happy"
    assert core(closed).status is Status.CLOSED
    assert core(closed).solved_at is not None
    account.update(created.external_id, TicketPatch(status=Status.OPEN))
    assert core(account.detail(created.external_id)).solved_at is None


def raw(account: GorgiasAccount, method: str, path: str, body: JsonValue = None) -> Response:
    """What somebody else does at Gorgias."""
    return account.ask(Request(method, path, body=body))


def test_a_trashed_a_deleted_and_an_unknown_ticket_are_gone(account: GorgiasAccount) -> None:
    trashed, deleted = account.create().external_id, account.create().external_id
    raw(account, "PUT", f"/api/tickets/{trashed}", {"trashed_datetime": "2026-11-24T12:00:00"})
    raw(account, "DELETE", f"/api/tickets/{deleted}")
    for ticket_id in (trashed, deleted, "987654321"):
        assert isinstance(account.detail(ticket_id).core, Gone)
        assert isinstance(account.listed(ticket_id)[0].core, Gone)
    raw(account, "PUT", f"/api/tickets/{trashed}", {"trashed_datetime": None})
    assert core(account.detail(trashed)).status is Status.OPEN


def test_what_people_do_there_is_told_by_the_tail_or_the_events(account: GorgiasAccount) -> None:
    """An edited message moves nothing, and its event names the message only."""

    def states() -> dict[str, object]:
        found = ((str(one), account.service.truth(one)) for one in account.service.ticket_ids())
        return {ticket_id: truth.revisions for ticket_id, truth in found if truth}

    def holders() -> dict[str, str]:
        return {
            str(message["id"]): str(one)
            for one in account.service.ticket_ids()
            for message in account.truth(str(one)).messages
        }

    for name in ("tail", "events"):
        list(account.pages(name))
    for _ in range(90):
        before = states()
        account.clock.seconds += 7
        sentence = account.service.act()
        account.clock.seconds += 7
        after = states()
        changed = {one for one in {*before, *after} if before.get(one) != after.get(one)}
        tail = {one.external_id for page in account.pages("tail") for one in page.tickets}
        events = list(account.pages("events"))
        touched = {one for page in events for one in page.touched}
        messages, of = {one for page in events for one in page.touched_comments}, holders()
        touched |= {of[message] for message in messages if message in of}
        assert changed <= tail | touched, sentence
        # The events alone prove it.
        assert changed <= touched, sentence


def test_a_merged_ticket_names_the_one_that_lives_on(account: GorgiasAccount) -> None:
    known = set(account.service.ticket_ids())
    for _ in range(3_000):
        account.clock.seconds += 7
        account.service.act()
        for source in known - set(account.service.ticket_ids()):
            target = account.service.merged_into(source)
            seen = account.detail(str(source)).core
            assert seen == Gone(None if target is None else str(target))
            if target is not None:
                assert isinstance(account.listed(str(source))[0].core, Gone)
                return
        known = set(account.service.ticket_ids())
    raise AssertionError("Nobody merged anything")


def test_the_bucket_is_read_and_a_full_one_is_typed() -> None:
    clock = ManualClock()
    service = GorgiasService(clock=clock, random=Random(7), plan="team")
    account = GorgiasAccount(service, clock, GorgiasDictionary())
    request = account.dictionary.build_identity()
    (reading,) = account.dictionary.budget_of(account.ask(request))
    assert (reading.limit, reading.remaining, reading.resets_in_seconds) == (40, 39, 0.5)
    for _ in range(39):
        account.ask(request)
    response = account.ask(request)
    error = account.dictionary.error_of(response, doing="list tickets")
    assert isinstance(error, RateLimitedError)
    assert error.retry_after_seconds == 1.0
    assert next(iter(account.dictionary.budget_of(response))).remaining == 0
    clock.seconds += 20.0
    assert account.ask(request).status == 200


@pytest.mark.parametrize(
    "patch",
    [
        TicketPatch(assignee_id="987654321"),
        TicketPatch(team_id="987654321"),
        TicketPatch(custom_fields={"987654321": "x"}),
    ],
)
def test_what_gorgias_refuses_is_told_by_field(account: GorgiasAccount, patch: TicketPatch) -> None:
    created = account.create()
    with pytest.raises(ProviderError) as caught:
        account.update(created.external_id, patch)
    assert caught.value.status in (400, 404)
    assert caught.value.details or caught.value.native_code
