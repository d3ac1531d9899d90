"""The README's commands do what it says, in a fresh copy of the checkout."""

from __future__ import annotations

import ast
import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from api.demo.desks import EmulatedDesks
from api.server import listen
from tests.api.emulated import SMALL, emulated_desks

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
DEMO_SECONDS = 60.0


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is, or could be, committed; the environment is shared, which saves its installation."""
    copy = tmp_path_factory.mktemp("checkout")
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    (copy / ".venv").symlink_to(ROOT / ".venv")
    return copy


@pytest.fixture
def environment() -> dict[str, str]:
    """Of a stranger: no settings, and a free port."""
    with listen("127.0.0.1", 0) as listener:
        port = str(listener.getsockname()[1])
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | {"PORT": port}


def wait_for(client: httpx.Client, query: str, process: subprocess.Popen[str]) -> httpx.Response:
    """The first answer with tickets in it."""
    deadline = time.monotonic() + DEMO_SECONDS
    while True:
        assert process.poll() is None, process.stdout and process.stdout.read()
        assert time.monotonic() < deadline, f"no answer in {DEMO_SECONDS} s"
        try:
            answer = client.post("/graphql", json={"query": query})
        except httpx.TransportError:
            time.sleep(0.1)  # the port is not open yet
            continue
        if answer.json()["data"]["tickets"]["totalCount"]:
            return answer


@pytest.fixture
def demo(checkout: Path, environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    [command] = [block for block in blocks("bash") if "make demo" in block]
    process = subprocess.Popen(
        ["bash", "-c", command],
        cwd=checkout,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    yield process
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def test_one_command_shows_it_and_one_key_ends_it(
    demo: subprocess.Popen[str], environment: dict[str, str]
) -> None:
    [query] = blocks("graphql")
    address = f"http://127.0.0.1:{environment['PORT']}"
    with httpx.Client(base_url=address, trust_env=False, timeout=20) as client:
        answer = wait_for(client, query, demo)
        assert "errors" not in answer.json()
        assert client.get("/graphiql").status_code == 200
    os.killpg(demo.pid, signal.SIGINT)
    shown, _ = demo.communicate(timeout=20)
    assert "The demo has ended" in shown
    assert "Traceback" not in shown


@pytest.fixture(scope="module")
def emulated() -> Iterator[EmulatedDesks]:
    """In a loop of its own: the commands under test are blocking ones."""
    with asyncio.Runner() as runner:
        desks = emulated_desks(SMALL)
        yield runner.run(desks.__aenter__())
        runner.run(desks.__aexit__(None, None, None))


def test_commands_for_desks_of_ones_own_run(
    checkout: Path, environment: dict[str, str], emulated: EmulatedDesks
) -> None:
    [connect] = [block for block in blocks("bash") if "make serve" in block]
    [keys] = [block for block in blocks("bash") if "token create" in block]
    script = f"{connect.replace('make serve', '')}\n{keys}"
    done = subprocess.run(
        ["bash", "-c", with_demo_tokens(script)],
        cwd=checkout,
        env=environment | urls_of(emulated),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.startswith("dgk_"), done.stderr
    assert "ok   zendesk: signed in" in done.stdout
    assert "ok   gorgias: signed in" in done.stdout


def test_server_of_ones_own_desks_starts(
    checkout: Path, environment: dict[str, str], emulated: EmulatedDesks
) -> None:
    [command] = [block for block in blocks("bash") if "make serve" in block]
    process = subprocess.Popen(
        ["bash", "-c", with_demo_tokens(command)],
        cwd=checkout,
        env=environment | urls_of(emulated),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        assert any("listens on" in line for line in process.stdout)
        address = f"http://127.0.0.1:{environment['PORT']}"
        assert httpx.get(f"{address}/readyz", trust_env=False).json()["status"] == "ready"
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=20)


def test_library_snippet_runs_against_an_emulated_desk(
    tmp_path: Path, environment: dict[str, str], emulated: EmulatedDesks
) -> None:
    [snippet] = blocks("python")
    script = tmp_path / "snippet.py"
    script.write_text(
        "import ast, asyncio, inspect\n"
        f"code = compile({snippet!r}, 'README.md', 'exec', {ast.PyCF_ALLOW_TOP_LEVEL_AWAIT})\n"
        "space = {}\n"
        "async def main():\n"
        "    if inspect.iscoroutine(running := eval(code, space)):\n"
        "        await running\n"
        "    print(await space['ticketing'].get_ticket_with_comments(space['ticket']['id']))\n"
        "asyncio.run(main())\n"
    )
    one_desk = {
        "ZENDESK_SUBDOMAIN": "demo",
        "ZENDESK_EMAIL": "admin@demo.example",
        "ZENDESK_TOKEN": "demo-token",
        "ZENDESK_BASE_URL": emulated.desks["zendesk"].url,
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(
        [sys.executable, str(script)],
        cwd=tmp_path,
        env=environment | one_desk,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Looking into it" in done.stdout


def test_every_target_and_file_that_it_names_is_there() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"\bmake ([a-z-]+)", README):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    for path in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / path).exists(), path


def with_demo_tokens(script: str) -> str:
    return re.sub(r"(ZENDESK_TOKEN|GORGIAS_API_KEY)=\S+", r"\1=demo-token", script)


def urls_of(emulated: EmulatedDesks) -> dict[str, str]:
    return {f"{name.upper()}_BASE_URL": desk.url for name, desk in emulated.desks.items()}
