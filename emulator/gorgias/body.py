"""Typed access to JSON that has been checked before."""

from __future__ import annotations

from collections.abc import Iterator

from emulator.gorgias.records import JsonObject
from emulator.gorgias.stamps import Micros, parse_moment
from emulator.kernel.http import JsonValue


class Body:
    """A checked JSON object. A key that is absent or of another kind reads as None."""

    def __init__(self, values: JsonObject) -> None:
        self._values = values

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def raw(self, name: str) -> JsonValue:
        return self._values.get(name)

    def text(self, name: str) -> str | None:
        value = self._values.get(name)
        return value if isinstance(value, str) else None

    def whole(self, name: str) -> int | None:
        value = self._values.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def flag(self, name: str) -> bool | None:
        value = self._values.get(name)
        return value if isinstance(value, bool) else None

    def moment(self, name: str) -> Micros | None:
        text = self.text(name)
        return None if text is None else parse_moment(text)

    def child(self, name: str) -> Body | None:
        value = self._values.get(name)
        return Body(value) if isinstance(value, dict) else None

    def children(self, name: str) -> list[Body]:
        value = self._values.get(name)
        found = value if isinstance(value, list) else []
        return [Body(each) for each in found if isinstance(each, dict)]

    def wholes(self, name: str) -> list[int]:
        value = self._values.get(name)
        return [each for each in value if isinstance(each, int)] if isinstance(value, list) else []

    def texts(self, name: str) -> list[str]:
        value = self._values.get(name)
        return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
