"""Gatys' optimisation: how far down it gets, and where networks stand on the way."""

from pathlib import Path

import numpy as np
import pytest
import torch
import yaml

from kunster.data.scenes import scene
from kunster.evaluate.gatys import compare, optimise_photo, replay
from kunster.evaluate.loss import perceptual_loss
from kunster.evaluate.optimal import has_converged, iterations_to_reach, mean_curve, optimise
from kunster.pictures.images import as_image

from ..thin_vgg import thin_vgg

CONFIGURATIONS = Path(__file__).parents[2] / "conf" / "objective"


@pytest.fixture(scope="module")
def photos():
    return [as_image(np.asarray(scene(number, size=32))) for number in range(2)]


@pytest.fixture(scope="module")
def terms(photos):
    noise = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    judge = thin_vgg()
    return perceptual_loss(judge, judge.style_targets(noise), photos)


@pytest.fixture(scope="module")
def optima(terms, photos):
    return [optimise_photo(terms, photo) for photo in photos]


def test_the_loss_falls_at_every_checkpoint_to_less_than_half_of_the_photos(optima):
    for optimum in optima:
        assert all(np.diff(optimum.curve) < 0)
        assert optimum.curve[-1] < optimum.curve[0] / 2
        assert optimum.converged
        assert 0 <= optimum.picture.min() < optimum.picture.max() <= 1


def test_the_curve_begins_with_the_photos_loss_and_ends_with_the_pictures(terms, photos, optima):
    for photo, optimum in zip(photos, optima, strict=True):
        own, reached = (terms(photo, picture)["loss"] for picture in (photo, optimum.picture))
        assert optimum.curve[0] == pytest.approx(own.item(), rel=1e-5)
        assert optimum.curve[-1] == pytest.approx(reached.item(), rel=1e-5)


def test_gatys_own_pictures_have_optimality_1(terms, photos, optima):
    found = compare(replay(optimum.picture for optimum in optima), terms, photos, optima)
    assert found.optimality == pytest.approx(1, rel=1e-5)


def test_the_loss_is_the_papers_of_stage_1(terms):
    stage_1 = yaml.safe_load((CONFIGURATIONS / "perceptual_paper.yaml").read_text())["terms"]
    weights = {name: term["weight"] for name, term in stage_1.items() if term["weight"]}
    assert {name: term.weight for name, term in terms.terms.items()} == weights


def test_the_photo_itself_is_above_1_and_equals_no_steps(terms, photos, optima):
    found = compare(lambda frames: frames, terms, photos, optima)
    assert found.optimality > 2
    assert found.steps == 0


def test_a_quadratic_loss_is_brought_to_the_nearest_colour_there_is():
    """Red 1.5 cannot be shown: the best in [0, 1] is 1; the penalty leaves none of it outside."""
    wanted = torch.tensor([1.5, 0.25, 0.75]).view(1, 3, 1, 1)
    grey = torch.full((1, 3, 8, 8), 0.5)
    optimum = optimise(lambda picture: (picture - wanted).square().mean(), grey)
    nearest = wanted.clamp(0, 1).expand_as(grey)
    torch.testing.assert_close(optimum.picture, nearest, atol=1e-3, rtol=0)
    assert optimum.curve[-1] == pytest.approx(0.5**2 / 3, rel=1e-3)


def test_a_curve_is_crossed_at_its_first_point_that_is_no_higher():
    curve = [8.0, 4.0, 2.0, 1.0]  # after 0, 5, 10 and 15 iterations
    losses = (9.0, 8.0, 7.9, 4.0, 3.0, 1.0, 0.9, float("nan"))
    steps = [iterations_to_reach(curve, loss) for loss in losses]
    assert steps == [0, 0, 5, 5, 10, 15, None, None]


def test_a_curve_that_ended_counts_with_its_last_value():
    assert mean_curve([[4.0, 2.0], [8.0, 6.0, 4.0]]) == [6.0, 4.0, 3.0]


def test_convergence_is_less_than_a_thousandth_in_20_iterations():
    assert not has_converged([1.0] * 4)  # 15 iterations
    assert has_converged([1.0, 0.9998, 0.9996, 0.9994, 0.9992])
    assert not has_converged([1.0, 0.9998, 0.9996, 0.9994, 0.9988])
    assert has_converged([9.0, 1.0, 0.9998, 0.9996, 0.9994, 0.9992])
