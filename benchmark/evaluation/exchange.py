"""Pairs as files for external programs: `lines/`, `references/`, and `pairs.csv` with the files of each pair."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmark.core.config import Config, validated
from benchmark.core.errors import AnibenchError
from benchmark.core.files import read_json, write_png, write_text
from benchmark.core.markup import csv_cell
from benchmark.core.progress import progress
from benchmark.core.runs import record_run
from benchmark.data.dataset import Dataset
from benchmark.data.line_styles import line_image
from benchmark.data.protocol import EvalProtocol, Pair
from benchmark.data.references import reference_image
from benchmark.methods.interface import Request
from benchmark.results.eval_config import hash_pairs

TABLE = "pairs.csv"
OUTPUTS = "outputs"
COLUMNS = ("line", "reference", "output", "seed")  # paths are relative to the table's folder

README = """# Pairs of {protocol} on {dataset}

`pairs.csv` has one row for each of the {count} pictures to paint. Paths are relative to this folder.

| column | content |
|---|---|
| `line` | the line drawing: 256 x 256, 8-bit grey, 0 ink / 255 paper |
| `reference` | the reference: 256 x 256, 8-bit RGB{warp} |
| `output` | the output file: 256 x 256, 8-bit RGB PNG without alpha |
| `seed` | random seed of this picture |
| `sample`, `reference_sample` | the ids of the pictures that line and reference come from |

Name each picture as in the column `output`. When `{folder}` holds all pictures and no others, score them:

    anibench score {folder} --protocol {protocol} --name NAME

docs/methods.md describes how anibench runs an external program itself.
"""


class ExportConfig(Config):
    """`config.json` of a folder of exported pairs."""

    protocol: EvalProtocol
    dataset: str
    fingerprint: str
    pairs: str  # SHA-256 over the pairs


def export_pairs(protocol: EvalProtocol, pairs: Sequence[Pair], data: Dataset, out: Path) -> Path:
    """Write the inputs of an external program to `out` and return the path of the table. Existing files are kept.

    Raises AnibenchError for a folder that holds other pairs or other files.
    """
    config = ExportConfig(protocol=protocol, dataset=data.name, fingerprint=data.fingerprint, pairs=hash_pairs(pairs))
    _refuse_other(out, config)
    rows: list[dict[str, object]] = []
    with record_run(out, "pairs", config, name=protocol.label, inputs={"dataset": data.fingerprint}):
        with progress(f"pairs of {protocol.label}", len(pairs)) as advance:
            for pair in pairs:
                request = Request(line_image(pair, data, protocol), reference_image(pair, data, protocol), pair.seed)
                row = write_request(out, pair.picture, request)
                rows.append(row | {"sample": pair.sample, "reference_sample": pair.reference})
                advance()
        (out / OUTPUTS).mkdir(exist_ok=True)
        write_text(
            out / "README.md",
            README.format(
                protocol=protocol.label,
                dataset=" ".join(data.name.split()),
                count=len(pairs),
                warp=", warped by the seed" if protocol.warp else "",
                folder=OUTPUTS,
            ),
        )
        write_csv(out / TABLE, (*COLUMNS, "sample", "reference_sample"), rows)
    return out / TABLE


def write_request(folder: Path, name: str, request: Request) -> dict[str, object]:
    """Write the line and the reference of one pair, unless they exist, and return its row of the table."""
    row: dict[str, object] = {
        "line": f"lines/{name}.png",
        "reference": f"references/{name}.png",
        "output": f"{OUTPUTS}/{name}.png",
        "seed": request.seed,
    }
    for column, image in (("line", request.line), ("reference", request.reference)):
        path = folder / str(row[column])
        if not path.exists():  # an existing file is complete, since files are written atomically
            write_png(path, image)
    return row


def write_csv(path: Path, columns: Sequence[str], rows: Sequence[Mapping[str, object]]) -> None:
    """Write a UTF-8 CSV file with a header. Formulas are escaped; None is an empty cell."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([csv_cell(column) for column in columns])
    writer.writerows([csv_cell(row[column]) for column in columns] for row in rows)
    write_text(path, text.getvalue())


def _refuse_other(out: Path, config: ExportConfig) -> None:
    if not out.exists() or not any(out.iterdir()):
        return
    try:
        before = validated(ExportConfig, read_json(out / "config.json"), f"{out / 'config.json'}")
    except AnibenchError as error:
        raise AnibenchError(f"{out} is not empty and holds no pairs of anibench; choose another --out") from error
    if before != config:
        raise AnibenchError(
            f"{out} holds the pairs of {before.protocol.label} on {before.dataset} ({before.fingerprint[:12]}); "
            "choose another --out"
        )
