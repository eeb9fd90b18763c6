"""What the command makes of videos, pictures and pipes."""

import os
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from av.video.reformatter import ColorRange, Colorspace
from PIL import Image

from kunster.pictures.images import LUMINANCE
from kunster.video import tiled_engine

from ..random_networks import painted
from ..video.clips import frames_of, number_of, numbered, times_of, write_clip
from ..video.test_reader import turn
from .conftest import READABLE


def stream_of(path):
    with av.open(str(path)) as container:
        return container.streams.video[0]


def test_a_video_comes_out_whole_with_its_times_and_its_sound(run, tmp_path, capsys):
    clip = write_clip(tmp_path / "in.mp4", [numbered(n) for n in range(60)], sound="aac")
    assert run("in.mp4", "out.mp4", *READABLE) == 0
    assert [number_of(frame) for frame in frames_of("out.mp4")] == list(range(60))
    assert times_of("out.mp4") == times_of(clip)
    with av.open("out.mp4") as ours, av.open("in.mp4") as theirs:
        assert ours.duration == theirs.duration
        video = ours.streams.video[0]
        assert video.codec_context.name == "h264"
        assert video.average_rate == 25
        assert (video.codec_context.colorspace, video.codec_context.color_range) == (1, 1)
        packets = [
            [bytes(packet) for packet in container.demux(audio=0)] for container in (ours, theirs)
        ]
    assert packets[0] == packets[1]
    printed = capsys.readouterr()
    assert printed.out.startswith("out.mp4  60 frames in ")
    assert "FPS" in printed.out
    assert "scream (3,999 parameters) on " in printed.err
    assert sorted(os.listdir()) == ["in.mp4", "out.mp4"]


def test_the_pictures_are_those_of_the_network(run, network, real, tmp_path):
    """Nothing is lost on the way to it; then come bfloat16 and H.264."""
    with av.open(str(real("video", "clips", "dog_720p.mp4"))) as container:
        frame = next(container.decode(video=0)).reformat(width=256, height=144, format="rgb24")
    write_clip(tmp_path / "in.mkv", [frame.to_ndarray()], "ffv1", "bgr0")
    assert run("in.mkv", "out.mp4", "--quality", "1") == 0
    expected = painted(network, frame.to_ndarray())
    found, wanted = (
        picture @ np.array(LUMINANCE) for picture in (frames_of("out.mp4")[0], expected)
    )
    assert np.abs(found - wanted).mean() < 2  # colours are stored at half the resolution
    assert wanted.std() > 10


def test_uneven_times_are_kept(run, tmp_path):
    times = [0, 40, 45, 300, 1000, 1040]  # ms
    clip = [numbered(n) for n in range(6)]
    write_clip(tmp_path / "in.mkv", clip, times=times, time_base=Fraction(1, 1000))
    assert run("in.mkv", "out.mp4", *READABLE) == 0
    assert [time * 1000 for time in times_of("out.mp4")] == times
    assert [number_of(frame) for frame in frames_of("out.mp4")] == list(range(6))


@pytest.mark.parametrize("color_range", [ColorRange.MPEG, ColorRange.JPEG])
def test_the_colour_range_is_kept_and_so_are_the_colours(run, tmp_path, color_range):
    flat = np.full((64, 96, 3), (200, 60, 40), np.uint8)
    pix_fmt = "yuvj420p" if color_range == ColorRange.JPEG else "yuv420p"
    write_clip(tmp_path / "in.mp4", [flat] * 3, pix_fmt=pix_fmt, color_range=color_range)
    assert run("in.mp4", "out.mp4", "--strength", "0") == 0
    assert stream_of("out.mp4").codec_context.color_range == color_range
    assert stream_of("out.mp4").codec_context.colorspace == Colorspace.ITU709
    assert frames_of("out.mp4")[1][30, 40].tolist() == pytest.approx([200, 60, 40], abs=5)


def test_a_video_filmed_upright_comes_out_upright_once(run, tmp_path):
    clip = write_clip(tmp_path / "in.mp4", [numbered(n) for n in range(3)])
    turn(clip, 90)
    assert run("in.mp4", "out.mp4", *READABLE) == 0
    with av.open("out.mp4") as container:
        frame = next(container.decode(video=0))
        assert (frame.height, frame.width, frame.rotation) == (160, 64, 0)
    found = [number_of(np.rot90(frame, 1)) for frame in frames_of("out.mp4")]
    assert found == [0, 1, 2]


@pytest.mark.parametrize(
    ("words", "size", "aspect"),
    [
        ((), (128, 320), 1),
        (("--size", "64"), (64, 160), 1),
        (("--size", "96x128"), (128, 96), Fraction(10, 3)),  # 320:128 stored as 96:128
        (("--size", "64", "--output-size", "source"), (128, 320), 1),
        (("--preview",), (128, 640), 1),
        (("--texture", "2"), (128, 320), 1),
        (("--texture", "2", "--preview"), (128, 640), 1),
        (("--texture", "0.5", "--size", "64"), (64, 160), 1),
        (("--texture", "0.5", "--size", "96x128"), (128, 96), Fraction(10, 3)),
        (("--texture", "1.5", "--size", "96", "--output-size", "source"), (128, 320), 1),
    ],
)
def test_sizes(run, tmp_path, words, size, aspect):
    write_clip(tmp_path / "in.mp4", [numbered(n, 128, 320) for n in range(4)])
    assert run("in.mp4", "out.mp4", *READABLE, *words) == 0
    found = frames_of("out.mp4")
    assert {frame.shape[:2] for frame in found} == {size}
    assert stream_of("out.mp4").sample_aspect_ratio == aspect
    photos = [frame[:, :320] for frame in found] if "--preview" in words else found
    assert [number_of(frame) for frame in photos] == [0, 1, 2, 3]


