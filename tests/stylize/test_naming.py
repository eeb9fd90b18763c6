"""Names of results where nobody says one."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kunster.stylize.naming import default_out

from ..video.clips import numbered, write_clip


@pytest.mark.parametrize(
    ("source", "style", "is_picture", "name"),
    [
        ("/home/me/photo.JPG", "scream", True, "photo_scream.JPG"),
        ("a.b.heic", "udnie", True, "a.b_udnie.png"),
        ("film.mov", "scream", False, "film_scream.mov"),
        ("film.avi", "scream", False, "film_scream.mp4"),
        ("film.mp4", "0.7 scream + 0.3 udnie", False, "film_0.7-scream-0.3-udnie.mp4"),
        ("photo.mp4", "scream", True, "photo_scream.png"),  # a picture by its content
    ],
)
def test_the_style_is_behind_the_name(source, style, is_picture, name):
    assert default_out(Path(source), style, is_picture) == Path(name)


@pytest.mark.usefixtures("no_network")
def test_each_kind_of_input_has_one(run, tmp_path, monkeypatch, capsys):
    (tmp_path / "trip").mkdir()
    (tmp_path / "here").mkdir()
    Image.fromarray(np.zeros((64, 80, 3), np.uint8)).save("trip/a.png")
    write_clip(tmp_path / "film.mp4", [numbered(number) for number in range(2)])
    monkeypatch.chdir("here")
    for source in ("../trip/a.png", "../film.mp4", "../trip"):
        assert run(source) == 0
    made = {str(path.relative_to(".")) for path in Path().rglob("*") if path.is_file()}
    assert made == {"a_scream.png", "film_scream.mp4", "trip_scream/a.png"}
    assert capsys.readouterr().out.splitlines()[0] == "a_scream.png"
    assert run("../trip/a.png") == 2
    assert "a_scream.png: is there already; --overwrite replaces it" in capsys.readouterr().err
