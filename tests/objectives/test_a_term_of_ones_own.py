"""A loss term that a user wrote and named in a configuration."""

import json
from pathlib import Path

import pytest
from torch import Tensor

from kunster.callbacks.curve import CURVE, read_curve
from kunster.errors import UserError
from kunster.losses.term import Step, Term
from kunster.run.configuration import composed, resolved
from kunster.run.preparation import Run
from kunster.run.settings import check_config
from kunster.run.training import execute

from ..small_runs import FIRST, SMALL, small_photos

TERMS = "objective.perceptual.terms"


class Darkness(Term):
    """How far the stylized pictures are from white."""

    def forward(self, step: Step) -> Tensor:
        return (1 - step.stylized).square().mean()


MINE = [f"+{TERMS}.mine._target_={__name__}.Darkness", f"+{TERMS}.mine.weight=2"]


@pytest.fixture
def words(tmp_path, monkeypatch):
    """The overrides of a run of two steps on the CPU."""
    monkeypatch.setenv("KUNSTER_CACHE", str(tmp_path / "cache"))
    (tmp_path / "photos").mkdir()
    return [
        *("+experiment=scream", *SMALL, FIRST, f"photos.path={small_photos(tmp_path / 'photos')}"),
        *("trainer.accelerator=cpu", "export.enabled=false", "callbacks.curve.every_n_steps=1"),
        *("trainer.log_every_n_steps=1", "objective.perceptual.steps=2"),
    ]


def test_it_is_trained_logged_and_in_the_results(words, tmp_path):
    folder: Path = tmp_path / "run"
    figures = execute(composed([*words, *MINE, f"~{TERMS}.tv"]), folder)["stages"]["perceptual"]
    assert figures["mine"] > 0
    assert "tv" not in figures
    kept = json.loads((folder / "results.json").read_text())["stages"]["perceptual"]
    assert kept["mine"] == figures["mine"]
    rows = read_curve(folder / "perceptual" / CURVE)
    assert [row["step"] for row in rows] == [1, 2]
    for row in rows:
        assert row["mine"] > 0
        assert "tv" not in row


def test_its_weight_counts(words, tmp_path):
    stage = Run(composed([*words, *MINE]), tmp_path / "run").stage("perceptual")
    pictures = stage.data.sample(2)
    found = stage.objective.losses(pictures)
    others = sum(
        term.weight * found[name]
        for name, term in stage.objective.loss.terms.items()
        if name != "mine"
    )
    assert found["loss"].item() == pytest.approx((others + 2 * found["mine"]).item(), rel=1e-5)


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("weight=-1", f"{TERMS}.mine.weight=-1: must be "),
        ("other=1", f"{TERMS}.mine.other=1: "),
    ],
)
def test_its_arguments_are_checked(words, override, said):
    config = resolved(composed([*words, *MINE, f"++{TERMS}.mine.{override}"]))
    with pytest.raises(UserError) as refused:
        check_config(config)
    assert str(refused.value).startswith(said)
