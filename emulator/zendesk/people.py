"""Finding the people whom a request names, and making those whom nobody knows yet."""

from __future__ import annotations

import re
from collections.abc import Iterable

from emulator.kernel.http import JsonValue
from emulator.zendesk.desk import Desk
from emulator.zendesk.records import User

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class PersonError(ValueError):
    """Somebody who cannot be found or made; the message is Zendesk's to its client."""


def is_email(text: str) -> bool:
    return _EMAIL.fullmatch(text) is not None


def organization_of(desk: Desk, email: str) -> int | None:
    """The organization whose domain an address belongs to."""
    domain = email.rpartition("@")[2].lower()
    matching = (row.id for row in desk.organizations.now().walk("id") if domain in row.domain_names)
    return next(matching, None) if domain else None


class People:
    """The people of one write. New ones join with `commit`: a refused write makes nobody."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._new: dict[str, User] = {}

    def commit(self) -> None:
        for user in self._new.values():
            self._desk.users.put(user, now=self._desk.now)
        self._new.clear()

    def get(self, user_id: int) -> User:
        fresh = next((user for user in self._new.values() if user.id == user_id), None)
        return fresh or self._desk.users.rows[user_id]

    def find_or_make(self, given: JsonValue) -> User:
        """The user of `{id}` or `{name, email}`, or of an address; raises `PersonError`."""
        if isinstance(given, str):
            given = {"email": given}
        if not isinstance(given, dict):
            raise PersonError("is not valid")
        user_id, email = given.get("id"), given.get("email")
        if isinstance(user_id, int) and user_id in self._desk.users.rows:
            return self._desk.users.rows[user_id]
        if email and not (isinstance(email, str) and is_email(email)):
            raise PersonError(f"Email: {email} is not properly formatted")
        if email and (known := self._known(str(email).lower())) is not None:
            return known
        return self._make(str(email or "").lower(), given.get("name"))

    def _known(self, email: str) -> User | None:
        found = (user for user in self._desk.users.now().find("email", email) if user.is_active)
        return self._new.get(email) or next(found, None)

    def _make(self, email: str, name: JsonValue) -> User:
        if not email and not (isinstance(name, str) and name.strip()):
            raise PersonError("Name: is too short (minimum is 1 characters)")
        now = self._desk.second
        user = User(
            id=self._desk.next_id(),
            name=str(name or email.partition("@")[0]),
            email=email or None,
            organization_id=organization_of(self._desk, email),
            created_at=now,
            updated_at=now,
        )
        self._new[email or str(user.id)] = user
        return user

    def ids(self, given: JsonValue, held: object) -> tuple[int, ...]:
        """Ids of people named by id, address or object, beside those that are `held` already.

        `{…, "action": "delete"}` takes one away. Raises `PersonError`.
        """
        if given is None:
            return ()
        if not isinstance(given, list):
            raise PersonError("must be an array")
        ids: dict[int, None] = dict.fromkeys(held if isinstance(held, Iterable) else ())
        for entry in given:
            person = self._person(entry)
            if isinstance(entry, dict) and entry.get("action") == "delete":
                ids.pop(person, None)
            else:
                ids[person] = None
        return tuple(ids)

    def _person(self, entry: JsonValue) -> int:
        if isinstance(entry, dict):
            user_id, email = entry.get("user_id"), entry.get("user_email")
            entry = user_id if user_id is not None else {"email": email} if email else entry
        if isinstance(entry, str) and entry.isdigit():
            entry = int(entry)
        if not isinstance(entry, int):
            return self.find_or_make(entry).id
        if entry not in self._desk.users.rows:
            raise PersonError("is not valid")
        return entry
