"""`anibench weights`: list, verify and fetch weight files."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import click

from benchmark.commands.options import ANY_PATH, EXISTING_FILE, json_option, print_json
from benchmark.core.errors import AnibenchError
from benchmark.core.terminal import say, tell
from benchmark.methods.built_in import BuiltIn, all_built_in, export_half
from benchmark.weights.files import (
    DIGITS,
    WEIGHTS,
    find_weights,
    hash_file,
    known_weights,
    locate_weights,
    pin_of,
    record_pin,
    search_folders,
    shown_path,
)

MEBIBYTE = 2**20
MARKS = {"ok": "ok      ", "unpinned": "unpinned", "missing": "missing ", "wrong": "WRONG   "}


class Verdict(NamedTuple):
    """The result of `verify` for one file; `sha256` is None where the file is missing or wrong."""

    name: str
    state: Literal["ok", "unpinned", "missing", "wrong"]
    detail: str
    sha256: str | None


@click.group()
def weights() -> None:
    """List, verify and fetch weight files.

    \b
    Examples:
      anibench weights list
      anibench weights fetch inception-pytorch
      anibench weights verify
    """


@weights.command("list")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@json_option
def list_weights(names: tuple[str, ...], as_json: bool) -> None:
    """List the weight files that anibench can use, and their paths.

    NAME is a name, or the beginning of several names.

    \b
    Examples:
      anibench weights list
      anibench weights list prompt-free
    """
    built_in = _built_in()
    chosen = _chosen(names, [*built_in, *WEIGHTS])
    rows = [_built_in_row(built_in[name]) if name in built_in else _row(name) for name in chosen]
    if as_json:
        print_json(rows)
        return
    say(f"Weights folders: {', '.join(shown_path(folder) for folder in search_folders())}")
    for row in rows:
        say()
        click.secho(f"{row['name']}: {row['use']}", bold=True)
        digits = f"{row['sha256']} ({row['pinned_by']})" if row["sha256"] else row["pinned_by"]
        say(f"  file     {row['file']}, about {row['size'] / MEBIBYTE:,.1f} MiB")
        say(f"  SHA-256  {digits}")
        say(f"  from     {row['url']}")
        say(f"  licence  {row['licence']}")
        say(f"  path     {row['path'] or 'missing'}")


@weights.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--sha256", metavar="HASH", help="Pin NAME to this hash, where no whole hash is public.")
@json_option
def verify(names: tuple[str, ...], sha256: str | None, as_json: bool) -> None:
    """Compare weight files with their pinned hashes.

    Without NAME, every file that is found is compared. The exit code is 1 when a hash differs, or when a named file is
    missing.

    \b
    Examples:
      anibench weights verify
      anibench weights verify prompt-free/sd-v2-0-base-autokl --sha256 HASH
    """
    if sha256 is not None:
        if len(names) != 1:
            raise click.UsageError("--sha256 needs exactly one NAME")
        tell(f"Recorded in {shown_path(record_pin(known_name(names[0]), sha256))}")
    built_in = _built_in()
    present = [*built_in, *(name for name in WEIGHTS if locate_weights(name))]
    chosen = _chosen(names, [*built_in, *WEIGHTS]) if names else present
    verdicts = [_built_in_verdict(built_in[name]) if name in built_in else _verdict(name) for name in chosen]
    if as_json:
        print_json([verdict._asdict() for verdict in verdicts])
    else:
        for verdict in verdicts:
            say(f"{MARKS[verdict.state]}  {verdict.name}: {verdict.detail}")
        if not verdicts:
            say("No weight file found; see: anibench weights list")
    if any(verdict.state in ("wrong", "missing") for verdict in verdicts):
        raise SystemExit(1)


@weights.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option("--url", help="Fetch from this https URL, such as a mirror; with one NAME.")
@click.option("--sha256", metavar="HASH", help="Pin NAME to this hash, where no whole hash is public; with one NAME.")
def fetch(names: tuple[str, ...], url: str | None, sha256: str | None) -> None:
    """Fetch weight files from the URLs of their authors.

    A file gets its final name after its hash has been compared. The same command continues an interrupted download.
    Files are written to the folder ANIBENCH_WEIGHTS, by default to the user's cache. `anibench weights list` shows the
    licence of each file.

    \b
    Examples:
      anibench weights fetch inception-pytorch
      anibench weights fetch prompt-free/sd-v2-0-base-autokl --sha256 HASH
    """
    from benchmark.weights.fetch import fetch_weights

    if len(names) != 1 and (url or sha256):
        raise click.UsageError("--url and --sha256 need exactly one NAME")
    for name in [known_name(name) for name in names]:
        say(f"{shown_path(fetch_weights(name, url=url, sha256=sha256))}: fetched and verified")
        if not pin_of(name).digits:
            say(f"  no hash of this file is public; its SHA-256 is {find_weights(name).sha256}")


@weights.command()
@click.argument("checkpoint", type=EXISTING_FILE)
@click.argument("out", type=ANY_PATH)
@click.option(
    "--average",
    "others",
    type=EXISTING_FILE,
    multiple=True,
    help="Another checkpoint; repeatable. The weights written are the means over all.",
)
def export(checkpoint: Path, out: Path, others: tuple[Path, ...]) -> None:
    """Write the weights of a checkpoint in float16.

    OUT has half the size of CHECKPOINT, and the same configuration and training data.

    \b
    Examples:
      anibench weights export phase2-step-000001700.safetensors demo.safetensors
      anibench weights export second.safetensors drawn.safetensors --average first.safetensors
    """
    export_half(checkpoint, out, others)
    say(f"{out}: {out.stat().st_size / MEBIBYTE:.1f} MiB, SHA-256 {hash_file(out)}")


def known_name(name: str) -> str:
    """`name`; raises AnibenchError when it names no weight file."""
    known_weights(name)
    return name


def _chosen(names: Sequence[str], known: Collection[str]) -> list[str]:
    """Every one of `known` that equals or begins with one of `names`; all where none is given."""
    for name in names:
        if not any(other.startswith(name) for other in known):
            known_weights(name)
    return [other for other in known if not names or any(other.startswith(name) for name in names)]


def _built_in() -> dict[str, BuiltIn]:
    return {weights.name: weights for weights in all_built_in()}


def _built_in_row(weights: BuiltIn) -> dict[str, Any]:
    return {
        "name": weights.name,
        "use": weights.card.use,
        "file": weights.checkpoint.name,
        "size": weights.checkpoint.stat().st_size,
        "sha256": weights.card.sha256,
        "pinned_by": "its card",
        "code": False,
        "url": f"anibench itself; card: {shown_path(weights.checkpoint.with_suffix('.toml'))}",
        "licence": weights.card.licence,
        "path": str(weights.checkpoint),
    }


def _built_in_verdict(weights: BuiltIn) -> Verdict:
    digest = hash_file(weights.checkpoint)
    right = digest == weights.card.sha256
    detail = f"{shown_path(weights.checkpoint)} has the SHA-256 {digest}"
    other = f"; its card says {weights.card.sha256}: install anibench again"
    return Verdict(weights.name, "ok" if right else "wrong", detail + ("" if right else other), digest)


def _row(name: str) -> dict[str, Any]:
    known, pin, path = known_weights(name), pin_of(name), locate_weights(name)
    return {
        "name": name,
        "use": known.use,
        "file": str(known.place),
        "size": known.size,
        "sha256": pin.digits,
        "pinned_by": pin.source if pin.digits else f"no public hash: {known.provenance}",
        "code": known.code,
        "url": known.url,
        "licence": known.licence,
        "path": str(path) if path else None,
    }


def _verdict(name: str) -> Verdict:
    path = locate_weights(name)
    if path is None:
        known = known_weights(name)
        way_out = f"pip install {known.package}" if known.package else f"anibench weights fetch {name}"
        return Verdict(name, "missing", f"{known.place}; {way_out}", None)
    try:
        pin = pin_of(name)
        if not pin.digits:
            digest = hash_file(path)
            detail = f"{shown_path(path)} has the SHA-256 {digest}; no public or recorded hash to compare it with"
            refused = f"; it is code and is not opened without a pin: anibench weights verify {name} --sha256 HASH"
            return Verdict(name, "unpinned", detail + (refused if known_weights(name).code else ""), digest)
        found = find_weights(name)
    except AnibenchError as error:
        return Verdict(name, "wrong", str(error), None)
    how = "" if len(pin.digits) == DIGITS else f", of which {len(pin.digits)} digits are pinned"
    detail = f"{shown_path(path)} has the SHA-256 {found.sha256}{how} ({pin.source})"
    return Verdict(name, "ok", detail, found.sha256)
