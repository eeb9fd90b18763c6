"""How the command ends, and what it leaves."""

import pytest
from PIL import Image

from kunster.assets import trained
from kunster.gallery.__main__ import main

from .conftest import arguments


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_without_a_network_that_ships_nothing_is_written(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(trained, "FOLDER", tmp_path / "trained")
    assert main(["--out", str(tmp_path / "gallery")]) == 2
    said = capsys.readouterr().err
    assert said == "no trained style ships yet: there is nothing to show\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--photos", "nowhere", "no such folder"),
        ("--photos", "empty", "holds no pictures"),
        ("--paintings", "nowhere", "no such folder"),
        ("--video", "nowhere.mp4", "nowhere.mp4"),
        ("--video", "photo.jpg", "photo.jpg: a picture; a video is wanted here"),
    ],
)
def test_what_is_not_there_gets_a_line_and_nothing_is_written(
    shipping, tmp_path, capsys, option, value, words
):
    (tmp_path / "empty").mkdir()
    Image.new("RGB", (90, 90)).save(tmp_path / "photo.jpg")
    out = tmp_path / "gallery"
    assert main([option, str(tmp_path / value), "--out", str(out)]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert len(said.splitlines()) == 1
    assert not out.exists()


def test_a_folder_that_is_no_gallery_and_a_file_stay_as_they_are(shipping, tmp_path, capsys):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "index.html").write_text("mine")
    before = contents(tmp_path)
    for out, words in (("mine", "holds other files"), ("mine/index.html", "is a file")):
        assert main(["--out", str(tmp_path / out)]) == 2
        assert words in capsys.readouterr().err
    assert contents(tmp_path) == before


def test_an_old_gallery_is_replaced_by_a_complete_one_alone(
    copied, material, shelf, monkeypatch, capsys
):
    def broken(*unused, **named):
        raise OSError(28, "No space left on device")

    (copied / "pictures" / "old.jpg").write_text("of an earlier gallery")
    before = contents(copied)
    monkeypatch.setattr(trained, "FOLDER", shelf)
    assert main(arguments(material, copied)) == 2
    assert "gallery: is there already; --overwrite replaces it" in capsys.readouterr().err
    words = [*arguments(material, copied), "--overwrite"]
    with monkeypatch.context() as patch:
        patch.setattr(
            "kunster.gallery.write.render_page", broken
        )  # the last that is written but one
        assert main(words) == 2
    assert "No space left" in capsys.readouterr().err
    assert contents(copied) == before
    assert [path.name for path in copied.parent.iterdir()] == ["gallery"]

    assert main(words) == 0
    assert contents(copied).keys() == before.keys() - {copied / "pictures" / "old.jpg"}
