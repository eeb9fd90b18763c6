import cv2
import pytest

from kunster.networks.model_file import load_model
from kunster.networks.stylizer import stylize
from kunster.pictures.captions import caption_height
from kunster.pictures.images import as_bytes, as_image
from kunster.styles.__main__ import main
from kunster.styles.catalogue import shipped_styles
from kunster.styles.sheet import contact_sheet

HEIGHT, WIDTH = 96, 180  # of a photo
FONT, GUTTER = 10, 4  # an 18th and, rounded, a 48th of its width


def shows(sheet, picture, top, left):
    """Whether a picture stands there."""
    height, width, _ = picture.shape
    return (sheet[top : top + height, left : left + width] == picture).all()


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


def test_the_sheet_is_written(shipped, tmp_path, capsys):
    assert main(["--sheet", str(tmp_path / "sheet.png")]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'sheet.png'}\n"
    assert cv2.imread(str(tmp_path / "sheet.png")).std() > 30


@pytest.mark.parametrize("name", ["sheet.jpg", "sheet"])
def test_a_sheet_is_a_png(shipped, tmp_path, capsys, name):
    assert main(["--sheet", str(tmp_path / name)]) == 2
    assert f"--sheet {tmp_path / name}: must end in .png" in capsys.readouterr().err


def test_without_networks_there_is_nothing_to_draw(nothing_shipped, tmp_path, capsys):
    assert main(["--sheet", str(tmp_path / "sheet.png")]) == 2
    assert "no trained style ships yet" in capsys.readouterr().err
    assert not (tmp_path / "sheet.png").exists()
