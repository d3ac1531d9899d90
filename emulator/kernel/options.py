"""The command line of `python -m emulator`."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from math import inf, isfinite
from pathlib import Path

SERVICES = ("zendesk", "gorgias")
SAMPLE = Path(__file__).parent.parent / "data" / "sample_threads.jsonl"


class Options(argparse.Namespace):
    """What the command line says."""

    zendesk_port: int | None
    gorgias_port: int | None
    control_port: int | None
    data: list[Path]
    tickets: int | None
    seed: int
    pace: float
    plan: str
    faults: Path | None
    has_limits: bool
    replica_lag: float
    replica_lag_share: float
    is_verbose: bool

    def ports(self) -> dict[str, int]:
        """The wanted services with their ports; 0 is any free port."""
        wanted = {"zendesk": self.zendesk_port, "gorgias": self.gorgias_port}
        return {name: port for name, port in wanted.items() if port is not None}

    def files(self) -> Sequence[Path]:
        return self.data or [SAMPLE]


def parse_options(arguments: Sequence[str] | None) -> Options:
    """Reads the arguments (None: the process's); says what is wrong and exits with 2 otherwise."""
    parser = _parser()
    options = parser.parse_args(arguments, namespace=Options())
    if not options.ports():
        parser.error("name a service to run: --zendesk-port PORT or --gorgias-port PORT")
    return options


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m emulator",
        description="Emulated help desks on 127.0.0.1; emulator/README.md tells more.",
        allow_abbrev=False,
    )
    add = parser.add_argument
    port = _number(int, least=0, most=65_535)
    positive = _number(float, least=0)
    for name in SERVICES:
        add(f"--{name}-port", type=port, metavar="P", help="run it there; 0: any free port")
    add("--control-port", type=port, metavar="P", help="all control endpoints on one more port")
    data_help = "threads as JSON lines, plain or .gz; default: the 461 that come along"
    add("--data", type=Path, nargs="+", action="extend", default=[], metavar="F", help=data_help)
    add("--tickets", type=_number(int, least=1), metavar="N", help="how many; repeats the data")
    add("--seed", type=int, default=1, metavar="S", help="same seed, same world; default 1")
    add("--pace", type=positive, default=0.0, metavar="X", help="acts per second and service")
    plans = ("enterprise", "professional", "team")
    add("--plan", choices=plans, default=plans[0], help="decides the rate limits")
    add("--faults", type=Path, metavar="FILE", help="fault rules as JSON")
    add("--no-limits", dest="has_limits", action="store_false", help="no rate limits")
    add("--replica-lag", type=positive, default=0.0, metavar="SECONDS", help="of stale reads")
    share = _number(float, least=0, most=1)
    add("--replica-lag-share", type=share, default=1.0, metavar="X", help="how many reads are so")
    add("--verbose", dest="is_verbose", action="store_true", help="log acts and webhooks")
    return parser


def _number(
    kind: Callable[[str], float], *, least: float, most: float = inf
) -> Callable[[str], float]:
    def parse(text: str) -> float:
        value = kind(text)
        if not isfinite(value) or not least <= value <= most:
            bounds = f"{least:g} or more" if most == inf else f"from {least:g} to {most:g}"
            raise argparse.ArgumentTypeError(f"must be {bounds}, not {text}")
        return value

    # argparse names the type in its message about text that is no number.
    parse.__name__ = getattr(kind, "__name__", "number")
    return parse
