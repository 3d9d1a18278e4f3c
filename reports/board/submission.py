"""Results from outside: what has to come with them (`submission.toml`), and what is missing or does not fit."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import Field

from benchmark.core.config import Config, read_toml, validated
from benchmark.core.errors import AnibenchError
from benchmark.data.dataset import SIZE, Dataset
from benchmark.data.protocol import EvalProtocol, Pair, dataset_pairs, get_protocol
from benchmark.results.eval_config import hash_pairs
from benchmark.results.metrics import METRICS
from benchmark.scoring.outputs import combine_hashes, hash_outputs
from reports.read.collect import EvalRun, collect

FILE = "submission.toml"
TEMPLATE = """\
name = "my method"
authors = ["Your Name"]
code = "https://example.org/my-method"
training_data = "which pictures it was trained on, how many, and where they can be had"
saw_test_pictures = false
"""
Status = Literal["ok", "note", "missing", "wrong"]


class Submission(Config):
    """`submission.toml`: what a table has to say about a method and no score card knows."""

    name: str = Field(min_length=1, max_length=80, description="What the method is called.")
    authors: tuple[str, ...] = Field(min_length=1, description="Who made the method.")
    code: str = Field(pattern=r"^https?://\S+$", description="Where the code is.")
    training_data: str = Field(min_length=10, description="What it was trained on, in words.")
    saw_test_pictures: bool = Field(description="Whether any test picture was used in training or to choose a model.")
    paper: str | None = Field(default=None, pattern=r"^https?://\S+$", description="Where it is described.")
    licence: str | None = Field(default=None, description="Of the code.")
    remarks: str | None = Field(default=None, description="What a reader has to know besides.")


@dataclass(frozen=True)
class Finding:
    """One thing that was checked; `missing` and `wrong` keep a submission off a leaderboard."""

    status: Status
    what: str


def read_submission(folder: Path) -> Submission:
    """Read `folder/submission.toml`; raises AnibenchError that names each missing or unfit entry."""
    path = folder / FILE
    return validated(Submission, read_toml(path), str(path))


def check_submission(folder: Path, data: Path | None = None) -> list[Finding]:
    """Everything an outside author has to bring, checked; with the dataset at hand its pairs are compared too."""
    findings = [_metadata(folder)]
    found = collect(folder)
    findings += [Finding("wrong", f"{path}: {reason}") for path, reason in found.left_out]
    if not found.evaluations:
        how = "anibench score PICTURES --protocol random-ref --name NAME --runs " + str(folder)
        findings.append(Finding("missing", f"no score card that can be read in {folder}; make one with: {how}"))
    dataset = Dataset.open(data) if data is not None else None
    if dataset is None:
        findings.append(Finding("note", "pairs were not compared with a dataset; give --data to do that"))
    for run in found.evaluations:
        problems = [*card_problems(run), *_picture_problems(run), *_data_problems(run, dataset)]
        findings += [Finding("wrong", f"{run.folder}: {problem}") for problem in problems]
        if not problems:
            findings.append(Finding("ok", f"{run.folder}: score card, scores, pairs and {len(run.scores):,} pictures"))
    sets = sorted({m for run in found.evaluations for m, score in run.card.sets.items() if score.value is not None})
    if sets:
        findings.append(Finding("note", f"{', '.join(sets)}: taken as they are; anibench rescore computes them again"))
    done = {run.config.protocol.reference for run in found.evaluations}
    if found.evaluations and done != {"self", "random"}:
        other = {"self": "random-ref", "random": "self-ref"}[next(iter(done))]
        findings.append(Finding("note", f"scored by one kind of protocol alone; {other} makes the row complete"))
    return findings


def card_problems(run: EvalRun) -> Iterator[str]:
    """What shows that a score card was not made by this anibench from the scores and pairs that lie beside it."""
    try:
        known: EvalProtocol | None = get_protocol(run.card.protocol_label)
    except AnibenchError:
        known = None
    if known is None:
        yield f"there is no protocol {run.card.protocol_label}"
    elif _rules(known) != _rules(run.config.protocol):
        yield f"its protocol {run.card.protocol_label} has other rules than the one of that name; they may not change"
    if (run.card.protocol, run.card.version) != (run.config.protocol.name, run.config.protocol.version):
        yield "its score card names another protocol than its configuration"
    if hash_pairs(_pairs(run)) != run.card.pairs:
        yield "the pairs in scores.parquet are not those that its score card names"
    for metric, score in run.card.images.items():
        if metric in METRICS and metric not in run.scores and score.mean is None:
            continue  # asked for, and could not be computed
        if metric not in METRICS or metric not in run.scores:
            yield f"{metric} is in its score card and not in scores.parquet"
            continue
        values = run.scores[metric].to_numpy(np.float64)
        finite = values[np.isfinite(values)]
        mean = math.fsum(finite) / len(finite) if len(finite) else None
        if (mean is None) != (score.mean is None) or not math.isclose(mean or 0, score.mean or 0, rel_tol=1e-9):
            yield f"the mean of {metric} in its score card, {score.mean}, is not that of scores.parquet, {mean}"


def _rules(protocol: EvalProtocol) -> dict[str, object]:
    return protocol.model_dump(exclude={"description"})


def _pairs(run: EvalRun) -> list[Pair]:
    columns = [name for name in ("sample", "reference", "seed", "pairing") if name in run.scores]
    rows = run.scores[columns].itertuples(index=False, name=None)
    return [Pair(str(row[0]), str(row[1]), *map(int, row[2:])) for row in rows]


def _metadata(folder: Path) -> Finding:
    if not (folder / FILE).exists():
        return Finding("missing", f"{folder / FILE} is missing; write it like this:\n{TEMPLATE}")
    try:
        submission = read_submission(folder)
    except AnibenchError as error:
        return Finding("wrong", str(error))
    if submission.saw_test_pictures:
        return Finding(
            "wrong", f"{folder / FILE}: saw_test_pictures is true; such scores mean nothing on those pictures"
        )
    return Finding("ok", f"{folder / FILE}: {submission.name}")


def _picture_problems(run: EvalRun) -> Iterator[str]:
    """Whether all pictures are there and are those that were scored."""
    named = combine_hashes(zip(_pictures(run), run.scores["pixels"], strict=True))
    if named != run.card.outputs:
        yield "the picture hashes in scores.parquet are not those that its score card names"
    try:
        if hash_outputs(run.folder, _pictures(run), (SIZE, SIZE, 3)) != run.card.outputs:
            yield "its pictures are not those that were scored"
    except AnibenchError as error:
        yield str(error)


def _pictures(run: EvalRun) -> list[str]:
    return [pair.picture for pair in _pairs(run)]


def _data_problems(run: EvalRun, data: Dataset | None) -> Iterator[str]:
    if data is None:
        return
    if run.card.data.fingerprint != data.fingerprint:
        ours, theirs = data.fingerprint[:16], run.card.data.fingerprint[:16]
        yield f"it was scored on other data: fingerprint {theirs}, and {data.root} has {ours}"
    elif hash_pairs(dataset_pairs(run.config.protocol, data)) != run.card.pairs:
        yield f"its pairs are not those of {data.root}"
