"""Submitted results: the required `submission.toml`, and a list of what is missing or wrong."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field

from benchmark.core.config import Config, read_toml, validated
from benchmark.core.errors import AnibenchError
from benchmark.data.dataset import Dataset
from benchmark.data.protocol import EvalProtocol, dataset_pairs, get_protocol
from benchmark.data.verify_split import verify_split
from benchmark.evaluation.recheck import score_problems
from benchmark.results.eval_config import hash_pairs
from benchmark.scoring.outputs import FOLDER
from reports.read.collect import EvalRun, collect

SAMPLE = 32  # pictures of each run that are scored again by default
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
    """`submission.toml`: facts about a method that no score card contains."""

    name: str = Field(min_length=1, max_length=80, description="What the method is called.")
    authors: tuple[str, ...] = Field(min_length=1, description="Who made the method.")
    code: str = Field(pattern=r"^https?://\S+$", description="Where the code is.")
    training_data: str = Field(min_length=10, description="What it was trained on, in words.")
    saw_test_pictures: bool = Field(description="Whether any test picture was used in training or to choose a model.")
    paper: str | None = Field(default=None, pattern=r"^https?://\S+$", description="Where it is described.")
    licence: str | None = Field(default=None, description="Of the code.")
    remarks: str | None = Field(default=None, description="Further facts for readers.")


@dataclass(frozen=True)
class Finding:
    """The result of one check; `missing` and `wrong` keep a submission off a leaderboard."""

    status: Status
    what: str


def read_submission(folder: Path) -> Submission:
    """Read `folder/submission.toml`; raises AnibenchError that names each missing or unfit entry."""
    path = folder / FILE
    return validated(Submission, read_toml(path), str(path))


def check_submission(folder: Path, data: Path | None = None, sample: int | None = SAMPLE) -> list[Finding]:
    """Check everything that an external author has to submit.

    With `data`, the pairs are compared with those of the dataset, and `sample` pictures of each run, all for None, are
    scored again.
    """
    findings = [_metadata(folder)]
    found = collect(folder)
    findings += [Finding("wrong", f"{path}: {reason}") for path, reason in found.left_out]
    if not found.evaluations:
        how = "anibench score PICTURES --protocol random-ref --name NAME --runs " + str(folder)
        findings.append(Finding("missing", f"no score card that can be read in {folder}; make one with: {how}"))
    dataset = Dataset.open(data) if data is not None else None
    if dataset is None:
        findings.append(Finding("note", "no picture was scored again, no pairs were compared; give --data DIR"))
    for run in found.evaluations:
        problems = [*card_problems(run), *data_problems(run, dataset, sample)]
        findings += [Finding("wrong", f"{run.folder}: {problem}") for problem in problems]
        if not problems:
            findings.append(Finding("ok", f"{run.folder}: score card, scores, pairs and {len(run.scores):,} pictures"))
    sets = sorted({m for run in found.evaluations for m, score in run.card.sets.items() if score.value is not None})
    if sets:
        findings.append(Finding("note", f"{', '.join(sets)}: not recomputed; anibench rescore recomputes them"))
    done = {run.config.protocol.reference for run in found.evaluations}
    lacking = [name for kind, name in (("self", "self-ref"), ("random", "random-ref")) if kind not in done]
    if found.evaluations and lacking:
        findings.append(Finding("note", f"not scored by every kind of protocol; also evaluate {' and '.join(lacking)}"))
    return findings


def card_problems(run: EvalRun) -> Iterator[str]:
    """Problems of an evaluation besides the inconsistencies that `collect` finds."""
    try:
        known: EvalProtocol | None = get_protocol(run.card.protocol_label)
    except AnibenchError:
        known = None
    if known is None:
        yield f"there is no protocol {run.card.protocol_label}"
    elif _rules(known) != _rules(run.config.protocol):
        yield f"its protocol {run.card.protocol_label} has other rules than the protocol of that name in anibench"
    if not (run.folder / FOLDER).is_dir():
        yield f"{run.folder / FOLDER} is missing; without its pictures a score cannot be checked"


def _rules(protocol: EvalProtocol) -> dict[str, object]:
    return protocol.model_dump(exclude={"description"})


def _metadata(folder: Path) -> Finding:
    if not (folder / FILE).exists():
        return Finding("missing", f"{folder / FILE} is missing; write it like this:\n{TEMPLATE}")
    try:
        submission = read_submission(folder)
    except AnibenchError as error:
        return Finding("wrong", str(error))
    if submission.saw_test_pictures:
        return Finding("wrong", f"{folder / FILE}: saw_test_pictures is true, so scores on these pictures are invalid")
    return Finding("ok", f"{folder / FILE}: {submission.name}")


def data_problems(run: EvalRun, data: Dataset | None, sample: int | None = SAMPLE) -> Iterator[str]:
    """Problems of a run on `data`: other pairs, or other scores on rescoring; none without a dataset."""
    if data is None:
        return
    if run.card.data.fingerprint != data.fingerprint:
        ours, theirs = data.fingerprint[:16], run.card.data.fingerprint[:16]
        yield f"it was scored on other data: fingerprint {theirs}, and {data.root} has {ours}"
    elif hash_pairs(dataset_pairs(run.config.protocol, data)) != run.card.pairs:
        yield f"its pairs are not those of {data.root}"
    elif run.card.data.counts != data.card.counts:
        yield f"it names {run.card.data.counts} samples, and {data.root} has {data.card.counts}"
    else:
        verify_split(data, run.config.protocol.split)
        try:
            yield from score_problems(run, data, sample)
        except AnibenchError as error:
            yield str(error)
