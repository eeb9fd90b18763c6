import os

import numpy as np
import pytest
from PIL import Image

from kunster.assets.unpack import RECEIPT
from kunster.data.materials import photographs
from kunster.data.photos import bundled_photos, coco_folder, folder_photos
from kunster.data.scenes import scene
from kunster.errors import UserError


@pytest.fixture(autouse=True)
def cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("KUNSTER_CACHE", str(tmp_path_factory.mktemp("cache")))


def put(path, shade=100, size=(80, 72)):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (shade, shade, shade)).save(path)


def test_a_folder_is_searched_to_its_depth_in_the_order_of_names(tmp_path):
    for shade, name in enumerate(["b/c/1.PNG", "a.png", "b/2.webp", "z.bmp"]):
        put(tmp_path / name, shade)
    put(tmp_path / ".hidden" / "no.png")
    put(tmp_path / "._a.png")
    (tmp_path / "notes.txt").write_text("not a picture")
    photos = folder_photos(tmp_path, short_side=64)
    assert photos.names == ["a.png", "b/2.webp", "b/c/1.PNG", "z.bmp"]
    assert [photo[0, 0, 0] for photo in photos] == [1, 2, 0, 3]
    assert photos[0].shape == (64, 71, 3)


def test_links_are_followed_but_not_in_circles(tmp_path):
    put(tmp_path / "elsewhere" / "a.png")
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "linked").symlink_to(tmp_path / "elsewhere")
    (folder / "circle").symlink_to(folder)
    (folder / "b.png").symlink_to(tmp_path / "elsewhere" / "a.png")
    (folder / "dangling.png").symlink_to(tmp_path / "nowhere.png")
    assert folder_photos(folder).names == ["b.png", "linked/a.png"]


def test_a_changed_folder_is_read_anew(tmp_path):
    put(tmp_path / "a.png", 10)
    assert len(folder_photos(tmp_path)) == 1
    put(tmp_path / "b.png")
    assert len(folder_photos(tmp_path)) == 2
    put(tmp_path / "a.png", 90)
    os.utime(tmp_path / "a.png", ns=(1, 1))
    assert folder_photos(tmp_path)[0][0, 0, 0] == 90


def test_a_relative_path_is_the_same_folder(tmp_path, monkeypatch):
    def again(*_):
        raise AssertionError("decoded twice")

    put(tmp_path / "a.png")
    folder_photos(tmp_path)
    monkeypatch.setattr("kunster.data.photos.decode_photo", again)
    monkeypatch.chdir(tmp_path)
    assert folder_photos(".").names == ["a.png"]


def test_each_short_side_has_its_own_cache(tmp_path):
    put(tmp_path / "a.png", size=(300, 200))
    assert folder_photos(tmp_path, 100)[0].shape == (100, 150, 3)
    assert folder_photos(tmp_path, 64)[0].shape == (64, 96, 3)


def test_bad_photos_are_skipped_by_name(tmp_path, caplog):
    put(tmp_path / "good.png")
    put(tmp_path / "tiny.png", size=(20, 20))
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8")
    (tmp_path / "phone.heic").write_bytes(b"ftypheic")
    assert folder_photos(tmp_path).names == ["good.png"]
    for name in ("tiny.png", "broken.jpg", "phone.heic"):
        assert name in caplog.text


def test_folders_that_cannot_serve_are_the_users_to_mend(tmp_path):
    with pytest.raises(UserError, match="does not exist"):
        folder_photos(tmp_path / "missing")
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="is not a folder"):
        folder_photos(tmp_path / "file")
    with pytest.raises(UserError, match="holds no pictures"):
        folder_photos(tmp_path)
    put(tmp_path / "tiny.png", size=(20, 20))
    with pytest.raises(UserError, match=r"none of the 1 pictures can be used.*at least 64 pixels"):
        folder_photos(tmp_path)


@pytest.mark.parametrize("layout", ["train2017", "images/train2017"])
def test_coco_in_both_layouts(tmp_path, layout):
    (tmp_path / layout).mkdir(parents=True)
    assert coco_folder(tmp_path, "train2017") == tmp_path / layout


def test_absent_coco_says_how_to_get_it(tmp_path):
    with pytest.raises(UserError, match=r"kunster fetch coco"):
        coco_folder(tmp_path, "val2017")


def test_coco_that_was_never_fetched_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setenv("KUNSTER_DATA", str(tmp_path))
    with pytest.raises(UserError, match=r"photos=coco: train2017 is not .*kunster fetch coco"):
        coco_folder(None, "train2017")


def test_coco_is_found_where_it_was_fetched(tmp_path, monkeypatch):
    monkeypatch.setenv("KUNSTER_DATA", str(tmp_path))
    folder = tmp_path / "coco/val2017"
    folder.mkdir(parents=True)
    (folder / RECEIPT).write_text("{}")
    assert coco_folder(None, "val2017") == folder


def test_scenes_are_a_function_of_their_number_and_seed():
    np.testing.assert_array_equal(scene(3, size=96), scene(3, size=96))
    assert not np.array_equal(scene(3, size=96), scene(3, seed=1, size=96))


def test_scenes_have_every_kind_of_light_and_colour():
    """As COCO has: dark and bright, dull and colourful, smooth and busy, none of one colour."""
    some = [scene(number, size=96) / 255 for number in range(40)]
    brightness = [picture.mean() for picture in some]
    assert min(brightness) < 0.35
    assert max(brightness) > 0.6
    chroma = [np.ptp(picture, axis=2).mean() for picture in some]
    assert min(chroma) < 0.05
    assert max(chroma) > 0.25
    assert min(picture.std() for picture in some) > 0.05


@pytest.mark.parametrize("short_side", [64, 128])
def test_bundled_needs_nothing_but_what_pip_installed(monkeypatch, short_side):
    monkeypatch.setattr("kunster.data.photos.SCENES", 5)
    photos = bundled_photos(short_side)
    assert len(photographs()) == 12
    assert len(photos) == 17
    assert {"astronaut.png", "grace_hopper.jpg", "scene 4"} <= set(photos.names)
    assert {min(photo.shape[:2]) for photo in photos} == {short_side}


def test_coco_photos_as_they_are(real):
    photos = folder_photos(real("photos", "coco"), short_side=128)
    assert len(photos) == 316
