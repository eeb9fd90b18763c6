"""Closed forms of the motion between two views, and the views themselves as their witnesses."""

import cv2
import numpy as np
import pytest
import torch

from kunster.data.motion import (
    FURTHEST_PAN,
    PAN,
    SHAKE,
    STILL,
    Layer,
    camera_step,
    homography_flow,
    render,
    view_of,
)
from kunster.losses.warp import warp_back

SIZE = (64, 80)
HEIGHT, WIDTH = SIZE
ROWS, COLUMNS = np.indices(SIZE)


def shifted(x: float, y: float) -> np.ndarray:
    return np.array([[1.0, 0, x], [0, 1, y], [0, 0, 1]])


def smooth(seed: int, size=(200, 240)) -> np.ndarray:
    """A picture of waves no shorter than 50 pixels, values in [0, 1]: bilinear reads it well."""
    random = np.random.default_rng(seed)
    y, x = np.indices(size)
    values = np.full((*size, 3), 0.5)
    for _ in range(4):
        u, v = random.uniform(-1, 1, 2) / 50 / np.sqrt(2)
        phase, height = random.uniform(0, 2 * np.pi, 3), random.uniform(0.05, 0.12, 3)
        values += height * np.sin(2 * np.pi * (u * x + v * y)[..., None] + phase)
    return values.astype(np.float32)


def texture(size=(200, 240)) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)


def within(rows: slice, columns: slice) -> np.ndarray:
    """Bool (H, W): those rows and columns of the view."""
    mask = np.zeros(SIZE, bool)
    mask[rows, columns] = True
    return mask


def rectangle(rows: slice, columns: slice) -> np.ndarray:
    shape = np.zeros((200, 240), np.float32)
    shape[rows, columns] = 1
    return shape


@pytest.mark.parametrize("step", [(0, 0), (3, -2), (-5, 0), (0, 4)])
def test_a_pan_by_whole_pixels_is_a_constant_flow_and_an_exact_shift(step):
    x, y = step
    picture, view = texture(), shifted(30, 40)
    frames, flow, non_occluded = render([Layer(picture, view, view @ shifted(x, y))], SIZE)
    np.testing.assert_array_equal(frames[0], picture[40:104, 30:110])
    np.testing.assert_array_equal(frames[1], picture[40 + y : 104 + y, 30 + x : 110 + x])
    np.testing.assert_array_equal(flow, np.broadcast_to(np.float32([-x, -y]), flow.shape))
    rows, columns = (slice(max(0, by), side + min(0, by)) for side, by in ((HEIGHT, y), (WIDTH, x)))
    np.testing.assert_array_equal(non_occluded, within(rows, columns))


def test_growing_about_a_point_is_a_linear_flow():
    grow, (x, y) = 1.05, (20, 50)
    shrink = shifted(x, y) @ np.diag([1 / grow, 1 / grow, 1]) @ shifted(-x, -y)
    view = shifted(30, 40) @ np.diag([0.7, 0.7, 1])
    flow = homography_flow(view, view @ shrink, SIZE)
    expected = (grow - 1) * np.stack([COLUMNS - x, ROWS - y], -1)
    np.testing.assert_allclose(flow, expected, atol=1e-6)


def test_a_pixel_arrives_where_the_second_view_shows_the_same_point_of_the_picture():
    random = np.random.default_rng(0)
    before = np.array([[0.8, 0.1, 20], [-0.1, 0.9, 30], [2e-4, -1e-4, 1]])
    after = before @ camera_step(random, SIZE, 5)
    pixels = np.stack([COLUMNS, ROWS], -1).astype(float)
    targets = pixels + homography_flow(before, after, SIZE)
    np.testing.assert_allclose(
        cv2.perspectiveTransform(targets, after),
        cv2.perspectiveTransform(pixels, before),
        atol=1e-5,
    )


def moving_layers(seed: int) -> list[Layer]:
    """A smooth background and a smooth thing in the middle of the view, each with its motion."""
    random = np.random.default_rng(seed)
    layers = []
    for number, shape in enumerate((None, rectangle(slice(80, 130), slice(90, 150)))):
        before = shifted(80, 70) @ np.diag([0.9, 0.9, 1])
        after = before @ camera_step(random, SIZE, strength=2)
        layers.append(Layer(smooth(2 * seed + number), before, after, shape))
    return layers


