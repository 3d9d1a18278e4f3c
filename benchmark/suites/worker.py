"""A step in a process of its own: `python -m benchmark.suites.worker COMMAND ...` runs an anibench command.

Its standard input is a pipe of the process that runs the suite. When that process ends, however it ends, the command
is interrupted as by SIGTERM, so that it saves its state and no two processes work in one folder.
"""

import os
import runpy
import signal
import sys
import threading


def _end_with_the_suite() -> None:
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def main() -> None:
    """Run the command of `sys.argv`."""
    threading.Thread(target=_end_with_the_suite, daemon=True).start()
    sys.argv[0] = "anibench"
    sys.modules["__main__"].__package__ = None  # else click names the program `python -m benchmark.suites.anibench`
    runpy.run_module("anibench", run_name="__main__")


if __name__ == "__main__":
    main()
