import numpy as np
import pytest
import torch
from PIL import Image

from kunster.data.clip_modules import SintelClips
from kunster.data.sintel import load_pair, sintel_pairs
from kunster.errors import UserError
from kunster.losses.warp import warp_back

from ..flo_files import write_flo

HARD = "ambush_4"  # fog and fast motion: even the true flow explains little of the final pass


@pytest.fixture
def pairs(real):
    return sintel_pairs(real("sintel", "training"))


def difference(first, second, non_occluded):
    """Mean absolute difference over the non-occluded pixels, of 255; frames (3, H, W)."""
    return (first.float() - second).abs().mean(dim=0)[non_occluded].mean().item()


def test_the_real_sample_has_twelve_pairs(pairs):
    assert len(pairs) == 12
    assert {pair.scene for pair in pairs} == {"alley_1", "cave_2", "cave_4", "market_5", HARD}
    assert [pair.name for pair in pairs if pair.occlusion is None] == [
        f"{render_pass}/alley_1/frame_000{number}"
        for render_pass in ("clean", "final")
        for number in (1, 3)
    ]


def test_on_real_pairs_only_warping_back_by_the_forward_flow_lowers_the_difference(pairs):
    for where in pairs:
        pair = load_pair(where)
        (first, second), flow, mask = pair.frames, pair.flow, pair.non_occluded
        unwarped = difference(first, second, mask)

        def gained(frame, target, flow, mask=mask, unwarped=unwarped):
            return unwarped / difference(warp_back(frame[None], flow[None])[0], target, mask)

        right = gained(second, first, flow)
        assert right > 1, where.name
        if where.scene != HARD:
            assert 2 < right < 6, where.name
        assert gained(second, first, -flow) < 1, where.name
        assert gained(first, second, flow) < 1, where.name  # as if the flow led backwards
        assert gained(second, first, flow.flip(0)) < 1.3, where.name  # u and v exchanged


def test_on_real_pairs_pixels_marked_as_occluded_gain_less_than_the_others(pairs):
    for pair in (load_pair(where) for where in pairs if where.occlusion and where.scene != HARD):
        (first, second), mask = pair.frames, pair.non_occluded
        warped = warp_back(second[None], pair.flow[None])[0]
        gains = [
            difference(first, second, region) / difference(first, warped, region)
            for region in (mask, ~mask)
        ]
        assert gains[1] < 2 < gains[0]


def test_frames_are_rgb_and_flow_is_scaled_with_each_axis(pairs):
    small, full = load_pair(pairs[1]), load_pair(pairs[1], (436, 1024))
    assert small.frames.shape == (2, 3, 360, 640)
    assert small.flow.shape == (2, 360, 640)
    assert small.non_occluded.shape == (360, 640)
    assert small.frames.dtype == torch.uint8
    with Image.open(pairs[1].frame) as image:
        mean = np.asarray(image.convert("RGB")).mean(axis=(0, 1))
    np.testing.assert_allclose(small.frames[0].float().mean(dim=(1, 2)), mean, atol=0.25)
    ratio = small.flow.abs().mean(dim=(1, 2)) / full.flow.abs().mean(dim=(1, 2))
    np.testing.assert_allclose(ratio, [640 / 1024, 360 / 436], rtol=0.01)


def test_non_occluded_is_what_the_masks_leave(pairs):
    where = next(pair for pair in pairs if pair.scene == "market_5")
    with Image.open(where.occlusion) as occlusion, Image.open(where.invalid) as invalid:
        hidden = (np.asarray(occlusion) > 0) | (np.asarray(invalid) > 0)
    non_occluded = load_pair(where, (436, 1024)).non_occluded.numpy()
    assert not non_occluded[hidden].any()
    assert non_occluded[~hidden].mean() > 0.99  # the rest leaves by less than `invalid` counts


@pytest.fixture
def sintel(tmp_path):
    """Sintel in miniature: one scene of three frames that move right by 4 pixels, masks for one."""
    random = np.random.default_rng(0)
    wide = random.integers(0, 256, (80, 120, 3), np.uint8)
    for number in (1, 2, 3):
        for folder in ("clean", "final"):
            path = tmp_path / "training" / folder / "alley" / f"frame_{number:04d}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            left = 20 - 4 * number
            Image.fromarray(wide[:, left : left + 96]).save(path)
    for number in (1, 2):
        path = tmp_path / "training" / "flow" / "alley" / f"frame_{number:04d}.flo"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_flo(path, np.tile(np.float32([4, 0]), (80, 96, 1)))
    occlusion = np.zeros((80, 96), np.uint8)
    occlusion[:10] = 255
    path = tmp_path / "training" / "occlusions" / "alley" / "frame_0002.png"
    path.parent.mkdir(parents=True)
    Image.fromarray(occlusion).save(path)
    return tmp_path


