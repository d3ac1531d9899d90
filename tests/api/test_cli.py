"""The command `deskgraph`, run as users run it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import orjson
import pytest
import pytest_asyncio

from api.demo.desks import EmulatedDesks
from api.server import listen
from schema.build import sdl
from tests.api.emulated import SMALL, emulated_desks

ROOT = Path(__file__).parents[2]


class Command:
    """Runs in a folder of its own, with no settings but the given ones."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = {"DATABASE_URL": f"sqlite:///{folder / 'cache.sqlite'}"}

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        return kept | {"PYTHONPATH": str(ROOT)} | self.settings

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "api.cli", *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "api.cli", *arguments],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


@pytest.fixture
def deskgraph(tmp_path: Path) -> Command:
    return Command(tmp_path)


@pytest.fixture
def free_port() -> int:
    with listen("127.0.0.1", 0) as listener:
        port: int = listener.getsockname()[1]
    return port


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def emulated() -> AsyncIterator[EmulatedDesks]:
    async with emulated_desks(SMALL) as desks:
        yield desks


def test_help_takes_less_than_half_a_second(deskgraph: Command) -> None:
    def seconds() -> float:
        began = time.perf_counter()
        assert "serve" in deskgraph("--help").stdout
        return time.perf_counter() - began

    assert min(seconds() for _ in range(3)) < 0.5


def test_schema_is_printed(deskgraph: Command) -> None:
    assert deskgraph("schema").stdout == sdl()


def test_key_is_made_listed_and_revoked(deskgraph: Command) -> None:
    made = deskgraph("token", "create", "--name", "web", "--scopes", "tickets:read,tickets:write")
    key = made.stdout.strip()
    assert made.returncode == 0
    assert key.startswith("dgk_")
    prefix = key.split("_")[1]
    listed = deskgraph("token", "list").stdout
    assert "tickets:read,tickets:write" in listed
    assert prefix in listed
    assert key not in listed
    assert deskgraph("token", "revoke", key).returncode == 0
    assert "revoked" in deskgraph("token", "list").stdout
    assert deskgraph("token", "revoke", prefix).returncode == 1


def test_unknown_scope_names_the_known_ones(deskgraph: Command) -> None:
    refused = deskgraph("token", "create", "--name", "web", "--scopes", "everything")
    assert refused.returncode == 1
    assert "tickets:read" in refused.stderr


def test_setting_that_cannot_be_used_ends_with_2_and_one_line(deskgraph: Command) -> None:
    deskgraph.settings["DESKGRAPH_WRITES"] = "maybe"
    refused = deskgraph("serve")
    assert refused.returncode == 2
    assert refused.stderr.startswith("deskgraph: DESKGRAPH_WRITES is 'maybe'")
    assert refused.stderr.count("\n") == 1


def test_misspelt_setting_is_warned_of(deskgraph: Command) -> None:
    deskgraph.settings["DESKGRAPH_WRITE"] = "off"
    assert "did you mean DESKGRAPH_WRITES" in deskgraph("db", "upgrade").stderr


def test_settings_are_read_from_a_file_too(deskgraph: Command) -> None:
    (deskgraph.folder / ".env").write_text("DESKGRAPH_WRITES=sometimes\n")
    assert "'sometimes'" in deskgraph("serve").stderr


def test_database_goes_up_and_down(deskgraph: Command) -> None:
    assert deskgraph("db", "check").returncode == 1
    assert deskgraph("db", "upgrade").returncode == 0
    assert deskgraph("db", "check").returncode == 0
    assert deskgraph("db", "downgrade").returncode == 0
    assert deskgraph("db", "check").returncode == 1
    unknown = deskgraph("db", "upgrade", "9999")
    assert unknown.returncode == 1
    assert unknown.stderr.startswith("deskgraph: Alembic: Can't locate revision")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://someone:hunter2@127.0.0.1:1/cache",
        "sqlite:////no/such/folder/cache.sqlite",
        "sqlite:///no-database",
        "mysql://someone:hunter2@127.0.0.1/cache",
    ],
)
@pytest.mark.parametrize("command", [["serve", "--port", "0"], ["token", "list"], ["db", "check"]])
def test_database_that_cannot_be_used_is_told_in_one_line(
    deskgraph: Command, url: str, command: list[str]
) -> None:
    (deskgraph.folder / "no-database").write_text("something else entirely")
    deskgraph.settings["DATABASE_URL"] = url
    refused = deskgraph(*command)
    assert refused.returncode in (1, 2)
    assert refused.stderr.startswith("deskgraph: ")
    assert refused.stderr.count("\n") == 1
    assert "hunter2" not in refused.stderr