def differences(frames: np.ndarray, flow: np.ndarray) -> np.ndarray:
    """Largest difference of channels between the first frame and the second warped back."""
    first, second = torch.from_numpy(frames).permute(0, 3, 1, 2)[:, None]
    back = warp_back(second, torch.from_numpy(flow).permute(2, 0, 1)[None])
    return (first - back).abs().amax(1)[0].numpy()


@pytest.mark.parametrize("seed", range(8))
def test_the_second_frame_warped_back_is_the_first_wherever_it_can_be_traced(seed):
    frames, flow, non_occluded = render(moving_layers(seed), SIZE)
    error = differences(frames, flow)
    assert non_occluded.mean() > 0.7
    assert error[non_occluded].max() < 0.012
    assert error[non_occluded].mean() < 0.002


def test_another_flow_does_not_and_what_cannot_be_traced_differs():
    right, wrong, lost = [], [], []
    for seed in range(8):
        frames, flow, non_occluded = render(moving_layers(seed), SIZE)
        right.append(differences(frames, flow)[non_occluded].mean())
        wrong.append(differences(frames, -flow)[non_occluded].mean())
        lost.append(differences(frames, flow)[~non_occluded].mean())
    assert np.mean(wrong) > 10 * np.mean(right)
    assert np.mean(lost) > 10 * np.mean(right)


def test_a_thing_that_moves_right_hides_the_columns_before_it():
    """Rows 16 to 47, columns 20 to 39 go right by 5 over a background that stays."""
    there = shifted(30, 40)
    background = Layer(texture(), there, there)
    shape = rectangle(slice(56, 88), slice(50, 70))
    thing = Layer(255 - texture(), there, there @ shifted(-5, 0), shape)
    frames, flow, non_occluded = render([background, thing], SIZE)
    inside = within(slice(16, 48), slice(20, 40))
    hidden = within(slice(16, 48), slice(40, 45))
    np.testing.assert_array_equal(non_occluded, ~hidden)
    np.testing.assert_array_equal(flow, np.where(inside[..., None], np.float32([5, 0]), 0))
    np.testing.assert_array_equal(frames[1][16:48, 25:45], frames[0][16:48, 20:40])

    backwards = [
        Layer(layer.picture, layer.after, layer.before, layer.shape)
        for layer in (background, thing)
    ]
    frames_back, flow_back, visible_back = render(backwards, SIZE)
    uncovered = within(slice(16, 48), slice(20, 25))
    np.testing.assert_array_equal(frames_back, frames[::-1])
    np.testing.assert_array_equal(visible_back, ~uncovered)
    assert flow_back[16:48, 25:45, 0].max() == -5


def test_the_soft_edge_of_a_thing_cannot_be_traced():
    there = shifted(30, 40)
    shape = rectangle(slice(56, 88), slice(50, 70))
    shape[:, 50] *= 0.5
    layers = [Layer(texture(), there, there), Layer(texture(), there, there, shape)]
    _, _, non_occluded = render(layers, SIZE)
    np.testing.assert_array_equal(non_occluded, ~within(slice(16, 48), slice(20, 21)))


def test_what_leaves_the_picture_with_a_thing_cannot_be_traced():
    there = shifted(30, 40)
    shape = rectangle(slice(56, 88), slice(90, 120))  # to the right edge and beyond
    thing = Layer(texture(), there, there @ shifted(-5, 0), shape)
    _, _, non_occluded = render([Layer(texture(), there, there), thing], SIZE)
    gone = within(slice(16, 48), slice(WIDTH - 5, None))
    np.testing.assert_array_equal(non_occluded, ~gone)


def test_mirrored_views_show_mirrored_frames_and_motion():
    mirror = np.array([[-1.0, 0, WIDTH - 1], [0, 1, 0], [0, 0, 1]])
    layers = moving_layers(1)
    frames, flow, non_occluded = render(layers, SIZE)
    mirrored = [
        Layer(layer.picture, layer.before @ mirror, layer.after @ mirror, layer.shape)
        for layer in layers
    ]
    frames_there, flow_there, visible_there = render(mirrored, SIZE)
    np.testing.assert_allclose(frames_there, frames[:, :, ::-1], atol=1e-4)
    np.testing.assert_allclose(flow_there, flow[:, ::-1] * [-1, 1], atol=1e-5)
    np.testing.assert_array_equal(visible_there, non_occluded[:, ::-1])


