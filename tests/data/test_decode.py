import numpy as np
import pytest
from PIL import Image

from kunster.data import decode
from kunster.data.decode import UnusablePhoto, decode_photo

RED = (200, 20, 30)


def picture(height=96, width=128):
    """Red above, blue below, so that turning it shows."""
    pixels = np.empty((height, width, 3), np.uint8)
    pixels[: height // 2], pixels[height // 2 :] = RED, (10, 40, 220)
    return pixels


def saved(path, image, **options):
    image.save(path, **options)
    return path


def test_exif_orientation_6_turns_the_top_to_the_right(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # row 0 is the visual right-hand side
    path = saved(tmp_path / "a.png", Image.fromarray(picture()), exif=exif)
    np.testing.assert_array_equal(decode_photo(path), np.rot90(picture(), -1))


def test_16_bit_ramp_keeps_its_ends_and_its_middle(tmp_path):
    ramp = np.tile(np.linspace(0, 65535, 129).astype(np.uint16), (64, 1))
    decoded = decode_photo(saved(tmp_path / "a.png", Image.fromarray(ramp)))
    expected = np.rint(ramp / 257).astype(np.uint8)
    np.testing.assert_array_equal(decoded, np.stack([expected] * 3, -1))
    assert (decoded[0, 0, 0], decoded[0, -1, 0]) == (0, 255)


def test_16_bit_colour_keeps_the_high_bytes(tmp_path):
    import cv2

    path = tmp_path / "a.png"
    cv2.imwrite(str(path), picture()[..., ::-1].astype(np.uint16) * 257)
    np.testing.assert_array_equal(decode_photo(path), picture())


@pytest.mark.parametrize("name", ["a.jpg", "a.tif"])
def test_cmyk_red_is_red(tmp_path, name):
    """Pillow writes a CMYK JPEG as Adobe does, inverted."""
    ink = Image.new("CMYK", (96, 96), (0, 255, 255, 0))
    red, green, blue = decode_photo(saved(tmp_path / name, ink)).mean((0, 1))
    assert red > 250
    assert max(green, blue) < 6


def test_transparent_pixels_are_white_and_half_transparent_ones_half(tmp_path):
    layer = np.zeros((64, 96, 4), np.uint8)
    layer[:, 32:64] = (0, 0, 0, 128)
    layer[:, 64:] = (*RED, 255)
    decoded = decode_photo(saved(tmp_path / "a.png", Image.fromarray(layer)))
    np.testing.assert_array_equal(decoded[0, [0, 40, 80]], [[255] * 3, [127] * 3, RED])


@pytest.mark.parametrize("mode", ["L", "P", "1", "LA", "RGB"])
def test_every_mode_of_white_is_white(tmp_path, mode):
    path = saved(tmp_path / "a.png", Image.new("L", (70, 64), 255).convert(mode))
    np.testing.assert_array_equal(decode_photo(path), np.full((64, 70, 3), 255))


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp", "a.tif", "a.bmp", "a.gif"])
def test_a_picture_cut_short_is_refused_and_named(tmp_path, name):
    noisy = np.random.default_rng(0).integers(0, 255, (128, 128, 3), np.uint8)
    path = saved(tmp_path / name, Image.fromarray(noisy))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(UnusablePhoto, match=name):
        decode_photo(path)


@pytest.mark.parametrize("content", [b"", b"not a picture", b"\xff\xd8\xff\xe0 broken"])
def test_what_is_no_picture_is_refused(tmp_path, content):
    (tmp_path / "a.jpg").write_bytes(content)
    with pytest.raises(UnusablePhoto, match=r"a\.jpg: (not a picture|Truncated)"):
        decode_photo(tmp_path / "a.jpg")


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(UnusablePhoto, match="No such file"):
        decode_photo(tmp_path / "a.jpg")


def test_tiny_is_refused_and_64_is_not(tmp_path):
    with pytest.raises(UnusablePhoto, match="200x63 is too small, sides start at 64"):
        decode_photo(saved(tmp_path / "a.png", Image.new("RGB", (200, 63))))
    assert decode_photo(saved(tmp_path / "b.png", Image.new("RGB", (200, 64)))).shape[0] == 64


def test_what_is_too_large_to_decode_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(decode, "MAX_PIXELS", 900_000)
    path = saved(tmp_path / "a.png", Image.new("RGB", (1000, 1000)))
    with pytest.raises(UnusablePhoto, match=r"1 megapixels, more than 0\.9"):
        decode_photo(path)


def test_a_large_jpeg_is_decoded_at_the_scale_that_is_needed(tmp_path, monkeypatch):
    monkeypatch.setattr(decode, "MAX_PIXELS", 300 * 200)  # 1/8 of 2400x1600
    path = saved(tmp_path / "a.jpg", Image.fromarray(picture(1600, 2400)), quality=95)
    decoded = decode_photo(path, short_side=200)
    assert decoded.shape == (200, 300, 3)
    np.testing.assert_allclose(decoded[50, 150], RED, atol=4)


def test_a_decompression_bomb_is_refused_from_its_header(tmp_path):
    header = b"P6 60000 60000 255\n"
    (tmp_path / "a.ppm").write_bytes(header + b"\0" * 100)
    with pytest.raises(UnusablePhoto, match=r"a\.ppm"):
        decode_photo(tmp_path / "a.ppm", short_side=100)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((640, 480), (320, 427)),
        ((480, 640), (427, 320)),
        ((100, 120), (240, 200)),  # twice as large and no more
        ((4000, 200), (320, 960)),  # the middle three squares of a panorama
    ],
)
def test_short_side(tmp_path, size, expected):
    path = saved(tmp_path / "a.png", Image.new("RGB", size))
    assert decode_photo(path, 320).shape == (*expected, 3)


def test_shrinking_averages(tmp_path):
    """A checkerboard of single pixels becomes even grey, no moiré."""
    board = (np.indices((512, 512)).sum(0) % 2 * 255).astype(np.uint8)
    decoded = decode_photo(saved(tmp_path / "a.png", Image.fromarray(board)), 128)
    assert abs(decoded.astype(int) - 127.5).max() <= 1


def test_coco_photos_all_decode(real):
    for path in sorted(real("photos", "coco").iterdir())[::40]:
        assert min(decode_photo(path, 320).shape[:2]) == 320
