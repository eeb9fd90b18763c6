import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms

from kunster.data.decode import UnusablePhoto
from kunster.errors import UserError
from kunster.stylize import photos as pictures
from kunster.stylize.photos import stylize_picture
from kunster.video.engines import Engine
from kunster.video.looks import Look
from kunster.video.sizes import NetworkSize, Texture

from .. import icc

EXIF_TURNED = 6  # the camera was turned, so the picture has to be, clockwise


class Negative(Engine):
    """Black for white."""

    name = "negative"

    def run(self, frame):
        return 255 - frame


class Hatching(Engine):
    """Strokes of four pixels, four apart, whatever it sees."""

    name = "hatching"

    def run(self, frame):
        strokes = np.where(np.arange(frame.shape[1])[:, None] % 8 < 4, 255, 0)
        return np.broadcast_to(strokes, frame.shape).astype(np.uint8)


@pytest.fixture
def engine_for():
    def build(size):
        build.sizes.append(size)
        return Negative(size, 1)

    build.sizes = []
    return build


@pytest.fixture
def photo():
    return np.random.default_rng(0).integers(0, 256, (67, 90, 3), np.uint8)


def opened(path):
    return np.array(Image.open(path))


@pytest.mark.parametrize("name", ["a.png", "a.bmp", "a.tiff", "a.WEBP", "a.jpg"])
def test_the_suffix_says_the_format_and_the_picture_keeps_its_size(
    tmp_path, engine_for, photo, name
):
    smooth = cv2.GaussianBlur(photo, (0, 0), 6)
    Image.fromarray(smooth).save(tmp_path / "in.png")
    stylize_picture(tmp_path / "in.png", tmp_path / name, engine_for, Look(), NetworkSize())
    error = np.abs(opened(tmp_path / name)[..., :3].astype(int) - (255 - smooth))
    assert error.mean() <= (2 if name in ("a.jpg", "a.WEBP") else 0)
    assert engine_for.sizes == [(67, 90)]


def test_a_camera_turned_is_turned_back(tmp_path, engine_for, photo):
    exif = Image.Exif()
    exif[0x0112] = EXIF_TURNED
    Image.fromarray(photo).save(tmp_path / "in.png", exif=exif)
    stylize_picture(tmp_path / "in.png", tmp_path / "out.png", engine_for, Look(), NetworkSize())
    found = Image.open(tmp_path / "out.png")
    np.testing.assert_array_equal(np.array(found), 255 - np.rot90(photo, -1))
    assert found.getexif().get(0x0112, 1) == 1


@pytest.mark.parametrize("name", ["a.png", "a.jpg"])
def test_transparency_stays_where_it_can_and_is_white_elsewhere(tmp_path, engine_for, photo, name):
    alpha = np.repeat(np.uint8([[0] * 45 + [255] * 45]), 67, axis=0)
    Image.fromarray(np.dstack([photo, alpha])).save(tmp_path / "in.png")
    stylize_picture(tmp_path / "in.png", tmp_path / name, engine_for, Look(), NetworkSize())
    found = opened(tmp_path / name)
    if name == "a.png":
        np.testing.assert_array_equal(found[..., 3], alpha)
        np.testing.assert_array_equal(found[:, 45:, :3], 255 - photo[:, 45:])
    else:
        assert found.shape == (67, 90, 3)
        assert found[:, :36].max() < 20  # white, made a negative


def test_exif_that_cannot_be_read_costs_nothing_but_its_turn(tmp_path, engine_for, photo):
    alpha = np.full(photo.shape[:2], 255, np.uint8)
    Image.fromarray(np.dstack([photo, alpha])).save(tmp_path / "in.png", exif=b"garbage")
    stylize_picture(tmp_path / "in.png", tmp_path / "out.png", engine_for, Look(), NetworkSize())
    np.testing.assert_array_equal(opened(tmp_path / "out.png"), np.dstack([255 - photo, alpha]))


def test_the_colour_profile_comes_along(tmp_path, engine_for, photo):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.fromarray(photo).save(tmp_path / "in.png", icc_profile=profile)
    stylize_picture(tmp_path / "in.png", tmp_path / "out.png", engine_for, Look(), NetworkSize())
    assert Image.open(tmp_path / "out.png").info["icc_profile"] == profile


@pytest.mark.parametrize("name", ["out.png", "out.jpg", "out.webp", "out.tif", "out.bmp"])
def test_the_network_sees_srgb_and_its_strokes_get_the_colours_of_the_profile(tmp_path, name):
    """A profile whose red is blue: what is stored as (200, 30, 90) is about (90, 24, 200)."""
    profile, seen = icc.rgb(red=icc.BLUE, blue=icc.RED), []
    stored = (200, 30, 90)
    shown = [icc.srgb(channel) for channel in stored[::-1]]
    Image.new("RGB", (90, 70), stored).save(tmp_path / "in.png", icc_profile=profile)

    def painter_for(size):
        return lambda picture: seen.append(picture) or picture

    stylize_picture(tmp_path / "in.png", tmp_path / name, painter_for, Look(), NetworkSize())
    assert seen[0][5, 5].astype(int) == pytest.approx(shown, abs=2)
    found = Image.open(tmp_path / name)
    kept = found.info.get("icc_profile") == profile
    assert kept == (name != "out.bmp")
    assert found.getpixel((5, 5)) == pytest.approx(stored if kept else shown, abs=4)


