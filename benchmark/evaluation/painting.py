"""Painting the pairs of a protocol: one PNG per pair, resumable, with time and memory of each batch."""

import json
import shutil
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmark.core.config import Config, validated
from benchmark.core.device import is_out_of_memory
from benchmark.core.disk import require_space
from benchmark.core.errors import AnibenchError
from benchmark.core.files import Image, read_json, read_json_lines, write_json, write_png
from benchmark.core.progress import progress
from benchmark.data.dataset import SHAPE, SIZE, Dataset
from benchmark.data.line_styles import line_image
from benchmark.data.protocol import EvalProtocol, Pair
from benchmark.data.references import reference_image
from benchmark.evaluation.cost import PeakMemory, seconds_by_batch
from benchmark.methods.interface import Colorizer, Request
from benchmark.scoring.outputs import FOLDER, is_whole, output_path

BATCHES = "painting.jsonl"  # images, seconds and peak memory of each batch
COST = "cost.json"  # seconds per image by batch, with --cost
STATE = "painting.json"  # inputs that determine the outputs; any change repaints


class Painting(Config):
    """`painting.json`: the inputs that determine the pictures in `outputs/`."""

    identity: dict[str, str]
    notes: tuple[str, ...] = ()  # of the colorizer


@dataclass(frozen=True)
class PaintingTask:
    """The pairs to paint, with dataset, protocol, batch, device and run folder."""

    folder: Path
    label: str
    pairs: Sequence[Pair]
    data: Dataset
    protocol: EvalProtocol
    batch: int
    device: str
    sees_target: bool = False  # pass the target instead of the reference


def prepare_outputs(folder: Path, identity: dict[str, str]) -> str | None:
    """Keep the pictures in `folder` if they were painted under `identity`; otherwise remove them and return the reason.

    The state is written last, so that no kill leaves old pictures with the new identity.
    """
    before = _read_state(folder)
    if before is not None and before.identity == identity:
        return None
    reason = None
    if (folder / FOLDER).exists():
        changed = [key for key in identity if before is None or before.identity.get(key) != identity[key]]
        reason = f"other {', '.join(changed)}" if before else "no record of the settings of its pictures"
        shutil.rmtree(folder / FOLDER)
    for name in (BATCHES, COST):
        (folder / name).unlink(missing_ok=True)
    write_json(folder / STATE, Painting(identity=identity).model_dump())
    return reason


def keeps_outputs(folder: Path, identity: dict[str, str]) -> bool:
    """Whether `prepare_outputs` would keep the pictures in `folder`."""
    state = _read_state(folder)
    return state is not None and state.identity == identity


def paint(task: PaintingTask, load: Callable[[], Colorizer]) -> None:
    """Paint the pairs without a complete picture in `task.folder`; `load` is called only if there are any.

    Batches are divided as in an uninterrupted run, so that a resumed run gives the same bytes. Raises AnibenchError
    when the method returns another dtype than uint8 or another shape, and when memory is exhausted.
    """
    missing = {p.picture for p in task.pairs if not is_whole(output_path(task.folder, p.picture), SHAPE)}
    if not missing:
        return
    require_space(task.folder, len(missing) * SIZE * SIZE * 3, f"{len(missing)} pictures")
    colorizer = load()
    _write_notes(task.folder, tuple(getattr(colorizer, "notes", ())))
    memory = PeakMemory(task.device)
    done = len(task.pairs) - len(missing)
    if hasattr(colorizer, "colorize_all"):
        _paint_whole(task, colorizer.colorize_all, [pair for pair in task.pairs if pair.picture in missing], done)
        return
    with progress(f"painting {task.label}", len(task.pairs), done=done) as advance:
        for start in range(0, len(task.pairs), task.batch):
            chunk = task.pairs[start : start + task.batch]
            if not any(pair.picture in missing for pair in chunk):
                continue
            lines, references = _inputs(task, chunk)
            clock = time.perf_counter()
            images = _colorize(colorizer, task, chunk, lines, references)
            _log_batch(task.folder, len(chunk), time.perf_counter() - clock, memory)
            for pair, image in zip(chunk, images, strict=True):
                if pair.picture in missing:
                    write_png(output_path(task.folder, pair.picture), image)
                    advance()


