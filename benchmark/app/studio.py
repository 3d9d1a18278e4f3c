"""The pictures of a page: uploads in a private folder, a queue with one worker, and the results."""

import queue
import re
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal
from zipfile import ZipFile

from pydantic import Field

from benchmark.colorizing.choice import name_of
from benchmark.colorizing.colored_files import plan_files
from benchmark.colorizing.colorize import encode_picture, make_job, record_fields
from benchmark.colorizing.drawings import read_drawing
from benchmark.colorizing.layers import write_layers
from benchmark.colorizing.options import ColorizeOptions
from benchmark.colorizing.painting import assemble, paint_plan, plan_drawing
from benchmark.core.config import Config, validated
from benchmark.core.errors import AnibenchError
from benchmark.core.files import encode_png
from benchmark.data.decode import DecodeRecipe, read_picture
from benchmark.evaluation.entries import Entry, reconfigured

MAX_KEPT = 64  # uploads and results each; the oldest is removed
MAX_WAITING = 16  # jobs in the queue
RECIPE = DecodeRecipe(max_pixels=25_000_000, max_bytes=32 * 2**20)  # of an upload
NAME = re.compile(r"[^\w .-]")

WorkState = Literal["waiting", "painting", "done", "failed"]


class PaintRequest(Config):
    """A request to paint. `line` and `reference` are ids of uploads, `method` a name of `Studio.methods`."""

    line: str
    reference: str
    method: str
    seed: int = Field(default=0, ge=0)
    kind: Literal["auto", "line", "scan", "colour"] = "auto"
    whole: bool = False
    keep_lines: bool = False
    steps: int | None = Field(default=None, ge=1)


@dataclass
class Work:
    """A request with its state and its result."""

    id: str
    request: PaintRequest
    state: WorkState = "waiting"
    seconds: float = 0.0  # of painting, without the time in the queue and the loading of weights
    message: str = ""
    notes: list[str] = field(default_factory=list)
    files: dict[str, Path] = field(default_factory=dict)  # "png", "line" and "ora" -> the file


