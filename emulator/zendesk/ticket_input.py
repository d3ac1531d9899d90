"""Reads what a client sends for a ticket: values checked, every flaw collected before refusing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from emulator.kernel.http import JsonValue
from emulator.zendesk import errors, field_values
from emulator.zendesk.desk import Desk
from emulator.zendesk.people import People, PersonError
from emulator.zendesk.records import PRIORITIES, STATUSES, TYPES, Ticket, User
from emulator.zendesk.render import JsonObject
from emulator.zendesk.times import seconds_of

MAX_BODY: Final = 65_535
_BLANK = ("cannot be blank", "BlankValue")

HANDLED = frozenset(
    (
        *("subject", "raw_subject", "description", "comment", "priority", "status", "type"),
        *("custom_status_id", "requester", "requester_id", "submitter_id", "assignee_id"),
        *("assignee_email", "group_id", "organization_id", "external_id", "tags"),
        *("additional_tags", "remove_tags", "custom_fields", "fields", "due_at", "problem_id"),
        *("collaborator_ids", "additional_collaborators", "collaborators", "follower_ids"),
        *("followers", "email_cc_ids", "email_ccs", "ticket_form_id", "brand_id", "metadata"),
        *("safe_update", "updated_stamp", "via_followup_source_id", "recipient", "id"),
        *("macro_id", "macro_ids", "via_id", "via"),
    )
)


@dataclass(frozen=True, slots=True)
class CommentInput:
    """A comment to be written. `is_public` is None when the client did not say."""

    html: str
    text: str | None
    is_public: bool | None
    author_id: int | None


@dataclass(slots=True)
class TicketInput:
    """What a client wants: new values by the ticket's attribute, and a comment."""

    changes: dict[str, object] = field(default_factory=dict)
    comment: CommentInput | None = None
    custom: JsonObject = field(default_factory=dict)
    has_tags: bool = False


