"""The options of a picture as a command line."""

from benchmark.colorizing.options import ColorizeOptions


def test_the_command_names_what_differs_from_the_defaults() -> None:
    assert ColorizeOptions(method="a/b").command() == ("anibench colorize LINE --reference IMAGE --method a/b --seed 0")
    full = ColorizeOptions(
        seed=7, kind="scan", whole=True, keep_lines=True, sequence=True, carry=True, palette=("1=#aabbcc",),
        settings=("a.b=1",),
    )  # fmt: skip
    assert full.command() == (
        "anibench colorize LINE --reference IMAGE --checkpoint FILE --seed 7 --input scan --whole --keep-lines "
        "--sequence --carry --palette '1=#aabbcc' --set a.b=1"
    )
