"""Closed forms of the loss terms, and an independent formulation in numpy."""

import numpy as np
import torch

from kunster.losses.perceptual import (
    content_loss,
    detail_weights,
    feature_energy,
    gram,
    style_loss,
    total_variation,
)


def test_gram_of_constant_channels():
    features = torch.tensor([1.0, 2.0]).view(1, 2, 1, 1).expand(1, 2, 4, 5)
    # each product summed over 20 pixels, divided by 2·4·5
    torch.testing.assert_close(gram(features)[0], torch.tensor([[0.5, 1.0], [1.0, 2.0]]))


def test_gram_of_disjoint_channels_is_diagonal():
    features = torch.zeros(1, 2, 2, 2)
    features[0, 0, 0], features[0, 1, 1] = 3.0, 1.0
    torch.testing.assert_close(gram(features)[0], torch.diag(torch.tensor([18.0, 2.0]) / 8))


def test_gram_does_not_see_where_things_are():
    features = torch.randn(2, 5, 6, 7)
    shuffled = features.flatten(2)[:, :, torch.randperm(42)].view_as(features)
    torch.testing.assert_close(gram(shuffled), gram(features))


def test_gram_of_both_memory_layouts_agrees():
    features = torch.randn(2, 5, 6, 7)
    ours = gram(features.contiguous(memory_format=torch.channels_last))
    torch.testing.assert_close(ours, gram(features))


def test_total_variation_of_a_checkerboard_and_a_ramp():
    board = (torch.arange(8)[:, None] + torch.arange(8)) % 2
    assert total_variation(board.float().expand(1, 3, 8, 8)) == 2  # every neighbour differs by 1
    ramp = torch.arange(8.0).expand(1, 3, 8, 8)
    assert total_variation(ramp) == 1  # by 1 sideways, by 0 downwards
    assert total_variation(torch.full((1, 3, 8, 8), 0.7)) == 0


def test_style_loss_of_half_and_of_nothing():
    target = torch.randn(4, 4)
    assert style_loss([target[None]], [target]) == 0
    torch.testing.assert_close(style_loss([0.5 * target[None]], [target]), torch.tensor(0.25))
    torch.testing.assert_close(style_loss([target[None] * 0] * 3, [target] * 3), torch.tensor(3.0))


def test_content_loss_of_a_picture_that_lost_everything_is_1():
    features = torch.randn(2, 3, 4, 4)
    energy = feature_energy(features)
    torch.testing.assert_close(content_loss(-features, energy), torch.tensor(1.0))
    assert content_loss(features * 0, energy) == 0


def test_detail_weighs_an_eye_and_leaves_a_wall():
    photo = torch.full((2, 3, 9, 12), 5.0)
    photo[:, :, 4, 4] = 14.0  # in nine windows; its deviation is 9 · 107/108, elsewhere 9 / 108
    photo[1] *= 7  # whatever the contrast
    weights = detail_weights(photo, 1.0)
    inside, outside = weights[:, 0, 3:6, 3:6], weights[:, 0, 7:, 7:]
    torch.testing.assert_close(inside / inside.mean(), torch.ones(2, 3, 3))
    torch.testing.assert_close(outside / inside[:, :1, :1], torch.full((2, 2, 5), 9 / (107**2 + 8)))
    torch.testing.assert_close(weights.mean((2, 3)), torch.ones(2, 1))
    torch.testing.assert_close(weights[0], weights[1])
    torch.testing.assert_close(
        detail_weights(photo, 0.5), weights.sqrt() / weights.sqrt().mean((2, 3), keepdim=True)
    )


def test_a_flat_photo_has_nothing_to_keep():
    flat = torch.full((1, 3, 4, 4), 2.0)
    assert detail_weights(flat, 1.0).abs().max() == 0
    torch.testing.assert_close(detail_weights(flat, 0.0), torch.ones(1, 1, 4, 4))


def test_terms_agree_with_loops_in_numpy():
    rng = np.random.default_rng(0)
    ours, theirs = rng.normal(size=(2, 2, 3, 4, 5))
    picture = rng.uniform(size=(2, 3, 6, 7))

    def by_hand(x):
        result = np.zeros((len(x), 3, 3))
        for n, i, j in np.ndindex(result.shape):
            result[n, i, j] = sum(x[n, i, r, c] * x[n, j, r, c] for r in range(4) for c in range(5))
        return result / 60

    target = by_hand(theirs)[0]
    style = np.mean([((g - target) ** 2).sum() for g in by_hand(ours)]) / (target**2).sum()
    content = ((ours - theirs) ** 2).mean() / (theirs**2).mean()
    down = [
        (picture[n, c, r + 1, k] - picture[n, c, r, k]) ** 2
        for n, c, r, k in np.ndindex(2, 3, 5, 7)
    ]
    across = [
        (picture[n, c, r, k + 1] - picture[n, c, r, k]) ** 2
        for n, c, r, k in np.ndindex(2, 3, 6, 6)
    ]
    ours, theirs, picture = map(torch.from_numpy, (ours, theirs, picture))
    np.testing.assert_allclose(style_loss([gram(ours)], [gram(theirs)[0]]), style, rtol=1e-5)
    energy = feature_energy(theirs)
    np.testing.assert_allclose(content_loss(ours - theirs, energy), content, rtol=1e-5)
    np.testing.assert_allclose(total_variation(picture), np.mean(down) + np.mean(across))