def test_a_known_translation_is_read_as_one(sintel):
    unmasked, masked = sintel_pairs(sintel, ["final"])
    assert (unmasked.occlusion, unmasked.invalid, masked.invalid) == (None, None, None)
    pair = load_pair(masked, (80, 96))
    expected = torch.ones(80, 96, dtype=torch.bool)
    expected[:10] = False
    expected[:, -4:] = False
    assert torch.equal(pair.non_occluded, expected)
    warped = warp_back(pair.frames[1:], pair.flow[None])[0]
    assert difference(warped, pair.frames[0], pair.non_occluded) < 2e-3  # float32 of 255


def test_the_folder_above_training_and_training_itself_both_do(sintel):
    assert sintel_pairs(sintel) == sintel_pairs(sintel / "training")


def test_flow_without_its_frames_is_left_out(sintel):
    (sintel / "training/final/alley/frame_0003.png").unlink()
    assert [pair.name for pair in sintel_pairs(sintel)] == [
        "clean/alley/frame_0001",
        "clean/alley/frame_0002",
        "final/alley/frame_0001",
    ]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"passes": ["albedo"]}, "pass albedo: must be one of clean, final"),
        ({"scenes": ["market_5"]}, "scene market_5: .* has alley"),
        ({"scenes": []}, "no flow with both its frames"),
    ],
)
def test_a_wrong_choice_names_the_right_ones(sintel, options, complaint):
    with pytest.raises(UserError, match=complaint):
        sintel_pairs(sintel, **options)


def test_a_folder_that_is_not_sintel_is_refused(tmp_path):
    with pytest.raises(UserError, match="is not a folder: give MPI Sintel"):
        sintel_pairs(tmp_path / "none")
    with pytest.raises(UserError, match="has no flow/ in it"):
        sintel_pairs(tmp_path)


@pytest.mark.parametrize("kind", ["flow/alley/frame_0002.flo", "occlusions/alley/frame_0002.png"])
def test_flow_or_mask_of_another_size_is_refused(sintel, kind):
    path = sintel / "training" / kind
    if path.suffix == ".flo":
        write_flo(path, np.zeros((80, 90, 2), np.float32))
    else:
        Image.fromarray(np.zeros((80, 90), np.uint8)).save(path)
    with pytest.raises(UserError, match=f"{path.name}: is 90x80, its frame 96x80"):
        load_pair(sintel_pairs(sintel)[1])


def test_clips_take_every_pair_once_a_pass_at_the_papers_size(real):
    clips = SintelClips(real("sintel", "training")).load()
    assert clips.source == "MPI Sintel clean and final, 12 pairs of 5 scenes"
    pairs = clips.batch(0, 12)
    assert pairs.frames.shape == (12, 2, 3, 360, 640)
    stored = [load_pair(where) for where in sintel_pairs(real("sintel", "training"))]
    means = sorted(pairs.frames.float().mean(dim=(1, 2, 3, 4)).tolist())
    assert means == pytest.approx(sorted(pair.frames.float().mean().item() for pair in stored))


def test_clips_give_windows_of_the_chosen_scenes_and_passes(sintel):
    clips = SintelClips(sintel, ["final"], ["alley"], (80, 96), (64, 64)).load()
    assert clips.source == "MPI Sintel final, 2 pairs of 1 scenes"
    pairs = clips.batch(0, 8)
    assert pairs.frames.shape == (8, 2, 3, 64, 64)
    assert (pairs.flow[:, 0].abs() == 4).all()
    for frames, flow, non_occluded in zip(*pairs, strict=True):
        warped = warp_back(frames[None, 1], flow[None])[0]
        assert difference(warped, frames[0], non_occluded) < 2e-3


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"size": (128, 64)}, r"clips.size=\[128, 64\]: does not fit into the frames"),
        ({"size": (66, 64)}, "multiples of 4 from 64 up"),
        ({"passes": ["albedo"]}, "pass albedo: must be one of"),
    ],
)
def test_clips_refuse_when_they_are_loaded(sintel, options, complaint):
    with pytest.raises(UserError, match=complaint):
        SintelClips(sintel, **{"frame_size": (80, 96)} | options).load()


def test_clips_without_a_folder_say_how_to_get_one(monkeypatch, tmp_path):
    monkeypatch.setenv("KUNSTER_DATA", str(tmp_path))
    with pytest.raises(UserError, match=r"kunster fetch sintel"):
        SintelClips().load()