def test_a_view_lies_in_the_picture_and_is_mirrored_every_second_time():
    random, picture = np.random.default_rng(0), (320, 430)
    corners = np.array([[[0, 0], [WIDTH - 1, 0], [0, HEIGHT - 1], [WIDTH - 1, HEIGHT - 1]]], float)
    views = [view_of(random, picture, SIZE, (0.5, 1)) for _ in range(400)]
    seen = np.stack([cv2.perspectiveTransform(corners, view)[0] for view in views])
    assert (seen >= 0).all()
    assert (seen <= [429, 319]).all()
    size = np.ptp(seen[..., 1], axis=1) / (HEIGHT - 1) / min(320 / HEIGHT, 430 / WIDTH)
    assert 0.5 <= size.min() < 0.52
    assert 0.98 < size.max() <= 1
    mirrored = seen[:, 0, 0] > seen[:, 1, 0]
    assert mirrored.mean() == pytest.approx(0.5, abs=0.075)  # 3 deviations
    assert (seen[:, 0, 1] < seen[:, 2, 1]).all()  # upright


def corner_motion(step: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """How far (4,) a step moves the corners of a view, in pixels."""
    height, width = size
    corners = np.array([[[0, 0], [width, 0], [0, height], [width, height]]], float)
    return np.linalg.norm(cv2.perspectiveTransform(corners, step) - corners, axis=-1)[0]


def test_camera_steps_are_still_pans_or_shakes_in_the_stated_shares():
    random = np.random.default_rng(0)
    steps = np.stack([camera_step(random, (256, 256)) for _ in range(4000)])
    still = (steps == np.eye(3)).all((1, 2))
    straight = (steps[:, :2, :2] == np.eye(2)).all((1, 2)) & (steps[:, 2] == [0, 0, 1]).all(1)
    pans = straight & (steps == steps.round()).all((1, 2))
    assert still.mean() == pytest.approx(STILL + PAN / (2 * FURTHEST_PAN + 1) ** 2, abs=0.012)
    assert pans.mean() == pytest.approx(STILL + PAN, abs=0.025)
    shifts = steps[pans][:, :2, 2]
    assert {*shifts.ravel()} == {*range(-FURTHEST_PAN, FURTHEST_PAN + 1)}
    np.testing.assert_allclose(shifts.mean(0), 0, atol=0.25)

    furthest = [corner_motion(step, (256, 256)).max() for step in steps[~pans]]
    assert max(furthest) < 1.2 * SHAKE[1]
    quarters = np.array([0.25, 0.5, 0.75])
    found = np.quantile(furthest, quarters)
    np.testing.assert_allclose(found, SHAKE[0] * (SHAKE[1] / SHAKE[0]) ** quarters, rtol=0.25)


@pytest.mark.parametrize(("strength", "furthest"), [(0, 0), (0.5, 2), (2, 10)])
def test_strength_scales_all_motion(strength, furthest):
    random = np.random.default_rng(0)
    steps = np.stack([camera_step(random, (128, 128), strength) for _ in range(500)])
    moved = [corner_motion(step, (128, 128)).max() for step in steps]
    assert max(moved) <= np.hypot(furthest, furthest) + 1e-9
    assert max(moved) >= furthest


def test_over_several_frames_pans_and_shakes_add_up_each_among_their_own_kind():
    """As far as a random walk of `frames` steps: its variance is theirs together."""
    frames, size = 4, (256, 256)
    pans, shakes = zip(*(pans_and_shakes(count, size) for count in (frames, 1)), strict=True)
    assert np.abs(pans[0]).max() <= frames * FURTHEST_PAN
    assert pans[0].var() == pytest.approx(frames * pans[1].var(), rel=0.1)
    assert shakes[0].mean() == pytest.approx(frames * shakes[1].mean(), rel=0.3)  # heavy tails


def pans_and_shakes(frames: int, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Shifts of pans by whole pixels (n, 2), and mean squared corner motion of shakes (m,)."""
    random = np.random.default_rng(frames)
    steps = np.stack([camera_step(random, size, frames=frames) for _ in range(3000)])
    whole = (steps == steps.round()).all((1, 2))
    assert whole.mean() == pytest.approx(STILL + PAN, abs=0.03)
    shakes = [np.square(corner_motion(step, size)).mean() for step in steps[~whole]]
    return steps[whole][:, :2, 2], np.array(shakes)