def test_postgresql_without_migrations_is_refused_with_the_command_named(
    deskgraph: Command, postgres_url: str
) -> None:
    deskgraph.settings["DATABASE_URL"] = postgres_url
    assert deskgraph("db", "downgrade").returncode == 0
    refused = deskgraph("serve", "--port", "0")
    assert refused.returncode == 2
    assert "deskgraph db upgrade" in refused.stderr


def test_taken_port_is_told_before_anything_starts(deskgraph: Command) -> None:
    with listen("127.0.0.1", 0) as listener:
        port = str(listener.getsockname()[1])
        for command in ("serve", "demo"):
            refused = deskgraph(command, "--port", port)
            assert refused.returncode == 2
            assert f"port {port}" in refused.stderr
            assert "PORT=" in refused.stderr


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as response:
            return bool(response.status == 200)
    except OSError:
        return False


@pytest.fixture
def served(
    deskgraph: Command, free_port: int, request: pytest.FixtureRequest
) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """With the options that a test may pass as the fixture's parameter."""
    options: tuple[str, ...] = getattr(request, "param", ())
    process = deskgraph.start("serve", "--port", str(free_port), *options)
    assert process.stdout is not None
    assert "listens on" in process.stdout.readline()
    try:
        yield f"http://127.0.0.1:{free_port}", process
    finally:
        process.kill()
        process.communicate()


def test_server_without_desks_or_keys_is_healthy_and_closed(
    served: tuple[str, subprocess.Popen[str]],
) -> None:
    address, _ = served
    assert answers(f"{address}/healthz")
    assert answers(f"{address}/readyz")
    refused = httpx.post(f"{address}/graphql", json={"query": "{ __typename }"}, trust_env=False)
    assert refused.status_code == 401
    assert "deskgraph token create" in refused.text
    assert httpx.get(f"{address}/graphiql", trust_env=False).status_code == 404


@pytest.mark.parametrize("served", [("--development",)], indirect=True)
def test_development_server_has_the_explorer_and_wants_keys_all_the_same(
    served: tuple[str, subprocess.Popen[str]],
) -> None:
    address, _ = served
    assert httpx.get(f"{address}/graphiql", trust_env=False).status_code == 200
    refused = httpx.post(f"{address}/graphql", json={"query": "{ __typename }"}, trust_env=False)
    assert refused.status_code == 401


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stopped_server_ends_with_0_and_its_log_is_json_lines(
    served: tuple[str, subprocess.Popen[str]], number: signal.Signals
) -> None:
    _, process = served
    process.send_signal(number)
    _, log = process.communicate(timeout=15)
    assert process.returncode == 0
    lines = [json.loads(line) for line in log.splitlines()]
    assert any("no desk has settings" in line["message"] for line in lines)


def test_sync_fills_the_cache_and_ends(deskgraph: Command, emulated: EmulatedDesks) -> None:
    deskgraph.settings |= emulated.environment
    done = deskgraph("sync")
    assert done.returncode == 0, done.stderr
    assert "30 tickets are in the cache" in done.stdout
    assert "zendesk" in done.stdout


