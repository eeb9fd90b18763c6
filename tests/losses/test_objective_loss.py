"""The loss of a stage against a formulation with plain layers and einsum."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from kunster.data.style import OpenStyle
from kunster.errors import UserError
from kunster.losses.objective_loss import ObjectiveLoss
from kunster.losses.terms import Content, Style, TotalVariation


def loss_of(perceptual, painting, photos, surround=0) -> ObjectiveLoss:
    terms = {"content": Content(3), "style": Style(5), "tv": TotalVariation(7)}
    return ObjectiveLoss(terms, perceptual, [OpenStyle(painting, {})], photos, surround)


def plain_features(network, frames):
    """relu1_1 and relu2_1."""
    first = F.relu(
        F.conv2d(
            frames - torch.tensor((0.5, 0.4, 0.3)).view(3, 1, 1),
            network.conv1_1_weight,
            network.conv1_1_bias,
            padding=1,
        )
    )
    second = F.max_pool2d(first, 2)
    return first, F.relu(F.conv2d(second, network.conv2_1_weight, network.conv2_1_bias, padding=1))


def plain_gram(mapped, channels):
    return torch.einsum("bihw,bjhw->bij", mapped, mapped) / (channels * mapped[0, 0].numel())


def test_terms_are_those_of_plain_layers(perceptual):
    photos, stylized, painting = (torch.rand(n, 3, 16, 20) for n in (2, 2, 1))
    terms = loss_of(perceptual, painting, photos)(photos, stylized)
    before, after, wanted = (
        plain_features(perceptual, frames) for frames in (photos, stylized, painting)
    )
    content = (after[1] - before[1]).square().sum() / before[1].square().sum()
    style = 0
    for ours, theirs, channels in zip(after, wanted, (4, 5), strict=True):
        target = plain_gram(theirs, channels)[0]
        distances = (plain_gram(ours, channels) - target).flatten(1).norm(dim=1) / target.norm()
        style = style + distances.square().mean()
    tv = stylized.diff(dim=2).square().mean() + stylized.diff(dim=3).square().mean()
    for name, expected in (("content", content), ("style", style), ("tv", tv)):
        torch.testing.assert_close(terms[name], torch.as_tensor(expected), rtol=1e-4, atol=1e-6)
    torch.testing.assert_close(terms["loss"], 3 * content + 5 * style + 7 * tv, rtol=1e-4, atol=0)


def test_the_photo_has_lost_no_content_and_the_painting_no_style(perceptual):
    painting = torch.rand(1, 3, 16, 16)
    found = loss_of(perceptual, painting, painting)(painting, painting)
    assert float(found["content"]) == pytest.approx(0, abs=1e-6)
    assert float(found["style"]) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(("turn", "sides"), [(0, (6, 6)), (1, (5, 7))])
def test_the_mirror_image_around_a_picture_counts_as_seen(perceptual, turn, sides):
    painting, photos, stylized = (torch.rand(n, 3, 16, 20) for n in (1, 2, 2))
    plain, surrounded = (loss_of(perceptual, painting, photos, width) for width in (0, 6))
    larger = [F.pad(pictures, [*sides, *sides], mode="reflect") for pictures in (photos, stylized)]
    found, expected = surrounded(photos, stylized, turn), plain(*larger)
    for name in ("content", "style"):
        torch.testing.assert_close(found[name], expected[name])
    torch.testing.assert_close(found["tv"], plain(photos, stylized)["tv"])


def test_a_surround_reaches_as_far_as_a_picture_has_pixels_to_mirror(perceptual):
    """Mirrored without the edge itself, and one more at the far sides in every other turn."""
    photos = torch.rand(1, 3, 64, 80)
    assert loss_of(perceptual, photos, photos, 62)(photos, photos, 1)["loss"].isfinite()
    for surround in (-1, 63):
        with pytest.raises(UserError, match=f"^surround={surround}: must be from 0 to 62, 2 less"):
            loss_of(perceptual, photos, photos, surround)


def test_the_gradient_reaches_the_network_alone(perceptual):
    network, photos = nn.Conv2d(3, 3, 3, padding=1), torch.rand(2, 3, 16, 16, requires_grad=True)
    loss = loss_of(perceptual, torch.rand(1, 3, 16, 16), photos)
    loss(photos, network(photos.detach()))["loss"].backward()
    assert all(parameter.grad.abs().sum() > 0 for parameter in network.parameters())
    assert photos.grad is None
    assert list(loss.parameters()) == []
    assert not any(buffer.requires_grad for buffer in loss.buffers())
