"""A whole build of a drawn mirror: time, peak memory of all its processes, killed on the way, verified; run by hand.

python -m builder.drawing.mirror 20000 --out mirror --size 160
python tests/speed/mirror.py mirror --out built --work work --kills 3 --set crop.min_size=64 ...
"""

import argparse
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil

ANIBENCH = [sys.executable, "-m", "anibench"]


class Watch:
    """Peak of the resident memory of a process and all its children, shared pages counted in each."""

    def __init__(self, pid: int) -> None:
        self.peak = 0
        self.cpu = 0.0
        self._root = psutil.Process(pid)
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()

    def _sample(self) -> None:
        while not self._done.wait(0.5):
            resident, cpu = 0, 0.0
            try:
                tree = [self._root, *self._root.children(recursive=True)]
            except psutil.NoSuchProcess:
                return
            for process in tree:
                try:
                    resident += process.memory_info().rss
                    cpu += sum(process.cpu_times()[:2])
                except psutil.NoSuchProcess:
                    continue
            self.peak, self.cpu = max(self.peak, resident), max(self.cpu, cpu)

    def close(self) -> None:
        self._done.set()
        self._thread.join()


def staged(work: Path) -> int:
    """Crops that are on disk."""
    return sum(1 for _ in work.glob("*/crops/*/*.png"))


def attempt(command: list[str], work: Path, kill_at: int | None) -> tuple[bool, float, Watch]:
    """Run until it ends or `kill_at` crops are there, then kill it; whether it ended, and how long it took."""
    start = time.monotonic()
    process = subprocess.Popen(command, start_new_session=True)
    watch = Watch(process.pid)
    while process.poll() is None:
        time.sleep(2)
        if kill_at is not None and staged(work) >= kill_at:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            break
    watch.close()
    if process.returncode not in (0, -signal.SIGKILL):
        sys.exit(f"the build failed with {process.returncode}")
    return process.returncode == 0, time.monotonic() - start, watch


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mirror", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--kills", type=int, default=3)
    given, more = parser.parse_known_args()  # what it does not know are options of build-dataset
    pictures = sum(1 for path in (given.mirror / "original").rglob("*") if path.is_file())
    command = [*ANIBENCH, "build-dataset", f"danbooru:{given.mirror}", "--out", str(given.out)]
    command += ["--work", str(given.work), *more]
    kills = [round(pictures * (number + 1) * 0.6 / (given.kills + 1)) for number in range(given.kills)]
    seconds, peak, cpu = 0.0, 0, 0.0
    for kill_at in [*kills, None]:
        ended, took, watch = attempt(command, given.work, kill_at)
        seconds, peak, cpu = seconds + took, max(peak, watch.peak), cpu + watch.cpu
        what = "ended" if ended else f"killed at {staged(given.work)} crops"
        print(f"{what} after {took:.0f} s, peak {watch.peak / 2**20:.0f} MiB, CPU {watch.cpu:.0f} s", flush=True)
    start = time.monotonic()
    verified = subprocess.run([*ANIBENCH, "verify-dataset", str(given.out)], check=False).returncode
    print(
        f"{pictures} files: {seconds:.0f} s, CPU {cpu:.0f} s, peak {peak / 2**20:.0f} MiB over {given.kills} kills; "
        f"verify-dataset: exit {verified} after {time.monotonic() - start:.0f} s"
    )


if __name__ == "__main__":
    main()
