"""`python -m emulator` as its users start it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[3]
ZENDESK = httpx.BasicAuth("admin@example.com/token", "demo-token")
GORGIAS = httpx.BasicAuth("admin@example.com", "demo-token")


@contextmanager
def _emulator(*options: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """The process and the address of each service, once all are ready."""
    command = [sys.executable, "-m", "emulator", *options]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        addresses: dict[str, str] = {}
        try:
            for _ in range(sum(option.endswith("-port") for option in options)):
                line = process.stdout.readline()
                assert line.startswith("ready "), line + (process.communicate()[1] or "")
                _, name, url, *_ = line.split()
                addresses[name] = url
            yield process, addresses
        finally:
            process.terminate()


def _ids(url: str, target: str, auth: httpx.BasicAuth, key: str) -> list[int]:
    answer = httpx.get(f"{url}{target}", auth=auth, trust_env=False)
    assert answer.status_code == 200, answer.text
    return [row["id"] for row in answer.json()[key]]


def test_both_services_share_the_stories_and_control_has_its_port() -> None:
    options = ("--zendesk-port", "0", "--gorgias-port", "0", "--control-port", "0")
    with _emulator(*options, "--tickets", "40") as (_, addresses):
        assert list(addresses) == ["zendesk", "gorgias", "control"]
        zendesk = _ids(addresses["zendesk"], "/api/v2/tickets.json", ZENDESK, "tickets")
        gorgias = _ids(addresses["gorgias"], "/api/tickets?limit=100", GORGIAS, "data")
        assert (len(zendesk), len(gorgias)) == (20, 20)
        counts = httpx.get(f"{addresses['control']}/gorgias/_emulator/counts", trust_env=False)
        assert counts.json()["requests"] == 1


def test_a_service_alone_gets_all_stories_and_acts_at_its_pace() -> None:
    options = ("--zendesk-port", "0", "--tickets", "40", "--pace", "50", "--verbose")
    with _emulator(*options) as (process, addresses):
        ids = _ids(addresses["zendesk"], "/api/v2/tickets.json", ZENDESK, "tickets")
        assert len(ids) >= 40
        assert process.stderr is not None
        assert process.stderr.readline().startswith("INFO zendesk: ")


def test_the_same_seed_gives_the_same_world() -> None:
    def world(seed: str) -> list[dict[str, object]]:
        options = ("--zendesk-port", "0", "--tickets", "40", "--seed", seed)
        with _emulator(*options) as (_, addresses):
            target = f"{addresses['zendesk']}/api/v2/tickets.json"
            rows = httpx.get(target, auth=ZENDESK, trust_env=False).json()["tickets"]
            return [{name: row[name] for name in ("id", "status", "priority")} for row in rows]

    assert world("3") == world("3") != world("4")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly(number: signal.Signals) -> None:
    with _emulator("--gorgias-port", "0", "--tickets", "2") as (process, addresses):
        with httpx.Client(base_url=addresses["gorgias"], trust_env=False) as client:
            client.get("/_emulator")
            process.send_signal(number)
            assert process.wait(timeout=10) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_faults_come_from_a_file(tmp_path: Path) -> None:
    faults = tmp_path / "faults.json"
    rules = [
        {"kind": "too_many_requests", "service": "zendesk", "retry_after": 5},
        {"kind": "server_error", "service": "gorgias", "status": 520, "count": 1},
    ]
    faults.write_text(json.dumps({"faults": rules}))
    options = ("--zendesk-port", "0", "--gorgias-port", "0", "--tickets", "2")
    with _emulator(*options, "--faults", str(faults)) as (_, addresses):
        struck = httpx.get(f"{addresses['zendesk']}/api/v2/tickets.json", trust_env=False)
        target = f"{addresses['gorgias']}/api/tickets"
        failed, answered = (httpx.get(target, auth=GORGIAS, trust_env=False) for _ in range(2))
    assert (struck.status_code, struck.headers["retry-after"]) == (429, "5")
    assert struck.json()["error"] == "APIRateLimitExceeded"
    assert (failed.status_code, list(failed.json())) == (520, ["error"])
    assert answered.status_code == 200


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), "name a service to run"),
        (("--zendesk-port", "70000"), "must be from 0 to 65535"),
        (("--zendesk-port", "x"), "invalid int value"),
        (("--zendesk-port", "0", "--tickets", "0"), "must be 1 or more"),
        (("--zendesk-port", "0", "--pace", "nan"), "must be 0 or more"),
        (("--zendesk-port", "0", "--plan", "free"), "invalid choice"),
        (("--zendesk-port", "0", "--data", "absent.jsonl"), "Cannot read absent.jsonl"),
        (("--zendesk-port", "0", "--faults", "absent.json"), "Cannot read the fault file"),
    ],
)
def test_an_option_that_cannot_be_followed_is_told(options: tuple[str, ...], words: str) -> None:
    command = [sys.executable, "-m", "emulator", *options]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert words in ended.stderr
    assert "Traceback" not in ended.stderr
