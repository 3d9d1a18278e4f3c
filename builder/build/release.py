"""Files of a dataset for people and other tools: README, attribution.csv, and drops.png."""

import csv
import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from benchmark.core.files import atomic_path, write_text
from benchmark.core.markup import code, csv_cell, escape
from benchmark.data.dataset import DatasetCard

ATTRIBUTION = "attribution.csv"
DROPS = "drops.png"
CREDITS = ("id", "split", "source_id", "source_sha256", "artist", "source_url", "licence", "attribution")
CITATION = (
    "@article{animediffusion, title={AnimeDiffusion: Anime Diffusion Colorization}, "
    "author={Cao, Yu and Meng, Xiangqiao and Mok, P. Y. and Lee, Tong-Yee and Liu, Xueting and Li, Ping}, "
    "journal={IEEE Transactions on Visualization and Computer Graphics}, year={2024}}"
)
RIGHTS = """\
The pictures are crops of works of other people, who hold the rights to them. `attribution.csv` names the source of
each picture, and its artist if known. Do not distribute this folder without the permission of the rights holders.
Distribute a recipe instead: `anibench export-recipe` writes a file without pictures, from which everybody who has the
source can rebuild the same bytes with `anibench build-dataset recipe:FILE --from SOURCE`. To remove a picture at the
request of its artist, add its id to a list, and build again with `--set select.takedown=FILE`."""
OWN = "The pictures were drawn by anibench itself and are under the Apache-2.0 licence."
SIZES = ((1000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


def write_attribution(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write source and artist of each sample as CSV; cells that a spreadsheet would read as a formula get a prefix."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(CREDITS)
    for row in rows:
        writer.writerow([csv_cell(row.get(name)) for name in CREDITS])
    write_text(path, stream.getvalue())


def draw_drops(path: Path, card: DatasetCard) -> None:
    """Draw the counts of samples and of drops per reason as PNG, with a logarithmic axis."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    bars = [*((f"taken: {split}", count, "#2a8f6f") for split, count in card.counts.items())]
    bars += [(reason, count, "#b04a3a") for reason, count in sorted(card.dropped.items(), key=lambda one: -one[1])]
    figure = Figure(figsize=(8, 1.1 + 0.3 * len(bars)), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    places = range(len(bars), 0, -1)
    axes.barh(places, [count for _, count, _ in bars], color=[color for _, _, color in bars])
    axes.set_yticks(places, [name for name, _, _ in bars])
    axes.set_xscale("log")  # every bar has a count of at least 1
    axes.set_xlim(0.8, 4 * max(1, *(count for _, count, _ in bars)))
    for place, (_, count, _) in zip(places, bars, strict=True):
        axes.annotate(f"{count:,}", (count, place), xytext=(4, 0), textcoords="offset points", va="center", fontsize=9)
    axes.set_xlabel("faces, or pictures without an accepted face (logarithmic)")
    axes.set_title(card.name, loc="left", parse_math=False)
    axes.spines[["top", "right"]].set_visible(False)
    with atomic_path(path) as temporary:
        figure.savefig(temporary, format="png", metadata={"Software": None})


def human_card(card: DatasetCard) -> str:
    """The README of a dataset folder: a dataset card in the format of the Hugging Face hub."""
    own = card.licence.startswith("Apache-2.0")
    return "\n".join(
        [
            *_front_matter(card, own),
            "",
            f"# {escape(card.name)}",
            "",
            "Anime faces of 256 x 256 px with line drawings, made by `anibench build-dataset`.",
            "",
            f"- Source: {escape(card.source)}",
            f"- Licence: {escape(card.licence)}",
            f"- Fingerprint: `{card.fingerprint}`",
            f"- Faces by the detector {code(card.config['detect']['detector'])}; {_lines(card)}",
            f"- Split: {_split(card)}",
            "",
            "| split | samples |",
            "|---|---|",
            *(f"| {split} | {count} |" for split, count in card.counts.items()),
            "",
            "| reason of drop | faces or files |",
            "|---|---|",
            *([f"| {reason} | {count} |" for reason, count in card.dropped.items()] or ["| none | 0 |"]),
            "",
            *_reported(card),
            f"![accepted and dropped faces]({DROPS})",
            "",
            "- `manifest.parquet`: origin, crop and line parameters of each sample",
            "- `dropped.parquet`: the reason of each drop",
            f"- `{ATTRIBUTION}`: source and artist of each sample",
            "- `dataset.json`: the whole configuration",
            "- `croissant.json`: Croissant metadata of the files",
            "",
            "To verify the dataset, run `anibench verify-dataset` with this folder.",
            "",
            "## Rights",
            "",
            OWN if own else RIGHTS,
            "",
        ]
    )


def _lines(card: DatasetCard) -> str:
    xdog = card.config["lines"]
    if xdog["origin"] == "source":
        return "lines imported from the source"
    sigmas = f"sigma from {xdog['sigmas']}"
    return f"lines by XDoG, {sigmas}, k = {xdog['k']}, p = {xdog['p']}, {xdog['form']} form"


def _split(card: DatasetCard) -> str:
    split = card.config["split"]
    if split["mode"] == "source":
        return "imported from the source, with its near duplicates across the split"
    tied = ", ".join(("picture", "near duplicate", *(f"known {tie}" for tie in split["disjoint"])))
    return f"{split['mode']}; kept in one split: {tied}"


def _reported(card: DatasetCard) -> list[str]:
    """One table per heading of the build's other counts."""
    lines: list[str] = []
    for heading, numbers in card.reported.items():
        rows = [f"| {escape(what)} | {number:g} |" for what, number in numbers.items()]
        lines += [f"| {escape(heading)} | |", "|---|---|", *rows, ""]
    return lines


def _front_matter(card: DatasetCard, own: bool) -> list[str]:
    """The YAML block at the top; every JSON string is a valid YAML string."""
    count = sum(card.counts.values())
    size = next((name for limit, name in SIZES if count < limit), "1M<n<10M")
    licence = ["license: apache-2.0"] if own else ["license: other", "license_name: rights-of-the-artists"]
    return [
        "---",
        f"pretty_name: {json.dumps(card.name)}",
        *licence,
        "task_categories:",
        "- image-to-image",
        "tags:",
        *(f"- {tag}" for tag in ("anime", "line-art", "colorization", "anibench")),
        "size_categories:",
        f"- {size}",
        "configs:",
        "- config_name: default",
        "  data_files:",
        *(line for split in card.counts for line in (f"  - split: {split}", f"    path: {split}/color/*.png")),
        "---",
    ]