class Reader:
    """Reads one request's `ticket` object. `read` raises `Refused` (400, 422)."""

    def __init__(self, desk: Desk, old: Ticket | None, people: People) -> None:
        self._desk = desk
        self._people = people
        self._old = old
        self._flaws: dict[str, list[tuple[str, str]]] = {}
        self._input = TicketInput()
        self._readers: dict[str, Callable[[JsonValue], None]] = {
            "subject": self._subject,
            "priority": self._one_of("priority", PRIORITIES),
            "type": self._one_of("type", TYPES),
            "status": self._status,
            "custom_status_id": self._custom_status,
            "external_id": self._text("external_id"),
            "recipient": self._text("recipient"),
            "requester": self._requester,
            "requester_id": self._user("requester_id"),
            "submitter_id": self._user("submitter_id"),
            "assignee_id": self._assignee,
            "assignee_email": self._assignee_email,
            "group_id": self._group,
            "organization_id": self._organization,
            "problem_id": self._problem,
            "due_at": self._due_at,
            "brand_id": self._number("brand_id"),
            "ticket_form_id": self._number("form_id"),
            "collaborator_ids": self._several("collaborator_ids"),
            "collaborators": self._several("collaborator_ids"),
            "additional_collaborators": self._several("collaborator_ids", adds=True),
            "follower_ids": self._several("follower_ids"),
            "followers": self._several("follower_ids", adds=True),
            "email_cc_ids": self._several("email_cc_ids"),
            "email_ccs": self._several("email_cc_ids", adds=True),
            "custom_fields": self._custom_fields,
            "fields": self._custom_fields,
            "metadata": self._metadata,
            "comment": self._comment,
        }

    def read(self, given: JsonObject) -> TicketInput:
        for name, reader in self._readers.items():
            if name in given:
                reader(given[name])
        self._tags(given)
        if self._old is None and self._input.comment is None:
            self._description(given)
        if self._flaws:
            raise errors.invalid(self._flaws)
        return self._input

    def _flaw(self, name: str, words: str, code: str = "InvalidValue") -> None:
        title = name.removesuffix("_id").replace("_", " ").capitalize()
        self._flaws.setdefault(name, []).append((f"{title}: {words}", code))

    def _set(self, attribute: str, value: object) -> None:
        self._input.changes[attribute] = value

    def _text(self, attribute: str) -> Callable[[JsonValue], None]:
        def read(value: JsonValue) -> None:
            if isinstance(value, dict | list | bool):
                self._flaw(attribute, "is not valid")
            else:
                self._set(attribute, None if value in (None, "") else str(value))

        return read

    def _number(self, attribute: str) -> Callable[[JsonValue], None]:
        def read(value: JsonValue) -> None:
            number = whole(value)
            if number is None:
                self._flaw(attribute, "is not valid")
            else:
                self._set(attribute, number)

        return read

    def _one_of(self, attribute: str, words: Iterable[str]) -> Callable[[JsonValue], None]:
        def read(value: JsonValue) -> None:
            if value in (None, ""):
                self._set(attribute, None)
            elif isinstance(value, str) and value in words:
                self._set(attribute, value)
            else:
                self._flaw(attribute, f"{value} is not included in the list", "InclusionError")

        return read

    def _subject(self, value: JsonValue) -> None:
        if isinstance(value, dict | list):
            raise errors.bad_attribute("subject", "must be a string")
        self._set("subject", "" if value is None else str(value))

    def _status(self, value: JsonValue) -> None:
        if isinstance(value, str) and value in STATUSES:
            self._set("status", value)
        elif value not in (None, ""):
            self._flaw("status", f"{value} is not included in the list", "InclusionError")

    def _custom_status(self, value: JsonValue) -> None:
        status = self._desk.statuses.rows.get(whole(value) or 0)
        if status is None:
            self._flaw("custom_status_id", "is not valid")
            return
        self._set("custom_status_id", status.id)
        self._input.changes.setdefault("status", status.category)

    def _requester(self, value: JsonValue) -> None:
        try:
            self._set("requester_id", self._people.find_or_make(value).id)
        except PersonError as flaw:
            self._flaw("requester", str(flaw))

    def _user(self, attribute: str) -> Callable[[JsonValue], None]:
        def read(value: JsonValue) -> None:
            user = self._active_user(value)
            if user is None:
                self._flaw(attribute.removesuffix("_id"), *_BLANK)
            else:
                self._set(attribute, user.id)

        return read

    def _active_user(self, value: JsonValue) -> User | None:
        user = self._desk.users.rows.get(whole(value) or 0)
        return user if user is not None and user.is_active else None

    def _assignee(self, value: JsonValue) -> None:
        if value in (None, "", 0):
            self._set("assignee_id", None)
            return
        user = self._active_user(value)
        if user is None or user.role == "end-user":
            self._flaw("assignee", "is not an agent of this account")
        else:
            self._set("assignee_id", user.id)

    def _assignee_email(self, value: JsonValue) -> None:
        found = self._desk.users.now().find("email", str(value).lower())
        self._assignee(found[0].id if found else -1)

    def _group(self, value: JsonValue) -> None:
        group = self._desk.groups.rows.get(whole(value) or 0)
        if value in (None, "", 0):
            self._set("group_id", None)
        elif group is None or group.is_deleted:
            self._flaw("group", "is not valid")
        else:
            self._set("group_id", group.id)

    def _organization(self, value: JsonValue) -> None:
        row = self._desk.organizations.rows.get(whole(value) or 0)
        if value in (None, "", 0):
            self._set("organization_id", None)
        elif row is None or row.deleted_at:
            self._flaw("organization", "is not valid")
        else:
            self._set("organization_id", row.id)

    def _problem(self, value: JsonValue) -> None:
        problem = self._desk.live_ticket(whole(value) or 0)
        if value in (None, "", 0):
            self._set("problem_id", None)
        elif problem is None or problem.type != "problem":
            self._flaw("problem_id", "is not a problem ticket")
        else:
            self._set("problem_id", problem.id)

    def _due_at(self, value: JsonValue) -> None:
        try:
            self._set("due_at", seconds_of(str(value)) if value else None)
        except ValueError:
            self._flaw("due_at", "is not a date")

    def _several(self, attribute: str, *, adds: bool = False) -> Callable[[JsonValue], None]:
        def read(value: JsonValue) -> None:
            held = self._input.changes.get(attribute, getattr(self._old, attribute, ()))
            try:
                ids = self._people.ids(value, held if adds else ())
            except PersonError as flaw:
                self._flaw(attribute, str(flaw))
            else:
                self._set(attribute, ids)

        return read

    def _custom_fields(self, value: JsonValue) -> None:
        entries: object = value
        if isinstance(value, dict):
            entries = [{"id": name, "value": entry} for name, entry in value.items()]
        if not isinstance(entries, list):
            raise errors.bad_attribute("custom_fields", "must be an array")
        held = self._input.changes.get("fields", self._old.fields if self._old else {})
        values = dict(held) if isinstance(held, dict) else {}
        for entry in entries:
            if not isinstance(entry, dict):
                raise errors.bad_attribute("custom_fields", "must be an array of objects")
            known = self._desk.fields.rows.get(whole(entry.get("id")) or 0)
            if known is None or known.is_system:
                continue  # Zendesk leaves an unknown field out without a word
            try:
                values[known.id] = field_values.parsed(known, entry.get("value"))
            except field_values.BadValueError:
                self._flaws.setdefault("base", []).append(
                    (f"{known.title}: is not valid", "InvalidValue")
                )
        self._set("fields", values)

    def _metadata(self, value: JsonValue) -> None:
        if not isinstance(value, dict):
            raise errors.bad_attribute("metadata", "must be an object")
        self._input.custom = value

    def _tags(self, given: JsonObject) -> None:
        if not {"tags", "additional_tags", "remove_tags"} & given.keys():
            return
        held = set(self._old.tags) if self._old else set()
        tags = set(tag_list(given["tags"])) if "tags" in given else held
        tags |= set(tag_list(given.get("additional_tags")))
        tags -= set(tag_list(given.get("remove_tags")))
        self._set("tags", tuple(sorted(tags)))
        self._input.has_tags = True

    def _description(self, given: JsonObject) -> None:
        text = given.get("description")
        if isinstance(text, str) and text.strip():
            self._accept(CommentInput("", text, None, None))
        else:
            self._flaws.setdefault("base", []).append(
                ("Description: cannot be blank", "BlankValue")
            )

    def _comment(self, value: JsonValue) -> None:
        if isinstance(value, str):
            value = {"body": value}
        if not isinstance(value, dict):
            raise errors.bad_attribute("comment", "must be an object")
        html = value.get("html_body")
        text = value.get("body", value.get("value"))
        is_public = value.get("public")
        author_id = self._author(value.get("author_id"))
        if isinstance(html, str) and html.strip():
            self._accept(CommentInput(html, None, truth(is_public), author_id))
        elif isinstance(text, str) and text.strip():
            self._accept(CommentInput("", text, truth(is_public), author_id))
        elif self._old is None:
            self._flaws.setdefault("base", []).append(
                ("Description: cannot be blank", "BlankValue")
            )

    def _author(self, value: JsonValue) -> int | None:
        if value is None:
            return None
        user = self._active_user(value)
        if user is None:
            self._flaw("author", "is not valid")
        return None if user is None else user.id

    def _accept(self, comment: CommentInput) -> None:
        if len(comment.text if comment.text is not None else comment.html) > MAX_BODY:
            words = f"Description: is too long (maximum is {MAX_BODY} characters)"
            self._flaws.setdefault("base", []).append((words, "ValueTooLong"))
        self._input.comment = comment


def whole(value: JsonValue) -> int | None:
    """An id, also from text; None for anything else."""
    if isinstance(value, str) and value.strip().lstrip("-").isdigit():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def truth(value: JsonValue) -> bool | None:
    if value is None:
        return None
    return str(value).lower() not in {"false", "0", ""}


def tag_list(value: JsonValue) -> list[str]:
    """Tags from a list or a text with spaces or commas: lower case, without spaces inside."""
    if isinstance(value, str):
        value = list(value.replace(",", " ").split())
    if value is None:
        return []
    if not isinstance(value, list):
        raise errors.bad_attribute("tags", "must be an array")
    return ["_".join(str(tag).lower().split()) for tag in value if str(tag).strip()]
