"""`python -m emulator` that ends with its parent, however that ends: stdin is a pipe from it."""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading


def _end_with_parent() -> None:
    sys.stdin.buffer.read()  # returns once the parent has closed the pipe, or is gone
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sys.argv[0] = "emulator"
    runpy.run_module("emulator", run_name="__main__", alter_sys=True)
