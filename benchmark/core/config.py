"""Configuration: frozen models, filled from a preset, a TOML file and `--set` lines, unknown keys refused by name."""

import copy
import difflib
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from benchmark.core.errors import AnibenchError

M = TypeVar("M", bound="Config")
Tree = dict[str, Any]


class Config(BaseModel):
    """Base of every configuration and record: immutable, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings")


def load_config(
    model: type[M],
    *,
    base: Mapping[str, Any] | None = None,
    preset: Path | None = None,
    file: Path | None = None,
    settings: Iterable[str] = (),
) -> M:
    """Fill `model` from its defaults, then `base`, `preset`, `file`, then each `key.path=value` of `settings`.

    Raises AnibenchError that names the key and where it came from.
    """
    tree: Tree = copy.deepcopy(dict(base or {}))
    for path in (preset, file):
        if path is not None:
            layer = read_toml(path)
            _check_keys(model, layer, str(path))
            _merge(tree, layer)
    for setting in settings:
        layer = parse_setting(setting)
        _check_keys(model, layer, f"--set {setting}")
        _merge(tree, layer)
    return _validated(model, tree, "the configuration")


def read_toml(path: Path) -> Tree:
    """Read a TOML file; raises AnibenchError that names the file and the line."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise AnibenchError(f"{path} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise AnibenchError(f"{path} is not valid TOML: {error}") from error


def parse_setting(setting: str) -> Tree:
    """`"crop.margin=0.4"` -> `{"crop": {"margin": 0.4}}`; a value that is no TOML is taken as a string."""
    key, equals, value = setting.partition("=")
    path = [part.strip() for part in key.split(".")]
    if not equals or not all(path):
        raise AnibenchError(f"--set {setting}: write it as key.path=value")
    try:
        leaf = tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        leaf = value.strip()
    for part in reversed(path):
        leaf = {part: leaf}
    tree: Tree = leaf
    return tree


def _merge(tree: Tree, layer: Mapping[str, Any]) -> None:
    for key, value in layer.items():
        if isinstance(value, Mapping) and isinstance(tree.get(key), dict):
            _merge(tree[key], value)
        else:
            tree[key] = dict(value) if isinstance(value, Mapping) else value


def _validated(model: type[M], tree: Mapping[str, Any], where: str) -> M:
    _check_keys(model, tree, where)
    try:
        return model.model_validate(tree)
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'all'}: {e['msg']}" for e in error.errors())
        raise AnibenchError(f"{where}: {problems}") from error


def _check_keys(model: type[BaseModel], tree: Mapping[str, Any], where: str, prefix: str = "") -> None:
    for key, value in tree.items():
        field = model.model_fields.get(key)
        if field is None:
            near = difflib.get_close_matches(key, model.model_fields, n=1)
            known = f"did you mean {prefix}{near[0]}?" if near else f"known: {', '.join(model.model_fields)}"
            raise AnibenchError(f"{where}: unknown key {prefix}{key}; {known}")
        if isinstance(value, Mapping) and isinstance(field.annotation, type) and issubclass(field.annotation, Config):
            _check_keys(field.annotation, value, where, f"{prefix}{key}.")
