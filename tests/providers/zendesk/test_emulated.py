"""The dictionary against the emulated Zendesk: each lane and write is built, answered and read."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import pytest

from domain.errors import ForbiddenError, StaleStampError, TicketClosedError, UnauthorizedError
from domain.http import Request
from domain.observation import Gone, TicketSeen
from domain.records import Comment, TicketCore
from domain.words import PersonRole, Priority, Status, Visibility
from domain.writes import (
    AuditReading,
    AuditVerdict,
    CommentDraft,
    Requester,
    Step,
    TicketDraft,
    TicketPatch,
)
from emulator.kernel.service import Behaviour
from emulator.zendesk.service import Truth, ZendeskService
from integrations.ticketing.dictionary import Window
from integrations.ticketing.zendesk import ZendeskDictionary
from tests.providers.in_process import Account, ManualClock, comments, core, stories

TICKETS = 130
LATER = 70.0
"""Seconds after which the exports show a change."""
DRAFT = TicketDraft(
    "Late parcel",
    "Where is it?",
    requester=Requester(email="new@x.test", name="New One"),
    priority=Priority.URGENT,
    tags=("churn-risk", "retention"),
)


@dataclass
class ZendeskAccount(Account):
    service: ZendeskService

    def create(self, draft: TicketDraft = DRAFT, operation_id: str = "dg_new") -> TicketSeen:
        (step,) = self.dictionary.create_steps(draft)
        seen = self.write(step, None, operation_id)
        assert seen is not None
        return seen

    def truth(self, ticket_id: str) -> Truth:
        found = self.service.truth(int(ticket_id))
        assert found is not None
        return found

    def all_comments(self, ticket_id: str) -> dict[str, Comment]:
        found: dict[str, Comment] = {}
        cursor = None
        while True:
            response = self.ask(self.dictionary.build_comments(ticket_id, cursor))
            page = self.dictionary.parse_comments(response, ticket_id, cursor)
            assert page.oddities == ()
            found |= {one.external_id: one for one in comments(page.tickets[0])}
            if not page.more:
                return found
            cursor = page.cursor

    def audits(self, ticket_id: str, operation_id: str, stamp: int) -> AuditReading:
        response = self.ask(self.dictionary.build_audits(ticket_id))
        return self.dictionary.parse_audits(
            response, ticket_id=ticket_id, operation_id=operation_id, stamp=stamp
        )


@pytest.fixture
def account() -> ZendeskAccount:
    clock = ManualClock()
    service = ZendeskService(
        clock=clock,
        random=Random(7),
        behaviour=Behaviour(limits_on=False),
        base_url="https://demo.test",
    )
    service.load(stories(TICKETS))
    dictionary = ZendeskDictionary(web_url="https://demo.test")
    return ZendeskAccount(service, clock, dictionary, username="admin@demo.test/token")


def test_an_account_has_an_identity_and_a_stranger_has_none(account: ZendeskAccount) -> None:
    request = account.dictionary.build_identity()
    assert account.dictionary.parse_identity(account.ask(request)) == "zendesk:demo.test"
    account.key = "wrong"
    with pytest.raises(UnauthorizedError, match="ZENDESK_TOKEN"):
        account.dictionary.parse_identity(account.ask(request))


def test_backfill_export_and_the_ticket_alone_show_one_state_alike(
    account: ZendeskAccount,
) -> None:
    rows = [ticket for page in account.pages("backfill") for ticket in page.tickets]
    assert sorted(int(row.external_id) for row in rows) == account.service.ticket_ids()
    versions = [row.version or 0 for row in rows]
    assert versions == sorted(versions, reverse=True)
    account.clock.seconds += LATER
    exported = {
        ticket.external_id: ticket for page in account.pages("export") for ticket in page.tickets
    }
    for row in rows:
        for seen in (exported[row.external_id], account.detail(row.external_id)):
            assert (seen.core, seen.tags, seen.custom_fields, seen.version) == (
                row.core,
                row.tags,
                row.custom_fields,
                row.version,
            )


def test_the_comment_feed_shows_what_the_lists_show(account: ZendeskAccount) -> None:
    account.clock.seconds += LATER
    fed: dict[str, dict[str, Comment]] = {}
    for page in account.pages("comment_feed"):
        for comment in page.comments:
            fed.setdefault(comment.ticket_id, {})[comment.external_id] = comment
    for ticket_id in map(str, account.service.ticket_ids()):
        assert account.all_comments(ticket_id) == fed[ticket_id]


def test_people_organizations_and_reference_data_come_whole(account: ZendeskAccount) -> None:
    account.ask(account.dictionary.build_identity())
    account.clock.seconds += LATER
    people = [person for page in account.pages("people") for person in page.people]
    assert {PersonRole.AGENT, PersonRole.CUSTOMER} <= {person.role for person in people}
    listed = [person for page in account.pages("listed_people") for person in page.people]
    by_id = {person.external_id: person for person in people}
    assert {person.external_id: person for person in listed} == by_id
    found = [record for page in account.pages("reference") for record in page.references]
    assert {type(record).__name__ for record in found} == {"Team", "TicketField"}
    exported = [one for page in account.pages("organizations") for one in page.references]
    walked = [one for page in account.pages("listed_organizations") for one in page.references]
    ids = {one.external_id for one in exported}
    assert ids == {one.external_id for one in walked}


def test_an_agent_is_refused_the_exports_and_walks_instead(account: ZendeskAccount) -> None:
    account.username = "agent7@demo.test/token"
    for lane in account.dictionary.lanes(Window()):
        if lane.may_be_refused:
            with pytest.raises(ForbiddenError):
                lane.parse(None, account.ask(lane.build(None)))
        else:
            pages = list(account.pages(lane.name))
            assert pages, lane.name
    walked = {ticket.external_id for page in account.pages("walk") for ticket in page.tickets}
    assert sorted(map(int, walked)) == account.service.ticket_ids()


def test_what_people_do_there_is_told_by_the_tail_and_proved_by_the_exports(
    account: ZendeskAccount,
) -> None:
    def states() -> dict[str, dict[str, int]]:
        found = ((str(one), account.service.truth(one)) for one in account.service.ticket_ids())
        return {ticket_id: truth.revisions for ticket_id, truth in found if truth}

    names = ("tail", "export", "comment_feed")
    account.clock.seconds += LATER
    for name in names:
        list(account.pages(name))
    for _ in range(120):
        before = states()
        account.clock.seconds += LATER
        sentence = account.service.act()
        account.clock.seconds += LATER
        after = states()
        changed = {one for one in {*before, *after} if before.get(one) != after.get(one)}
        pages = {name: list(account.pages(name)) for name in names}
        exported = {one.external_id: one for page in pages["export"] for one in page.tickets}
        assert changed <= set(exported), sentence
        gone = {one for one in exported if isinstance(exported[one].core, Gone)}
        assert set(before) - set(after) <= gone, sentence
        fed = {one.external_id for page in pages["comment_feed"] for one in page.comments}
        for ticket_id in changed & set(after):
            if before.get(ticket_id, {}).get("comments") != after[ticket_id]["comments"]:
                assert str(account.truth(ticket_id).comments[-1]["id"]) in fed, sentence


def test_a_create_is_done_once_under_its_key_and_found_by_its_mark(
    account: ZendeskAccount,
) -> None:
    seen = account.create()
    held = core(seen)
    assert (held.subject, held.status, held.priority) == (
        "Late parcel",
        Status.NEW,
        Priority.URGENT,
    )
    assert seen.tags == ("churn-risk", "retention")
    assert [one.body for one in comments(seen)] == ["Where is it?"]
    again = account.create()
    assert again.external_id == seen.external_id
    (step,) = account.dictionary.create_steps(DRAFT)
    found = account.find(step, None, "dg_new")
    assert found is not None
    assert found.external_id == seen.external_id
    assert account.find(step, None, "dg_other") is None


def stamped(
    account: ZendeskAccount, ticket_id: str, patch: TicketPatch, operation_id: str
) -> tuple[Step, int]:
    (step,) = account.dictionary.update_steps(patch)
    stamp = account.detail(ticket_id).version or 0
    account.clock.seconds += 2
    account.write(step, ticket_id, operation_id, stamp=stamp)
    return step, stamp


def test_of_two_writes_with_one_stamp_the_second_is_refused(account: ZendeskAccount) -> None:
    ticket_id = account.create().external_id
    account.clock.seconds += 2
    patch = TicketPatch(status=Status.PENDING, comment=CommentDraft("Called them"))
    step, stamp = stamped(account, ticket_id, patch, "dg_ours")
    with pytest.raises(StaleStampError):
        account.write(step, ticket_id, "dg_ours", stamp=stamp)
    won = account.audits(ticket_id, "dg_ours", stamp)
    assert won.verdict is AuditVerdict.WON
    assert won.comment is not None
    assert (won.comment.body, won.comment.visibility) == ("Called them", Visibility.INTERNAL)
    assert account.audits(ticket_id, "dg_theirs", stamp).verdict is AuditVerdict.LOST
    version = account.detail(ticket_id).version or 0
    assert account.audits(ticket_id, "dg_theirs", version).verdict is AuditVerdict.UNDECIDED
    assert len(account.all_comments(ticket_id)) == 2


@pytest.mark.parametrize("patch", [TicketPatch(add_tags=("a",)), TicketPatch(remove_tags=("b",))])
def test_tags_carry_a_stamp_as_well(account: ZendeskAccount, patch: TicketPatch) -> None:
    ticket_id = account.create(TicketDraft("s", "b", tags=("b", "c"))).external_id
    account.clock.seconds += 2
    step, stamp = stamped(account, ticket_id, patch, "dg_tags")
    assert account.detail(ticket_id).tags == (("a", "b", "c") if patch.add_tags else ("c",))
    account.clock.seconds += 2
    with pytest.raises(StaleStampError):
        account.write(step, ticket_id, "dg_tags", stamp=stamp)


def test_fields_comment_and_status_are_one_write_and_a_closed_ticket_is_final(
    account: ZendeskAccount,
) -> None:
    created = account.create()
    ticket_id = created.external_id
    agents = {
        person.external_id
        for page in account.pages("listed_people")
        for person in page.people
        if person.role is PersonRole.AGENT
    }
    account.clock.seconds += 2
    patch = TicketPatch(
        subject="Found",
        status=Status.SOLVED,
        priority=None,
        assignee_id=min(agents),
        comment=CommentDraft("It has arrived", Visibility.PUBLIC),
    )
    (seen,) = account.update(ticket_id, patch)
    held = core(seen)
    assert (held.subject, held.status, held.priority) == ("Found", Status.SOLVED, None)
    assert held.assignee_id == min(agents)
    assert [one.visibility for one in comments(seen)] == [Visibility.PUBLIC]
    account.update(ticket_id, TicketPatch(status=Status.CLOSED))
    with pytest.raises(TicketClosedError):
        account.update(ticket_id, TicketPatch(subject="Again"))


def test_a_deleted_ticket_is_gone_everywhere(account: ZendeskAccount) -> None:
    ticket_id = account.create().external_id
    account.clock.seconds += LATER
    list(account.pages("export"))
    account.ask(Request("DELETE", f"/api/v2/tickets/{ticket_id}"))
    assert isinstance(account.detail(ticket_id).core, Gone)
    assert isinstance(account.listed(ticket_id)[0].core, Gone)
    account.clock.seconds += LATER
    (exported,) = [ticket for page in account.pages("export") for ticket in page.tickets]
    assert (exported.external_id, isinstance(exported.core, Gone)) == (ticket_id, True)
    assert not isinstance(exported.core, TicketCore)


def test_every_bucket_of_a_reply_is_a_known_family() -> None:
    clock = ManualClock()
    service = ZendeskService(clock=clock, random=Random(7), base_url="https://demo.test")
    service.load(stories(5))
    account = ZendeskAccount(service, clock, ZendeskDictionary(), username="admin@x.test/token")
    seen = account.create()
    clock.seconds += LATER
    requests = [lane.build(None) for lane in account.dictionary.lanes(Window())]
    requests += [
        account.dictionary.build_step(
            step, ticket_id=seen.external_id, operation_id="dg_1", stamp=None
        )
        for step in account.dictionary.update_steps(TicketPatch(subject="x", add_tags=("a",)))
    ]
    for request in requests:
        readings = account.dictionary.budget_of(account.ask(request))
        families = {reading.family for reading in readings}
        assert "account" in families
        assert request.family.partition(":")[0] in {*families, "account"}, request.path