class Studio:
    """Uploads, queue and results. One thread paints; the files lie in `folder`, under names that the studio chooses."""

    def __init__(self, entries: Sequence[Entry], folder: Path, device: str) -> None:
        self.folder, self.device = folder, device
        self.entries = {name_of(entry): entry for entry in entries}
        self.uploads: OrderedDict[str, Path] = OrderedDict()
        self.works: OrderedDict[str, Work] = OrderedDict()
        self._waiting: queue.Queue[Work | None] = queue.Queue(MAX_WAITING)
        self._lock = threading.Lock()
        self._loaded: tuple[Entry, Any] | None = None
        self._worker = threading.Thread(target=self._run, daemon=True)
        self._worker.start()

    @property
    def methods(self) -> list[dict[str, Any]]:
        """Names of the methods, with the number of sampling steps where a method has one."""
        rows = []
        for name, entry in self.entries.items():
            sampling = entry.settings.get("sampling")
            steps = sampling.get("steps") if isinstance(sampling, dict) else None
            rows.append({"name": name, "steps": steps})
        return rows

    def upload(self, name: str, content: bytes) -> str:
        """Keep a picture and return its id. Raises DecodeError for a file that is not a picture or too large."""
        read_picture(content, RECIPE, name)
        identity = secrets.token_hex(16)
        path = self.folder / identity / (NAME.sub("-", Path(name).name).lstrip(".")[:80] or "drawing")
        path.parent.mkdir(mode=0o700)
        path.write_bytes(content)
        with self._lock:
            self.uploads[identity] = path
            for old in list(self.uploads)[:-MAX_KEPT]:
                self.uploads.pop(old).unlink(missing_ok=True)
        return identity

    def submit(self, values: Any) -> str:
        """Put a request in the queue and return its id. Raises AnibenchError for a bad one and for a full queue."""
        request = validated(PaintRequest, values, "the request is not valid")
        for identity in (request.line, request.reference):
            if identity not in self.uploads:
                raise AnibenchError("an uploaded picture was removed; add it again")
        if request.method not in self.entries:
            raise AnibenchError(f"this page has no method {request.method}; reload the page")
        work = Work(secrets.token_hex(16), request)
        try:
            self._waiting.put_nowait(work)
        except queue.Full:
            raise AnibenchError(f"{MAX_WAITING} drawings are waiting; try again later") from None
        with self._lock:
            self.works[work.id] = work
            done = [each for each in self.works.values() if each.state in ("done", "failed")]
            for old in done[: max(0, len(self.works) - MAX_KEPT)]:
                for path in self.works.pop(old.id).files.values():
                    path.unlink(missing_ok=True)
        return work.id

    def status(self, identity: str) -> dict[str, Any]:
        """State, place in the queue from 1, seconds, notes and message. Raises KeyError for an unknown id."""
        with self._lock:
            work = self.works[identity]
            waiting = [each.id for each in self.works.values() if each.state in ("waiting", "painting")]
        place = waiting.index(work.id) + 1 if work.id in waiting else 0
        return {
            "state": work.state, "place": place, "seconds": work.seconds, "notes": work.notes, "message": work.message,
        }  # fmt: skip

    @contextmanager
    def archive(self, identities: Sequence[str]) -> Iterator[Path]:
        """A ZIP of painted pictures, which is removed afterwards; equal names get numbers.

        Raises AnibenchError for more than are kept, and KeyError for a picture that is not painted or was removed.
        """
        if len(identities) > MAX_KEPT:
            raise AnibenchError(f"{len(identities)} pictures are asked for, and {MAX_KEPT} are kept")
        pictures = [self.works[identity].files["png"] for identity in identities]
        with TemporaryDirectory(dir=self.folder) as folder:
            path = Path(folder) / "pictures.zip"
            with ZipFile(path, "w") as archive:  # without compression: PNGs are compressed already
                for number, picture in enumerate(pictures):
                    before = sum(picture.name == each.name for each in pictures[:number])
                    archive.write(picture, f"{picture.stem}-{before + 1}.png" if before else picture.name)
            yield path

    def close(self) -> None:
        """End the worker after the picture that it paints."""
        self._waiting.put(None)
        self._worker.join()

    def _run(self) -> None:
        while (work := self._waiting.get()) is not None:
            work.state = "painting"
            try:
                self._paint(work)
                work.state = "done"
            except AnibenchError as error:
                shown = re.sub(rf"{re.escape(str(self.folder))}/[0-9a-f]+/", "", str(error))
                work.message, work.state = shown, "failed"
            except Exception as error:  # an error of a method: the page shows it, and the worker continues
                work.message, work.state = f"{type(error).__name__}: {error}", "failed"

    def _paint(self, work: Work) -> None:
        request = work.request
        steps = () if request.steps is None else (f"sampling.steps={request.steps}",)
        entry = reconfigured(self.entries[request.method], steps)
        options = ColorizeOptions(
            method=request.method, settings=steps, seed=request.seed, kind=request.kind, whole=request.whole,
            keep_lines=request.keep_lines,
        )  # fmt: skip
        line, reference = self.uploads[request.line], self.uploads[request.reference]
        colorizer = self._colorizer(entry)
        clock = time.perf_counter()
        job = make_job(entry, [reference], options, self.device, RECIPE)
        drawing = read_drawing(line, RECIPE, lambda note: work.notes.append(note.partition(": ")[2]), request.kind)
        plan = plan_drawing(drawing, job.references, job.find, request.seed, f"{line.stem}.png")
        painted = paint_plan(colorizer, plan, self.folder / work.id)
        picture = assemble(plan, painted, request.keep_lines)
        work.seconds = time.perf_counter() - clock
        work.notes += plan.notes
        (file,) = plan_files([line], self.folder / work.id, record_fields(job, request.seed))
        file.path.parent.mkdir(mode=0o700, exist_ok=True)
        file.path.write_bytes(encode_picture(file.path, picture, file))
        page = file.path.with_suffix(".line.png")
        page.write_bytes(encode_png(page, drawing.line))
        layers = file.path.with_suffix(".ora")
        write_layers(layers, assemble(plan, painted)[..., :3], drawing.line, drawing.alpha)
        work.files = {"png": file.path, "line": page, "ora": layers}

    def _colorizer(self, entry: Entry) -> Any:
        """The loaded method; the previous one is released, so that one method at a time is in memory."""
        if self._loaded is None or self._loaded[0] != entry:
            self._loaded = None
            self._loaded = entry, entry.method.load_colorizer(entry.checkpoint, self.device, entry.config)
        return self._loaded[1]
