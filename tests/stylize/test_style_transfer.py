"""`kunster.load`: the same pixels as the command's, whatever a picture comes as."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import kunster
from kunster.errors import UserError

from ..video.clips import numbered, write_clip


@pytest.fixture(scope="module")
def style(model):
    return kunster.load(model, engine="onnxruntime")


@pytest.fixture
def photo():
    return np.random.default_rng(0).integers(0, 256, (70, 90, 3), np.uint8)


@pytest.fixture
def painted(run, photo):
    """What the command makes of `in.png`, in the folder of the test."""
    Image.fromarray(photo).save("in.png")
    assert run("in.png", "command.png", "--engine", "onnxruntime") == 0
    return np.array(Image.open("command.png"))


def test_every_kind_of_picture_gets_the_pixels_of_the_command(style, painted, photo, tmp_path):
    assert (style(photo) == painted).all()
    assert (np.array(style(Image.fromarray(photo))) == painted).all()
    assert (np.array(style("in.png")) == painted).all()
    assert style(tmp_path / "in.png", "out.png").read_bytes() == Path("command.png").read_bytes()
    frames = torch.from_numpy(photo).permute(2, 0, 1) / 255
    wanted = torch.from_numpy(painted).permute(2, 0, 1) / 255
    torch.testing.assert_close(style(frames), wanted, rtol=0, atol=0)
    two = style(torch.stack([frames, frames]).double())
    assert (two.shape, two.dtype) == ((2, 3, 70, 90), torch.float64)


def test_content_counts_and_not_the_name(style, painted, tmp_path):
    (tmp_path / "in.png").rename("in.mov")
    assert (np.array(style("in.mov")) == painted).all()


def test_options_are_those_of_the_command(run, style, photo, tmp_path):
    Image.fromarray(photo).resize((180, 140)).save(tmp_path / "in.png")
    words = ["--size", "70", "--strength", "0.5", "--texture", "0.5", "--keep-colors", "--preview"]
    assert run("in.png", "command.png", "--engine", "onnxruntime", *words) == 0
    options = {"size": 70, "strength": 0.5, "texture": 0.5, "keep_colors": True, "preview": True}
    found = np.array(style("in.png", **options))
    assert (found == np.array(Image.open("command.png"))).all()
    assert style("in.png", size="68x64", full_size=True).size == (180, 140)


def test_a_picture_is_turned_upright_and_keeps_its_transparency(style, photo, tmp_path):
    alpha = np.random.default_rng(1).integers(0, 256, photo.shape[:2], np.uint8)
    image = Image.fromarray(np.dstack([photo, alpha]))
    exif = Image.Exif()
    exif[0x0112] = 6  # turned clockwise
    image.save(tmp_path / "in.png", exif=exif)
    found = style(Image.open(tmp_path / "in.png"))
    assert (found.mode, found.size) == ("RGBA", (70, 90))
    assert (np.array(found)[..., 3] == np.rot90(alpha, -1)).all()
    assert found.tobytes() == style(tmp_path / "in.png").tobytes()


def test_a_video(style, tmp_path):
    source = write_clip(tmp_path / "in.mp4", [numbered(n) for n in range(3)], sound="aac")
    import av

    for _ in range(2):  # a second time writes over the first
        out = style.video(source, str(tmp_path / "out.mp4"), strength=0.3)
    with av.open(str(out)) as container:
        assert len(list(container.decode(video=0))) == 3
        assert container.streams.audio


def test_a_moving_picture(style, tmp_path):
    first, *others = (Image.fromarray(numbered(n)) for n in range(3))
    first.save(tmp_path / "in.webp", save_all=True, append_images=others)
    with Image.open(style.video(tmp_path / "in.webp", tmp_path / "out.gif", strength=0.3)) as found:
        assert found.n_frames == 3


def test_a_network_of_torch_and_what_it_is_called(network, style, photo):
    found = kunster.load(network, engine="onnxruntime")
    assert (found(photo) == style(photo)).all()
    assert repr(style) == "<StyleTransfer scream, 3,999 parameters>"
    assert set(kunster.list_styles()) >= {"scream", "udnie"}


@pytest.mark.parametrize(
    ("picture", "out", "says"),
    [
        (np.zeros((70, 90, 3)), None, r"an array \(70, 90, 3\) float64: must be uint8 RGB"),
        (np.zeros((70, 90), np.uint8), None, r"an array \(70, 90\) uint8"),
        (np.zeros((63, 90, 3), np.uint8), None, "a picture of 90x63: sides start at 64"),
        (torch.zeros(1, 3, 70, 90, dtype=torch.uint8), None, "a tensor .* torch.uint8: must be"),
        (torch.zeros(4, 70, 90), None, "a tensor"),
        (Image.new("RGB", (90, 60)), None, "the picture: 90x60 is too small"),
        (7, None, "int: give a PIL image, an array uint8"),
        ("none.png", None, "none.png: no such file"),
        ("film.mp4", "out.mp4", r"film.mp4: no picture; \.video\(IN, OUT\)"),
        ("in.png", "in.png", "in.png: would be written over itself"),
        ("in.png", "out.txt", "out.txt: pictures are written as .png"),
        (Image.new("RGB", (90, 90)), "out.png", "out=out.png: for files alone"),
    ],
)
def test_what_is_no_picture_is_refused_in_one_line(
    style, tmp_path, monkeypatch, picture, out, says
):
    monkeypatch.chdir(tmp_path)
    Image.new("RGB", (90, 70)).save("in.png")
    Path("film.mp4").touch()
    with pytest.raises(UserError, match=says) as refused:
        style(picture, out)
    assert "\n" not in str(refused.value)


def test_options_out_of_range_are_named_as_they_are_written(style, photo):
    for option, says in (
        ({"strength": 2}, "strength=2: must be from 0"),
        ({"size": 12}, "size=12: give the short side"),
        ({"colour": 3}, "colour=3: no such option; there are size, strength, keep_colors"),
        ({"texture": 2}, "the picture: texture=2: for 90x70 the network would see 45x35"),
    ):
        with pytest.raises(UserError, match=f"^{says}"):
            style(photo, **option)
    with pytest.raises(UserError, match=r"^engine=warp: must be one of auto, openvino"):
        kunster.load("scream", engine="warp")
    with pytest.raises(UserError, match="scraem: no such file, run folder or style"):
        kunster.load("scraem")
    with pytest.raises(UserError, match=r"^steady=2: must be from 0 .* to 1"):
        kunster.Steady(2)


def test_a_picture_is_no_video(style, photo, tmp_path):
    Image.fromarray(photo).save(tmp_path / "photo.png")
    with pytest.raises(UserError, match=r"photo.png: a picture; a video is wanted here$"):
        style.video(tmp_path / "photo.png", tmp_path / "out.mp4")
    assert not (tmp_path / "out.mp4").exists()
