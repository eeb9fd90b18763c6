import pytest

from kunster.errors import UserError
from kunster.networks.description import Description
from kunster.networks.kinds import KINDS, Kind
from kunster.networks.model_file import load_model, save_model
from kunster.networks.stylizer import Stylizer, parameter_count


def make(**changes) -> Description:
    values = {"style": "scream", "kind": "kunster", "alpha": 0.25, "beta": 0.5, "layout": "table2"}
    values |= {"norm": "instance", "stage": "temporal", "parameters": 15195} | changes
    return Description(**values)


@pytest.mark.parametrize(
    "changes",
    [{}, {"norm": "frn"}, {"kind": "reconet", "alpha": None, "beta": None, "layout": None}],
)
def test_metadata_is_text_and_comes_back_whole(changes):
    description = make(**changes)
    metadata = description.to_metadata()
    assert all(isinstance(value, str) for value in metadata.values())
    assert Description.from_metadata(metadata | {"format": "pt"}) == description


def test_builds_the_network_with_the_counts_of_the_paper():
    assert parameter_count(make().build()) == 15195
    baseline = make(kind="reconet", alpha=None, beta=None, layout=None)
    assert parameter_count(baseline.build()) == 3098307


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"kind": "gan"}, "kind=gan: must be one of kunster, reconet, johnson"),
        ({"stage": "third"}, "stage=third: must be one of perceptual, temporal"),
        ({"alpha": None}, "needs alpha"),
        ({"layout": None}, "needs layout"),
        ({"layout": "table3"}, "layout=table3: must be one of table2, table1"),
        ({"kind": "johnson", "norm": "frn"}, "norm=instance"),
    ],
)
def test_refuses_what_is_no_network(changes, says):
    with pytest.raises(UserError, match=says):
        make(**changes)


def test_metadata_of_another_program_is_not_ours():
    with pytest.raises(UserError, match="no style, kind"):
        Description.from_metadata({"format": "pt"})


def test_a_number_that_is_none():
    with pytest.raises(UserError, match="alpha=wide"):
        Description.from_metadata(make().to_metadata() | {"alpha": "wide"})


def test_a_kind_registered_in_one_line_is_saved_and_loaded(tmp_path, monkeypatch):
    monkeypatch.setitem(
        KINDS, "narrow", Kind(lambda norm: Stylizer((4, 4, 8), 1, norm=norm), ("norm",))
    )
    network = KINDS["narrow"].build(norm="frn")
    none = dict.fromkeys(("alpha", "beta", "layout"))
    description = make(kind="narrow", norm="frn", parameters=parameter_count(network), **none)
    save_model(network, description, tmp_path / "m.safetensors")
    found, found_description = load_model(tmp_path / "m.safetensors")
    assert found_description == description
    assert found.state_dict().keys() == network.state_dict().keys()
    monkeypatch.delitem(KINDS, "narrow")
    with pytest.raises(UserError, match="kind=narrow: must be one of kunster, reconet, johnson"):
        load_model(tmp_path / "m.safetensors")


@pytest.mark.parametrize(
    ("before", "learned"),
    [("", "scream"), ("udnie", "udnie,scream"), ("scream,udnie", "udnie,scream"), (None, None)],
)
def test_it_says_which_styles_it_learned_one_after_the_other(before, learned):
    described = make(style="scream").after(before)
    assert described.learned == learned
    assert Description.from_metadata(described.to_metadata()) == described
