"""`deskgraph demo` as a process: filled, filled again from its snapshot, gone without a trace."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.server import listen

ROOT = Path(__file__).parents[2]
EVERYTHING = """
{ tickets(first: 20) { totalCount nodes {
    externalId subject status updatedAt tags
    comments(first: 100) { nodes { externalId body visibility } } } } }
"""
CLOSE = """
mutation Close($id: ID!) { closeTicket(input: { id: $id }) { errors { code message } } }
"""


class Demo:
    def __init__(self, folder: Path, *options: str) -> None:
        with listen("127.0.0.1", 0) as listener:
            port = str(listener.getsockname()[1])
        self.address = f"http://127.0.0.1:{port}"
        small = ["--tickets", "12", "--port", port, "--folder", str(folder)]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "api.cli", "demo", *small, *options],
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.shown: list[str] = []

    def read_until(self, text: str) -> str:
        """The line that holds it."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.shown.append(line)
            if text in line:
                return line
        raise AssertionError(f"{text!r} was not shown in:\n{''.join(self.shown)}")

    def seconds_to_fill(self) -> float:
        line = self.read_until("Filled in")
        found = re.search(r"Filled in ([\d.]+) s: 12 tickets", line)
        assert found is not None, line
        self.read_until("Ctrl-C ends everything")
        return float(found[1])

    def ask(self, query: str, **variables: object) -> Any:
        body = {"query": query, "variables": variables}
        with httpx.Client(trust_env=False, timeout=20) as client:
            answer = client.post(f"{self.address}/graphql", json=body).json()
        assert "errors" not in answer, answer
        return answer["data"]

    @property
    def children(self) -> list[int]:
        task = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in task.read_text().split()]

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        self.shown += self.process.communicate(timeout=20)[0].splitlines()
        return self.process.returncode


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Callable[..., Demo]]:
    started: list[Demo] = []

    def start(*options: str) -> Demo:
        started.append(Demo(tmp_path / "demo", *options))
        return started[-1]

    yield start
    for one in started:
        one.process.kill()
        one.process.communicate()


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def wait_until_gone(pids: list[int]) -> None:
    deadline = time.monotonic() + 10
    while any(is_running(pid) for pid in pids):
        assert time.monotonic() < deadline, f"still running: {pids}"
        time.sleep(0.05)  # another process's end sends no event to us


def test_second_demo_begins_with_the_first_ones_world_and_without_its_changes(
    demo: Callable[..., Demo],
) -> None:
    first = demo("--pace", "0")
    first.seconds_to_fill()
    world = first.ask(EVERYTHING)
    assert world["tickets"]["totalCount"] == 12
    open_ids = "{ tickets(first: 1, filter: { status: [OPEN, PENDING, NEW] }) { nodes { id } } }"
    [ticket] = first.ask(open_ids)["tickets"]["nodes"]
    assert first.ask(CLOSE, id=ticket["id"])["closeTicket"]["errors"] == []
    assert first.ask(EVERYTHING) != world
    assert first.end(signal.SIGINT) == 0

    second = demo("--pace", "0")
    assert second.seconds_to_fill() < 5
    assert second.ask(EVERYTHING) == world
    states = second.ask("{ desks { state problem { message } } }")["desks"]
    assert states == [{"state": "LIVE", "problem": None}] * 2
    assert second.end(signal.SIGTERM) == 0


def test_emulated_people_go_on_and_the_change_is_seen(demo: Callable[..., Demo]) -> None:
    lively = demo("--pace", "5")
    lively.seconds_to_fill()
    query = json.dumps({"query": "subscription { ticketChanged { ticket { subject } } }"})
    headers = {"accept": "text/event-stream", "content-type": "application/json"}
    with (
        httpx.Client(trust_env=False, timeout=20) as client,
        client.stream(
            "POST", f"{lively.address}/graphql", content=query, headers=headers
        ) as changes,
    ):
        assert any("subject" in line for line in changes.iter_lines())


def test_stopped_while_it_fills_it_ends_cleanly(demo: Callable[..., Demo]) -> None:
    begun = demo()
    begun.read_until("tickets ")
    children = begun.children
    assert children
    assert begun.end(signal.SIGINT) == 0
    wait_until_gone(children)
    assert not any("Traceback" in line for line in begun.shown)


def test_killed_it_leaves_no_emulator_behind(demo: Callable[..., Demo]) -> None:
    begun = demo()
    begun.read_until("tickets ")
    children = begun.children
    assert children
    begun.process.kill()
    wait_until_gone(children)


def test_second_demo_in_the_same_folder_is_refused(demo: Callable[..., Demo]) -> None:
    first = demo()
    first.read_until("tickets ")
    second = demo()
    second.read_until("Another demo is running")
    assert second.process.wait(timeout=20) == 1
