from datetime import datetime

import numpy as np
import pytest
from PIL import ExifTags, Image

from kunster.console.progress import ProgressLine
from kunster.errors import UserError
from kunster.stylize.folder import are_frames, planned, stylize_pictures
from kunster.stylize.photos import stylize_picture
from kunster.video.looks import Look
from kunster.video.sizes import NetworkSize

from ..video.clips import numbered


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


def folder_of(tmp_path, *names):
    for name in names:
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    return tmp_path / "in"


def test_a_folder_is_mirrored(tmp_path):
    folder = folder_of(tmp_path, "b.png", "trip/a.JPG", "trip/film.avif", "notes.txt")
    plan = planned(folder, tmp_path / "out")
    assert {str(a.relative_to(folder)): str(b.relative_to(tmp_path)) for a, b in plan.items()} == {
        "b.png": "out/b.png",
        "trip/a.JPG": "out/trip/a.JPG",
        "trip/film.avif": "out/trip/film.png",
    }


def test_a_folder_inside_its_own_source_is_never_painted_again(tmp_path):
    folder = folder_of(tmp_path, "a.png", "styled/a.png", "styled/b/c.png")
    assert planned(folder, folder / "styled") == {folder / "a.png": folder / "styled" / "a.png"}
    assert len(planned(folder / "styled", tmp_path)) == 2


def test_films_become_files_that_can_be_written_and_raw_photos_are_left_out(tmp_path, caplog):
    folder = folder_of(tmp_path, "1.avi", "2.MOV", "3.png", "4.DNG", "5.txt")
    plan = planned(folder, tmp_path / "out")
    assert [goal.name for goal in plan.values()] == ["1.mp4", "2.MOV", "3.png"]
    assert [record.message for record in caplog.records] == [
        f"left out: {folder / '4.DNG'}: raw photos of cameras; export JPEGs or TIFFs from them",
    ]


@pytest.mark.parametrize(
    ("names", "complaint"), [(["a.txt"], "holds no pictures"), (["a.png", "a.avif"], "rename one")]
)
def test_a_folder_that_cannot_be_mirrored_is_refused(tmp_path, names, complaint):
    with pytest.raises(UserError, match=complaint):
        planned(folder_of(tmp_path, *names), tmp_path / "out")


def test_of_many_pictures_a_bad_one_does_not_stop_the_others(tmp_path):
    plan = {tmp_path / name: tmp_path / "out" / name for name in ("a.png", "b.png", "c.png")}
    for path in plan:
        Image.fromarray(numbered(1)).save(path)
    (tmp_path / "b.png").write_text("no picture")

    def stylize(path, target):
        stylize_picture(path, target, lambda size: lambda frame: frame, Look(), NetworkSize())

    unusable = stylize_pictures(plan, stylize, ProgressLine("pictures", 3))
    assert [str(error) for error in unusable] == [
        f"{tmp_path / 'b.png'}: not a picture in a format that is known"
    ]
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == ["a.png", "c.png"]
