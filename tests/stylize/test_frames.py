from datetime import datetime

import numpy as np
import pytest
from PIL import ExifTags, Image

from kunster.stylize.photos import are_frames


def saved(folder, names, size=(8, 6), exif=None):
    for name in names:
        Image.fromarray(np.zeros((*size[::-1], 3), np.uint8)).save(folder / name, exif=exif)
    return sorted(folder.iterdir())


def test_pictures_numbered_one_by_one_are_frames(tmp_path):
    assert are_frames(saved(tmp_path, [f"frame_{number:04}.png" for number in range(98, 103)]))


@pytest.mark.parametrize(
    "names", [["1.png"], ["a.png", "b.png"], ["01.png", "03.png"], ["a1.png", "b2.png"]]
)
def test_others_are_pictures(tmp_path, names):
    assert not are_frames(saved(tmp_path, names))


def test_pictures_of_several_sizes_are_no_frames(tmp_path):
    saved(tmp_path, ["1.png"])
    assert not are_frames(saved(tmp_path, ["2.png"], size=(6, 8)))


def test_photos_of_a_camera_are_no_frames(tmp_path):
    exif = Image.Exif()
    taken = datetime(2026, 5, 1).strftime("%Y:%m:%d %H:%M:%S")
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = taken
    assert not are_frames(saved(tmp_path, ["IMG_1.jpg", "IMG_2.jpg"], exif=exif))
