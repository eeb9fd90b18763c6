from pathlib import Path

import pytest

from kunster.errors import UserError
from kunster.results.identity import identity
from kunster.sweep.grid import read_grid
from kunster.sweep.points import compose_points

TABLE2 = Path(__file__).parents[2] / "sweeps" / "table2.yaml"
# counted from Table II's layouts by hand, ids 1 to 15
PARAMETERS = (
    *(469731, 267627, 121971, 32763, 9327),
    *(307683, 173739, 77811, 19899, 5199),
    *(233571, 131979, 59187, 15195, 3999),
)


def test_table2_is_its_15_networks():
    points = compose_points(read_grid(TABLE2))
    assert [point.id for point in points] == list(range(1, 16))
    assert tuple(point.description.parameters for point in points) == PARAMETERS
    assert len({point.identity for point in points}) == 15
    assert points[13].name == "a0.25_b0.5"


def test_styles_are_an_axis():
    points = compose_points(read_grid(TABLE2, ["style=udnie,scream", "alpha=0.25", "beta=0.5"]))
    assert [point.config["style"]["name"] for point in points] == ["scream", "udnie"]
    assert [point.name for point in points] == ["scream", "udnie"]


def test_frn_is_no_row_of_table2():
    points = one("norm=instance,frn")
    assert {point.name: point.id for point in points} == {"norminstance": 14, "normfrn": None}


def test_identity_is_what_is_trained_not_how():
    (point,) = one()
    assert identity(dict(reversed(point.config.items()))) == point.identity
    assert one("logger=csv", "threads=1")[0].identity == point.identity
    for other in ("seed=1", "objective.temporal.steps=1", "style.size=256"):
        assert one(other)[0].identity != point.identity


@pytest.mark.parametrize(
    ("override", "says"),
    [
        ("alpha=0.3,1", "alpha=0.3"),
        ("beta=0.6,1", "beta=0.6"),
        ("stages=[third],[perceptual]", "third"),
        ("objective.perceptual.steps=0,1", "steps=0"),
        ("style=no_such_painting,scream", "no_such_painting"),
        ("photos=folder", "photos.path"),
        ("alpha=0.25,2.5e-1", "stands twice"),
        ("logger=csv,wandb", "same configuration"),
    ],
)
def test_one_bad_point_is_said_before_any_is_trained(override, says):
    with pytest.raises(UserError, match=says) as caught:
        one(override)
    assert "\n" not in str(caught.value)


def one(*overrides):
    return compose_points(read_grid(TABLE2, ["alpha=0.25", "beta=0.5", *overrides]))
