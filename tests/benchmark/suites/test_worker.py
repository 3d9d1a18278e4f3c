"""A step in a process of its own ends with the process of the suite."""

import subprocess
import sys


def test_a_step_is_interrupted_when_the_suite_ends() -> None:
    """The worker reads its standard input, a pipe of the suite's process, and raises SIGTERM at its end."""
    code = "import sys, time; from benchmark.suites import worker; worker.runpy.run_module = lambda *a, **k: " \
           "(print('runs', flush=True), time.sleep(600)); sys.argv = ['x']; worker.main()"  # fmt: skip
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdin is not None
    assert process.stdout.readline() == b"runs\n"
    process.stdin.close()
    assert process.wait(60) == -15
    process.stdout.close()
