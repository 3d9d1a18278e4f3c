"""The recipe of a dataset: every setting of `build-dataset`, with its default and the source of that default."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator, model_validator

from benchmark.core.config import Config, load_config
from benchmark.core.errors import AnibenchError
from benchmark.data.dataset import PAPER_TEST, PAPER_TRAIN
from benchmark.data.decode import DecodeRecipe
from benchmark.data.face_frame import LIFT, MARGIN, SMALLEST
from benchmark.data.xdog import Form, XDoG

_FOLDER = r"^[^/\\.][^/\\]*$"  # one name, no path
Tie = Literal["artist", "character", "copyright"]
Rating = Literal["general", "safe", "sensitive", "questionable", "explicit"]


class SourceRecipe(Config):
    """How a source is read."""

    pictures: Literal["original", "512px"] = Field(
        default="original",
        description="the folder of a Danbooru mirror; 512px exists for the ratings general and sensitive only",
    )
    metadata: str | None = Field(
        default=None,
        description="file or folder of posts (JSON, CSV, parquet)  [default of a mirror: its metadata/ and *.json*]",
    )
    color: str = Field(default="reference", pattern=_FOLDER, description="official: name of the folders of pictures")
    line: str = Field(default="condition", pattern=_FOLDER, description="official: name of the folders of lines")
    counts: tuple[int, int] = Field(
        default=(PAPER_TRAIN, PAPER_TEST), description="official: the number of pairs in train and in test"
    )
    any_count: bool = Field(default=False, description="official: accept any number of pairs")
    color_side: Literal["left", "right"] | None = Field(
        default=None,
        exclude_if=lambda side: side is None,
        description="side-by-side: the half with the colours  [default: the half with more colour, in each picture]",
    )


class SelectRecipe(Config):
    """Which pictures are opened, by their metadata and by lists."""

    ratings: tuple[Rating, ...] = Field(
        default=("general", "safe"),
        description="accepted ratings; empty: any. Before 2022 general and sensitive were one rating, safe",
    )
    required: tuple[str, ...] = Field(default=(), description="tags that a picture must have, all of them")
    forbidden: tuple[str, ...] = Field(
        default=(
            "monochrome", "greyscale", "sepia", "comic", "4koma", "lineart", "sketch", "no_humans", "photo_(medium)",
            "real_life", "3d", "pixel_art", "text-only_page", "animated", "ai-generated",
        ),
        description="tags of any category that a picture must not have",
    )  # fmt: skip
    extensions: tuple[str, ...] = Field(
        default=("jpg", "jpeg", "png", "gif", "webp", "bmp", "avif", "tif", "tiff"),
        description="accepted file name extensions; empty: any",
    )
    min_score: int | None = Field(default=None, description="least score of a post")
    min_side: int = Field(default=0, ge=0, description="px, least shorter side of the picture")
    max_side: int | None = Field(default=None, ge=1, description="px, largest longer side of the picture")
    deleted: bool = Field(default=False, description="accept deleted posts")
    banned: bool = Field(default=False, description="accept posts whose artist requested their removal")
    pending: bool = Field(default=False, description="accept posts that are not yet approved")
    unknown: bool = Field(default=False, description="accept pictures without metadata or without a rating")
    allow: str | None = Field(
        default=None, description="file with one post id, name, URL or hash per line; only these pictures are accepted"
    )
    takedown: str | None = Field(
        default=None, description="file with one post id, name, URL or hash per line; these pictures are dropped"
    )
    unmatched_takedown: Literal["error", "report"] = Field(
        default="error",
        exclude_if=lambda choice: choice == "error",
        description="an entry of select.takedown that matches no picture: stop, or report it and continue",
    )


class DetectRecipe(Config):
    """Face detection. The defaults were chosen on contact sheets of real detections; see docs/dataset.md."""

    detector: str = Field(
        default="animeface",
        description="animeface, drawnface, whole, boxes:FILE, imgutils, anime-face-detector, or another installed one",
    )
    compare: str | None = Field(default=None, description="a second detector; the build reports how far both agree")
    confirm: bool = Field(default=False, exclude_if=lambda on: not on, description="drop faces `compare` does not find")
    landmarks: bool = Field(default=False, exclude_if=lambda on: not on, description="detector whole: find the eyes")
    longest: int = Field(default=640, ge=64, description="px; animeface, drawnface: a copy of at most this longer side")
    min_likelihood: float = Field(default=0.7, ge=0, le=1, description="detections of a lower likelihood are dropped")
    sure_likelihood: float = Field(
        default=0.99,
        ge=0,
        le=1,
        description="below this likelihood, faces whose skin is not redder than green are dropped (emblems, books)",
    )
    max_overlap: float = Field(default=0.4, ge=0, le=1, description="above this IoU, drop the less likely box")


class CropRecipe(Config):
    """The square around a face."""

    margin: float = Field(default=MARGIN, ge=0, le=3, description="margin on each side, in sides of the face box")
    lift: float = Field(
        default=LIFT, ge=-1, le=1, description="height of the square's centre above the face's, in sides of the box"
    )
    min_size: int = Field(
        default=256, ge=SMALLEST, description="px; smaller squares are dropped, so no crop is upscaled by default"
    )
    pad: bool = Field(
        default=False, description="fill a square beyond the picture with white, instead of shifting it inside"
    )
    align: bool = Field(
        default=False, description="rotate, scale and shift the square by the eyes; without eyes the plain square"
    )
    eye_height: float = Field(
        default=0.5, gt=0, lt=1, description="align: distance of the eyes from the top, in sides of the square"
    )
    eye_distance: float = Field(
        default=0.242, gt=0, lt=1, description="align: distance between the eyes, in sides of the square"
    )
    max_tilt: float = Field(default=40, ge=0, le=90, description="align: degrees; steeper eyes are ignored")
    fit: bool = Field(default=False, exclude_if=lambda on: not on, description="detector whole: white borders, no cut")
    denoise: float = Field(
        default=0, ge=0, le=30, description="strength of non-local means against JPEG artefacts; 0 switches it off"
    )
    max_aspect: float = Field(
        default=1.25, ge=1, description="detector whole: largest ratio of longer to shorter side of a picture"
    )


class QualityRecipe(Config):
    """Quality limits of crops, on figures in the manifest. docs/dataset.md says how the defaults were chosen."""

    min_sharpness: float = Field(default=30, ge=0, description="variance of the Laplacian of the 256 px crop")
    min_saturation: float = Field(default=0.02, ge=0, le=1, description="mean of (max - min) / 255 of the channels")
    min_hues: float = Field(default=0.015, ge=0, le=1, description="mean distance of the hues from their median")
    min_brightness: float = Field(default=0.12, ge=0, le=1, description="mean grey value, 0 to 1")
    max_brightness: float = Field(default=0.95, ge=0, le=1, description="mean grey value, 0 to 1")
    max_blocks: float = Field(
        default=0.7, ge=0, description="mean step at JPEG block borders / largest mean step elsewhere - 1"
    )
    min_face: float = Field(default=80, ge=0, description="px, longer side of the face box")
    min_edge: float = Field(
        default=0, description="distance of the face box from the picture's edge, in sides of the box"
    )


class DuplicatesRecipe(Config):
    """Limits for duplicates (one is dropped) and near duplicates (both are kept in one split)."""

    same_hash: int = Field(
        default=4, ge=-1, le=32, description="duplicates: largest number of different hash bits of 64; -1: exact copies"
    )
    same_color: float = Field(
        default=6, ge=0, le=16, description="duplicates: largest mean difference of 16 x 16 colour copies, grey levels"
    )
    near_hash: int = Field(default=10, ge=-1, le=32, description="near duplicates, also mirrored: most different bits")
    near_color: float = Field(
        default=20, ge=0, le=255, description="near duplicates: largest mean difference of the copies, grey levels"
    )
    near_correlation: float = Field(
        default=0.94, ge=0, description="near duplicates: or this least correlation of the colour copies; above 1: off"
    )


class SplitRecipe(Config):
    """The sizes of train and test. `exact` with `test` alone puts all other samples into train."""

    mode: Literal["paper", "ratio", "exact", "source"] = Field(
        default="ratio",
        description="paper: 31,696 / 579; ratio: the paper's share; exact: train and test; source: the source's split",
    )
    train: int | None = Field(default=None, ge=1, description="exact: samples in train  [default: all but test]")
    test: int | None = Field(default=None, ge=1, description="exact: samples in test")
    disjoint: tuple[Tie, ...] = Field(
        default=("artist",), description="values that form groups, besides pictures and near duplicates; picture: none"
    )
    no_tie: tuple[str, ...] = Field(
        default=("original", "anonymous", "banned_artist", "artist_request", "character_request", "copyright_request"),
        description="tags that form no groups, because they name several artists, characters or copyrights",
    )

    @field_validator("disjoint", mode="before")
    @classmethod
    def _one_or_several(cls, value: object) -> object:
        """Convert `artist` to ["artist"] and `picture` to []."""
        names = [value] if isinstance(value, str) else value
        return [name for name in names if name != "picture"] if isinstance(names, list | tuple) else names

    def ties(self, names: Mapping[str, str | None]) -> list[tuple[str, str]]:
        """The (kind, name) ties of a crop, which must not cross the split, from its artist, character and copyright."""
        found = ((kind, name) for kind in self.disjoint for name in (names[kind] or "").split())
        return [tie for tie in found if tie[1] not in self.no_tie]

    @model_validator(mode="after")
    def _counts_belong_to_exact(self) -> "SplitRecipe":
        if self.mode == "exact" and self.test is None:
            raise ValueError("an exact split needs split.test")
        if self.mode != "exact" and (self.train is not None or self.test is not None):
            raise ValueError(f"split.train and split.test need split.mode=exact, not {self.mode}")
        return self

    def counts(self) -> tuple[int | None, int]:
        """Samples in train (None: all others) and in test, for an exact split."""
        if self.mode == "paper":
            return PAPER_TRAIN, PAPER_TEST
        assert self.test is not None
        return self.train, self.test


class LinesRecipe(Config):
    """XDoG (section 3.3); each sample's sigma is a random choice with a seed of its own (section 4.1)."""

    origin: Literal["xdog", "source"] = Field(
        default="xdog", description="xdog: extract lines; source: import the lines of the source"
    )
    sigmas: tuple[float, ...] = Field(default=(0.3, 0.4, 0.5), min_length=1, description="sigmas to choose from, px")
    test_sigma: float | None = Field(default=None, gt=0, description="one fixed sigma for the test split, px")
    k: float = XDoG.model_fields["k"].default
    p: float = XDoG.model_fields["p"].default
    epsilon: float = XDoG.model_fields["epsilon"].default
    phi: float = XDoG.model_fields["phi"].default
    form: Form = XDoG.model_fields["form"].default

    @model_validator(mode="after")
    def _each_sigma_is_valid(self) -> "LinesRecipe":
        for sigma in (*self.sigmas, *([self.test_sigma] if self.test_sigma else [])):
            self.xdog(sigma)
        return self

    def xdog(self, sigma: float) -> XDoG:
        """The extractor at one sigma."""
        return XDoG(sigma=sigma, k=self.k, p=self.p, epsilon=self.epsilon, phi=self.phi, form=self.form)


