"""What others install: a wheel with our packages and their files, and without the tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.test_layout import PACKAGES, ROOT

USE = """
from integrations.ticketing import create_ticketing_system, ZendeskIntegration
import integrations, schema
assert isinstance(create_ticketing_system(), ZendeskIntegration)
print(integrations.__file__, schema.__file__)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    source = tmp_path_factory.mktemp("source")
    for name in PACKAGES:
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    uv = Path(sys.executable).parent / "uv"
    build = [str(uv), "build", "-q", "--wheel", "--no-build-isolation", "--offline"]
    build += ["--python", sys.executable, "-o", str(source / "dist"), str(source)]
    subprocess.run(build, check=True)
    [built] = (source / "dist").glob("*.whl")
    return built


def test_the_wheel_holds_our_packages_and_their_files_only(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    folders = {name.split("/")[0] for name in names}
    assert {name for name in folders if not name.endswith(".dist-info")} == set(PACKAGES)
    assert {
        "emulator/data/NOTICE",
        "emulator/data/sample_threads.jsonl",
        "schema/schema.graphql",
        "migrations/versions/0001_cache.py",
    } <= set(names)


def test_the_library_works_from_another_directory(wheel: Path, tmp_path: Path) -> None:
    """Unpacked as an installer does it; the dependencies are this environment's."""
    site = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(site)
    application = tmp_path / "application"
    application.mkdir()
    env = {name: value for name, value in os.environ.items() if not name.startswith("GORGIAS_")}
    env |= {
        "PYTHONPATH": str(site),
        "ZENDESK_SUBDOMAIN": "yourcompany",
        "ZENDESK_EMAIL": "agent@company.com",
        "ZENDESK_TOKEN": "your-api-token",
    }
    ran = subprocess.run(
        [sys.executable, "-c", USE],
        cwd=application,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.count(str(site)) == 2
