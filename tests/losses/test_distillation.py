import pytest
import torch

from kunster.losses.distillation import (
    Deviations,
    Student,
    distillation_loss,
    fitted_projection,
    layer_agreement,
    symmetric_root,
)
from kunster.losses.features import Architecture, PerceptualNetwork
from kunster.losses.perceptual import gram

ARCHITECTURE = Architecture((2, 1), ("relu1_2", "relu2_1"), "relu2_1")


@pytest.mark.parametrize("rows", [3, 9])  # fewer than columns: PᵀP is singular
def test_the_symmetric_root_squares_to_the_projections_inner_product(rows):
    torch.manual_seed(0)
    projection = torch.randn(rows, 5)
    root = symmetric_root(projection)
    torch.testing.assert_close(root, root.T)
    torch.testing.assert_close(root.T @ root, projection.T @ projection, rtol=1e-4, atol=1e-4)


def test_a_projection_that_was_there_is_found():
    torch.manual_seed(0)
    ours, matrix = torch.randn(3, 4, 20, 20), torch.randn(7, 4)
    teacher = torch.einsum("kc,bchw->bkhw", matrix, ours)
    found = fitted_projection(ours, teacher, ridge=1e-7)
    torch.testing.assert_close(found, matrix, rtol=1e-3, atol=1e-3)
    assert layer_agreement(ours, teacher) == {"explained_variance": 1.0, "gram_error": 0.0}


def test_noise_explains_nothing():
    torch.manual_seed(0)
    ours, teacher = torch.randn(2, 3, 40, 40), torch.randn(2, 5, 40, 40)
    assert layer_agreement(ours, teacher)["explained_variance"] == pytest.approx(0, abs=0.01)


def test_equal_features_cost_nothing_and_none_cost_three_relative_terms():
    torch.manual_seed(0)
    teacher = torch.randn(2, 4, 60, 60)
    deviation = Deviations(1).update(0, teacher)
    assert distillation_loss(teacher, teacher, deviation) == 0
    # nothing learned: own 1, half of the unit term 1/1.05², Gram 1
    nothing = distillation_loss(torch.zeros_like(teacher), teacher, deviation)
    assert float(nothing) == pytest.approx(2 + 0.5 / 1.05**2, rel=0.01)


def test_deviations_are_a_running_root_of_variances():
    deviations = Deviations(1, decay=0.75)
    grid = torch.arange(5.0).view(1, 1, 1, 5)  # variance 2.5
    torch.testing.assert_close(deviations.update(0, grid), torch.tensor([2.5]).sqrt())
    mixed = torch.tensor([0.75 * 2.5 + 0.25 * 10]).sqrt()
    torch.testing.assert_close(deviations.update(0, 2 * grid), mixed)


@torch.no_grad()
def test_a_student_becomes_a_network_with_the_same_features_and_distances():
    torch.manual_seed(0)
    student = Student(ARCHITECTURE, (5, 6), (9, 12))
    network = PerceptualNetwork(student.weights({"name": "student"}))
    frames = torch.rand(2, 3, 24, 20)
    features = student(frames)
    ours = network.features(frames, ARCHITECTURE.style_layers)
    for layer, mine, its, projected in zip(
        ARCHITECTURE.style_layers, ours, features, student.project(features), strict=True
    ):
        # zeros pad the student after the mean is taken off, as they do the network
        torch.testing.assert_close(mine, its, rtol=1e-4, atol=1e-5)
        energy = torch.einsum("bchw,cd,bdhw->", mine, network.metric(layer), mine)
        torch.testing.assert_close(energy, projected.square().sum(), rtol=1e-4, atol=1e-4)
        # PᵀP = RᵀR, so Gram matrices in both spaces have the same norm, but for K in their divisor
        scale = projected.shape[1] / mine.shape[1]
        expected = gram(projected).norm() * scale
        torch.testing.assert_close(
            network.style_gram(mine, layer).norm(), expected, rtol=1e-4, atol=1e-4
        )
