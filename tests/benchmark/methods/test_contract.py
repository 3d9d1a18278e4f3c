"""The rules' runner: each failure is a finding. tests/test_method_contract.py runs the rules on every method."""

from types import SimpleNamespace
from typing import Any

import numpy as np

from benchmark.core.config import Config
from benchmark.core.errors import AnibenchError
from benchmark.methods.contract import RULES, Subject, examine, made_pictures
from benchmark.methods.interface import Method


class Copy:
    def colorize(self, lines: Any, references: Any, seeds: Any) -> Any:
        return references.copy()


def broken(checkpoint: Any, device: str) -> Any:
    raise AnibenchError("no weights")


def subject(load: Any) -> Subject:
    return Subject(Method("copy", "method", SimpleNamespace(Config=Config, load=load, __file__="copy.py")))


def test_each_rule_gives_one_finding() -> None:
    findings = examine(subject(lambda checkpoint, device: Copy()))
    assert [finding.rule for finding in findings] == [rule.name for rule in RULES]
    assert [finding.problem for finding in findings] == [None] * len(RULES)


def test_an_exception_of_the_method_breaks_the_rule_that_raised_it() -> None:
    problems = {finding.rule: finding.problem for finding in examine(subject(broken))}
    assert problems["configuration"] is None
    assert problems["shape and type"] == "no weights"
    problems = {finding.rule: finding.problem for finding in examine(subject(lambda *arguments: 1 / 0))}
    assert problems["shape and type"] == "ZeroDivisionError: division by zero"


def test_a_method_that_draws_one_number_of_numpys_global_state_is_found() -> None:
    class Noisy(Copy):
        def colorize(self, lines: Any, references: Any, seeds: Any) -> Any:
            np.random.rand()  # noqa: NPY002
            return super().colorize(lines, references, seeds)

    problems = {finding.rule: finding.problem for finding in examine(subject(lambda checkpoint, device: Noisy()))}
    assert problems["environment unchanged"] == "the method changed np.random"


def test_the_pictures_of_the_rules_are_the_same_each_time() -> None:
    lines, references, seeds = made_pictures()
    assert (lines.shape, references.shape, len(seeds)) == ((5, 1, 256, 256), (5, 3, 256, 256), 5)
    assert len(set(seeds)) == 4, "one seed twice"
    again = made_pictures()
    assert np.array_equal(lines, again[0])
    assert np.array_equal(references, again[1])
