"""One log line an operation: its name, time and errors' codes; never its variables or data."""

from __future__ import annotations

import logging
import re
import time
from dataclasses import dataclass, field
from typing import Final

from api.endpoint.answers import Answer
from api.endpoint.operation import Operation

log = logging.getLogger("deskgraph.api")

# A name from outside is logged only where it can be nothing but a name.
_NAME: Final = re.compile(r"[A-Za-z_]\w{0,79}", re.ASCII)


@dataclass(slots=True)
class Entry:
    """Counts answers until it is written."""

    operation: Operation
    request_id: str
    _started: float = field(default_factory=time.perf_counter)
    _answers: int = 0
    _codes: set[str] = field(default_factory=set)

    def add(self, answer: Answer) -> None:
        self._answers += 1
        self._codes.update(answer.codes)

    def write(self) -> None:
        name = self.operation.name or ""
        log.info(
            "operation",
            extra={
                "request_id": self.request_id,
                "operation": name if _NAME.fullmatch(name) else None,
                "milliseconds": round((time.perf_counter() - self._started) * 1000, 1),
                "answers": self._answers,
                "codes": sorted(self._codes),
            },
        )