class ReviewRecipe(Config):
    """The decisions made on the review page."""

    decisions: str | None = Field(default=None, description="SHA-256 of the file; --decisions FILE sets it")


class Recipe(Config):
    """From a source to a dataset: decode, detect, crop, drop duplicates, apply decisions, split, draw lines."""

    seed: int = Field(default=0, description="random seed of the split and of each sample's sigma")
    source: SourceRecipe = SourceRecipe()
    select: SelectRecipe = SelectRecipe()
    decode: DecodeRecipe = DecodeRecipe()
    detect: DetectRecipe = DetectRecipe()
    crop: CropRecipe = CropRecipe()
    quality: QualityRecipe = QualityRecipe()
    duplicates: DuplicatesRecipe = DuplicatesRecipe()
    review: ReviewRecipe = ReviewRecipe()
    split: SplitRecipe = SplitRecipe()
    lines: LinesRecipe = LinesRecipe()

    @model_validator(mode="after")
    def _settings_of_finished_crops_belong_to_whole(self) -> "Recipe":
        for name, on in (("detect.landmarks", self.detect.landmarks), ("crop.fit", self.crop.fit)):
            if on and self.detect.detector != "whole":
                raise ValueError(f"{name} needs detect.detector=whole, not {self.detect.detector}")
        return self


