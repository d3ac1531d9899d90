"""Statements as a driver takes them: compiled once per shape, values through the dialect's types.

SQLAlchemy's own connections do the same with far more work per statement and per row; both
databases here are driven directly, so that a page of rows costs one tuple each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from sqlalchemy import Dialect, Float, Row
from sqlalchemy.engine.result import SimpleResultMetaData
from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.type_api import _ResultProcessorType
from sqlalchemy.util import LRUCache

from db.database import Rows

Values = tuple[Any, ...]
SHAPES = 500
"""How many compiled statements are kept: well above what the product has."""
FLOAT8_OID = 701


@dataclass(frozen=True, slots=True)
class Shape:
    """What a compiled statement's result looks like."""

    names: SimpleResultMetaData
    processors: Sequence[_ResultProcessorType[Any] | None] | None

    def rows(self, fetched: Sequence[Sequence[Any]]) -> Rows:
        names, processors = self.names, self.processors
        keys = names._key_to_index
        return [Row(names, processors, keys, values) for values in fetched]


@dataclass(frozen=True, slots=True)
class Prepared:
    """One statement, ready for the driver."""

    sql: str
    values: Values
    shape: Shape | None
    """None for a statement without rows."""

    def rows(self, fetched: Sequence[Sequence[Any]]) -> Rows:
        if self.shape is not None:
            return self.shape.rows(fetched)
        if fetched:
            raise TypeError("A text statement names its columns with .columns()")
        return []


@dataclass(frozen=True, slots=True)
class Statements:
    """The statements of one database. Safe to use from several threads: entries never change."""

    dialect: Dialect
    _compiled: LRUCache[Any, Any] = field(default_factory=lambda: LRUCache(SHAPES))
    _shapes: LRUCache[int, tuple[SQLCompiler, Shape | None]] = field(
        default_factory=lambda: LRUCache(SHAPES)
    )

    def prepare(
        self, statement: Executable, parameters: Mapping[str, object] | None = None
    ) -> Prepared:
        compiled, values = self._compile(statement, parameters or {}, many=False)
        shape = self._shape(compiled)
        processors: Mapping[str, Any] = compiled._bind_processors
        if compiled.literal_execute_params or compiled.post_compile_params:
            expanded = compiled._process_parameters_for_postcompile(values)
            names: Sequence[str] = expanded.positiontup or ()
            processors = {**processors, **expanded.processors}
            return Prepared(expanded.statement, _bound(names, values, processors), shape)
        return Prepared(compiled.string, _bound(_names(compiled), values, processors), shape)

    def prepare_many(
        self, statement: Executable, rows: Sequence[Mapping[str, object]]
    ) -> tuple[str, list[Values]]:
        """One SQL text, and its values for each row; every row has the keys of the first."""
        compiled, values = self._compile(statement, rows[0], many=True)
        names = _names(compiled)
        constants = {name: values[name] for name in names if name not in rows[0]}
        processors = [
            (place, processor)
            for place, name in enumerate(names)
            if (processor := compiled._bind_processors.get(name)) is not None
        ]
        pick = _picker(names)
        bound: list[Values] = []
        for row in rows:
            picked = pick({**constants, **row} if constants else row)
            if processors:
                changed = list(picked)
                for place, processor in processors:
                    changed[place] = processor(changed[place])  # type: ignore[operator]  # never a tuple type here
                picked = tuple(changed)
            bound.append(picked)
        return compiled.string, bound

    def _compile(
        self, statement: Executable, parameters: Mapping[str, object], *, many: bool
    ) -> tuple[SQLCompiler, MutableMapping[str, Any]]:
        compiled, extracted, collected, _ = statement._compile_w_cache(
            self.dialect,
            compiled_cache=self._compiled,
            column_keys=sorted(parameters),
            for_executemany=many,
            schema_translate_map=None,
        )
        if not isinstance(compiled, SQLCompiler):
            raise TypeError(f"{type(statement).__name__} is no statement over rows")
        values = compiled.construct_params(
            dict(parameters),
            extracted_parameters=extracted,
            escape_names=False,
            _collected_params=collected,
        )
        return compiled, values

    def _shape(self, compiled: SQLCompiler) -> Shape | None:
        known = self._shapes.get(id(compiled))
        if known is not None and known[0] is compiled:
            return known[1]
        shape = self._new_shape(compiled)
        self._shapes[id(compiled)] = (compiled, shape)
        return shape

    def _new_shape(self, compiled: SQLCompiler) -> Shape | None:
        columns = compiled._result_columns
        if not columns:
            return None
        processors = [
            column.type._cached_result_processor(
                self.dialect, FLOAT8_OID if isinstance(column.type, Float) else None
            )
            for column in columns
        ]
        names = SimpleResultMetaData(
            [column.keyname for column in columns], extra=[column.objects for column in columns]
        )
        return Shape(names, processors if any(processors) else None)


def _names(compiled: SQLCompiler) -> Sequence[str]:
    return compiled.positiontup or ()


def _bound(
    names: Sequence[str], values: Mapping[str, Any], processors: Mapping[str, Any]
) -> Values:
    return tuple(
        processors[name](values[name]) if name in processors else values[name] for name in names
    )


def _picker(names: Sequence[str]) -> Callable[[Mapping[str, Any]], Values]:
    if len(names) > 1:
        return itemgetter(*names)
    return lambda row: tuple(row[name] for name in names)
