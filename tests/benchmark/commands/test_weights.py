"""`anibench weights`: what is listed, what verifying says of right, wrong and unpinned files, and exit codes."""

import hashlib
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from toys import Tint, register, write_built_in, write_training_run

from benchmark.commands import weights as commands
from benchmark.commands.weights import weights
from benchmark.core.files import sha256_file
from benchmark.methods.built_in import built_in_of
from benchmark.methods.interface import get_method
from benchmark.weights.files import PINS, WEIGHTS, WeightFile

CONTENT = b"not really weights"
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder where weights are looked for, with a registry of three."""
    monkeypatch.setenv("ANIBENCH_WEIGHTS", str(tmp_path / "weights"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(commands, "all_built_in", list)
    for name in list(WEIGHTS):
        monkeypatch.delitem(WEIGHTS, name)
    for name, file, sha256 in (
        ("toy/pinned", "pinned.pth", DIGEST),
        ("toy/numbers", "numbers.safetensors", ""),
        ("toy/code", "code.pth", ""),
    ):
        known = WeightFile(file, "a test", 2**21, sha256, "the test says so", "https://example.invalid", "none", "toys")
        monkeypatch.setitem(WEIGHTS, name, known)
    return tmp_path / "weights"


def put(folder: Path, *files: str, content: bytes = CONTENT) -> None:
    (folder / "toys").mkdir(parents=True, exist_ok=True)
    for file in files:
        (folder / "toys" / file).write_bytes(content)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(weights, arguments)


def states(*arguments: str) -> dict[str, tuple[str, str | None]]:
    return {
        row["name"]: (row["state"], row["sha256"]) for row in json.loads(run("verify", "--json", *arguments).stdout)
    }


def test_the_list_says_what_each_file_is_for_what_it_hashes_to_where_from_and_where(folder: Path) -> None:
    put(folder, "numbers.safetensors")
    rows = {row["name"]: row for row in json.loads(run("list", "--json").stdout)}
    assert list(rows) == list(WEIGHTS)
    assert rows["toy/numbers"]["path"] == str(folder / "toys/numbers.safetensors")
    assert rows["toy/pinned"]["path"] is None
    shown = run("list").stdout
    for part in ("a test", "toys/pinned.pth", "2.0 MiB", DIGEST, "https://example.invalid", "missing", str(folder)):
        assert part in shown


def test_the_list_may_be_of_some(folder: Path) -> None:
    assert [row["name"] for row in json.loads(run("list", "--json", "toy/p", "toy/code").stdout)] == [
        "toy/pinned",
        "toy/code",
    ]
    result = run("list", "toy/pined")
    assert str(result.exception) == "no weight file is called toy/pined; did you mean toy/pinned?"


def test_verify_tells_right_wrong_unpinned_and_missing_apart(folder: Path) -> None:
    assert run("verify").exit_code == 0, "nothing is here, nothing is wrong"
    put(folder, "pinned.pth", "numbers.safetensors", "code.pth")
    result = run("verify")
    assert result.exit_code == 0
    assert states() == {
        "toy/pinned": ("ok", DIGEST),
        "toy/numbers": ("unpinned", DIGEST),
        "toy/code": ("unpinned", DIGEST),
    }
    assert "anibench weights verify toy/code --sha256 HASH" in result.stdout
    put(folder, "pinned.pth", content=b"another")
    result = run("verify")
    assert result.exit_code == 1
    assert f"WRONG     toy/pinned: {folder / 'toys/pinned.pth'} has the SHA-256 " in result.stdout
    (folder / "toys/pinned.pth").unlink()
    assert states("toy/pinned") == {"toy/pinned": ("missing", None)}
    assert run("verify", "toy/pinned").exit_code == 1
    assert run("verify").exit_code == 0, "only what is here was asked for"


def test_a_recorded_hash_pins(folder: Path) -> None:
    put(folder, "code.pth")
    assert run("verify", "toy/code", "--sha256", DIGEST).exit_code == 0
    assert json.loads((folder / PINS).read_text()) == {"toy/code": DIGEST}
    assert states() == {"toy/code": ("ok", DIGEST)}
    put(folder, "code.pth", content=b"another")
    assert states() == {"toy/code": ("wrong", None)}
    assert run("verify", "--sha256", DIGEST).exit_code == 2, "of what?"
    assert "64 hexadecimal digits" in str(run("verify", "toy/code", "--sha256", "12").exception)


def test_a_damaged_list_of_pins_is_named(folder: Path) -> None:
    put(folder, "code.pth")
    (folder / PINS).write_text("[1]")
    result = run("verify")
    assert result.exit_code == 1
    assert f"{folder / PINS} is not a JSON object of names" in result.stdout


def test_fetch_takes_one_name_with_an_address_or_a_hash(folder: Path) -> None:
    assert run("fetch", "toy/code", "toy/numbers", "--sha256", DIGEST).exit_code == 2
    assert "no weight file is called toy/cod;" in str(run("fetch", "toy/cod").exception)


def test_fetching_what_is_here_compares_it_and_tells_its_hash_where_none_is_public(folder: Path) -> None:
    put(folder, "numbers.safetensors", "pinned.pth")
    result = run("fetch", "toy/pinned", "toy/numbers")
    assert result.exit_code == 0
    assert result.stdout.count("fetched and verified") == 2
    assert result.stdout.splitlines()[-1] == f"  no hash of this file is public; its SHA-256 is {DIGEST}"


@pytest.mark.parametrize("command", list(weights.commands))
def test_every_subcommand_has_help_and_an_example(command: str) -> None:
    found = weights.commands[command]
    assert f"anibench weights {command}" in (found.help or "")
    assert all(getattr(parameter, "help", "") for parameter in found.params if parameter.param_type_name == "option")


def test_weights_that_come_with_a_method_are_listed_and_verified(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(monkeypatch, "toy", Tint())
    path = write_built_in(monkeypatch, tmp_path / "package", "toy", "drawn")
    monkeypatch.setattr(commands, "all_built_in", lambda: list(built_in_of(get_method("toy")).values()))
    rows = {row["name"]: row for row in json.loads(run("list", "--json").stdout)}
    assert list(rows) == ["toy/drawn", *WEIGHTS]
    assert (rows["toy/drawn"]["path"], rows["toy/drawn"]["use"]) == (str(path), "paints tests")
    assert "anibench itself" in run("list", "toy/drawn").stdout
    assert states("toy/drawn") == {"toy/drawn": ("ok", sha256_file(path))}
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    broken = run("verify")
    assert broken.exit_code == 1
    assert "install anibench again" in broken.stdout


def test_a_checkpoint_is_exported_with_its_hash(tmp_path: Path) -> None:
    checkpoint, out = write_training_run(tmp_path, "toy", "a"), tmp_path / "half.safetensors"
    done = run("export", str(checkpoint), str(out))
    assert done.exit_code == 0, done.output
    assert sha256_file(out) in done.output
