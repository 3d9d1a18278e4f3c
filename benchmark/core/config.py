"""Configuration: frozen models, filled from a preset, a TOML file and `--set` options; unknown keys are errors."""

import copy
import difflib
import json
import tomllib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError

from benchmark.core.errors import AnibenchError
from benchmark.core.files import MAX_DEPTH, TOO_DEEP, is_too_deep

M = TypeVar("M", bound="Config")
V = TypeVar("V", bound=BaseModel)
MAX_FAULTS = 5  # faults listed in one message
MAX_VALUE_LENGTH = 60  # characters; a longer value is not shown in a message
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
    called: Callable[[str], str] = "--set {}".format,
    whole: str = "the configuration",
) -> M:
    """Fill `model` from its defaults, then `base`, `preset`, `file`, then each `key.path=value` of `settings`.

    `called` is what messages call a setting, and `whole` all of them together; a suite has other names for them than
    --set. Raises AnibenchError that names the key and its origin.
    """
    tree: Tree = copy.deepcopy(dict(base or {}))
    named: dict[str, list[str]] = {}  # the parts of each table in the first of these sources that has any
    for path in (preset, file):
        if path is not None:
            layer = read_toml(path)
            _check_keys(model, layer, str(path))
            _merge(tree, layer)
        named = named or {key: list(value) for key, value in tree.items() if isinstance(value, Mapping)}
    for setting in settings:
        layer = parse_setting(setting)
        _check_keys(model, layer, called(setting))
        _merge(tree, layer)
    return _validated(model, tree, whole, named)


def read_toml(path: Path) -> Tree:
    """Read a TOML file; raises AnibenchError that names the file and the line."""
    try:
        tree = tomllib.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise AnibenchError(f"{path} cannot be read: {error.strerror}") from error
    except RecursionError:
        raise AnibenchError(f"{path} is not valid TOML here: {TOO_DEEP}") from None
    except ValueError as error:  # damaged TOML, text that is not UTF-8, a number with too many digits
        raise AnibenchError(f"{path} is not valid TOML: {error}") from error
    if is_too_deep(tree):
        raise AnibenchError(f"{path} is not valid TOML here: {TOO_DEEP}")
    return tree


def parse_setting(setting: str) -> Tree:
    """`"crop.margin=0.4"` -> `{"crop": {"margin": 0.4}}`; a value that is not TOML is read as a string."""
    key, equals, value = setting.partition("=")
    path = [part.strip() for part in key.split(".")]
    if not equals or not all(path):
        raise AnibenchError(f"--set {setting}: write it as key.path=value")
    try:
        leaf = tomllib.loads(f"value = {value}")["value"]
    except (ValueError, RecursionError):
        leaf = value.strip()
    if len(path) > MAX_DEPTH or is_too_deep(leaf):
        raise AnibenchError(f"--set {setting[:80]}...: {TOO_DEEP}")
    for part in reversed(path):
        leaf = {part: leaf}
    tree: Tree = leaf
    return tree


def flat(tree: Mapping[str, Any], prefix: str = "") -> Tree:
    """`{"crop": {"margin": 0.4}}` -> `{"crop.margin": 0.4}`; an empty table has no key."""
    found: Tree = {}
    for key, value in tree.items():
        found |= flat(value, f"{prefix}{key}.") if isinstance(value, Mapping) else {f"{prefix}{key}": value}
    return found


def _merge(tree: Tree, layer: Mapping[str, Any]) -> None:
    for key, value in layer.items():
        if isinstance(value, Mapping) and isinstance(tree.get(key), dict):
            _merge(tree[key], value)
        else:
            tree[key] = dict(value) if isinstance(value, Mapping) else value


def validated(model: type[V], value: Any, problem: str) -> V:
    """`value` as a `model`; raises AnibenchError that starts with `problem` and names each fault."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise AnibenchError(f"{problem}: {describe(error)}") from error


def describe(error: ValidationError) -> str:
    """The faults of a validation as `key: fault; key: fault`, without pydantic's links and type names."""
    errors = error.errors()
    inside = {each["loc"][:end] for each in errors for end in range(len(each["loc"]))}
    # pydantic counts only the valid items of a list, so that one with a wrong item seems too short
    listed = [each for each in errors if each["type"] != "too_short" or each["loc"] not in inside]
    faults = [": ".join(part for part in (".".join(map(str, each["loc"])), _fault(each)) if part) for each in listed]
    more = f"; and {len(faults) - MAX_FAULTS} more" if len(faults) > MAX_FAULTS else ""
    return "; ".join(faults[:MAX_FAULTS]) + more


