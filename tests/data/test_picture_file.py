"""Picture files that Pillow alone does not open."""

import warnings
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
from PIL import Image, ImageOps, features
from PIL.ExifTags import Base

from kunster.data.decode import UnusablePhoto, decode_photo
from kunster.data.picture_file import opened


def test_a_tiff_of_floats_has_its_colours(tmp_path):
    colour = np.array([0.25, 0.5, 1.5])  # R, G, B; the last is brighter than white
    flat = np.broadcast_to(np.float32(colour[::-1]), (70, 90, 3)).copy()
    cv2.imwrite(str(tmp_path / "a.tif"), flat)
    assert decode_photo(tmp_path / "a.tif")[5, 5].tolist() == [64, 128, 255]


def test_a_photo_of_an_iphone_is_named_with_what_reads_it(tmp_path):
    (tmp_path / "a.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(100))
    with pytest.raises(UnusablePhoto, match=r"a\.heic: HEIC needs .* 'kunster\[heic\]'$"):
        decode_photo(tmp_path / "a.heic")


def in_quarters():
    picture = np.zeros((80, 128, 3), np.uint8)
    picture[:40, :64], picture[:40, 64:] = (250, 0, 0), (0, 250, 0)
    picture[40:, :64], picture[40:, 64:] = (0, 0, 250), (250, 250, 250)
    return picture


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["heic", "avif"])
def test_photos_of_phones_stand_upright(tmp_path, kind, orientation):
    if kind == "heic":
        needed = "needs pillow-heif, pip install 'kunster[heic]'"
        pytest.importorskip("pillow_heif", reason=needed).register_heif_opener()
    elif not features.check("avif"):
        pytest.skip("Pillow was built without AVIF")
    exif = Image.Exif()
    exif[Base.Orientation] = orientation
    picture = Image.fromarray(in_quarters())
    picture.save(tmp_path / f"a.{kind}", exif=exif.tobytes(), quality=95)
    picture.getexif()[Base.Orientation] = orientation
    upright = np.array(ImageOps.exif_transpose(picture)).astype(int)
    found = decode_photo(tmp_path / f"a.{kind}")
    assert found.shape == upright.shape
    assert np.abs(found - upright).mean() < 4


def test_the_photo_of_a_phone_of_108_megapixels_opens_without_a_word(tmp_path):
    Image.new("1", (12000, 9000)).save(tmp_path / "a.png")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with opened(tmp_path / "a.png") as image:
            assert image.size == (12000, 9000)
    assert Image.MAX_IMAGE_PIXELS is not None


def test_threads_that_open_pictures_leave_the_limit_as_it_was(tmp_path):
    limit = Image.MAX_IMAGE_PIXELS
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")

    def often(_):
        for _ in range(50):
            with opened(tmp_path / "a.png"):
                pass

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(often, range(8)))
    assert limit == Image.MAX_IMAGE_PIXELS