def test_sync_names_the_desk_whose_sign_in_is_refused(
    deskgraph: Command, emulated: EmulatedDesks
) -> None:
    deskgraph.settings |= emulated.environment | {"ZENDESK_OAUTH_CLIENT_SECRET": "wrong"}
    failed = deskgraph("sync")
    assert failed.returncode == 1
    assert "zendesk" in failed.stderr
    assert "ZENDESK_OAUTH_CLIENT_SECRET" in failed.stderr


def test_doctor_finds_all_well_but_what_it_names(
    deskgraph: Command, emulated: EmulatedDesks
) -> None:
    deskgraph.settings |= emulated.environment
    deskgraph("token", "create", "--name", "web")
    examined = deskgraph("doctor")
    assert "ok   zendesk: signed in" in examined.stdout
    assert "ok   gorgias: signed in" in examined.stdout
    assert "ok   zendesk: its clock differs" in examined.stdout
    assert "FIX" not in examined.stdout
    assert examined.returncode == 0
    assert "demo-secret" not in examined.stdout


def test_doctor_names_one_fix_a_line(deskgraph: Command, emulated: EmulatedDesks) -> None:
    deskgraph.settings |= emulated.environment | {
        "GORGIAS_API_KEY": "wrong",
        "DESKGRAPH_EXPLORR": "on",
        "ZENDESK_BASE_URL": "http://127.0.0.1:1",
    }
    deskgraph("db", "upgrade")
    examined = deskgraph("doctor")
    fixes = [line for line in examined.stdout.splitlines() if line.startswith("FIX")]
    assert examined.returncode == 1
    for named in ("GORGIAS_API_KEY", "DESKGRAPH_EXPLORER", "zendesk", "token create"):
        assert any(named in line for line in fixes), examined.stdout


def test_doctor_looks_at_the_desks_before_there_is_a_cache_and_makes_none(
    deskgraph: Command, emulated: EmulatedDesks
) -> None:
    deskgraph.settings |= emulated.environment
    examined = deskgraph("doctor")
    assert "ok   database: sqlite" in examined.stdout
    assert "will be made at the first start" in examined.stdout
    assert "ok   zendesk: signed in" in examined.stdout
    assert list(deskgraph.folder.iterdir()) == []


def test_a_desk_in_trouble_is_told_in_the_log(
    deskgraph: Command, emulated: EmulatedDesks, free_port: int
) -> None:
    deskgraph.settings |= emulated.environment | {"ZENDESK_OAUTH_CLIENT_SECRET": "wrong"}
    process = deskgraph.start("serve", "--port", str(free_port))
    assert process.stderr is not None
    lines = (orjson.loads(line) for line in process.stderr)
    told = next(line for line in lines if line["message"] == "desk has a problem")
    process.terminate()
    process.communicate()
    assert (told["level"], told["desk"]) == ("warning", "zendesk")
    assert told["problem"]["code"] == "PROVIDER_UNAUTHORIZED"
    assert "ZENDESK_OAUTH_CLIENT_SECRET" in told["problem"]["hint"]


def test_agent_is_told_what_an_admin_could_do_better(
    deskgraph: Command, emulated: EmulatedDesks
) -> None:
    named = {
        name: value
        for name, value in emulated.environment.items()
        if name in ("ZENDESK_SUBDOMAIN", "ZENDESK_BASE_URL")
    }
    agent = {"ZENDESK_EMAIL": "agent@demo.example", "ZENDESK_TOKEN": "demo-token"}
    deskgraph.settings |= named | agent
    deskgraph("db", "upgrade")
    shown = deskgraph("doctor").stdout
    assert "slower walk" in shown
    assert "2027-04-30" in shown


def test_second_server_on_one_cache_only_reads_and_says_so(
    deskgraph: Command, served: tuple[str, subprocess.Popen[str]]
) -> None:
    del served
    other = deskgraph("sync")
    assert other.returncode == 1
    assert "Another process" in other.stderr


def test_api_folder_has_no_other_commands_than_the_listed_ones() -> None:
    from api.cli import COMMANDS

    modules = {path.stem for path in (ROOT / "api" / "commands").glob("*.py")} - {"__init__"}
    assert modules == set(COMMANDS)
