from pathlib import Path

import cv2
import numpy as np
import pytest

from kunster.networks.model_file import load_model
from kunster.networks.stylizer import stylize
from kunster.pictures import mounting
from kunster.pictures.captions import caption_height
from kunster.pictures.images import as_bytes, as_image
from kunster.styles.__main__ import main
from kunster.styles.catalogue import shipped_styles
from kunster.styles.sheet import contact_sheet

HEIGHT, WIDTH = 96, 180  # of a photo
FONT, GUTTER = 10, 4  # an 18th and, rounded, a 48th of its width


def shows(sheet, picture, top, left):
    """Whether a picture stands there, but for the rounding of bfloat16."""
    height, width, _ = picture.shape
    found = sheet[top : top + height, left : left + width].astype(int)
    return np.abs(found - picture).mean() < 1


def test_a_row_a_style_and_a_column_a_network(shipped, photos):
    pair = [cv2.resize(photo, (WIDTH, HEIGHT)) for photo in photos]
    sheet = contact_sheet(shipped_styles(), pair)
    side, frame = 2 * HEIGHT + GUTTER, 3 * GUTTER
    row = caption_height(15) + caption_height(FONT) + side
    width = side + 3 * (GUTTER + WIDTH)  # painting, photo, two ids
    assert sheet.shape == (2 * row + 3 * frame, width + 2 * frame, 3)

    left = frame + side + 2 * GUTTER + WIDTH
    top = frame + caption_height(15) + caption_height(FONT)
    for style, number, down, right in (
        ("scream", 10, top, left),
        ("scream", 14, top, left + WIDTH + GUTTER),
        ("great_wave", 14, top + row + frame, left + WIDTH + GUTTER),
    ):
        network, _ = load_model(shipped / style / f"{number}-temporal.safetensors")
        first, second = (as_bytes(stylize(network, as_image(photo))[0]) for photo in pair)
        assert shows(sheet, first, down, right)
        assert shows(sheet, second, down + HEIGHT + GUTTER, right)
    hole = sheet[top + row + frame :, left : left + WIDTH]  # the wave has no id 10
    assert (hole == 255).all()


def test_a_column_is_named_by_its_size(shipped, photos, monkeypatch):
    drawn = []

    def captioned(words, picture, font):
        drawn.append(words)
        return mounting.captioned(words, picture, font)

    monkeypatch.setattr("kunster.styles.sheet.captioned", captioned)
    contact_sheet(shipped_styles(), photos[:1])
    assert [words for words in drawn if "id 14" in words] == 2 * ["Small: id 14, 15,195 parameters"]


def test_the_sheet_is_written(shipped, tmp_path, capsys):
    assert main(["--sheet", str(tmp_path / "sheet.png")]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'sheet.png'}\n"
    assert cv2.imread(str(tmp_path / "sheet.png")).std() > 30


def test_a_sheet_of_ones_own_photos_is_of_the_shape_of_the_first(shipped, tmp_path, capsys):
    upright, lying = np.full((600, 300, 3), (0, 0, 255), np.uint8), np.zeros((90, 400, 3), np.uint8)
    folder, sheet = tmp_path / "photos", tmp_path / "sheet.jpg"
    folder.mkdir()
    cv2.imwrite(str(tmp_path / "mine.png"), upright)  # red: BGR
    cv2.imwrite(str(folder / "1.png"), lying)
    photos = [str(tmp_path / "mine.png"), str(folder)]
    assert main(["--sheet", str(sheet), "--photos", *photos]) == 0
    assert sheet.read_bytes()[:3] == b"\xff\xd8\xff"  # a JPEG
    height, width = 2 * 256, 256
    gutter, captions = round(width / 48), caption_height(round(1.5 * width / 18))
    top = 3 * gutter + captions + caption_height(round(width / 18))
    left = 3 * gutter + (2 * height + gutter) + gutter  # a square painting, as high as both
    drawn = cv2.imread(str(sheet)).astype(int)
    red, black = (drawn[top + down, left + width // 2] for down in (9, height + gutter + 9))
    assert np.abs(red - (0, 0, 255)).max() < 16
    assert np.abs(black).max() < 16


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--sheet", "sheet.gif"], "--sheet sheet.gif: must end in .png or .jpg"),
        (["--sheet", "sheet"], "--sheet sheet: must end in .png or .jpg"),
        (["--photos", "mine.jpg"], "--photos mine.jpg: needs --sheet FILE"),
        (["--sheet", "no/sheet.png", "--photos", "none.jpg"], "none.jpg: No such file"),
    ],
)
def test_what_cannot_be_drawn_is_said_in_a_line(shipped, capsys, words, said):
    assert main(words) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(said)
    assert not Path("no").exists()


def test_without_networks_there_is_nothing_to_draw(nothing_shipped, tmp_path, capsys):
    assert main(["--sheet", str(tmp_path / "sheet.png")]) == 2
    assert "no trained style ships yet" in capsys.readouterr().err
    assert not (tmp_path / "sheet.png").exists()
