"""The bundle of a user study: one HTML file and pictures, which need no server and no network."""

import json
import os
import shutil
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

from benchmark.core.errors import AnibenchError
from benchmark.core.files import Image, encode_png, read_rgb, write_bytes, write_json, write_text
from benchmark.core.png_text import with_png_text
from benchmark.data.dataset import Dataset
from benchmark.data.line_styles import line_image
from benchmark.data.protocol import Pair
from benchmark.data.references import reference_image
from benchmark.scoring.outputs import output_path
from reports.content.grids import open_data, random_pairs
from reports.read.collect import Collection, Group
from reports.read.floors import sees_target
from reports.study.design import BEST, CHOICE, QUESTIONS, WORST, Item, Key, make_key

PICTURES = "pictures"  # folder of the bundle
FILLER = "anibench"  # key of the text that makes all pictures equally long
EPOCH = 946_684_800  # seconds, the time of change of each file: 2000-01-01


def make_study(
    found: Collection, out: Path, key_file: Path, *, protocol: str, participants: int, pairs: int, seed: int,
    methods: tuple[str, ...] = (), checks: int = 2, repeats: int = 2, choices: int = 0,
) -> Key:  # fmt: skip
    """Write the bundle to `out` and its key to `key_file`, and return the key.

    Methods are the rows of the protocol's only group, without floors that see the target, or those named. Raises
    AnibenchError when there is no such group, fewer than two methods, or no dataset, and for existing files.
    """
    for path in (out, key_file):
        if path.exists():
            raise AnibenchError(f"{path} exists; choose another, or remove it")
    if key_file.resolve().is_relative_to(out.resolve()):
        raise AnibenchError(f"{key_file} is in {out}, the folder for the participants; choose another --key")
    group = _group(found, protocol)
    runs = {name: run for name, run in zip(group.names, group.runs, strict=True) if not sees_target(run.card.method)}
    unknown = [name for name in methods if name not in runs]
    if unknown:
        raise AnibenchError(f"{protocol} has no method {', '.join(unknown)}; it has: {', '.join(runs)}")
    runs = {name: runs[name] for name in methods or runs}
    if len(runs) < 2:
        raise AnibenchError(f"a study compares at least two methods; {protocol} has {len(runs)}")
    data, problem = open_data(group)
    if data is None:
        raise AnibenchError(f"{protocol}:{problem}")
    chosen = {pair.picture: pair for pair in random_pairs(group, pairs)}
    key = make_key(group.card.protocol_label, list(runs), list(chosen), participants, seed, checks, repeats, choices)
    pictures = _pictures(key, data, group, chosen, lambda name, pair: read_rgb(output_path(runs[name].folder, pair)))
    page = (files("reports.study") / "page" / "study.html").read_text("utf-8")
    try:
        _write_pictures(out / PICTURES, pictures)
        write_text(out / "index.html", page.replace('"STUDY"', json.dumps(_shown(key)).replace("<", "\\u003c")))
        write_json(key_file, key.model_dump(mode="json"))
    except BaseException:  # the tokens of another attempt differ
        shutil.rmtree(out, ignore_errors=True)
        raise
    return key


def _group(found: Collection, protocol: str) -> Group:
    groups = [each for each in found.groups if protocol in (each.protocol.name, each.card.protocol_label)]
    if len(groups) != 1:
        names = ", ".join(sorted({each.card.protocol_label for each in found.groups})) or "none"
        raise AnibenchError(f"{len(groups)} groups of evaluations are of {protocol}, one is needed; found: {names}")
    return groups[0]


def _shown(key: Key) -> dict[str, object]:
    """The data of the page: what each item shows, without its method, its pair and other parts of the key."""
    return {
        "study": key.study,
        "questions": QUESTIONS,
        "choice": CHOICE,
        "answers": [WORST, BEST],
        "slots": [[_shown_item(item) for item in slot.items] for slot in key.slots],
    }


def _shown_item(item: Item) -> dict[str, object]:
    shown: dict[str, object] = {"token": item.token}
    if item.kind == "check":
        shown["expected"] = item.expected
    if item.kind == "choice":
        shown["rival"] = item.rival_token
    return shown


def _pictures(
    key: Key, data: Dataset, group: Group, pairs: dict[str, Pair], painted: Callable[[str, str], Image]
) -> dict[str, Image]:
    """File name -> picture; for each token TOKEN-line, TOKEN-reference and TOKEN-painted."""
    found: dict[str, Image] = {}
    items = [item for slot in key.slots for item in slot.items if item.kind != "check"]
    shown = {item.token: (item.method, item.pair) for item in items}
    shown |= {item.rival_token: (item.rival, item.pair) for item in items if item.kind == "choice"}
    for token, (method, name) in shown.items():
        pair = pairs[name]
        found[f"{token}-line"] = line_image(pair, data, group.protocol)
        found[f"{token}-reference"] = reference_image(pair, data, group.protocol)
        found[f"{token}-painted"] = painted(method, name)
    return found


def _write_pictures(folder: Path, pictures: dict[str, Image]) -> None:
    """All files have one length and one time of change, and are written in the order of their random names."""
    contents = {name: encode_png(folder / name, image) for name, image in sorted(pictures.items())}
    longest = max(map(len, contents.values()))
    for name, content in contents.items():
        path = folder / f"{name}.png"
        write_bytes(path, with_png_text(content, {FILLER: "." * (longest - len(content))}))
        os.utime(path, (EPOCH, EPOCH))
