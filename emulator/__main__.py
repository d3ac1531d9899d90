"""`python -m emulator`: emulated help desks as real HTTP servers on this machine."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from random import Random
from time import perf_counter

from emulator.gorgias.service import GorgiasService
from emulator.kernel.clock import MovableClock
from emulator.kernel.fault_rules import FaultRuleError, read_fault_file
from emulator.kernel.faults import FaultPlan
from emulator.kernel.host import Host
from emulator.kernel.options import SERVICES, Options, parse_options
from emulator.kernel.server import PortTakenError, address, bind, serving
from emulator.kernel.service import Behaviour, Service
from emulator.kernel.world import Story, StoryError, read_stories
from emulator.zendesk.service import ZendeskService


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs until Ctrl-C or SIGTERM; returns 0, or 2 for an option that cannot be followed."""
    options = parse_options(arguments)
    level = logging.INFO if options.is_verbose else logging.WARNING
    logging.basicConfig(level=level, format="%(levelname)s %(message)s", stream=sys.stderr)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        asyncio.run(_run(options))
    except (StoryError, FaultRuleError, PortTakenError) as flaw:
        sys.stderr.write(f"emulator: {flaw}\n")
        return 2
    except KeyboardInterrupt:
        # Ctrl-C while the data were still loading.
        return 130
    return 0


async def _run(options: Options) -> None:
    clock = MovableClock()
    rules = read_fault_file(options.faults, services=SERVICES) if options.faults else []
    control = None if options.control_port is None else bind(options.control_port)
    # All ports first: a taken one is told before minutes of loading, not after.
    listeners = {name: bind(port) for name, port in options.ports().items()}
    hosts: dict[socket.socket, Host] = {}
    ready: list[str] = []
    for name, listener in listeners.items():
        service = _service(name, options, clock=clock, base_url=address(listener))
        ready.append(f"ready {name} {address(listener)} {_fill(service, options, clock=clock)}\n")
        hosts[listener] = Host(service, clock=clock, plan=FaultPlan(rules, service=name))
        hosts[listener].acts_per_second = options.pace
    if control is not None:
        ready.append(f"ready control {address(control)}\n")
    # The loaded world stays to the end: otherwise each full collection walks all of it.
    gc.freeze()
    stop = _stop_signal()
    async with serving(hosts, clock=clock, control_listener=control):
        sys.stdout.writelines(ready)
        sys.stdout.flush()
        await stop.wait()


def _fill(service: Service, options: Options, *, clock: MovableClock) -> str:
    """Loads the service's share of the stories; returns how many and how long it took."""
    count, started_at = 0, perf_counter()
    # Alone a service gets all stories; else the even ones are Zendesk's, the odd ones Gorgias'.
    remainders = {0, 1} if len(options.ports()) == 1 else {int(service.name == "gorgias")}

    def stories() -> Iterator[Story]:
        nonlocal count
        files, seed = options.files(), options.seed
        for story in read_stories(files, tickets=options.tickets, seed=seed, now=clock.now()):
            if story.number % 2 in remainders:
                count += 1
                yield story

    gc.disable()
    service.load(stories())
    gc.enable()
    return f"stories={count} seconds={perf_counter() - started_at:.2f}"


def _service(name: str, options: Options, *, clock: MovableClock, base_url: str) -> Service:
    makers: Mapping[str, Callable[..., Service]] = {
        "zendesk": ZendeskService,
        "gorgias": GorgiasService,
    }
    return makers[name](
        clock=clock,
        random=Random(f"{options.seed}:{name}"),
        plan=options.plan,
        behaviour=Behaviour(
            replica_lag_seconds=options.replica_lag,
            replica_lag_share=options.replica_lag_share if options.replica_lag > 0 else 0.0,
            limits_on=options.has_limits,
        ),
        base_url=base_url,
    )


def _stop_signal() -> asyncio.Event:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


if __name__ == "__main__":
    sys.exit(main())
