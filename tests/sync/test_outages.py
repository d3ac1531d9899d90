"""When something is away for a while: the database, or one ticket of many."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import pytest
from sqlalchemy.sql.base import Executable

from db.database import Database, DatabaseUnavailableError, Rows, Transaction
from domain.http import Request, Response
from domain.words import DeskState
from tests.sync.bench import Bench, on_bench

Result = TypeVar("Result")


@dataclass(slots=True)
class Interrupted:
    """A database that can be away."""

    inner: Database
    is_away: bool = False
    dialect_name: str = "sqlite"
    is_read_only: bool = False

    async def write(
        self, unit: Callable[[Transaction], Awaitable[Result]], *, urgent: bool = False
    ) -> Result:
        self._check()
        return await self.inner.write(unit, urgent=urgent)

    async def fetch(
        self, statement: Executable, parameters: Mapping[str, object] | None = None
    ) -> Rows:
        self._check()
        return await self.inner.fetch(statement, parameters)

    async def close(self) -> None:
        await self.inner.close()

    def _check(self) -> None:
        if self.is_away:
            raise DatabaseUnavailableError("The database is away")


@pytest.mark.parametrize("seconds", [3.0, 100.0])
@pytest.mark.parametrize("provider", ["zendesk", "gorgias"])
def test_a_database_that_was_away_is_caught_up_with(provider: str, seconds: float) -> None:
    """Also for longer than the lease."""

    async def scenario(bench: Bench) -> None:
        database = Interrupted(bench.database)
        bench.database = database
        await bench.start()
        await bench.clock.sleep(60.0)
        database.is_away = True
        for _ in range(10):
            bench.desks[provider].service.act()
            await bench.clock.sleep(seconds / 10)
        database.is_away = False

        async def is_well() -> bool:
            row = (await bench.desk_rows())[provider]
            return bool(row.state == DeskState.LIVE.value) and await bench.is_equal(provider)

        await bench.until(is_well, within=200.0)

    on_bench(scenario, provider)


def test_a_ticket_that_cannot_be_read_holds_no_other_up() -> None:
    async def scenario(bench: Bench) -> None:
        client = bench.desks["zendesk"].client

        def poisoned(request: Request, answer: Response) -> Response:
            if request.path.endswith("/tickets/5/comments"):
                return Response(500, answer.headers, b"<html>")
            return answer

        client.rewrite = poisoned
        await bench.start()
        await bench.clock.sleep(120.0)
        left = await bench.differences("zendesk")
        assert set(left) <= {"5"}
        row = (await bench.desk_rows())["zendesk"]
        assert row.state == DeskState.UNREACHABLE.value
        assert "comments" in row.problem_message
        asked = [r for r in client.sent if r.path.endswith("/tickets/5/comments")]
        assert len(asked) < 30
        client.rewrite = None

        async def is_well() -> bool:
            return (await bench.desk_rows())["zendesk"].problem_code is None

        await bench.until(is_well, within=60.0)

    on_bench(scenario, "zendesk")
