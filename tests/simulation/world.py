"""A whole small world in virtual time: a help desk, people, a faulty line, processes that die."""

from __future__ import annotations

import asyncio
import zlib
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random

from sqlalchemy import func, select

from db import tables
from db.feed import FeedCursor, feed_state, read_changes
from db.open import open_inline
from db.sqlite import InlineSqlite
from db.write.feed import ChangeRow
from domain.ids import split_record_id
from domain.writes import OperationState
from emulator.gorgias.service import GorgiasService
from emulator.kernel.service import Behaviour
from emulator.kernel.world import Story, read_stories
from emulator.zendesk.service import ZendeskService
from integrations.ticketing.dictionary import ProviderDictionary
from integrations.ticketing.gorgias.dictionary import GorgiasDictionary
from integrations.ticketing.zendesk.dictionary import ZendeskDictionary
from sync.engine import Connection
from tests.simulation.deeds import merge, purge
from tests.simulation.history import History
from tests.simulation.loop import START, VirtualClock, run_virtually
from tests.simulation.process import Process
from tests.simulation.transport import FaultyClient, Line
from tests.simulation.view import (
    GONE,
    GorgiasTruths,
    Truths,
    ZendeskTruths,
    cached_views,
    difference,
    view_of,
    with_edits,
)
from tests.simulation.writing import Writers

DATA = Path(__file__).parents[2] / "emulator" / "data" / "sample_threads.jsonl"
DESK = "acme"
USERS = {"gorgias": "admin@example.com", "zendesk": "admin@example.com/token"}
SETTLES_WITHIN = 1_500.0
"""Virtual seconds after the last change within which everything has to have come to rest."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how rough a run is."""

    tickets: int = 25
    busy_seconds: float = 300.0
    seconds_between_acts: float = 1.4
    seconds_between_writes: float = 9.0
    purges: float = 0.01
    """The share of the acts that take a ticket away without a trace; none without audits."""
    merges: float = 0.01
    line: Line = field(default_factory=Line)
    replica_lag_seconds: float = 2.9
    replica_lag_share: float = 0.3
    commit_death: float = 0.0004
    kills: float = 0.6
    """Kills expected besides those at commits."""
    take_overs: float = 0.4
    """Pauses past the lease, with another process taking over, expected."""
    outages_seconds: tuple[float, ...] = (0.5, 2.0, 15.0, 70.0, 200.0)
    """How long a desk may be without a process after a death."""
    audits: bool = True
    """Without them what they alone can show (edits) is not looked at, but all lanes are on their
    own: with them, a round of the audit may heal what a lane has missed."""


