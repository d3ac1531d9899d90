"""Replays seeds: `python -m tests.simulation gorgias 17` or `... zendesk 0:200`."""

from __future__ import annotations

import logging
import sys
import time

from tests.simulation.world import simulate


def main(provider: str, seeds: str) -> int:
    logging.disable(logging.WARNING)
    first, _, last = seeds.partition(":")
    failed = []
    began = time.monotonic()
    numbers = range(int(first), int(last) if last else int(first) + 1)
    for seed in numbers:
        report = simulate(provider, seed)
        if report.faults or not last:
            sys.stdout.write(f"{report}\n")
        if not last:
            sys.stdout.write(f"{report.counts}\n")
        if report.faults:
            failed.append(seed)
    seconds = time.monotonic() - began
    sys.stdout.write(
        f"{len(numbers)} seeds, {len(failed)} failed {failed}, "
        f"{len(numbers) / seconds:.1f} seeds/s\n"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
