from pathlib import Path

import pytest

from kunster.errors import UserError
from kunster.sweep.grid import find_sweep, read_grid

TABLE2 = Path(__file__).parents[2] / "sweeps" / "table2.yaml"


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "sweep.yaml"
    path.write_text(text)
    return path


def test_a_sweep_goes_by_its_path_or_by_the_name_it_ships_under(tmp_path):
    assert find_sweep(Path("table2")) == TABLE2
    own = written(tmp_path, "experiment: scream\ngrid: {alpha: [1]}")
    assert find_sweep(own) == own
    for unknown in ("tabel2", "sweeps/tabel2.yaml"):
        with pytest.raises(UserError, match=f"^{unknown}: no such file.*did you mean table2"):
            find_sweep(Path(unknown))


def test_every_value_meets_every_other(tmp_path):
    path = written(tmp_path, "experiment: scream\ngrid: {alpha: [1.0, 0.5], beta: [1, 0.75]}")
    grid = read_grid(path)
    assert grid.common == ("+experiment=scream",)
    assert grid.points() == [
        {"alpha": "1", "beta": "1"},
        {"alpha": "1", "beta": "0.75"},
        {"alpha": "0.5", "beta": "1"},
        {"alpha": "0.5", "beta": "0.75"},
    ]


def test_overrides_add_replace_and_fix_axes():
    grid = read_grid(TABLE2, ["style=scream,udnie", "alpha=1,0.5", "beta=0.5", "seed=3"])
    assert grid.axes == {"alpha": ("1", "0.5"), "style": ("scream", "udnie")}
    assert grid.common == ("+experiment=scream", "network=kunster", "beta=0.5", "seed=3")


def test_a_range_of_hydras_is_an_axis():
    assert read_grid(TABLE2, ["seed=range(1,4)"]).axes["seed"] == ("1", "2", "3")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("grid: {alpha: [1]}", "experiment must name"),
        ("experiment: scream", "grid must give"),
        ("experiment: scream\ngrid: {alpha: [1]}\nlauncher: x", "launcher: no key"),
        ("experiment: scream\ngrid: {alpha: []}", "alpha: must be a list"),
        ("experiment: scream\ngrid: {alpha: 1}", "alpha: must be a list"),
        ("experiment: scream\ngrid: {alpha: [1, 1.0]}", "alpha: 1 stands twice"),
        ("experiment: scream\ngrid: {alpha: [[1]]}", "must be a number or a text"),
        ("experiment: scream\ngrid: {alpha: [1]}\noverrides: seed=3", "overrides must be a list"),
        ("[1, 2]", "it holds no mapping"),
        ("a: [", "sweep.yaml is not readable (while parsing"),
    ],
)
def test_what_is_no_sweep_file_is_said_in_one_line(tmp_path, text, says):
    with pytest.raises(UserError, match=r"sweep\.yaml|alpha") as caught:
        read_grid(written(tmp_path, text))
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("override", "says"),
    [
        ("alpha=1,1", "alpha: 1 stands twice"),
        ("hydra.run.dir=elsewhere", "the sweep sets this"),
        ("resume=false", "the sweep sets this"),
        ("alpha=[", "no viable alternative"),
    ],
)
def test_overrides_that_cannot_be(override, says):
    with pytest.raises(UserError, match=says.replace("[", r"\[")):
        read_grid(TABLE2, [override])
