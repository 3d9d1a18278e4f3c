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


def test_a_wrong_use_of_a_step_names_the_program_of_the_user() -> None:
    command = [sys.executable, "-m", "benchmark.suites.worker", "verify-dataset", "nowhere"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        error = process.stderr.read()
    assert process.returncode == 2
    assert error.startswith("Usage: anibench verify-dataset ")