@dataclass(slots=True)
class Report:
    """What a run came to. `faults` is empty when every promise was kept."""

    provider: str
    seed: int
    faults: list[str] = field(default_factory=list)
    trace: int = 0
    acts: int = 0
    writes: int = 0
    unknown: int = 0
    deaths: int = 0
    settled_after: float = 0.0
    counts: dict[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        replay = f"python -m tests.simulation {self.provider} {self.seed}"
        return "\n  ".join(
            [
                f"{self.provider} seed {self.seed}: {len(self.faults)} faults; {replay}",
                *self.faults[:20],
            ]
        )


@cache
def _stories(tickets: int) -> tuple[Story, ...]:
    return tuple(read_stories([DATA], tickets=tickets, seed=1, now=START))


class World:
    def __init__(self, provider: str, seed: int, plan: Plan) -> None:
        self.plan = plan
        self.random = Random(f"{provider}-{seed}")
        self.report = Report(provider, seed)
        loop = asyncio.get_running_loop()
        self.clock = VirtualClock(loop)
        self.provider_clock = VirtualClock(loop, offset=self.random.uniform(-2.0, 2.0))
        self.service, self.dictionary, self.truths = self._provider(provider)
        self.service.load(_stories(plan.tickets))
        self.client = FaultyClient(
            self.service, USERS[provider], self._random("line"), Line.calm(), self.provider_clock
        )
        self.history = History(self.truths)
        self.history.note()
        self.client.executed = self.history.note
        self.database: InlineSqlite = open_inline()
        self.connection = Connection(
            DESK, "Acme", "https://acme.example.com", self.dictionary, self.client
        )
        self.processes: list[Process] = []
        self.writers = Writers(
            DESK,
            self.database,
            self._random("writers"),
            self.history,
            self.dictionary.vocabulary,
        )
        self.tasks: set[asyncio.Task[None]] = set()

    def _random(self, purpose: str) -> Random:
        return Random(f"{purpose}-{self.random.getrandbits(64)}")

    def _provider(
        self, name: str
    ) -> tuple[GorgiasService | ZendeskService, ProviderDictionary, Truths]:
        behaviour = Behaviour(self.plan.replica_lag_seconds, self.plan.replica_lag_share)
        if name == "gorgias":
            gorgias = GorgiasService(
                clock=self.provider_clock, random=self._random("service"), behaviour=behaviour
            )
            words = GorgiasDictionary(web_url="https://acme.example.com", window_seconds=10.0)
            return gorgias, words, GorgiasTruths(gorgias, words)
        zendesk = ZendeskService(
            clock=self.provider_clock,
            random=self._random("service"),
            behaviour=behaviour,
            base_url="https://acme.example.com",
        )
        spoken = ZendeskDictionary(web_url="https://acme.example.com")
        return zendesk, spoken, ZendeskTruths(zendesk, spoken)

    # --- processes
    @property
    def current(self) -> Process:
        return self.processes[-1]

    def start_process(self, *, is_only_process: bool) -> None:
        process = Process(
            self.database,
            self.connection,
            clock=self.clock,
            random=self._random("process"),
            commit_death=self.plan.commit_death,
            is_only_process=is_only_process,
            audits=self.plan.audits,
        )
        self.processes.append(process)
        process.start()
        self._spawn(self._restart_when_dead(process))

    async def _restart_when_dead(self, process: Process) -> None:
        await process.gate.died.wait()
        self.report.deaths += 1
        await process.end()
        if process is self.current:
            await self.clock.sleep(self.random.choice(self.plan.outages_seconds))
            self.start_process(is_only_process=len(self.processes) == 1)

    async def _kill_at(self, moment: float) -> None:
        await self.clock.sleep(moment)
        self.current.gate.kill()

    async def _stop_past_the_lease(self, moment: float) -> None:
        """The process stands still, another takes over, and then the first goes on."""
        await self.clock.sleep(moment)
        stopped = self.current
        stopped.gate.running.clear()
        self.start_process(is_only_process=False)
        await self.clock.sleep(self.random.uniform(5.0, 60.0))
        stopped.gate.running.set()
        await self.clock.sleep(self.random.uniform(5.0, 60.0))
        await stopped.end()

    def _spawn(self, work: object) -> None:
        task: asyncio.Task[None] = asyncio.create_task(work)  # type: ignore[arg-type]  # coroutines
        self.tasks.add(task)

    # --- people
    async def _help_desk_works(self, until: float) -> None:
        while self.clock.now() < until:
            await self.clock.sleep(self.random.expovariate(1 / self.plan.seconds_between_acts))
            said = self._act()
            self.history.note()
            self.report.acts += 1
            self._trace(said)

    def _act(self) -> str:
        """Mostly what the service's own people do."""
        drawn = self.random.random()
        ids = self.truths.ids()
        if self.plan.audits and drawn < self.plan.purges and len(ids) > 5:
            return purge(self.service, self.random.choice(ids))
        if 1.0 - drawn < self.plan.merges and len(ids) > 5:
            return merge(self.service, *self.random.sample(ids, 2))
        return self.service.act()

    async def _users_write(self, until: float) -> None:
        while self.clock.now() < until:
            await self.clock.sleep(self.random.expovariate(1 / self.plan.seconds_between_writes))
            engine = self.current.engine
            self._spawn(self.writers.act(engine))
            if self.random.random() < 0.2 and self.writers.asked:
                again = self.random.choice(list(self.writers.asked.values()))
                self._spawn(self.writers.send(engine, again))

    def _trace(self, note: str) -> None:
        self.report.trace = zlib.crc32(f"{self.clock.now():.6f} {note}".encode(), self.report.trace)

    # --- the run
    async def run(self) -> Report:
        end = self.clock.now() + self.plan.busy_seconds
        self.start_process(is_only_process=True)
        await self.clock.sleep(5.0)
        self.client.line = self.plan.line
        for _ in range(_times(self.plan.kills, self.random)):
            self._spawn(self._kill_at(self.random.uniform(0.0, self.plan.busy_seconds)))
        for _ in range(_times(self.plan.take_overs, self.random)):
            moment = self.random.uniform(0.0, self.plan.busy_seconds)
            self._spawn(self._stop_past_the_lease(moment))
        watcher = asyncio.create_task(self._watch())
        await asyncio.gather(self._help_desk_works(end), self._users_write(end))
        await self._come_to_rest()
        watcher.cancel()
        await self._check()
        for process in self.processes:
            await process.end()
        for task in self.tasks:
            if task.done() and not task.cancelled() and (error := task.exception()):
                self.report.faults.append(f"a task failed: {error!r}")
            task.cancel()
        await asyncio.gather(watcher, *self.tasks, return_exceptions=True)
        await self.database.close()
        self.report.trace = zlib.crc32(str(self.client.trace).encode(), self.report.trace)
        self.report.counts = dict(self.client.counts)
        return self.report

    async def _watch(self) -> None:
        """Follows the feed, and holds all that the cache shows against the desk's history."""
        cursor = FeedCursor((await feed_state(self.database)).epoch, 0)
        looked_at = 0
        while True:
            await self.clock.sleep(60.0 if self.current.gate.is_dead else 0.25)
            if looked_at == (looked_at := self.database.connection.total_changes):
                continue
            entries = await read_changes(self.database, cursor, limit=500)
            if not entries:
                continue
            cursor = FeedCursor(cursor.epoch, entries[-1].position)
            ids = {split_record_id(entry.change.ticket_id)[1] for entry in entries}
            for ticket_id, view in (await cached_views(self.database, DESK, ids)).items():
                self.report.faults += self.history.check(ticket_id, view)

    async def _come_to_rest(self) -> None:
        """Waits until nothing is open, and then for what the slowest lane may still bring."""
        self.client.line = Line.calm()
        for process in self.processes:
            process.gate.commit_death = 0.0
        while self.current.gate.is_dead:
            await self.clock.sleep(60.0)
        began = self.clock.now()
        await self.clock.sleep(120.0)
        while self.clock.now() < began + SETTLES_WITHIN:
            if not await self._open_things() and not self.current.gate.is_dead:
                # Longer than a round of the comment audit.
                await self.clock.sleep(300.0 if self.plan.audits else 60.0)
                if not await self._open_things():
                    break
            await self.clock.sleep(10.0)
        self.report.settled_after = self.clock.now() - began
        seen = None
        while seen != (seen := self.history.changes):
            # A ticket may have woken up by itself just now.
            await self.clock.sleep(30.0)

    async def _open_things(self) -> list[str]:
        o, p, v = tables.operation, tables.ticket_part, tables.overlay
        queries = {
            "operations": select(o.c.id, o.c.kind, o.c.state).where(o.c.settled_at.is_(None)),
            "needs": select(p.c.ticket_id, p.c.part, p.c.need).where(p.c.need.is_not(None)),
            "overlays": select(v.c.ticket_id, v.c.part, v.c.replied_at),
        }
        found = []
        for name, query in queries.items():
            rows = await self.database.fetch(query)
            found += [f"open {name}: {tuple(row)}" for row in rows[:5]]
        return found

    async def _check(self) -> None:
        report = self.report
        report.faults += await self._open_things()
        report.faults += self.writers.complaints
        await self._check_cache()
        await self._check_writes()
        await self._check_feed()
        lanes = await self.database.fetch(
            select(tables.desk.c.problem_code, tables.desk.c.problem_message)
        )
        report.faults += [f"the desk has a problem: {tuple(row)}" for row in lanes if row[0]]

    async def _check_cache(self) -> None:
        cached = await cached_views(self.database, DESK)
        ids = {str(number) for number in self.truths.ids()} | set(cached)
        for ticket_id in sorted(ids, key=int):
            real = view_of(self.truths.seen(int(ticket_id)))
            held = cached.get(ticket_id, GONE)
            if not self.plan.audits:
                held = with_edits(held, real)
            if real == held:
                continue
            for name, truth in real.parts().items():
                if (ours := held.parts()[name]) != truth:
                    self.report.faults.append(difference(f"{ticket_id} {name}", ours, truth))

    async def _check_writes(self) -> None:
        """At most one ticket or comment for each operation, and exactly one where we said so."""
        comments: Counter[str] = Counter()
        tickets: Counter[str] = Counter()
        for number in self.truths.ids():
            seen = self.truths.seen(number)
            tickets[seen.external_reference or ""] += 1
            comments.update(
                comment.body for comment in (seen.comments.comments if seen.comments else ())
            )
        report = self.report
        report.writes = len(self.writers.asked)
        for row in await self.database.fetch(select(tables.operation)):
            patch = self.writers.asked[row.key].patch
            times = comments[f"Body {row.key}"] if patch is not None else tickets[row.id]
            report.unknown += row.state == OperationState.UNKNOWN.value
            refused = row.state == OperationState.REFUSED.value
            writes = row.kind in ("create", "comment") or row.safety == "compare_and_set"
            is_of_tags = row.kind in ("add_tags", "remove_tags")
            if times > 1 or (refused and writes and times and not is_of_tags):
                report.faults.append(f"{row.key}: {row.kind} {row.state}, written {times} times")
            if refused and row.kind == "create":
                report.faults.append(f"{row.key}: refused: {row.error}")

    async def _check_feed(self) -> None:
        """Every ticket that is there or was there has its last change in the feed."""
        state = await feed_state(self.database)
        cursor = FeedCursor(state.epoch, 0)
        last: dict[str, ChangeRow] = {}
        while entries := await read_changes(self.database, cursor, limit=500):
            last |= {entry.change.ticket_id: entry.change for entry in entries}
            cursor = FeedCursor(state.epoch, entries[-1].position)
        t = tables.ticket
        for row in await self.database.fetch(select(t.c.id, t.c.gone)):
            if row.id not in last:
                self.report.faults.append(f"{row.id} never came through the feed")
            elif row.gone != (last[row.id].kind.value in ("deleted", "merged")):
                self.report.faults.append(f"{row.id}: the feed ends with {last[row.id].kind}")
        counted = await self.database.fetch(select(func.sum(tables.counter.c.tickets)))
        living = await self.database.fetch(
            select(func.count()).select_from(t).where(t.c.gone.is_(False))
        )
        if (counted[0][0] or 0) != living[0][0]:
            self.report.faults.append(f"{counted[0][0]} tickets counted, {living[0][0]} live")


def _times(expected: float, random: Random) -> int:
    return sum(random.random() < expected / 3 for _ in range(3))


def simulate(provider: str, seed: int, plan: Plan | None = None) -> Report:
    """One life of a desk. Without a plan, every other seed does without the audits."""

    async def main() -> Report:
        return await World(provider, seed, plan or Plan(audits=seed % 2 == 1)).run()

    return run_virtually(main())
