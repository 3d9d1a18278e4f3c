"""A small dataset of drawn shapes in the real format, and a training session on it, in a temporary folder."""

import runpy
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from animediffusion.config import AnimeDiffusionConfig
from animediffusion.training import METHOD, Session
from benchmark.core.runs import Run
from benchmark.data.dataset import Dataset

CONFTEST = Path(__file__).parents[1] / "conftest.py"


@contextmanager
def drawn_faces(count: int) -> Iterator[Dataset]:
    """`count` training samples of 256 x 256."""
    sys.path.append(str(CONFTEST.parent / "helpers"))  # where pytest finds what conftest imports
    with TemporaryDirectory() as folder:
        yield runpy.run_path(str(CONFTEST))["write_dataset"](Path(folder) / "faces", train=count, test=1)


@contextmanager
def drawn_session(config: AnimeDiffusionConfig, device: str, count: int = 4) -> Iterator[Session]:
    """What `anibench train animediffusion` works with."""
    with drawn_faces(count) as data:
        yield Session(METHOD, config, data, Run(data.root.parent / "run", device))
