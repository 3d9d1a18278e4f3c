"""Settings of Prompt-Free Diffusion: the app's defaults, and the polarity of lines."""

import pytest

from baselines.prompt_free.method import Config


@pytest.mark.parametrize("controlnet", ["control_v11p_sd15s2_lineart_anime_slimmed", "control_sd15_scribble_slimmed"])
def test_every_controlnet_of_lines_is_shown_white_on_black(controlnet: str) -> None:
    assert Config.model_validate({"controlnet": controlnet}).inverts
    assert not Config.model_validate({"controlnet": controlnet, "polarity": "as-drawn"}).inverts


def test_the_defaults_are_the_apps() -> None:
    config = Config()
    assert (config.seecoder, config.diffuser) == ("seecoder-v1-0", "Deliberate-v2-0")
    assert (config.controlnet, config.preprocess) == ("control_sd15_canny_slimmed", "none")
    assert (config.guidance, config.steps, config.smallest_side) == (2, 50, 512)
