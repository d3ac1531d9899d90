"""`deskgraph schema`: the printed schema."""

from __future__ import annotations

import argparse
import sys

from schema.build import sdl


def run(arguments: argparse.Namespace) -> int:
    del arguments
    sys.stdout.write(sdl())
    return 0
