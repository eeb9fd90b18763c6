import logging

import numpy as np
import pytest
import torch
from PIL import Image

from kunster.data.paintings import cropped, load_painting
from kunster.errors import UserError


def saved(path, height, width, **options):
    ramp = np.linspace(0, 255, height * width * 3).reshape(height, width, 3)
    Image.fromarray(ramp.astype(np.uint8)).save(path, **options)
    return path


@pytest.mark.parametrize(("height", "width"), [(300, 450), (450, 300), (300, 300)])
def test_short_side_is_the_texture_scale(tmp_path, height, width):
    painting = load_painting(saved(tmp_path / "a.png", height, width), 256)
    assert painting.shape == (1, 3, round(256 * height / 300), round(256 * width / 300))
    assert painting.min() >= 0
    assert painting.max() <= 1


def test_exif_turns_it_upright(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # row 0 is the visual right-hand side
    path = saved(tmp_path / "a.jpg", 128, 192, exif=exif, quality=95)
    painting = load_painting(path, 128)
    assert painting.shape == (1, 3, 192, 128)
    assert (
        painting[..., 0].mean() > painting[..., -1].mean()
    )  # the bright bottom is now at the left


def test_channels_are_red_green_blue(tmp_path):
    Image.new("RGB", (100, 80), (255, 51, 0)).save(tmp_path / "a.png")
    painting = load_painting(tmp_path / "a.png", 80)
    torch.testing.assert_close(painting[0, :, 5, 5], torch.tensor([1.0, 0.2, 0.0]))


@pytest.mark.parametrize(("size", "said"), [(256, "enlarged 3.2 times"), (96, "enlarged 1.2")])
def test_a_small_one_reaches_the_scale_with_a_warning(tmp_path, caplog, size, said):
    with caplog.at_level(logging.WARNING):
        painting = load_painting(saved(tmp_path / "a.png", 80, 100), size)
    assert painting.shape == (1, 3, size, size * 100 // 80)
    assert said in caplog.text


def test_one_that_is_large_enough_has_none(tmp_path, caplog):
    with caplog.at_level(logging.WARNING):
        load_painting(saved(tmp_path / "a.png", 80, 100), 80)
    assert not caplog.text


def test_a_scale_below_64_is_refused(tmp_path):
    with pytest.raises(UserError, match="texture scale 63"):
        load_painting(saved(tmp_path / "a.png", 80, 100), 63)


def test_a_missing_one_is_named(tmp_path):
    with pytest.raises(UserError, match=r"none\.jpg"):
        load_painting(tmp_path / "none.jpg", 256)


def test_a_part_keeps_its_scale():
    painting = torch.rand(1, 3, 100, 200)
    part = cropped(painting, (0.25, 0.1, 0.75, 1.0))
    assert torch.equal(part, painting[..., 10:100, 50:150])


@pytest.mark.parametrize(
    ("crop", "said"),
    [
        ((0.5, 0, 0.5, 1), "left < right"),
        ((0, 0, 1.2, 1), "right ≤ 1"),
        ((0, 0, 0.3, 1), "60x100 pixels of the painting, sides start at 64"),
    ],
)
def test_a_part_that_has_no_place_is_refused(crop, said):
    with pytest.raises(UserError, match=said):
        cropped(torch.rand(1, 3, 100, 200), crop)
