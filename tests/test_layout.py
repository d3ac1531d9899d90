"""The house as a stranger finds it: its folders, and whose `schema` is imported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ("api", "db", "domain", "emulator", "integrations", "migrations", "schema", "sync")
FOLDERS = {*PACKAGES, "benchmarks", "docs", "requirements", "tests", "web"}


def _tracked() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return listed.stdout.splitlines()


def test_the_top_level_holds_the_known_folders_only() -> None:
    folders = {name.split("/")[0] for name in _tracked() if "/" in name}
    assert {name for name in folders if not name.startswith(".")} <= FOLDERS


def test_every_package_of_ours_comes_from_the_checkout() -> None:
    """The package index has a `schema` too: ours must come first on the path."""
    code = f"import importlib; print([importlib.import_module(n).__file__ for n in {PACKAGES!r}])"
    shown = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert shown.stdout.count(str(ROOT)) == len(PACKAGES), shown.stdout


def test_httpx_is_imported_in_one_product_file_only() -> None:
    product = ("api/", "db/", "domain/", "integrations/", "schema/", "sync/")
    users = [
        name
        for name in _tracked()
        if name.startswith(product)
        and name.endswith(".py")
        and "import httpx" in (ROOT / name).read_text()
    ]
    assert users == ["integrations/http.py"]


def test_no_file_of_ours_is_longer_than_four_hundred_lines() -> None:
    long = {
        name: lines
        for name in _tracked()
        if name.endswith((".py", ".ts", ".tsx"))
        and not name.startswith(("migrations/", "web/dist"))
        and (ROOT / name).is_file()
        if (lines := len((ROOT / name).read_text().splitlines())) > 400
    }
    assert long == {}
