"""Configuration: order of the sources, and errors that name the key and where it came from."""

from pathlib import Path

import pytest
from pydantic import Field, NonNegativeInt

from benchmark.core.config import Config, flat, load_config, parse_setting
from benchmark.core.errors import AnibenchError


class Crop(Config):
    margin: float = 0.3
    pad: bool = False


class Build(Config):
    name: str = "faces"
    sigmas: tuple[float, ...] = (0.3, 0.4)
    crop: Crop = Crop()


def test_later_sources_win_and_untouched_keys_stay(tmp_path: Path) -> None:
    preset, file = tmp_path / "preset.toml", tmp_path / "file.toml"
    preset.write_text('name = "preset"\n[crop]\nmargin = 0.5\npad = true\n')
    file.write_text("[crop]\nmargin = 0.6\n")
    config = load_config(Build, preset=preset, file=file, settings=["crop.margin=0.7", "sigmas=[1.0]"])
    assert config == Build(name="preset", sigmas=(1.0,), crop=Crop(margin=0.7, pad=True))


def test_two_settings_of_one_table_add_up() -> None:
    assert load_config(Build, settings=["crop.margin=0.7", "crop.pad=true"]).crop == Crop(margin=0.7, pad=True)


def test_a_setting_that_is_no_toml_is_a_string() -> None:
    assert parse_setting("a.b=product") == {"a": {"b": "product"}}
    assert parse_setting('a="x=y"') == {"a": "x=y"}
    assert parse_setting("a=[1, 2]") == {"a": [1, 2]}


@pytest.mark.parametrize("setting", ["margin", "=1", "a..b=1", ""])
def test_a_malformed_setting_is_refused(setting: str) -> None:
    with pytest.raises(AnibenchError, match="key.path=value"):
        parse_setting(setting)


def test_an_unknown_key_is_named_with_the_nearest_one_and_its_source(tmp_path: Path) -> None:
    with pytest.raises(AnibenchError, match=r"--set crop.margn=1: unknown key crop.margn; did you mean crop.margin\?"):
        load_config(Build, settings=["crop.margn=1"])
    file = tmp_path / "mine.toml"
    file.write_text("zzz = 1\n")
    with pytest.raises(AnibenchError, match=r"mine.toml: unknown key zzz; known: name, sigmas, crop"):
        load_config(Build, file=file)


def test_a_key_that_exists_elsewhere_is_suggested_there_before_a_near_one() -> None:
    class Whole(Config):
        margins: int = 0
        crop: Crop = Crop()
        border: Crop = Crop()
        build: Build = Build()

    for setting in ("margin=1", "build.margin=1"):
        with pytest.raises(AnibenchError, match=r"did you mean crop.margin or border.margin or build.crop.margin\?"):
            load_config(Whole, settings=[setting])
    with pytest.raises(AnibenchError, match=r"unknown key build.crop.mrgin; did you mean build.crop.margin\?"):
        load_config(Whole, settings=["build.crop.mrgin=1"])


def test_settings_are_called_as_their_source_calls_them() -> None:
    with pytest.raises(AnibenchError, match=r"^key pads=1: unknown key pads"):
        load_config(Crop, settings=["pads=1"], called="key {}".format)
    with pytest.raises(AnibenchError, match=r"^all keys: pad: "):
        load_config(Crop, settings=["pad=7"], whole="all keys")


def test_a_wrong_type_names_the_key() -> None:
    with pytest.raises(AnibenchError, match=r"crop\.margin"):
        load_config(Build, settings=['crop.margin="wide"'])
    with pytest.raises(AnibenchError, match="crop"):
        load_config(Build, settings=["crop=3"])


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("3", r"sigmas: a list is needed, such as \[3\], not 3"),
        ("0,1", r"such as \[0, 1\], not '0,1'"),
        ("a, b", r"such as \[\"a\", \"b\"\], not 'a, b'"),
        ("{a = 1}", "sigmas: a list is needed$"),
    ],
)
def test_a_value_in_place_of_a_list_is_shown_as_one(value: str, message: str) -> None:
    with pytest.raises(AnibenchError, match=message):
        load_config(Build, settings=[f"sigmas={value}"])


def test_a_list_with_a_wrong_item_is_not_called_too_short() -> None:
    class Seeds(Config):
        seeds: tuple[NonNegativeInt, ...] = Field(default=(0,), min_length=1)

    with pytest.raises(AnibenchError) as caught:
        load_config(Seeds, settings=["seeds=[-1]"])
    assert str(caught.value).endswith("seeds.0: Input should be greater than or equal to 0, not -1")
    with pytest.raises(AnibenchError, match="should have at least 1 item"):
        load_config(Seeds, settings=["seeds=[]"])


def test_broken_toml_names_the_file(tmp_path: Path) -> None:
    file = tmp_path / "broken.toml"
    file.write_text("a = [")
    with pytest.raises(AnibenchError, match="broken.toml"):
        load_config(Build, file=file)


def test_a_tree_becomes_dotted_keys() -> None:
    assert flat({"a": {"b": 1, "c": {"d": [2]}}, "e": None, "f": {}}) == {"a.b": 1, "a.c.d": [2], "e": None}


def test_a_configuration_is_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Build().name = "other"  # type: ignore[misc]