@pytest.mark.parametrize(("full_size", "expected"), [(False, (64, 86)), (True, (134, 180))])
def test_a_smaller_network_size_and_back_to_the_photos_own(
    tmp_path, engine_for, photo, full_size, expected
):
    Image.fromarray(photo).resize((180, 134)).save(tmp_path / "in.png")
    size = NetworkSize(short_side=64)
    files = tmp_path / "in.png", tmp_path / "out.png"
    stylize_picture(*files, engine_for, Look(), size, full_size)
    assert engine_for.sizes == [(64, 86)]
    assert opened(tmp_path / "out.png").shape[:2] == expected


def test_half_of_the_style_at_full_size_keeps_what_is_sharp_in_the_photo(
    tmp_path, engine_for, photo
):
    board = np.repeat((np.indices((140, 140)).sum(0) % 2 * 255)[..., None], 3, axis=2)
    board = board.astype(np.uint8)
    Image.fromarray(board).save(tmp_path / "in.png")
    files = tmp_path / "in.png", tmp_path / "out.png"
    stylize_picture(*files, engine_for, Look(strength=0.5), NetworkSize(short_side=70), True)
    found = opened(tmp_path / "out.png").astype(float)
    # the network sees grey, so half of the board's contrast is left: all of that of the photo
    assert found[board == 255].mean() - found[board == 0].mean() == pytest.approx(127.5, abs=3)


@pytest.mark.parametrize(
    ("side", "texture", "painted_at"),
    [(1500, 1, 720), (1500, 2, 360), (1500, 0.5, 1440), (90, 1, 90)],
)
def test_a_large_photo_is_painted_where_strokes_look_right_and_keeps_its_size(
    tmp_path, engine_for, photo, side, texture, painted_at
):
    """A negative has the photo's edges, which must be as sharp as they were."""
    smooth = cv2.resize(photo[:6, :12], (2 * side, side), interpolation=cv2.INTER_CUBIC)
    smooth[:, side:] //= 2  # an edge
    Image.fromarray(smooth).save(tmp_path / "in.png")
    files = tmp_path / "in.png", tmp_path / "out.png"
    stylize_picture(*files, engine_for, Look(), None, texture=Texture(texture))
    assert engine_for.sizes == [(painted_at, 2 * painted_at)]
    error = np.abs(opened(files[1]).astype(int) - (255 - smooth))
    assert error.shape == smooth.shape
    assert error.mean() < 2


@pytest.mark.parametrize(("texture", "period"), [(0.5, 4), (1, 8), (1.5, 12), (2, 16)])
@pytest.mark.parametrize("full_size", [False, True])
def test_strokes_become_as_large_as_the_texture_says_and_the_picture_keeps_its_size(
    tmp_path, photo, texture, period, full_size
):
    Image.fromarray(photo).resize((192, 144)).save(tmp_path / "in.png")
    stylize_picture(
        tmp_path / "in.png",
        tmp_path / "out.png",
        lambda size: Hatching(size, 1),
        Look(),
        NetworkSize(),
        full_size,
        Texture(texture),
    )
    found = opened(tmp_path / "out.png").astype(float)
    assert found.shape == (144, 192, 3)
    spectrum = np.abs(np.fft.rfft(found[70, :, 0] - found[70, :, 0].mean()))
    assert 192 / spectrum.argmax() == period


def test_a_texture_of_1_leaves_what_the_network_painted_bit_for_bit(tmp_path, engine_for, photo):
    Image.fromarray(photo).save(tmp_path / "in.png")
    files = tmp_path / "in.png", tmp_path / "out.png"
    stylize_picture(*files, engine_for, Look(), NetworkSize(), texture=Texture(1.0))
    assert engine_for.sizes == [(67, 90)]
    np.testing.assert_array_equal(opened(files[1]), 255 - photo)


@pytest.mark.parametrize(
    ("look", "width"), [(Look(), 16384), (Look(preview=True), 8192)], ids=["alone", "beside IN"]
)
def test_sides_that_a_format_cannot_have_are_refused_before_anything_is_painted(
    tmp_path, engine_for, look, width
):
    """WebP has 14 bits for each side: RFC 9649, 2.5."""
    Image.new("RGB", (width, 64)).save(tmp_path / "in.png")
    with pytest.raises(UnusablePhoto, match=r"out\.webp: 16384x64: \.webp has sides of at most"):
        stylize_picture(tmp_path / "in.png", tmp_path / "out.webp", engine_for, look, NetworkSize())
    assert engine_for.sizes == []


def test_what_is_too_large_is_made_smaller_and_it_is_said(
    tmp_path, engine_for, photo, monkeypatch, caplog
):
    monkeypatch.setattr(pictures, "MAX_PIXELS", 2 * 67 * 90)
    Image.fromarray(np.tile(photo, (2, 2, 1))).save(tmp_path / "in.png")
    files = tmp_path / "in.png", tmp_path / "out.png"
    stylize_picture(*files, engine_for, Look(), NetworkSize())
    [(height, width)] = engine_for.sizes
    assert height * width <= 2 * 67 * 90
    assert height / width == pytest.approx(67 / 90, rel=0.02)
    assert "instead of 180x134" in caplog.text


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (Image.new("RGB", (200, 1)), "200x1 is too small, sides start at 64"),
        (b"no picture", "not a picture"),
    ],
)
def test_what_is_no_usable_picture_is_refused_in_one_line(tmp_path, engine_for, content, complaint):
    path = tmp_path / "in.png"
    content.save(path) if isinstance(content, Image.Image) else path.write_bytes(content)
    with pytest.raises(UserError, match=complaint) as raised:
        stylize_picture(path, tmp_path / "out.png", engine_for, Look(), NetworkSize())
    assert "\n" not in str(raised.value)
    assert [file.name for file in tmp_path.iterdir()] == ["in.png"]
