"""The temporal losses against loops over pixels, shifts, and real Sintel pairs."""

import numpy as np
import pytest
import torch

from kunster.data.sintel import load_pair, sintel_pairs
from kunster.losses.temporal import detail_energy, feature_loss, output_loss

LUMINANCE = np.array([0.2126, 0.7152, 0.0722])  # ITU-R BT.709


def a_batch(seed=0, size=(12, 16), pairs=2):
    """Frames, flow that stays in the picture, mask."""
    generator = torch.Generator().manual_seed(seed)
    height, width = size
    frames = torch.rand(pairs, 2, 3, height, width, generator=generator)
    flow = 4 * torch.rand(pairs, 2, height, width, generator=generator) - 2
    return frames, flow, torch.rand(pairs, height, width, generator=generator) < 0.7


def sampled(picture, x, y):
    """Bilinear, edges repeated; picture (C, H, W) float64."""
    height, width = picture.shape[1:]
    x, y = np.clip(x, 0, width - 1), np.clip(y, 0, height - 1)
    left, top = int(min(x, width - 2)), int(min(y, height - 2))
    right, down = x - left, y - top
    corners = picture[:, top : top + 2, left : left + 2]
    rows = corners[:, :, 0] * (1 - right) + corners[:, :, 1] * right
    return rows[:, 0] * (1 - down) + rows[:, 1] * down


def looped_output_loss(stylized, frames, flow, mask):
    total = 0.0
    for output, frame, motion, visible in zip(stylized, frames, flow, mask, strict=True):
        for y in range(visible.shape[0]):
            for x in range(visible.shape[1]):
                if visible[y, x]:
                    to = (x + motion[0, y, x], y + motion[1, y, x])
                    change = output[0, :, y, x] - sampled(output[1], *to)
                    light = LUMINANCE @ (frame[0, :, y, x] - sampled(frame[1], *to))
                    total += ((change - light) ** 2).sum()
    return total / stylized[:, 0].size


def test_the_output_loss_is_that_of_a_loop_over_pixels_in_float64():
    frames, flow, mask = a_batch()
    stylized = torch.rand(frames.shape, generator=torch.Generator().manual_seed(9))
    expected = looped_output_loss(
        *(part.double().numpy() for part in (stylized, frames, flow)), mask.numpy()
    )
    found = output_loss(stylized, frames, flow, mask)
    assert float(found) == pytest.approx(expected, rel=1e-5)


def test_light_that_changes_may_change_in_the_picture_by_as_much():
    frames, _, mask = a_batch()
    still = torch.zeros(2, 2, 12, 16)
    frames[:, 1] = frames[:, 0] + 0.1  # a grey light
    stylized = torch.rand(frames.shape)
    stylized[:, 1] = stylized[:, 0] + 0.1
    assert float(output_loss(stylized, frames, still, mask)) == pytest.approx(0, abs=1e-12)
    frames[:, 1] = frames[:, 0] + torch.tensor([0.0, 0.1, 0.0]).view(3, 1, 1)  # a green one
    assert float(output_loss(stylized, frames, still, mask)) == pytest.approx(
        float(mask.float().mean()) * (0.1 * (1 - 0.7152)) ** 2, rel=1e-4
    )


def test_without_the_videos_frames_light_that_changes_is_an_error_of_its_own_size():
    frames, _, mask = a_batch()
    frames[:, 1] = frames[:, 0] + 0.1
    found = output_loss(frames, None, torch.zeros(2, 2, 12, 16), mask)
    assert float(found) == pytest.approx(float(mask.float().mean()) * 0.1**2, rel=1e-4)


def shifted(function, columns=3):
    """A picture and its shift by whole pixels, as `function` shows them, and the way between."""
    wide = torch.rand(1, 3, 24, 40, generator=torch.Generator().manual_seed(3))
    views = torch.stack([wide[..., :32], wide[..., columns : 32 + columns]], dim=1)
    outputs = torch.stack([function(view) for view in views.unbind(dim=1)], dim=1)
    flow = torch.zeros(1, 2, 24, 32)
    flow[:, 0] = -columns
    mask = torch.zeros(1, 24, 32, dtype=torch.bool)
    mask[..., 2:-2, columns + 2 : -2] = True  # away from what padding and the shift bring in
    return outputs, views, flow, mask


def test_a_translation_costs_a_shift_equivariant_function_nothing():
    kernel = torch.randn(3, 3, 3, 3, generator=torch.Generator().manual_seed(1)) / 5

    def equivariant(picture):
        return torch.conv2d(picture, kernel, padding=1).tanh()

    outputs, views, flow, mask = shifted(equivariant)
    grey = views.mean(dim=2, keepdim=True).expand_as(views)
    assert float(output_loss(outputs, grey, flow, mask)) < 1e-10
    assert float(feature_loss(outputs, flow, mask)) < 1e-10

    def striding(picture):  # takes every fourth column for its neighbours
        return equivariant(picture)[..., ::4].repeat_interleave(4, dim=-1)

    outputs, *motion = shifted(striding)
    assert float(output_loss(outputs, *motion)) > 1e-3


