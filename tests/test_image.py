"""The Dockerfile's second stage, followed by hand: no Docker is needed for that.

The copied folders, the product's dependencies and nothing else; then its own CMD and HEALTHCHECK.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import distribution
from pathlib import Path

import orjson
import pytest

from api.server import listen

ROOT = Path(__file__).parent.parent
SPEC = {
    "TICKETING_PROVIDER": "zendesk",
    "ZENDESK_SUBDOMAIN": "yourcompany",
    "ZENDESK_EMAIL": "agent@company.com",
    "ZENDESK_TOKEN": "your-api-token",
    "GORGIAS_DOMAIN": "yourcompany",
    "GORGIAS_USERNAME": "your-email@company.com",
    "GORGIAS_API_KEY": "your-api-key",
}
NOWHERE = {"ZENDESK_BASE_URL": "http://127.0.0.1:1", "GORGIAS_BASE_URL": "http://127.0.0.1:1"}


@dataclass
class Stage:
    """The instructions of one stage."""

    environment: dict[str, str] = field(default_factory=dict)
    copies: list[tuple[str, str]] = field(default_factory=list)
    command: list[str] = field(default_factory=list)
    healthcheck: list[str] = field(default_factory=list)
    user: str = "root"
    runs: list[str] = field(default_factory=list)

    def read(self, word: str, rest: str) -> None:
        match word:
            case "ENV":
                self.environment |= dict(pair.split("=", 1) for pair in shlex.split(rest))
            case "COPY" if not rest.startswith("--from"):
                *sources, target = rest.split()
                self.copies += [(source, target) for source in sources]
            case "RUN":
                self.runs.append(rest)
            case "USER":
                self.user = rest
            case "CMD":
                self.command = orjson.loads(rest)
            case "HEALTHCHECK":
                self.healthcheck = orjson.loads(rest.partition("CMD")[2])


def stages() -> list[Stage]:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    found: list[Stage] = []
    for line in text.splitlines():
        word, _, rest = line.partition(" ")
        if word == "FROM":
            found.append(Stage())
        elif found and word.isupper():
            found[-1].read(word, rest.strip())
    return found


def product_packages(folder: Path) -> None:
    """The locked product dependencies out of this environment, by links."""
    folder.mkdir()
    locked = (ROOT / "requirements" / "product.txt").read_text(encoding="utf-8")
    for name in re.findall(r"^([a-z0-9-]+)==", locked, re.MULTILINE):
        for file in distribution(name).files or ():
            top = folder / file.parts[0]
            if file.parts[0] != ".." and not top.exists():
                site_packages = Path(str(file.locate())).parents[len(file.parts) - 1]
                top.symlink_to(site_packages / file.parts[0])


@dataclass
class Image:
    folder: Path
    stage: Stage

    @property
    def environment(self) -> dict[str, str]:
        """Of the image, with its root moved; nothing of this process but where programs are."""
        moved = {
            name: re.sub(r"(?<![\w/])/(?=app|packages|data)", f"{self.folder}/", value)
            for name, value in self.stage.environment.items()
        }
        moved["DATABASE_URL"] = f"sqlite:///{self.folder}/data/deskgraph.sqlite"
        return moved | {"PATH": os.environ["PATH"]}

    def argv(self, command: list[str]) -> list[str]:
        """-S: no package of this environment but those of the image."""
        assert command[0] == "python"
        return [sys.executable, "-S", *command[1:]]


@pytest.fixture
def image(tmp_path: Path) -> Image:
    _, last = stages()
    for folder in ("app", "data"):
        (tmp_path / folder).mkdir()
    for source, target in last.copies:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / source, tmp_path / "app" / target, ignore=ignored)
    product_packages(tmp_path / "packages")
    return Image(tmp_path, last)


def test_image_runs_as_nobody_in_particular_and_holds_no_installer() -> None:
    _, last = stages()
    assert last.user != "root"
    assert "pip uninstall" in last.runs[0]
    assert not any("install" in run.replace("uninstall", "") for run in last.runs)


def test_every_copied_file_passes_the_dockerignore() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    allowed = {line.removeprefix("!") for line in lines if line.startswith("!")}
    first, last = stages()
    sources = [source for stage in (first, last) for source, _ in stage.copies]
    for source in sources:
        assert any(source == name or source.startswith(f"{name}/") for name in allowed), source


@pytest.fixture
def started(image: Image) -> Iterator[tuple[Image, dict[str, str], subprocess.Popen[bytes]]]:
    with listen("127.0.0.1", 0) as listener:
        port = str(listener.getsockname()[1])
    environment = image.environment | SPEC | NOWHERE | {"PORT": port}
    process = subprocess.Popen(
        image.argv(image.stage.command),
        cwd=image.folder / "app",
        env=environment,
        stderr=subprocess.PIPE,
    )
    yield image, environment, process
    process.kill()
    process.communicate()


def test_image_passes_its_health_check_with_the_variables_of_the_spec(
    started: tuple[Image, dict[str, str], subprocess.Popen[bytes]],
) -> None:
    image, environment, process = started
    deadline = time.monotonic() + 20

    def is_healthy() -> bool:
        argv = image.argv(image.stage.healthcheck)
        checked = subprocess.run(argv, env=environment, capture_output=True, check=False)
        return checked.returncode == 0

    while not is_healthy():
        assert process.poll() is None, ((process.stderr and process.stderr.read()) or b"").decode()
        assert time.monotonic() < deadline, "not healthy after 20 s"
    assert (image.folder / "data" / "deskgraph.sqlite").is_file()
    process.terminate()
    assert process.wait(timeout=15) == 0