def resolve_recipe(
    config_file: Path | None,
    settings: Sequence[str],
    *,
    detector: str | None = None,
    mode: str | None = None,
    train: int | None = None,
    test: int | None = None,
    xdog: Path | None = None,
    imported: Sequence[str] = (),
) -> Recipe:
    """Resolve the recipe: defaults, `imported` settings, the TOML file, `xdog` parameters, options, each `--set`.

    Later ones replace earlier ones. `imported` are the settings of the source. The sigma of the file `xdog` is
    ignored: it is the sigma of the fit, while a dataset chooses each sample's sigma from `lines.sigmas` (the paper does
    both). Raises AnibenchError that names the key.
    """
    if mode is not None and (train is not None or test is not None):
        raise AnibenchError(f"--split {mode} sets the size of both splits; remove --train and --test")
    options: list[str] = []
    if xdog is not None:
        fitted = load_config(XDoG, file=xdog).model_dump(exclude={"sigma"})
        options += [f"lines.{key}={value}" for key, value in fitted.items()]
    if mode is None and (train is not None or test is not None):
        mode = "exact"
    given = {"detect.detector": detector, "split.mode": mode, "split.train": train, "split.test": test}
    options += [f"{key}={value}" for key, value in given.items() if value is not None]
    base = load_config(Recipe, settings=imported).model_dump(exclude_unset=True)
    return load_config(Recipe, base=base, file=config_file, settings=[*options, *settings])
