"""Pairs depend on the protocol and the ids alone, and a random reference is never the sample itself."""

from pathlib import Path

import pandas as pd
import pytest
from characters import with_characters
from hypothesis import given
from hypothesis import strategies as st

from benchmark.core.errors import AnibenchError
from benchmark.data.dataset import Dataset
from benchmark.data.protocol import (
    Pair,
    dataset_pairs,
    get_protocol,
    make_pairs,
    pairs_path,
    protocol_names,
    read_pairs,
    reference_cycles,
    unpaired,
    write_pairs,
)
from benchmark.data.shapes import write_dataset

IDS = st.lists(st.text("0123456789abcdef", min_size=16, max_size=16), min_size=2, max_size=40, unique=True)


STYLES = ["gaps", "noise", "sigma-0.3", "sigma-0.4", "sigma-0.5", "thick"]


def test_the_protocols_of_the_paper_its_code_and_the_line_styles() -> None:
    styles = [f"self-ref-lines-{style}" for style in STYLES]
    assert protocol_names() == ["cross-ref", "random-ref", "self-ref", *styles, "self-ref-warped"]
    assert [get_protocol(name).lines for name in styles] == STYLES
    for name in protocol_names():
        protocol = get_protocol(name)
        assert protocol.name == name
        assert get_protocol(protocol.label) == protocol
    assert get_protocol("self-ref-warped").warp
    assert not get_protocol("self-ref").warp
    assert get_protocol("random-ref").metrics == ("fid",)


def test_a_label_is_its_file_name() -> None:
    import benchmark

    files = {path.stem for path in (Path(benchmark.__file__).parent / "data/protocols").glob("*.toml")}
    assert files == {get_protocol(label).label for label in files}


def test_an_unknown_protocol_lists_those_there_are() -> None:
    with pytest.raises(AnibenchError, match="cross-ref, random-ref, self-ref, self-ref-lines"):
        get_protocol("self")


@given(IDS)
def test_random_references_are_derangements_all_different(ids: list[str]) -> None:
    protocol = get_protocol("random-ref")
    pairs = make_pairs(protocol, ids)
    pairings = {number: [p for p in pairs if p.pairing == number] for number in sorted({p.pairing for p in pairs})}
    assert len(pairings) == min(protocol.pairings, len(ids) - 1) >= 1
    for number, pairing in pairings.items():
        assert [pair.sample for pair in pairing] == sorted(ids)
        assert sorted(pair.reference for pair in pairing) == sorted(ids)
        assert all(pair.sample != pair.reference for pair in pairing)
        assert all(pair.picture == (pair.sample if number == 1 else f"{pair.sample}-{number}") for pair in pairing)
    for field in ("picture", "seed"):
        assert len({getattr(pair, field) for pair in pairs}) == len(pairs)
    assert len({(pair.sample, pair.reference) for pair in pairs}) == len(pairs), "no reference twice"


def test_version_1_has_the_first_pairing_of_version_2() -> None:
    ids = [f"{i:016x}" for i in range(20)]
    old, new = (make_pairs(get_protocol(f"random-ref-v{version}"), ids) for version in (1, 2))
    assert [p.reference for p in old] == [p.reference for p in new if p.pairing == 1]
    assert old[0].seed == 2738189314863027436, "the seeds of version 1 never change"


def test_stored_pairs_come_back_and_those_of_before_pairings_are_of_one(tmp_path: Path) -> None:
    ids = [f"{i:016x}" for i in range(6)]
    for label in ("random-ref-v1", "random-ref-v2"):
        protocol = get_protocol(label)
        write_pairs(protocol, make_pairs(protocol, ids), tmp_path)
        assert read_pairs(pairs_path(protocol, tmp_path)) == make_pairs(protocol, ids)
    path = pairs_path(get_protocol("random-ref-v1"), tmp_path)
    pd.read_parquet(path).drop(columns="pairing").to_parquet(path)
    assert read_pairs(path) == make_pairs(get_protocol("random-ref-v1"), ids)


@given(IDS)
def test_pairs_do_not_depend_on_the_order_of_the_ids(ids: list[str]) -> None:
    for name in protocol_names():
        assert make_pairs(get_protocol(name), ids) == make_pairs(get_protocol(name), ids[::-1])


def test_self_reference_pairs_each_sample_with_itself_and_a_seed_of_its_own() -> None:
    ids = [f"{i:016x}" for i in range(50)]
    pairs = make_pairs(get_protocol("self-ref-warped"), ids)
    assert all(pair.sample == pair.reference for pair in pairs)
    assert len({pair.seed for pair in pairs}) == len(pairs)
    alone = make_pairs(get_protocol("self-ref-warped"), ids[:1])
    assert alone == pairs[:1], "a sample's seed does not depend on the others"


def test_one_image_has_no_random_reference() -> None:
    with pytest.raises(AnibenchError, match="at least 2 images"):
        make_pairs(get_protocol("random-ref"), ["0" * 16])


def test_cross_ref_pairs_pictures_of_one_character(tmp_path: Path) -> None:
    data = with_characters(tmp_path, ["ann", "bea", "ann", None, "bea", "ann", "cleo", "ann bea", "ann bea"])
    protocol = get_protocol("cross-ref")
    pairs = dataset_pairs(protocol, data)
    names = dict(zip(data.manifest["id"], data.manifest["character"], strict=True))
    assert [pair.sample for pair in pairs] == sorted(i for i in data.ids("test") if names[i] in ("ann", "bea"))
    assert sorted(pair.reference for pair in pairs) == [pair.sample for pair in pairs], "each is a reference once"
    assert all(pair.sample != pair.reference and names[pair.sample] == names[pair.reference] for pair in pairs)
    assert pairs == dataset_pairs(protocol, Dataset.open(tmp_path))
    assert unpaired(protocol, data, pairs) == (
        "cross-ref-v1: 4 pictures are in no pair, because no other picture shows their character"
    )


def test_cross_ref_without_two_pictures_of_a_character_names_the_way_out(tmp_path: Path) -> None:
    data = with_characters(tmp_path / "one", ["ann", "bea", None])
    for lacking in (data, write_dataset(tmp_path / "none", seed=3)):
        with pytest.raises(AnibenchError, match="anibench build-dataset drawn:pairs:100"):
            dataset_pairs(get_protocol("cross-ref"), lacking)


def test_every_picture_that_makes_a_pair_is_not_reported(tmp_path: Path) -> None:
    data = with_characters(tmp_path, ["ann", "ann"])
    assert unpaired(get_protocol("cross-ref"), data, dataset_pairs(get_protocol("cross-ref"), data)) is None


def test_groups_are_the_cycles_of_their_pairs() -> None:
    groups = [["a", "b"], ["c", "d", "e"], ["f", "g"]]
    pairs = make_pairs(get_protocol("cross-ref"), "abcdefg", groups)
    found = reference_cycles(pairs)
    assert sorted(map(sorted, found)) == groups
    assert make_pairs(get_protocol("cross-ref"), "abcdefg", found) == pairs
    for wrong in ([Pair("a", "b", 0), Pair("b", "c", 0)], [Pair("a", "b", 0), Pair("b", "b", 0)]):
        with pytest.raises(ValueError, match="none or of several"):
            reference_cycles(wrong)