def test_pixels_that_cannot_be_traced_carry_no_gradient():
    frames, _, mask = a_batch()
    still = torch.zeros(2, 2, 12, 16)
    stylized = torch.rand(frames.shape, requires_grad=True)
    output_loss(stylized, frames, still, mask).backward()
    gradient = stylized.grad.abs().sum(dim=2)  # (B, 2, H, W)
    assert (gradient[:, 0][~mask] == 0).all()
    # the grid's rounding leaves a millionth of a neighbour's weight
    assert gradient[:, 1][~mask].max() < 1e-5 * gradient.max()
    assert (gradient[:, 0][mask] > 0).all()


def test_a_feature_is_non_occluded_where_all_its_pixels_are():
    flow, mask = torch.zeros(1, 2, 16, 16), torch.ones(1, 16, 16, dtype=torch.bool)
    features = torch.rand(1, 2, 5, 4, 4)
    whole = feature_loss(features, flow, mask)
    mask[0, 5, 9] = False
    change = (features[:, 0] - features[:, 1]).square()
    seen = (change.sum() - change[..., 1, 2].sum()) / change.sum()
    assert float(feature_loss(features, flow, mask) / whole) == pytest.approx(float(seen), rel=1e-5)


def test_features_follow_flow_scaled_to_their_size():
    wide = torch.rand(1, 4, 8, 12, generator=torch.Generator().manual_seed(5))
    features = torch.stack([wide[..., :8], wide[..., 2:10]], dim=1)
    flow = torch.zeros(1, 2, 32, 32)
    flow[:, 0] = -8.0  # two features to the left, at a quarter of the size
    mask = torch.zeros(1, 32, 32, dtype=torch.bool)
    mask[..., 8:] = True
    assert float(feature_loss(features, flow, mask)) < 1e-10
    assert float(feature_loss(features, flow / 4, mask)) > 1e-2


def test_smaller_features_are_not_steadier_ones():
    _, flow, mask = a_batch(size=(16, 16))
    features = torch.rand(2, 2, 6, 4, 4)
    whole, tiny = (feature_loss(scale * features, flow, mask) for scale in (1.0, 0.01))
    assert float(tiny) == pytest.approx(float(whole), rel=1e-4)


def test_on_real_pairs_the_right_motion_and_mask_cost_least(real):
    """The input itself as the output, and grey light: sign, direction and polarity matter."""
    for where in sintel_pairs(real("sintel", "training")):
        if where.scene == "ambush_4":  # fog and fast motion: even the true flow explains little
            continue
        pair = load_pair(where)
        frames = pair.frames[None].float() / 255
        dark = torch.zeros_like(frames)
        flow, mask = pair.flow[None], pair.non_occluded[None]

        def cost(flow, mask, frames=frames, dark=dark):
            return float(output_loss(frames, dark, flow, mask) / mask.float().mean())

        right = cost(flow, mask)
        assert right < cost(torch.zeros_like(flow), mask), where.name
        for wrong in (-flow, flow.flip(1)):
            assert cost(wrong, mask) > right, where.name
        assert cost(-flow, mask) > cost(torch.zeros_like(flow), mask), where.name
        backwards = output_loss(frames.flip(1), dark, flow, mask) / mask.float().mean()
        assert float(backwards) > right, where.name
        if where.occlusion is not None:
            assert cost(flow, ~mask) > 2 * right, where.name


def test_detail_is_the_variance_in_squares_whatever_their_colours():
    even = torch.zeros(2, 2, 3, 24, 19)
    even[..., 8:] = 0.7
    even[..., 8:16, :] *= 0.5
    assert float(detail_energy(even)) == pytest.approx(1e-4)  # the least
    checked = even + 0.2 * (torch.arange(19) % 2 - 0.5)
    assert float(detail_energy(checked)) == pytest.approx(0.1**2, rel=1e-4)


def test_pictures_that_have_nothing_in_common_differ_by_twice_their_detail():
    noise = 0.5 + 0.1 * torch.randn(4, 2, 3, 64, 64, generator=torch.Generator().manual_seed(5))
    still, visible = torch.zeros(4, 2, 64, 64), torch.ones(4, 64, 64, dtype=torch.bool)
    change = output_loss(noise, None, still, visible)
    assert float(change / (2 * detail_energy(noise))) == pytest.approx(64 / 63, rel=0.02)
