"""Options that commands share: configuration, `--dry-run`, `--device` and `--json`."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from pydantic import BaseModel

from benchmark.core.device import DEVICES, check_device_name
from benchmark.core.errors import AnibenchError
from benchmark.core.terminal import printable

if TYPE_CHECKING:
    from rich.console import Console

F = TypeVar("F", bound=Callable[..., Any])

EXISTING_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
EXISTING_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
ANY_PATH = click.Path(path_type=Path)


def config_options(command: F) -> F:
    """Add `--config FILE.toml`, `--set key.path=value` (repeatable) and `--dry-run`.

    They arrive as `config_file: Path | None`, `settings: tuple[str, ...]` and `dry_run: bool`.
    """
    for option in (
        click.option("--dry-run", is_flag=True, help="Print the resolved configuration and stop."),
        click.option(
            "--set", "settings", multiple=True, metavar="KEY.PATH=VALUE", help="Change one setting; repeatable."
        ),
        click.option("--config", "config_file", type=EXISTING_FILE, metavar="FILE", help="Settings from a TOML file."),
    ):
        command = option(command)
    return command


def json_option(command: F) -> F:
    """Add `--json`, which arrives as `as_json: bool`: the result as JSON on standard output."""
    return click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")(command)


def device_option(command: F) -> F:
    """Add `--device`, which arrives as `device: str` with `auto` not yet resolved (see `benchmark.core.device`)."""
    return click.option(
        "--device", default="auto", show_default=True, help=f"{DEVICES}.", callback=checked(check_device_name)
    )(command)


def checked(check: Callable[[str], Any]) -> Callable[[click.Context, click.Parameter, str | None], Any]:
    """The callback of an option: what `check` makes of its text; None stays. An error of `check` is one of usage."""

    def callback(context: click.Context, parameter: click.Parameter, value: str | None) -> Any:
        try:
            return None if value is None else check(value)
        except AnibenchError as error:
            raise click.BadParameter(str(error), context, parameter) from error

    return callback


def print_config(config: BaseModel) -> None:
    """Print a resolved configuration as JSON."""
    print_json(config.model_dump(mode="json"))


def print_json(value: Any) -> None:
    """Print `value` as indented JSON on standard output."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    safe = printable(text) == text and text.encode(encoding, "replace").decode(encoding) == text
    click.echo(text if safe else json.dumps(value, indent=2))


def console() -> "Console":
    """The rich console for tables; 200 columns wide where the output is not a terminal."""
    from rich.console import Console

    terminal = Console()
    return terminal if terminal.is_terminal else Console(width=200)
