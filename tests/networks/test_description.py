import pytest

from kunster.errors import UserError
from kunster.networks.description import Description
from kunster.networks.stylizer import parameter_count


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
        ({"alpha": None}, "needs alpha and beta"),
        ({"layout": None}, "layout=None"),
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
