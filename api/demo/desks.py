"""The emulated desks in their process: started, waited for, set moving, ended."""

from __future__ import annotations

import asyncio
import os
import re
import sys
import urllib.request
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from domain.errors import DeskgraphError

ROOT: Final = Path(__file__).parents[2]
START_SECONDS: Final = 60.0
_SERVICES: Final = ("zendesk", "gorgias")
_READY: Final = re.compile(r"ready (?P<name>\w+) (?P<url>\S+) stories=(?P<stories>\d+)")
_SIGN_IN: Final = {
    "ZENDESK_SUBDOMAIN": "demo",
    "ZENDESK_OAUTH_CLIENT_ID": "demo-client",
    "ZENDESK_OAUTH_CLIENT_SECRET": "demo-secret",
    "GORGIAS_DOMAIN": "demo",
    "GORGIAS_USERNAME": "admin@demo.example",
    "GORGIAS_API_KEY": "demo-token",
}


class DemoError(DeskgraphError):
    code = "DEMO"


@dataclass(frozen=True, slots=True)
class World:
    """What the emulators begin with: the same world gives the same tickets."""

    seed: int = 1
    options: tuple[str, ...] = ()
    """More of the emulator's own (emulator/README.md)."""


@dataclass(frozen=True, slots=True)
class EmulatedDesk:
    url: str
    stories: int
    """How many tickets it begins with."""


@dataclass(frozen=True, slots=True)
class EmulatedDesks:
    """By desk key."""

    desks: Mapping[str, EmulatedDesk]

    @property
    def environment(self) -> dict[str, str]:
        """The settings that connect Deskgraph to them."""
        urls = {f"{name.upper()}_BASE_URL": desk.url for name, desk in self.desks.items()}
        return _SIGN_IN | urls

    @property
    def totals(self) -> dict[str, int]:
        return {name: desk.stories for name, desk in self.desks.items()}

    async def set_pace(self, acts_per_second: float) -> None:
        """From now on customers and agents act at each desk."""
        for desk in self.desks.values():
            await asyncio.to_thread(_control, desk, "pace", {"acts_per_second": acts_per_second})

    async def were_written_to(self) -> bool:
        """Whether anybody has asked for more than reads and tokens since the start."""
        for desk in self.desks.values():
            counts = await asyncio.to_thread(_control, desk, "counts")
            writes = [row for row in counts["by_path"] if row["method"] != "GET"]
            if any(not row["path"].startswith("/oauth/") for row in writes):
                return True
        return False


def _control(desk: EmulatedDesk, name: str, change: object = None) -> Any:
    """Asks a control endpoint; with a change, sets it."""
    request = urllib.request.Request(  # noqa: S310  the emulator's own address
        f"{desk.url}/_emulator/{name}",
        data=None if change is None else orjson.dumps(change),
        headers={"content-type": "application/json"},
        method="GET" if change is None else "PUT",
    )
    # A proxy from the environment must not swallow calls to this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=10) as answer:
        return orjson.loads(answer.read())


@asynccontextmanager
async def emulated_desks(world: World) -> AsyncIterator[EmulatedDesks]:
    """They stand still until `set_pace`. Raises `DemoError` when they do not start."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "api.demo.child"),
        *("--zendesk-port", "0", "--gorgias-port", "0"),
        *("--plan", "enterprise", "--seed", str(world.seed)),
        *world.options,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        # Ctrl-C reaches this process only, which then ends the other after its own work.
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(START_SECONDS):
            desks = await _ready(process)
        yield EmulatedDesks(desks)
    except TimeoutError:
        raise DemoError("The emulated desks did not start in a minute") from None
    finally:
        await _end(process)


async def _ready(process: asyncio.subprocess.Process) -> dict[str, EmulatedDesk]:
    assert process.stdout is not None
    desks: dict[str, EmulatedDesk] = {}
    while len(desks) < len(_SERVICES):
        line = (await process.stdout.readline()).decode()
        if not line:
            raise DemoError("The emulated desks ended at once", hint="Their reason stands above")
        if found := _READY.match(line):
            desks[found["name"]] = EmulatedDesk(found["url"], int(found["stories"]))
    return desks


async def _end(process: asyncio.subprocess.Process) -> None:
    assert process.stdin is not None
    process.stdin.close()
    try:
        async with asyncio.timeout(5):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
