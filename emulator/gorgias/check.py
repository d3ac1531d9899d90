"""Checks bodies and queries against a declared shape; an unknown parameter is a flaw, too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from emulator.gorgias.body import Body
from emulator.gorgias.errors import Refusal, flaw, invalid
from emulator.gorgias.records import JsonObject
from emulator.gorgias.stamps import parse_moment
from emulator.kernel.http import JsonValue, Request

_NULL = "Field may not be null."
_TRUE = {"true", "1", "True"}
_FALSE = {"false", "0", "False"}


class Rule(Protocol):
    """What a value must be."""

    def flaws(self, value: JsonValue) -> JsonValue:
        """What is wrong with the value: messages, perhaps by key; None when nothing is."""
        ...

    def read(self, text: str) -> JsonValue:
        """A query parameter's text as the value that `flaws` judges."""
        ...


@dataclass(frozen=True, slots=True)
class Anything:
    def flaws(self, value: JsonValue) -> JsonValue:  # noqa: ARG002 (the shape of a rule)
        return None

    def read(self, text: str) -> JsonValue:
        return text


@dataclass(frozen=True, slots=True)
class Text:
    longest: int | None = None
    shortest: int = 0
    choices: tuple[str, ...] = ()
    nullable: bool = True

    def flaws(self, value: JsonValue) -> JsonValue:
        if value is None:
            return None if self.nullable else [_NULL]
        if not isinstance(value, str):
            return ["Not a valid string."]
        if self.choices and value not in self.choices:
            return [f"Must be one of: {', '.join(self.choices)}."]
        if len(value) < self.shortest:
            return [f"Shorter than minimum length {self.shortest}."]
        if self.longest is not None and len(value) > self.longest:
            return [f"Longer than maximum length {self.longest}."]
        return None

    def read(self, text: str) -> JsonValue:
        return text


@dataclass(frozen=True, slots=True)
class Email:
    longest: int = 320

    def flaws(self, value: JsonValue) -> JsonValue:
        if value is None:
            return None
        name, at, host = value.rpartition("@") if isinstance(value, str) else ("", "", "")
        if not (name and at and host) or any(character.isspace() for character in name + host):
            return ["Not a valid email address."]
        too_long = len(name) + 1 + len(host) > self.longest
        return [f"Longer than maximum length {self.longest}."] if too_long else None

    def read(self, text: str) -> JsonValue:
        return text


@dataclass(frozen=True, slots=True)
class Whole:
    smallest: int = 0
    largest: int | None = None
    nullable: bool = True

    def flaws(self, value: JsonValue) -> JsonValue:
        if value is None:
            return None if self.nullable else [_NULL]
        if not isinstance(value, int) or isinstance(value, bool):
            return ["Not a valid integer."]
        if value < self.smallest:
            return [f"Must be greater than or equal to {self.smallest}."]
        if self.largest is not None and value > self.largest:
            return [f"Must be less than or equal to {self.largest}."]
        return None

    def read(self, text: str) -> JsonValue:
        return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else text


@dataclass(frozen=True, slots=True)
class Flag:
    nullable: bool = True

    def flaws(self, value: JsonValue) -> JsonValue:
        if value is None:
            return None if self.nullable else [_NULL]
        return None if isinstance(value, bool) else ["Not a valid boolean."]

    def read(self, text: str) -> JsonValue:
        return True if text in _TRUE else False if text in _FALSE else text


@dataclass(frozen=True, slots=True)
class Moment:
    def flaws(self, value: JsonValue) -> JsonValue:
        if value is None:
            return None
        try:
            parse_moment(value if isinstance(value, str) else "")
        except ValueError:
            return ["Not a valid datetime."]
        return None

    def read(self, text: str) -> JsonValue:
        return text


@dataclass(frozen=True, slots=True)
class Many:
    of: Rule
    fewest: int = 0
    most: int | None = None
    nullable: bool = True

    def flaws(self, value: JsonValue) -> JsonValue:
        if value is None:
            return None if self.nullable else [_NULL]
        if not isinstance(value, list):
            return ["Not a valid list."]
        if len(value) < self.fewest or (self.most is not None and len(value) > self.most):
            return [f"Length must be between {self.fewest} and {self.most or 'any'}."]
        found = {str(index): self.of.flaws(each) for index, each in enumerate(value)}
        return _only_flaws(found)

    def read(self, text: str) -> JsonValue:
        return self.of.read(text)


@dataclass(frozen=True, slots=True)
class Shape:
    """An object with these keys and, unless `is_open`, no others."""

    fields: Mapping[str, Rule] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    is_open: bool = False
    nullable: bool = True

    def flaws(self, value: JsonValue) -> JsonValue:
        if value is None:
            return None if self.nullable else [_NULL]
        if not isinstance(value, dict):
            return ["Invalid input type."]
        found: dict[str, JsonValue] = {
            name: ["Missing data for required field."]
            for name in self.required
            if name not in value
        }
        for name, each in value.items():
            rule = self.fields.get(name)
            if rule is not None:
                found[name] = rule.flaws(each)
            elif not self.is_open:
                found[name] = ["Unknown field."]
        return _only_flaws(found)

    def read(self, text: str) -> JsonValue:
        return text


def _only_flaws(found: Mapping[str, JsonValue]) -> JsonValue:
    flawed: JsonObject = {name: flaws for name, flaws in found.items() if flaws is not None}
    return flawed or None


def read_json(request: Request) -> JsonValue:
    """The decoded body; refuses what is no JSON."""
    try:
        return request.json()
    except ValueError as error:
        raise Refusal(400, f"Failed to decode JSON object: {error}") from error


def checked_body(request: Request, shape: Shape) -> Body:
    """The body of a write; an absent one counts as `{}`."""
    value = read_json(request) if request.body.strip() else {}
    if not isinstance(value, dict):
        raise Refusal(400, "The request body must be a JSON object.")
    flaws = shape.flaws(value)
    if flaws is not None:
        raise invalid(flaws)
    return Body(value)


def checked_query(request: Request, fields: Mapping[str, Rule]) -> Body:
    """The query by name; a parameter that may be repeated becomes a list."""
    values: JsonObject = {}
    for name, text in request.query:
        rule = fields.get(name)
        if rule is None:
            raise flaw(name, "Unknown field.")
        value = rule.read(text)
        if isinstance(rule, Many):
            gathered = values.setdefault(name, [])
            if isinstance(gathered, list):
                gathered.append(value)
        else:
            values[name] = value
    flaws = Shape(fields).flaws(values)
    if flaws is not None:
        raise invalid(flaws)
    return Body(values)
