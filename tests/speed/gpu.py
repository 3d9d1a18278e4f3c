"""What a CUDA device does, in at most 8 minutes: the speed gates, then a short training at full width, evaluated.

python tests/speed/gpu.py --out gpu [--minutes 8] [--data data/faces]
python tests/speed/gpu.py --out gpu --tiny      (a small network, on any device, in seconds)

--out receives summary.md, renewed after each part, so that a stopped run leaves what it has measured; numbers.json; the
run folders of the training and its evaluations, and their report. The training is that of the preset `corrected`, with
as many steps as the time allows.
"""

import argparse
import gc
import platform
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict
from pathlib import Path

import torch
from gpu_parts import (
    Bench,
    Line,
    accuracy,
    latency,
    loader_stall,
    phase1_step,
    phase2_step,
    throughput,
)

import anibench
from animediffusion.config import AnimeDiffusionConfig
from benchmark.core.config import load_config
from benchmark.core.device import resolve_device
from benchmark.core.errors import AnibenchError
from benchmark.core.files import write_json, write_text
from benchmark.core.runs import source_commit
from benchmark.data.dataset import Dataset
from benchmark.evaluation.cost import device_name
from benchmark.methods.checkpoints import last_checkpoint
from benchmark.methods.interface import get_method
from benchmark.results.score_table import metrics_of, score_cell, title
from benchmark.results.scorecard import CARD, read_card
from benchmark.training.records import MetricsLog