def _paint_whole(task: PaintingTask, colorize_all: Callable[..., None], pairs: Sequence[Pair], done: int) -> None:
    """Paint all `pairs` by one call; each picture is saved as soon as the method returns it."""
    made: set[int] = set()
    clock = time.perf_counter()
    with progress(f"painting {task.label}", len(task.pairs), done=done) as advance:

        def save(number: int, image: Image) -> None:
            if image.dtype != np.uint8 or image.shape != SHAPE:
                raise AnibenchError(f"{task.label} returned {image.dtype} {image.shape}; it must return uint8 {SHAPE}")
            write_png(output_path(task.folder, pairs[number].picture), image)
            made.add(number)
            advance()

        colorize_all(_requests(task, pairs), save, task.folder)
    if len(made) != len(pairs):
        raise AnibenchError(f"{task.label} returned {len(made)} of {len(pairs)} pictures")
    _log_batch(task.folder, len(made), time.perf_counter() - clock, None)


def _requests(task: PaintingTask, pairs: Sequence[Pair]) -> Iterable[Request]:
    for pair in pairs:
        yield Request(line_image(pair, task.data, task.protocol), _reference(task, pair), pair.seed)


def _reference(task: PaintingTask, pair: Pair) -> Image:
    return task.data.color(pair.sample) if task.sees_target else reference_image(pair, task.data, task.protocol)


def painting_cost(folder: Path) -> tuple[float | None, int | None, str | None]:
    """Median seconds per image over the batches in `folder`, peak memory in bytes, and the kind of that memory."""
    rows = read_json_lines(folder / BATCHES)
    if not rows:
        return None, None, None
    peaks = [(row["peak_memory"], row["memory_kind"]) for row in rows if row["peak_memory"]]
    peak, kind = max(peaks, default=(None, None))
    return statistics.median(row["seconds"] / row["images"] for row in rows), peak, kind


def measure_batches(task: PaintingTask, load: Callable[[], Colorizer]) -> None:
    """Time batches of 1, 2, 4, ... of the first pairs and write `cost.json`; an external program is not timed."""
    if (task.folder / COST).exists():
        return
    colorizer = load()
    if hasattr(colorizer, "colorize_all"):
        write_json(task.folder / COST, {})
        return

    def prepare(count: int) -> Callable[[], object]:
        chunk = task.pairs[:count]
        return partial(_colorize, colorizer, task, chunk, *_inputs(task, chunk))

    write_json(task.folder / COST, seconds_by_batch(prepare, len(task.pairs)))


def measured_batches(folder: Path) -> dict[int, float] | None:
    """The result of `measure_batches`, or None where it was not run."""
    try:
        rows: dict[str, float] = read_json(folder / COST)
        return {int(batch): seconds for batch, seconds in rows.items()}
    except AnibenchError:
        return None


def painting_notes(folder: Path) -> tuple[str, ...]:
    """The notes of the colorizer."""
    state = _read_state(folder)
    return state.notes if state else ()


def _inputs(task: PaintingTask, chunk: Sequence[Pair]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Lines uint8 (n, 1, H, W) and references uint8 (n, 3, H, W)."""
    lines = np.stack([line_image(pair, task.data, task.protocol)[None] for pair in chunk])
    references = np.stack([_reference(task, pair) for pair in chunk])
    return lines, np.ascontiguousarray(references.transpose(0, 3, 1, 2))


def _colorize(
    colorizer: Colorizer,
    task: PaintingTask,
    chunk: Sequence[Pair],
    lines: NDArray[np.uint8],
    references: NDArray[np.uint8],
) -> NDArray[np.uint8]:
    """Paint one batch and check the result: uint8 (n, H, W, 3)."""
    try:
        images = colorizer.colorize(lines, references, [pair.seed for pair in chunk])
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        raise AnibenchError(
            f"{task.label}: {task.device} has too little memory for a batch of {task.batch}; give a smaller --batch"
        ) from error
    if not isinstance(images, np.ndarray) or images.dtype != np.uint8 or images.shape != references.shape:
        got = f"{images.dtype} {images.shape}" if isinstance(images, np.ndarray) else type(images).__name__
        raise AnibenchError(f"{task.label} returned {got}; colorize() must return uint8 {references.shape}")
    return np.ascontiguousarray(images.transpose(0, 2, 3, 1))


def _read_state(folder: Path) -> Painting | None:
    try:
        return validated(Painting, read_json(folder / STATE), f"{folder / STATE} is not a record of painting")
    except AnibenchError:
        return None


def _write_notes(folder: Path, notes: tuple[str, ...]) -> None:
    state = _read_state(folder)
    if state is not None:
        write_json(folder / STATE, state.model_copy(update={"notes": notes}).model_dump())


def _log_batch(folder: Path, images: int, seconds: float, memory: PeakMemory | None) -> None:
    peak, kind = (memory.read(), memory.kind) if memory else (None, None)
    row = {"images": images, "seconds": seconds, "peak_memory": peak, "memory_kind": kind}
    with (folder / BATCHES).open("a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")
