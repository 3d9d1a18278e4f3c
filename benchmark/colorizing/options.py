"""How a drawing is read and painted: the part of a command that is stored in each picture and repeated by --like."""

import shlex

from pydantic import Field

from benchmark.colorizing.drawings import Kind
from benchmark.core.config import Config


class ColorizeOptions(Config):
    """The options of `anibench colorize` but for files and folders."""

    method: str | None = None  # METHOD or METHOD/RUN; None with --checkpoint
    settings: tuple[str, ...] = ()  # of the method, KEY.PATH=VALUE
    seed: int = Field(default=0, ge=0)
    kind: Kind = "auto"
    whole: bool = False
    keep_lines: bool = False
    sequence: bool = False  # a folder is one sequence
    carry: bool = False  # frames keep colours of the last one
    palette: tuple[str, ...] = ()  # edits, N=#RRGGBB

    def command(self) -> str:
        """The command line, with the words LINE and IMAGE for the files."""
        words = ["anibench", "colorize", "LINE", "--reference", "IMAGE"]
        words += ["--method", self.method] if self.method else ["--checkpoint", "FILE"]
        words += ["--seed", str(self.seed)]
        words += [] if self.kind == "auto" else ["--input", self.kind]
        words += ["--whole"] if self.whole else []
        words += ["--keep-lines"] if self.keep_lines else []
        words += ["--sequence"] if self.sequence else []
        words += ["--carry"] if self.carry else []
        for option, values in (("--palette", self.palette), ("--set", self.settings)):
            words += [word for value in values for word in (option, value)]
        return shlex.join(words)
