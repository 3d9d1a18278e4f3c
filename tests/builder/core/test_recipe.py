"""The recipe: which setting replaces which, and combinations that are refused."""

from pathlib import Path

import pytest

from benchmark.core.errors import AnibenchError
from benchmark.data.dataset import PAPER_TEST, PAPER_TRAIN
from builder.core.recipe import SplitRecipe, resolve_recipe


def test_options_replace_fitted_lines_and_settings_replace_options(tmp_path: Path) -> None:
    fitted = tmp_path / "xdog.toml"
    fitted.write_text("sigma = 0.7\nk = 2.5\np = 17.0\n")
    recipe = resolve_recipe(None, ["lines.k=3"], detector="whole", test=5, xdog=fitted)
    assert (recipe.lines.k, recipe.lines.p) == (3, 17)
    assert 0.7 not in recipe.lines.sigmas
    assert (recipe.detect.detector, recipe.split.mode, recipe.split.test) == ("whole", "exact", 5)


def test_a_file_replaces_settings_of_the_source_and_keeps_the_others(tmp_path: Path) -> None:
    file = tmp_path / "recipe.toml"
    file.write_text("[crop]\nmargin = 0.5\n[duplicates]\nsame_hash = 2\n")
    source = ["detect.detector=whole", "duplicates.same_hash=-1", "duplicates.near_hash=-1"]
    recipe = resolve_recipe(file, ["crop.lift=0.1"], imported=source)
    assert (recipe.detect.detector, recipe.crop.margin, recipe.crop.lift) == ("whole", 0.5, 0.1)
    assert (recipe.duplicates.same_hash, recipe.duplicates.near_hash) == (2, -1)


def test_a_mode_beside_sizes_is_refused() -> None:
    with pytest.raises(AnibenchError, match="remove --train and --test"):
        resolve_recipe(None, [], mode="paper", test=5)
    with pytest.raises(AnibenchError, match=r"needs split\.test"):
        resolve_recipe(None, ["split.mode=exact"])
    with pytest.raises(AnibenchError, match=r"need split\.mode=exact"):
        resolve_recipe(None, ["split.test=5"])


@pytest.mark.parametrize("setting", ["detect.landmarks", "crop.fit"])
def test_a_setting_of_finished_crops_is_refused_with_other_detectors(setting: str) -> None:
    with pytest.raises(AnibenchError, match=rf"{setting} needs detect.detector=whole, not animeface"):
        resolve_recipe(None, [f"{setting}=true"])
    resolve_recipe(None, [f"{setting}=true"], detector="whole")


def test_ties_follow_disjoint_and_leave_out_no_tie() -> None:
    names = {"artist": "anna original", "character": "bea", "copyright": None}
    assert SplitRecipe().ties(names) == [("artist", "anna")]
    assert SplitRecipe.model_validate({"disjoint": "picture"}).ties(names) == []
    both = SplitRecipe.model_validate({"disjoint": ["artist", "character"]})
    assert both.ties(names) == [("artist", "anna"), ("character", "bea")]


def test_the_papers_split_has_the_papers_sizes() -> None:
    assert SplitRecipe(mode="paper").counts() == (PAPER_TRAIN, PAPER_TEST)
