"""Names of runs."""

from benchmark.suites.names import training_run


def test_the_run_of_seed_0_has_the_name_of_the_training() -> None:
    assert [training_run("demo", seed) for seed in (0, 2)] == ["demo", "demo-seed2"]
