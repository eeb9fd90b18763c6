import numpy as np
import pytest
import torch

from kunster.data.flow import estimate_flow
from kunster.data.frames import video_frames
from kunster.errors import UserError
from kunster.losses.warp import consistent, warp_back

from .stored_clips import clips_of, save, stored


@pytest.mark.parametrize("step", [(4, 3), (-3, 2), (0, 5)])
def test_a_pan_by_whole_pixels_is_traced_as_one(tmp_path, pan, write_mp4, step):
    path = write_mp4(tmp_path / "pan.mp4", pan(4, step))
    clips = clips_of(path, size=(96, 128), flow="dis")
    assert clips.source == f"{path}, flow by OpenCV DIS, medium, 3 pairs"
    for frames, flow, non_occluded in stored(clips):
        found = flow[:, non_occluded]
        np.testing.assert_allclose(found.median(dim=1).values, step, atol=0.05)
        error = (found - torch.tensor(step)[:, None]).norm(dim=0)
        assert (error < 0.5).float().mean() > 0.97
        visible = (160 - abs(step[0])) * (128 - abs(step[1]))
        assert visible * 0.93 < non_occluded.sum() <= visible * 1.01
        assert frames.shape == (2, 3, 128, 160)


def test_frames_are_kept_as_they_are_and_flow_to_a_64th_of_a_pixel(tmp_path, pan):
    frames = list(pan(3, (4, 3)))
    pairs = stored(clips_of(save(frames, tmp_path / "frames"), size=(96, 96), flow="dis"))
    for number, pair in enumerate(pairs):
        expected = np.stack(frames[number : number + 2]).transpose(0, 3, 1, 2)
        np.testing.assert_array_equal(pair.frames, expected)
        flow = estimate_flow(*frames[number : number + 2]).transpose(2, 0, 1)
        np.testing.assert_allclose(pair.flow, flow, atol=1 / 128)


def test_motion_adds_up_between_frames_that_are_several_apart(tmp_path, pan, estimated):
    path, frames = tmp_path / "frames", list(pan(6, (4, 3)))
    clips = clips_of(save(frames, path), size=(96, 96), flow="dis", gaps=[3])
    assert clips.source == f"{path}, flow by OpenCV DIS, medium, 3 frames apart, 3 pairs"
    assert estimated.calls == 2 * 5  # each from a frame to the next, once
    for number, (pair, flow, non_occluded) in enumerate(stored(clips)):
        expected = np.stack([frames[number], frames[number + 3]]).transpose(0, 3, 1, 2)
        np.testing.assert_array_equal(pair, expected)
        found = flow[:, non_occluded]
        np.testing.assert_allclose(found.median(dim=1).values, [12, 9], atol=0.1)
        visible = (160 - 12) * (128 - 9)
        assert visible * 0.9 < non_occluded.sum() <= visible * 1.01


def test_each_gap_has_its_share_of_the_pairs(tmp_path, pan):
    path = save(pan(20, (1, 1)), tmp_path / "frames")
    clips = clips_of(path, size=(96, 96), flow="dis", most_pairs=6, gaps=[1, 1, 4])
    moved = [round(float(pair.flow[0].median())) for pair in stored(clips)]
    assert moved == [1, 1, 1, 1, 4, 4]
    with pytest.raises(UserError, match=r"clips.gaps=\[1, 20\]: the longest video has 20 frames"):
        clips_of(path, size=(96, 96), flow="dis", gaps=[1, 20])


def test_on_real_sequences_warping_back_lowers_the_difference_on_non_occluded_pixels(
    real, tmp_path
):
    folder = tmp_path / "davis"
    for sequence in ("blackswan", "car-roundabout", "paragliding-launch"):
        (folder / sequence).mkdir(parents=True)
        for frame in sorted(real("video", "davis", sequence).glob("*.jpg"))[10:13]:
            (folder / sequence / frame.name).symlink_to(frame)
    pairs = stored(clips_of(folder, flow="dis"))
    assert len(pairs) == 6
    for frames, flow, non_occluded in pairs:
        first, second = frames.float()
        warped = warp_back(second[None], flow[None])[0]
        before, after = (
            (first - other).abs().mean(dim=0)[non_occluded].mean() for other in (second, warped)
        )
        assert before > 2 * after
        assert non_occluded.float().mean() > 0.75
        hidden = (first - warped).abs().mean(dim=0)[~non_occluded].mean()
        assert hidden > 1.5 * after  # what is left out is what cannot be explained


def test_motion_boundaries_are_not_non_occluded(tmp_path, photograph):
    """A square of one photograph slides over another: flow is blurred around its outline."""
    frames = []
    for number in (0, 1):
        frame = np.ascontiguousarray(photograph[:128, :160])
        left = 50 + 6 * number
        frame[40:90, left : left + 50] = photograph[250:300, 200:250]
        frames.append(frame)
    (pair,) = stored(clips_of(save(frames, tmp_path / "square"), size=(96, 96), flow="dis"))
    flows = [estimate_flow(*order) for order in (frames, frames[::-1])]
    both = [torch.from_numpy(flow).permute(2, 0, 1)[None] for flow in flows]
    agree = consistent(*both)[0]
    assert not (pair.non_occluded & ~agree).any()
    outline = torch.zeros(128, 160, dtype=torch.bool)
    outline[36:94, 46:104] = True
    outline[44:86, 54:96] = False
    assert agree[outline].float().mean() > 1.5 * pair.non_occluded[outline].float().mean()
    assert pair.non_occluded[60:70, 70:80].all()


