"""The recipe of a dataset: every setting of `build-dataset`, with its default and the source of that default."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator, model_validator

from benchmark.core.config import Config, load_config
from benchmark.core.errors import AnibenchError
from benchmark.data.decode import DecodeRecipe
from benchmark.data.xdog import Form, XDoG

_FOLDER = r"^[^/\\.][^/\\]*$"  # one name, no path
Tie = Literal["artist", "character", "copyright"]
Rating = Literal["general", "safe", "sensitive", "questionable", "explicit"]
PAPER_TRAIN, PAPER_TEST = 31_696, 579  # section 4.1 of the paper
IMPORTED = (  # pairs are imported as they are: every picture is a sample and keeps its line
    "detect.detector=whole", "lines.origin=source", "select.ratings=[]", "duplicates.same_hash=-1",
    "quality.min_sharpness=0", "quality.min_saturation=0", "quality.min_hues=0", "quality.min_brightness=0",
    "quality.max_brightness=1", "quality.max_blocks=1e9", "quality.min_face=0",
)  # fmt: skip


class SourceRecipe(Config):
    """How a source is read."""

    pictures: Literal["original", "512px"] = Field(
        default="original", description="of a Danbooru mirror; the 512px copies exist for general and sensitive only"
    )
    metadata: str | None = Field(
        default=None,
        description="file or folder of posts (JSON, CSV, parquet)  [default of a mirror: its metadata/ and *.json*]",
    )
    color: str = Field(default="reference", pattern=_FOLDER, description="official: the folders of the pictures")
    line: str = Field(default="condition", pattern=_FOLDER, description="official: the folders of their lines")
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
        default=("general", "safe"), description="empty: any; before 2022 the first two were one, safe"
    )
    required: tuple[str, ...] = Field(default=(), description="tags that a picture must have, all of them")
    forbidden: tuple[str, ...] = Field(
        default=(
            "monochrome", "greyscale", "sepia", "comic", "4koma", "lineart", "sketch", "no_humans", "photo_(medium)",
            "real_life", "3d", "pixel_art", "text-only_page", "animated", "ai-generated",
        ),
        description="tags that a picture must not have, of any category",
    )  # fmt: skip
    extensions: tuple[str, ...] = Field(
        default=("jpg", "jpeg", "png", "gif", "webp", "bmp", "avif", "tif", "tiff"), description="empty: any"
    )
    min_score: int | None = None
    min_side: int = Field(default=0, ge=0, description="px, of the picture's shorter side")
    max_side: int | None = Field(default=None, ge=1, description="px, of its longer side")
    deleted: bool = Field(default=False, description="take deleted posts too")
    banned: bool = Field(default=False, description="take posts whose artist asked for their removal")
    pending: bool = Field(default=False, description="take posts that are not approved yet")
    unknown: bool = Field(default=False, description="take pictures whose metadata or rating is missing")
    allow: str | None = Field(
        default=None, description="file of post ids, names, URLs or hashes, one a line: no other picture is taken"
    )
    takedown: str | None = Field(
        default=None, description="file of post ids, names, URLs or hashes, one a line, of pictures that are not taken"
    )
    unmatched_takedown: Literal["error", "report"] = Field(
        default="error",
        exclude_if=lambda choice: choice == "error",
        description="when an entry of select.takedown matches no picture: stop, or report the entry and go on",
    )


class DetectRecipe(Config):
    """Where the faces are. The defaults were chosen on sheets of real detections; see docs/dataset.md."""

    detector: str = Field(
        default="animeface",
        description="animeface, whole, boxes:FILE, imgutils, anime-face-detector, or one that is installed",
    )
    compare: str | None = Field(default=None, description="a second detector; how far the two agree is reported")
    longest: int = Field(default=640, ge=64, description="px; the detector sees a copy no longer than this")
    min_likelihood: float = Field(default=0.7, ge=0, le=1, description="below it a detection is dropped")
    sure_likelihood: float = Field(
        default=0.99,
        ge=0,
        le=1,
        description="below it the skin must be redder than green: emblems and books look like faces",
    )
    max_overlap: float = Field(
        default=0.4, ge=0, le=1, description="intersection over union; the less likely of two goes"
    )


class CropRecipe(Config):
    """The square around a face."""

    margin: float = Field(default=0.5, ge=0, le=3, description="added on each side, in sides of the face box")
    lift: float = Field(
        default=0.1, ge=-1, le=1, description="the square's centre above the face's, in sides of the face box"
    )
    min_size: int = Field(
        default=256, ge=16, description="px; a smaller square is dropped, so nothing is upscaled by default"
    )
    pad: bool = Field(
        default=False, description="let the square leave the picture, filled with white, instead of shifting it"
    )
    align: bool = Field(
        default=False, description="turn, scale and shift to the mean face by the eyes; the plain square without them"
    )
    eye_height: float = Field(default=0.5, gt=0, lt=1, description="of the eyes below the top, in sides of the square")
    eye_distance: float = Field(default=0.242, gt=0, lt=1, description="between the eyes, in sides of the square")
    max_tilt: float = Field(default=40, ge=0, le=90, description="degrees; eyes that stand steeper are not trusted")
    denoise: float = Field(
        default=0, ge=0, le=30, description="strength of non-local means against JPEG artefacts; 0 leaves it out"
    )
    max_aspect: float = Field(
        default=1.25, ge=1, description="longer / shorter side up to which a whole picture is a face"
    )


class QualityRecipe(Config):
    """Which crops are too poor; the figures are in the manifest. The limits were chosen on sheets: docs/dataset.md."""

    min_sharpness: float = Field(default=30, ge=0, description="variance of the Laplacian of the 256 px crop")
    min_saturation: float = Field(default=0.02, ge=0, le=1, description="mean of (max - min) / 255 of the channels")
    min_hues: float = Field(default=0.015, ge=0, le=1, description="mean distance of the tints from their median")
    min_brightness: float = Field(default=0.12, ge=0, le=1)
    max_brightness: float = Field(default=0.95, ge=0, le=1)
    max_blocks: float = Field(default=0.7, ge=0, description="steps at JPEG's block borders over the others, less 1")
    min_face: float = Field(default=80, ge=0, description="px, of the face box's longer side")
    min_edge: float = Field(default=0, description="of the face box to the picture's edge, in sides of the box")


class DuplicatesRecipe(Config):
    """When two crops are the same picture (one is dropped) or near (both stay, on one side of the split)."""

    same_hash: int = Field(
        default=4, ge=-1, le=32, description="of 64 bits of the perceptual hash; -1 keeps all but exact ones"
    )
    same_color: float = Field(
        default=6, ge=0, le=16, description="and mean difference of a 16 x 16 copy, in levels of 255"
    )
    near_hash: int = Field(default=10, ge=-1, le=32, description="near ones, mirrored or not: bits of the hash")
    near_color: float = Field(default=20, ge=0, le=255, description="and levels of the copy, or instead of these")
    near_correlation: float = Field(
        default=0.94, ge=0, description="the correlation of the copies: other light, the same picture; above 1: not"
    )


class SplitRecipe(Config):
    """How many samples go where. `exact` with only `test` gives the rest to train."""

    mode: Literal["paper", "ratio", "exact", "source"] = Field(
        default="ratio", description="source: as the source says, whatever leaks"
    )
    train: int | None = Field(default=None, ge=1)
    test: int | None = Field(default=None, ge=1)
    disjoint: tuple[Tie, ...] = Field(
        default=("artist",),
        description="on one side only, beside pictures and near ones; picture: nothing more",
    )
    no_tie: tuple[str, ...] = Field(
        default=("original", "anonymous", "banned_artist", "artist_request", "character_request", "copyright_request"),
        description="names that stand for many or for nobody, and tie nothing",
    )

    @field_validator("disjoint", mode="before")
    @classmethod
    def _one_or_several(cls, value: object) -> object:
        """`artist` stands for ["artist"], `picture` for nothing beside the pictures."""
        names = [value] if isinstance(value, str) else value
        return [name for name in names if name != "picture"] if isinstance(names, list | tuple) else names

    def ties(self, names: Mapping[str, str | None]) -> list[tuple[str, str]]:
        """What a crop may not share across the split, from its artist, character and copyright."""
        found = ((kind, name) for kind in self.disjoint for name in (names[kind] or "").split())
        return [tie for tie in found if tie[1] not in self.no_tie]

    @model_validator(mode="after")
    def _counts_belong_to_exact(self) -> "SplitRecipe":
        if self.mode == "exact" and self.test is None:
            raise ValueError("an exact split needs split.test")
        if self.mode != "exact" and (self.train is not None or self.test is not None):
            raise ValueError(f"split.train and split.test belong to split.mode=exact, not to {self.mode}")
        return self

    def counts(self) -> tuple[int | None, int]:
        """Samples wanted in train (None: all the rest) and test, for an exact split."""
        if self.mode == "paper":
            return PAPER_TRAIN, PAPER_TEST
        assert self.test is not None
        return self.train, self.test


class LinesRecipe(Config):
    """XDoG (section 3.3); sigma is drawn for each sample by its own seed (section 4.1)."""

    origin: Literal["xdog", "source"] = Field(
        default="xdog", description="source: the lines that come with the pictures, nothing is drawn"
    )
    sigmas: tuple[float, ...] = Field(default=(0.3, 0.4, 0.5), min_length=1)
    test_sigma: float | None = Field(default=None, gt=0, description="one sigma for the whole test split instead")
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
    """What a human decided on the review page."""

    decisions: str | None = Field(default=None, description="SHA-256 of the file; --decisions FILE sets it")


class Recipe(Config):
    """From a source to a dataset: decode, detect, crop, drop duplicates, apply decisions, split, draw lines."""

    seed: int = Field(default=0, description="of every random choice: the split and each sample's sigma")
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
    """Defaults, then the TOML file, then the file of line parameters, then the options, then each `--set`.

    `imported`: the settings of a source of pairs come between the file and the options. Sigma of the line parameters is
    left out: the parameters were fitted at that sigma, while a dataset draws sigma for each sample from `lines.sigmas`
    (the paper does both). Raises AnibenchError that names the key.
    """
    if mode is not None and (train is not None or test is not None):
        raise AnibenchError(f"--split {mode} says how many samples go where; leave out --train and --test")
    options = list(imported)
    if xdog is not None:
        fitted = load_config(XDoG, file=xdog).model_dump(exclude={"sigma"})
        options += [f"lines.{key}={value}" for key, value in fitted.items()]
    if detector is not None:
        options.append(f"detect.detector={detector}")
    if mode is None and (train is not None or test is not None):
        mode = "exact"
    for key, value in (("mode", mode), ("train", train), ("test", test)):
        options += [] if value is None else [f"split.{key}={value}"]
    return load_config(Recipe, file=config_file, settings=[*options, *settings])