PRESET, RUN = "corrected", "gpu"
TINY = (
    "resolution=16", "unet.channels=4", "unet.multipliers=[1, 2]", "unet.blocks=1", "unet.heads=2", "unet.groups=2",
    "phase1.batch=2", "phase2.batch=2", "phase2.chain=2", "sampling.steps=2", "runtime.validation_samples=0",
)  # fmt: skip
PROTOCOLS = ("self-ref", "self-ref-warped")
SCORING = 0.5  # seconds of a test picture under a protocol: two methods painted, saved and scored
SPARE = 30.0  # seconds for the start of the training, its checkpoints, the report
COMPILING = 60.0  # seconds to compile again what `phase1_step` has compiled
PHASE1 = 0.75  # of the training's time


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("gpu"))
    parser.add_argument("--minutes", type=float, default=8.0)
    parser.add_argument("--data", type=Path, help="a dataset; without it, 640 faces are drawn")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--tiny", action="store_true")
    options = parser.parse_args()
    began = time.monotonic()
    failures: dict[str, str] = {}
    with time_limit(60 * options.minutes):
        data = options.data or drawn(options.out / "faces", options.tiny)
        config = load_config(
            AnimeDiffusionConfig, preset=get_method("animediffusion").preset(PRESET), settings=settings(options.tiny)
        )
        ends = began + 60 * options.minutes
        device = resolve_device(options.device)
        bench = Bench(options.out, config, Dataset.open(data), device, ends, options.tiny)
    parts: list[Callable[[Bench], None]] = [
        phase1_step, phase2_step, loader_stall, throughput, latency, train, accuracy, evaluate,
    ]  # fmt: skip
    for number, part in enumerate(parts, 1):
        print(f"{number} of {len(parts)}: {part.__name__}, {bench.left:.0f} s left", flush=True)
        try:
            with time_limit(bench.left), torch.compiler.set_stance("force_eager") if bench.tiny else nullcontext():
                part(bench)
        except Exception as error:  # the other parts are measured all the same
            failures[part.__name__] = f"{type(error).__name__}: {error}"
        gc.collect()
        torch.cuda.empty_cache()
        write_text(bench.out / "summary.md", summary(bench, failures, time.monotonic() - began))
        write_json(bench.out / "numbers.json", {"lines": [asdict(line) for line in bench.lines], "failures": failures})
    print((bench.out / "summary.md").read_text("utf-8"))
    sys.exit(1 if failures else 0)


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise TimeoutError in the work that still runs after `seconds`."""

    def end(*_: object) -> None:
        raise TimeoutError("the time was over")

    if seconds <= 0:
        end()
    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def settings(tiny: bool) -> Sequence[str]:
    return TINY if tiny else ()


def drawn(folder: Path, tiny: bool) -> Path:
    """A dataset of drawn faces."""
    count, test = (12, 4) if tiny else (640, 40)
    call("build-dataset", f"drawn:faces:{count}", "--detector", "whole", "--test", test, "--out", folder)
    return folder


def train(bench: Bench) -> None:
    """`anibench train --preset corrected` with the steps that fit into the time that is left."""
    free = bench.left - SPARE - len(PROTOCOLS) * SCORING * len(bench.data.ids("test"))
    free -= COMPILING if bench.compile else 0
    shares = {"phase1": PHASE1, "phase2": 1 - PHASE1}
    steps = {name: int(share * free / bench.seconds[name]) for name, share in shares.items()}
    if min(steps.values()) < 1:
        raise AnibenchError(f"{bench.left:.0f} s are too few for a training")
    if bench.tiny:
        steps = dict.fromkeys(steps, 2)
    changes = [*settings(bench.tiny), *(f"{name}.steps={count}" for name, count in steps.items())]
    changes += ["runtime.compile=true"] if bench.compile else []
    options = [word for change in changes for word in ("--set", change)]
    place = ("--data", bench.data.root, "--runs", bench.out / "runs", "--device", bench.device)
    call("train", "animediffusion", "--preset", PRESET, "--name", RUN, *place, *options)
    bench.checkpoint = last_checkpoint(run_folder(bench) / "checkpoints")


def evaluate(bench: Bench) -> None:
    """`anibench eval` of the training beside copies of the reference, and `anibench report`."""
    if bench.checkpoint is None:
        raise AnibenchError("no training has ended")
    place = ("--data", bench.data.root, "--runs", bench.out / "runs", "--device", bench.device)
    for protocol in PROTOCOLS:
        call("eval", f"animediffusion/{RUN}", "copy-reference", "--protocol", protocol, *place)
    call("report", "--runs", bench.out / "runs", "--out", bench.out / "report.html")


def call(*words: object) -> None:
    """An anibench command, in this process."""
    sys.argv = ["anibench", *map(str, words)]  # as its run record names it
    anibench.main.main(sys.argv[1:], standalone_mode=False)


def run_folder(bench: Bench) -> Path:
    return bench.out / "runs" / "train" / "animediffusion" / RUN


def summary(bench: Bench, failures: dict[str, str], seconds: float) -> str:
    commit, changed = source_commit()
    facts = (
        device_name(bench.device) if bench.device.partition(":")[0] in ("cpu", "cuda") else bench.device,
        f"PyTorch {torch.__version__}", f"CUDA {torch.version.cuda}", f"Python {platform.python_version()}",
        f"commit {commit or 'not known'}{' with uncommitted changes' if changed else ''}",
        f"{seconds / 60:.1f} minutes",
    )  # fmt: skip
    about = f"{bench.config.resolution} px, {bench.config.unet.channels} channels, precision of training "
    parts = [
        "# One device in numbers",
        "; ".join(facts) + ".",
        about + f"{bench.config.runtime.precision}. Times are wall times up to the device's end on CUDA, else CPU times"
        ": medians of rounds in which every way runs. The ratio is that of our fastest way to the plain path.",
        table(("part", "plain", "ours", "ratio", "gate", "met", "note"), map(cells, bench.lines)),
        *training_facts(bench),
        *(f"Not measured, {name}: {reason}." for name, reason in failures.items()),
    ]
    return "\n\n".join(parts) + "\n"


def cells(line: Line) -> Sequence[str]:
    met = {None: "", True: "yes", False: "**no**"}[line.met]
    share = "" if line.ratio is None else f"{line.ratio:.3f}"
    return line.part, line.plain, line.ours, share, line.gate, met, line.note


def training_facts(bench: Bench) -> Iterator[str]:
    """What was trained, at which speed, and its scores."""
    folder = run_folder(bench)
    if not (folder / "metrics.jsonl").exists():
        return
    rows = [row for row in MetricsLog(folder / "metrics.jsonl").rows() if "loss" in row]
    words = []
    for phase in dict.fromkeys(row["phase"] for row in rows):
        logged = [row for row in rows if row["phase"] == phase]
        first, last = logged[0], logged[-1]
        time_taken = last["seconds"] - first["seconds"]
        rate = (last["images_seen"] - first["images_seen"]) / time_taken if time_taken > 0 else 0.0
        words.append(f"{phase}: {last['step']:,} steps, loss {last['loss']:.4g}, {rate:,.0f} images per second")
    yield f"Training, preset {PRESET} on {bench.data.name}: {'; '.join(words)}."
    cards = [read_card(path.parent) for path in sorted(bench.out.glob(f"runs/eval/*/*/{CARD}"))]
    if cards:
        metrics = metrics_of(cards)
        rows = ((card.protocol_label, card.label, *(str(score_cell(m, card)) for m in metrics)) for card in cards)
        yield table(("protocol", "method", *map(title, metrics)), rows)


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)


if __name__ == "__main__":
    main()