def test_a_scene_cut_and_repeated_frames_are_left_out(real, tmp_path):
    frames = []
    for sequence in ("blackswan", "car-roundabout"):
        scene = list(video_frames(first_frames(real, sequence, 3, tmp_path)))
        frames += [scene[0], scene[0], *scene[1:]]
    clips = clips_of(save(frames, tmp_path / "both"), flow="dis")
    assert len(clips.pairs) == 4
    assert clips.source.endswith("4 pairs (left out: 1 scene cut or mostly occluded, 2 unchanged)")
    cut = {tuple(frame[0, 0]) for frame in frames[:4]}
    for pair in stored(clips):
        corners = [tuple(frame[:, 0, 0].tolist()) in cut for frame in pair.frames]
        assert corners[0] == corners[1]


def first_frames(real, sequence, count, tmp_path):
    folder = tmp_path / sequence
    folder.mkdir()
    for frame in sorted(real("video", "davis", sequence).glob("*.jpg"))[:count]:
        (folder / frame.name).symlink_to(frame)
    return folder


def test_of_long_videos_pairs_are_evenly_spread(tmp_path, pan, estimated):
    for name, count in (("a", 9), ("b", 5)):
        save(pan(count, (1, 1)), tmp_path / "videos" / name)
    clips = clips_of(tmp_path / "videos", size=(96, 96), flow="dis", most_pairs=6)
    assert estimated.calls == 12
    left, right = (list(pan(count, (1, 1))) for count in (9, 5))
    expected = [left[0], left[2], left[4], left[6], right[0], right[2]]
    for pair, frame in zip(stored(clips), expected, strict=True):
        np.testing.assert_array_equal(pair.frames[0], frame.transpose(2, 0, 1))


def test_videos_of_several_shapes_are_trained_on_in_windows(tmp_path, pan, write_mp4):
    (tmp_path / "videos").mkdir()
    for name, size in (("wide", (128, 160)), ("tall", (160, 128))):
        write_mp4(tmp_path / "videos" / f"{name}.mp4", pan(2, (2, 1), size))
    clips = clips_of(tmp_path / "videos", size=(112, 128), flow="dis")
    assert clips.batch(0, 4).frames.shape == (4, 2, 3, 112, 128)
    with pytest.raises(UserError, match=r"clips.size=null: .* 160x128, 128x160; give one"):
        clips_of(tmp_path / "videos", size=None, flow="dis")


def test_a_video_that_was_cut_off_is_used_as_far_as_it_goes(tmp_path, pan, write_mp4, caplog):
    path = write_mp4(tmp_path / "video.mp4", pan(20, (2, 1)))
    content = path.read_bytes()
    path.write_bytes(content[: int(0.9 * len(content))])
    clips = clips_of(path, size=(96, 96), flow="dis")
    assert 5 < len(clips.pairs) < 19
    assert "cut off or damaged" in caplog.text


def test_one_bad_video_of_several_is_left_out_with_a_warning(tmp_path, pan, caplog):
    save(pan(3, (2, 1)), tmp_path / "videos" / "good")
    (tmp_path / "videos" / "bad.mp4").write_text("no video")
    assert len(clips_of(tmp_path / "videos", size=(96, 96), flow="dis").pairs) == 2
    assert f"left out: {tmp_path / 'videos' / 'bad.mp4'}: not a video" in caplog.text


def one_frame(path, pan):
    save(pan(1, (0, 0)), path)


def still(path, pan):
    save([*pan(1, (0, 0))] * 3, path)


def unrelated(path, pan):
    frame = next(pan(1, (0, 0)))
    save([frame, 255 - frame[::-1, ::-1]], path)


def two_sizes(path, pan):
    save([*pan(2, (1, 1)), *pan(1, (1, 1), size=(128, 128))], path)


def small(path, pan):
    save(pan(2, (1, 1), size=(80, 160)), path)


def text(path, pan):
    path.write_text("no video")


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda path, pan: None, "clips.path=.* does not exist; give a video"),
        (text, "not a video that can be decoded"),
        (one_frame, "has fewer than two frames"),
        (still, r"no pair of frames is of use \(2 unchanged\)"),
        (unrelated, r"no pair of frames is of use \(1 scene cut or mostly occluded\)"),
        (two_sizes, "0002.png is 128x128, earlier frames are 160x128"),
        (small, r"clips.size=\[96, 96\]: does not fit into the frames"),
    ],
)
def test_bad_input_is_refused_in_one_line(tmp_path, pan, make, complaint):
    path = tmp_path / "video"
    make(path, pan)
    with pytest.raises(UserError, match=complaint) as raised:
        clips_of(path, size=(96, 96), flow="dis")
    assert "\n" not in str(raised.value)
    assert "video=" not in str(raised.value)  # what is given is clips.path


def test_windows_that_do_not_fit_are_refused_before_flow_is_estimated(tmp_path, pan, estimated):
    small(tmp_path / "frames", pan)
    with pytest.raises(UserError, match="does not fit"):
        clips_of(tmp_path / "frames", size=(96, 96), flow="dis")
    assert estimated.calls == 0


@pytest.mark.parametrize("name", ["video", "sintel"])
def test_the_shipped_configuration_builds_clips(name, tmp_path, pan, real):
    from hydra.utils import instantiate
    from omegaconf import OmegaConf

    from kunster.files.conf import CONF

    paths = {"video": lambda: save(pan(2, (2, 1)), tmp_path / "frames")}
    paths["sintel"] = lambda: real("sintel", "training")
    changes = {"path": str(paths[name]()), "size": [64, 64]}
    settings = OmegaConf.merge({"seed": 7, "clips": OmegaConf.load(CONF / f"clips/{name}.yaml")})
    settings.clips = OmegaConf.merge(settings.clips, changes)
    clips = instantiate(settings.clips)
    assert clips.seed == 7
    assert clips.batches.batch(0, 2).frames.shape == (2, 2, 3, 64, 64)