@pytest.mark.parametrize("height", [64, 65])
def test_a_video_of_one_frame_and_of_odd_size(run, tmp_path, height):
    write_clip(tmp_path / "in.mkv", [numbered(5, height, 161)], "ffv1", "bgr0")
    assert run("in.mkv", "out.mp4", *READABLE, "--output-size", "source") == 0
    (frame,) = frames_of("out.mp4")
    assert frame.shape == (height + height % 2, 162, 3)
    assert number_of(frame) == 5


def test_a_video_that_was_cut_off_comes_out_as_far_as_it_goes(run, tmp_path, caplog):
    path = write_clip(tmp_path / "in.mp4", [numbered(n) for n in range(200)], sound="aac")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert run("in.mp4", "out.mp4", *READABLE) == 0
    found = [number_of(frame) for frame in frames_of("out.mp4")]
    # the last ones are stored before frames that are shown earlier and were cut off
    assert found[:-4] == list(range(len(found) - 4))
    assert found == sorted(set(found))
    assert 10 < len(found) < 200
    assert times_of("out.mp4") == [Fraction(number, 25) for number in found]
    assert "cut off or damaged" in caplog.text


@pytest.mark.parametrize("engine", ["onnxruntime", "torch"])
def test_other_engines(run, tmp_path, capsys, engine):
    write_clip(tmp_path / "in.mp4", [numbered(n) for n in range(5)])
    assert run("in.mp4", "out.mp4", *READABLE, "--engine", engine) == 0
    assert [number_of(frame) for frame in frames_of("out.mp4")] == list(range(5))
    assert engine in capsys.readouterr().err


def test_raw_frames_go_through_pipes_and_nothing_else_does(run, monkeypatch, capfdbinary):
    Path("frames").write_bytes(b"".join(numbered(n).tobytes() for n in range(12)))
    with open("frames") as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        assert run("-", "-", "--raw", "160x64", *READABLE, "--texture", "0.5") == 0
    found = np.frombuffer(capfdbinary.readouterr().out, np.uint8).reshape(-1, 64, 160, 3)
    assert [number_of(frame) for frame in found] == list(range(12))


def test_a_picture_is_what_the_network_makes_of_it(run, network, photos):
    photo = cv2.resize(photos[0], (134, 101), interpolation=cv2.INTER_AREA)
    Image.fromarray(photo).save("in.png")
    assert run("in.png", "new/out.png") == 0
    assert np.abs(np.array(Image.open("new/out.png")) - painted(network, photo)).mean() < 1


def test_a_folder_of_pictures(run, photos, capsys):
    os.makedirs("in/trip")
    for name, size in (("a.png", (80, 64)), ("trip/b.jpg", (70, 90))):
        Image.fromarray(photos[0]).resize(size).save(f"in/{name}")
    Path("in/c.png").write_text("no picture")
    assert run("in", "out") == 2
    assert Image.open("out/a.png").size == (80, 64)
    assert Image.open("out/trip/b.jpg").size == (70, 90)
    printed = capsys.readouterr()
    assert "in/c.png: not a picture" in printed.err
    assert "not stylized: 1 of 3" in printed.err
    assert run("in", "out") == 2
    assert (
        "out/a.png: is there already, and 1 more; --overwrite replaces them"
        in capsys.readouterr().err
    )


def test_strokes_hold_still_in_a_video_unless_it_is_told_not_to(run, network, real, tmp_path):
    """Frames of a video that moves: with 0 they are the network's, else steadier than that."""
    folder = tmp_path / "frames"
    folder.mkdir()
    for number, path in enumerate(sorted(real("video", "davis", "blackswan").glob("*.jpg"))[:3]):
        small = cv2.resize(cv2.imread(str(path)), (128, 72), interpolation=cv2.INTER_AREA)
        cv2.imwrite(str(folder / f"{number:05}.png"), small)
    assert run("frames", "held") == 0
    assert run("frames", "free", "--steady", "0") == 0
    held, free = (
        [np.asarray(Image.open(path)) for path in sorted((tmp_path / name).iterdir())]
        for name in ("held", "free")
    )
    assert (held[0] == free[0]).all()
    assert (held[2] != free[2]).any()
    frames = [np.asarray(Image.open(path)) for path in sorted(folder.iterdir())]
    for picture, frame in zip(free, frames, strict=True):
        assert np.abs(picture - painted(network, frame)).mean() < 2


def test_a_large_picture_keeps_its_size_and_its_transparency(run, monkeypatch, capsys):
    monkeypatch.setattr(tiled_engine, "LARGEST_WHOLE", 200 * 200)
    monkeypatch.setattr(tiled_engine, "LARGEST_TILE", 1)  # as small as the network allows
    alpha = np.zeros((210, 301), np.uint8)
    alpha[:, 100:] = 255
    colours = np.random.default_rng(0).integers(0, 256, (210, 301, 3), np.uint8)
    Image.fromarray(np.dstack([colours, alpha])).save("in.png")
    assert run("in.png", "out.png", "--texture", "0.9") == 0
    found = Image.open("out.png")
    assert (found.mode, found.size) == ("RGBA", (301, 210))
    np.testing.assert_array_equal(np.array(found)[..., 3], alpha)
    said = capsys.readouterr().err
    assert " tiles of " in said
    assert "GB of memory at most" in said
