"""Whether a record meets the terms of a query."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

from emulator.zendesk.desk import Desk
from emulator.zendesk.records import PRIORITIES, STATUSES, Group, Organization, Ticket, User
from emulator.zendesk.render import bodies
from emulator.zendesk.search_query import Term, is_within, span_of

Test = Callable[[Ticket], bool]

_RANKS = {
    "status": {word: rank for rank, word in enumerate(STATUSES)},
    "priority": {word: rank for rank, word in enumerate(PRIORITIES)},
}
_TIMES = {
    "created": "created_at",
    "created_at": "created_at",
    "updated": "updated_at",
    "updated_at": "updated_at",
}
_PEOPLE = {"requester": "requester_id", "assignee": "assignee_id", "submitter": "submitter_id"}


class TicketMatcher:
    """Turns a query's terms into one test. Terms with the same field and `:` are alternatives."""

    def __init__(self, desk: Desk, terms: Sequence[Term], *, me: int) -> None:
        self._desk = desk
        self._me = me
        grouped: dict[tuple[str, bool], list[Test]] = defaultdict(list)
        self._tests: list[Test] = []
        words: list[Test] = []
        for term in terms:
            test = self._test(term)
            if term.is_negated:
                self._tests.append(_not(test))
            elif not term.field:
                words.append(test)
            elif term.sign == ":":
                grouped[term.field, True].append(test)
            else:
                self._tests.append(test)
        self._tests += [_any(tests) for tests in grouped.values()]
        self._tests += words  # the dear ones last

    def matches(self, ticket: Ticket) -> bool:
        return all(test(ticket) for test in self._tests)

    def _test(self, term: Term) -> Test:
        """Raises `QueryError` for a date that is none."""
        field, value = term.field, term.value
        if not field:
            pattern = word_pattern(value)
            return lambda ticket: _has_words(ticket, pattern, value.rstrip("*").lower())
        if field in _RANKS:
            return _ranked(field, term)
        if field in _TIMES:
            return _timed(_TIMES[field], term, now=self._desk.now)
        if field in _PEOPLE:
            ids = self._people(value)
            attribute = _PEOPLE[field]
            return lambda ticket: getattr(ticket, attribute) in ids
        return self._other(field, value)

    def _other(self, field: str, value: str) -> Test:
        lowered = value.lower()
        if field in {"tags", "tag"}:
            if lowered == "none":
                return lambda ticket: not ticket.tags
            return lambda ticket: any(_is_like(tag, lowered) for tag in ticket.tags)
        if field in {"subject", "description"}:
            pattern = word_pattern(value)
            return lambda ticket: _has(_text(ticket, field), pattern)
        if field.startswith("custom_field_") and field[13:].isdigit():
            field_id = int(field[13:])
            return lambda ticket: _is_value(ticket.fields.get(field_id), lowered)
        if field == "organization":
            ids = self._organizations(value)
            return lambda ticket: ticket.organization_id in ids
        if field == "group":
            ids = self._groups(value)
            return lambda ticket: ticket.group_id in ids
        if field in {"cc", "commenter"}:
            people = self._people(value)
            return lambda ticket: bool(people & _involved(ticket, field))
        return _plain(field, lowered)

    def _people(self, value: str) -> frozenset[int | None]:
        lowered = value.lower()
        if lowered == "none":
            return frozenset({None})
        if lowered == "me":
            return frozenset({self._me})
        if value.isdigit():
            return frozenset({int(value)})
        users = self._desk.users.now()
        if "@" in value:
            return frozenset(user.id for user in users.find("email", lowered))
        return frozenset(user.id for user in users.all() if lowered in user.name.lower())

    def _organizations(self, value: str) -> frozenset[int | None]:
        if value.lower() == "none":
            return frozenset({None})
        rows = self._desk.organizations.now().walk("id")
        return frozenset(
            row.id for row in rows if str(row.id) == value or value.lower() in row.name.lower()
        )

    def _groups(self, value: str) -> frozenset[int | None]:
        if value.lower() == "none":
            return frozenset({None})
        rows = self._desk.groups.now().walk("id")
        return frozenset(
            row.id for row in rows if str(row.id) == value or value.lower() in row.name.lower()
        )


