"""Logs as JSON lines on stderr, without what callers sent or desks answered."""

from __future__ import annotations

import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Final, TextIO

import orjson

_STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_NOISE: Final = ("strawberry", "httpx", "httpcore", "alembic", "uvicorn.access")
"""They log queries, variables or addresses; what matters of it we log ourselves."""


class JsonLines(logging.Formatter):
    """One object a line. Of an exception its class and frames: its text may quote a person."""

    def __init__(self, *, shows_exception_texts: bool = False) -> None:
        super().__init__()
        self._shows_exception_texts = shows_exception_texts

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, object] = {
            "at": at.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: value for name, value in vars(record).items() if name not in _STANDARD}
        line.pop("color_message", None)
        if record.exc_info and (error := record.exc_info[1]) is not None:
            line["error"] = self._described(error)
        return orjson.dumps(line, default=str, option=orjson.OPT_NON_STR_KEYS).decode()

    def _described(self, error: BaseException) -> dict[str, object]:
        frames = traceback.extract_tb(error.__traceback__)
        described: dict[str, object] = {
            "class": type(error).__qualname__,
            "frames": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
        }
        if self._shows_exception_texts:
            described["text"] = str(error)
        if (cause := error.__cause__ or error.__context__) is not None:
            described["because"] = self._described(cause)
        return described


def configure_logs(level: str, *, stream: TextIO | None = None) -> None:
    """For the whole process. Level `debug` shows the texts of exceptions too."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines(shows_exception_texts=level == "debug"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _NOISE:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    logging.getLogger("uvicorn.error").setLevel(max(logging.WARNING, root.level))
