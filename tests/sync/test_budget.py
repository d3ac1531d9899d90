"""The budget against a strict provider, in virtual time."""

from __future__ import annotations

import asyncio
from collections import deque

from domain.words import Purpose
from integrations.ticketing.dictionary import BudgetReading, Limit
from sync.budget import Budget
from tests.simulation.loop import VirtualClock, run_virtually


async def _spend(budget: Budget, purpose: Purpose, times: list[float], clock: VirtualClock) -> None:
    while True:
        await budget.acquire("account", purpose)
        times.append(clock.now())
        await clock.sleep(0.01)


def test_no_window_of_the_limit_is_ever_overfilled_and_people_hardly_wait() -> None:
    async def main() -> None:
        clock = VirtualClock(asyncio.get_running_loop())
        limit = Limit(40, 20.0)
        budget = Budget({"account": limit}, clock)
        times: list[float] = []
        robots = [
            asyncio.create_task(_spend(budget, purpose, times, clock))
            for purpose in (Purpose.BACKFILL, Purpose.TAIL, Purpose.EXPORT)
        ]
        waits: list[float] = []
        for _ in range(60):
            await clock.sleep(5.0)
            asked = clock.now()
            await budget.acquire("account", Purpose.INTERACTIVE)
            waits.append(clock.now() - asked)
            times.append(clock.now())
        for robot in robots:
            robot.cancel()
        window: deque[float] = deque()
        for moment in sorted(times):
            window.append(moment)
            while window[0] <= moment - limit.seconds:
                window.popleft()
            assert len(window) <= limit.units
        assert max(waits) <= 1.0
        used = len(times) / (60 * 5.0) * limit.seconds / limit.units
        assert used > 0.75

    run_virtually(main())


def test_others_of_the_same_account_are_made_room_for() -> None:
    async def main() -> None:
        clock = VirtualClock(asyncio.get_running_loop())
        budget = Budget({"account": Limit(40, 20.0)}, clock)
        budget.correct([BudgetReading("account", limit=40, remaining=0, resets_in_seconds=7.0)])
        asked = clock.now()
        await budget.acquire("account", Purpose.INTERACTIVE)
        assert 6.9 <= clock.now() - asked <= 8.1

    run_virtually(main())


def test_a_refusal_blocks_its_family_for_as_long_as_the_provider_said() -> None:
    async def main() -> None:
        clock = VirtualClock(asyncio.get_running_loop())
        budget = Budget({"account": Limit(700, 60.0), "exports": Limit(10, 60.0)}, clock)
        budget.refuse("exports", 33.0)
        asked = clock.now()
        await budget.acquire("account", Purpose.TAIL)
        assert clock.now() == asked
        await budget.acquire("exports", Purpose.EXPORT)
        assert 33.0 <= clock.now() - asked <= 34.1
        assert budget.refusals == 1

    run_virtually(main())


def test_a_larger_plan_is_learnt_from_the_headers() -> None:
    async def main() -> None:
        clock = VirtualClock(asyncio.get_running_loop())
        budget = Budget({"account": Limit(10, 60.0)}, clock)
        budget.correct([BudgetReading("account", limit=700, remaining=699)])
        asked = clock.now()
        for _ in range(300):
            await budget.acquire("account", Purpose.BACKFILL)
        assert clock.now() - asked < 1.0

    run_virtually(main())