def _ranked(field: str, term: Term) -> Test:
    ranks, value = _RANKS[field], term.value.lower()
    if value == "none":
        return lambda ticket: getattr(ticket, field) is None
    if value not in ranks:
        return lambda _: False
    wanted, sign = ranks[value], term.sign

    def test(ticket: Ticket) -> bool:
        rank = ranks.get(getattr(ticket, field))
        return rank is not None and is_within(rank, sign, (wanted, wanted + 1))

    return test


def _timed(attribute: str, term: Term, *, now: float) -> Test:
    span, sign = span_of(term.value, now=now), term.sign
    return lambda ticket: is_within(getattr(ticket, attribute), sign, span)


def _plain(field: str, value: str) -> Test:
    attributes = {
        "ticket_type": "type",
        "external_id": "external_id",
        "via": "channel",
        "brand": "brand_id",
        "form": "form_id",
        "id": "id",
        "satisfaction": "satisfaction",
    }
    attribute = attributes.get(field)
    if attribute is None:
        return lambda _: False  # a field that nobody has
    return lambda ticket: str(getattr(ticket, attribute) or "none").lower() == value


def _involved(ticket: Ticket, field: str) -> frozenset[int | None]:
    if field == "commenter":
        return frozenset(comment.author_id for comment in ticket.comments)
    return frozenset((*ticket.collaborator_ids, *ticket.email_cc_ids))


def _is_value(held: object, wanted: str) -> bool:
    if isinstance(held, tuple):
        return wanted in held
    return held is not None and _is_like(str(held).lower(), wanted)


def _is_like(text: str, wanted: str) -> bool:
    if wanted.endswith("*"):
        return text.lower().startswith(wanted[:-1])
    return text.lower() == wanted


@lru_cache(maxsize=256)
def word_pattern(words: str) -> re.Pattern[str]:
    """Whole words without regard to case; a `*` at the end leaves the last one open."""
    stem = words.rstrip("*")
    end = "" if words.endswith("*") else r"(?!\w)"
    return re.compile(rf"(?<!\w){re.escape(stem)}{end}", re.IGNORECASE)


def _has(text: str, pattern: re.Pattern[str]) -> bool:
    return pattern.search(text) is not None


def _text(ticket: Ticket, field: str) -> str:
    if field == "subject" or not ticket.comments:
        return ticket.subject
    return bodies(ticket.comments[0])[0]


def _has_words(ticket: Ticket, pattern: re.Pattern[str], stem: str) -> bool:
    """In the subject or in any comment; the cheap test first."""
    if _has(ticket.subject, pattern):
        return True
    for comment in ticket.comments:
        raw = comment.text or comment.html
        if stem in raw.lower() and _has(bodies(comment)[0], pattern):
            return True
    return False


def matches_named(row: User | Organization | Group, terms: Iterable[Term]) -> bool:
    """Whether a user, an organization or a group meets the terms: by words and its own fields."""
    return all(_meets(row, term) != term.is_negated for term in terms)


def _meets(row: User | Organization | Group, term: Term) -> bool:
    value = term.value.lower()
    if term.field in _TIMES:
        return is_within(getattr(row, _TIMES[term.field]), term.sign, span_of(value, now=0))
    if not term.field:
        texts = (row.name, getattr(row, "email", None) or "")
        return any(_has(text, word_pattern(term.value)) for text in texts)
    if term.field in {"tags", "tag"}:
        return value in getattr(row, "tags", ())
    held = getattr(row, term.field, None) if term.field in _NAMED else None
    return held is not None and _is_like(str(held), value)


_NAMED = frozenset({"name", "email", "external_id", "role", "phone", "notes", "details", "id"})


def _not(test: Test) -> Test:
    return lambda ticket: not test(ticket)


def _any(tests: Sequence[Test]) -> Test:
    return lambda ticket: any(test(ticket) for test in tests)