def _fault(each: Mapping[str, Any]) -> str:
    """One fault, with the value where that is short."""
    match each["type"]:
        case "missing":
            return "is missing"
        case "extra_forbidden":
            return "is not known"
        case "model_type" | "dict_type" | "model_attributes_type":
            return f"is a {type(each['input']).__name__} where an object is needed"
        case "tuple_type" | "list_type":
            return f"a list is needed{_as_list(each['input'])}"
    message = each["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
    shown = repr(each["input"])
    return f"{message}, not {shown}" if len(shown) <= MAX_VALUE_LENGTH and message.startswith("Input ") else message


def _as_list(value: Any) -> str:
    """How a value would be written as a list, and the value: `3` -> `[3]`, `"0,1"` -> `[0, 1]`, `"a"` -> `["a"]`."""
    if not isinstance(value, str | int | float) or len(repr(value)) > MAX_VALUE_LENGTH:
        return ""
    items = [item.strip() for item in value.split(",")] if isinstance(value, str) else [value]
    numbers = all(isinstance(item, str) and item.isdecimal() for item in items)
    return f", such as {json.dumps([int(item) for item in items] if numbers else items)}, not {value!r}"


def _validated(model: type[M], tree: Mapping[str, Any], where: str, named: Mapping[str, Collection[str]]) -> M:
    """`tree` as a `model`; `named` are parts of its tables whose names are right, for hints."""
    _check_keys(model, tree, where)
    try:
        return model.model_validate(tree)
    except ValidationError as error:
        raise AnibenchError(f"{where}: {describe(error)}{_misnamed(model, error, named)}") from error


def _misnamed(model: type[BaseModel], error: ValidationError, named: Mapping[str, Collection[str]]) -> str:
    """A hint where a part that lacks a key is new: its name may be that of another part, misspelt."""
    for each in error.errors():
        if each["type"] != "missing" or len(each["loc"]) < 3:
            continue
        table, name = str(each["loc"][0]), str(each["loc"][1])
        known = named.get(table, ())
        if name not in known and _part(model.model_fields[table].annotation):
            near = difflib.get_close_matches(name, known, n=1)
            return f"; did you mean {table}.{near[0]}?" if near else f"; {table} has: {', '.join(known) or 'nothing'}"
    return ""


def _inner(annotation: Any) -> type[Config] | None:
    """The model of a field that holds one; None for any other field."""
    return annotation if isinstance(annotation, type) and issubclass(annotation, Config) else None


def _part(annotation: Any) -> type[Config] | None:
    """The model of the parts of a table `dict[NAME, MODEL]`; None for any other field."""
    return _inner(get_args(annotation)[1]) if get_origin(annotation) is dict else None


def _check_keys(
    model: type[BaseModel], tree: Mapping[str, Any], where: str, prefix: str = "", root: type[BaseModel] | None = None
) -> None:
    """Raise AnibenchError for an unknown key of `tree`, whose place in a tree of the model `root` is `prefix`."""
    root = root or model
    for key, value in tree.items():
        field = model.model_fields.get(key)
        if field is None:
            raise AnibenchError(f"{where}: unknown key {prefix}{key}; {_known(key, model, prefix, root)}")
        if not isinstance(value, Mapping):
            continue
        if inner := _inner(field.annotation):
            _check_keys(inner, value, where, f"{prefix}{key}.", root)
        elif part := _part(field.annotation):
            for name, own in value.items():
                if isinstance(own, Mapping):
                    _check_keys(part, own, where, f"{prefix}{key}.{name}.", root)


def _known(key: str, model: type[BaseModel], prefix: str, root: type[BaseModel]) -> str:
    """A hint for an unknown key: the same key elsewhere, else the nearest at its level, else all of that level."""
    nearest = difflib.get_close_matches(key, model.model_fields, n=1)
    places = list(_places(root, key)) or [prefix + near for near in nearest]
    return f"did you mean {' or '.join(places)}?" if places else f"known: {', '.join(model.model_fields)}"


def _places(model: type[BaseModel], key: str, prefix: str = "") -> Iterator[str]:
    """The dotted paths of the keys of this name, but not those in tables of parts."""
    for name, field in model.model_fields.items():
        if name == key:
            yield prefix + name
        if inner := _inner(field.annotation):
            yield from _places(inner, key, f"{prefix}{name}.")
