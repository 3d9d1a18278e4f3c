"""Pairs depend on the protocol and the ids alone, and a random reference is never the sample itself."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmark.errors import AnibenchError
from benchmark.protocol import get_protocol, make_pairs, protocol_names

IDS = st.lists(st.text("0123456789abcdef", min_size=16, max_size=16), min_size=2, max_size=40, unique=True)


def test_the_three_protocols_of_the_paper_and_its_code() -> None:
    assert protocol_names() == ["random-ref", "self-ref", "self-ref-warped"]
    for name in protocol_names():
        protocol = get_protocol(name)
        assert protocol.name == name
        assert get_protocol(protocol.label) == protocol
    assert get_protocol("self-ref-warped").warp
    assert not get_protocol("self-ref").warp
    assert get_protocol("random-ref").metrics == ("fid",)


def test_a_label_is_its_file_name() -> None:
    import benchmark

    files = {path.stem for path in (Path(benchmark.__file__).parent / "protocols").glob("*.toml")}
    assert files == {get_protocol(label).label for label in files}


def test_an_unknown_protocol_lists_those_there_are() -> None:
    with pytest.raises(AnibenchError, match="random-ref, self-ref, self-ref-warped"):
        get_protocol("self")


@given(IDS)
def test_random_references_are_a_derangement(ids: list[str]) -> None:
    pairs = make_pairs(get_protocol("random-ref"), ids)
    assert [pair.sample for pair in pairs] == sorted(ids)
    assert sorted(pair.reference for pair in pairs) == sorted(ids)
    assert all(pair.sample != pair.reference for pair in pairs)


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
