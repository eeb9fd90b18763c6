"""Bubbles are found where they are and as large as they are; what the photo shows is none."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kunster.evaluate.__main__ import main
from kunster.measures.bubbles import bubbles_in, disc_contrast, even_places, find_bubbles
from kunster.networks.model_file import save_model
from kunster.networks.stylizer import stylize

from ..random_networks import describe
from .sparse_network import sparse_network

STAGES = Path(__file__).parents[2] / "docs" / "scream.jpg"  # photos, stage 1, stage 2
ROWS, COLUMNS = (29, 238, 445), (479, 751, 1024, 1296)  # where its pictures begin
PICTURE = (266, 177)  # their width and height
SPARSE, EVERYWHERE = 1.9, -4.0  # thresholds that next to nothing passes, and everything


def shown(row: int, column: int) -> np.ndarray:
    left, top = COLUMNS[column] + 2, ROWS[row] + 2  # inside the edges
    box = (left, top, left + PICTURE[0] - 6, top + PICTURE[1] - 6)
    return np.asarray(Image.open(STAGES).convert("RGB").crop(box).resize((486, 320)))


def disc(shape, x: float, y: float, radius: float) -> np.ndarray:
    rows, columns = np.indices(shape[:2])
    return np.hypot(columns - x, rows - y) <= radius


def painted(picture: np.ndarray, where: np.ndarray, by: int) -> np.ndarray:
    changed = picture.astype(int)
    changed[where] += by
    return changed.clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("radius", [6, 11, 23])
def test_the_contrast_of_a_disc_is_its_own_and_largest_for_its_own_radius(radius):
    brightness = (0.6 - 0.4 * disc((160, 200), 90, 70, radius)).astype(np.float32)
    found = {size: disc_contrast(brightness, size * radius)[70, 90] for size in (0.7, 1, 1.4)}
    assert found[1] == pytest.approx(-0.4, rel=0.03)
    for size in (0.7, 1.4):  # u e^(1 - u), u = (r / size r)²
        u = size**-2
        assert found[size] == pytest.approx(-0.4 * u * np.exp(1 - u), rel=0.05)


def test_edges_lines_and_slopes_are_no_discs():
    rows, columns = np.indices((160, 200)).astype(np.float32)
    edge, line, slope = columns > 90, abs(rows - columns) < 6, columns / 200
    for picture in (edge, line, slope):
        assert np.abs(disc_contrast(picture.astype(np.float32), 8))[50:-50, 50:-50].max() < 0.01


@pytest.mark.parametrize("row", [1, 2])
@pytest.mark.parametrize("column", range(4))
def test_no_picture_that_the_readme_shows_has_bubbles(row, column):
    assert bubbles_in(shown(row, column), even_places(shown(0, column))) == []


@pytest.mark.parametrize(("radius", "by"), [(6, 120), (11, 120), (16, 110), (23, 120)])
def test_a_disc_in_a_real_stylized_sky_is_found_at_its_place_and_size(radius, by):
    photo, stylized = shown(0, 2), shown(2, 2)
    with_disc = painted(stylized, disc(stylized.shape, 180, 90, radius), by)
    (found,) = bubbles_in(with_disc, even_places(photo))
    assert np.hypot(found.x - 180, found.y - 90) <= 2
    assert found.radius == radius
    assert found.contrast == pytest.approx(by / 255, abs=0.12)  # what the sky itself does is in it


def test_two_discs_are_two_and_a_ring_around_one_is_none_more():
    photo, stylized = np.full((320, 400, 3), 120, np.uint8), np.full((320, 400, 3), 90, np.uint8)
    stylized = painted(stylized, disc(stylized.shape, 100, 90, 11), 150)
    stylized = painted(stylized, disc(stylized.shape, 300, 200, 16), -80)
    found = bubbles_in(stylized, even_places(photo))
    assert [(each.x, each.y, each.radius) for each in found] == [(100, 90, 11), (300, 200, 16)]
    assert [each.contrast for each in found] == pytest.approx([150 / 255, -80 / 255], rel=0.05)


def lamps():
    night = np.full((320, 420, 3), 30, np.uint8)
    for x, radius in ((80, 7), (200, 12), (330, 23)):
        night = painted(night, disc(night.shape, x, 150, radius), 110)
    return night


def texture():
    blocks = np.random.default_rng(0).integers(0, 256, (40, 52, 3), np.uint8)
    return np.asarray(Image.fromarray(blocks).resize((416, 320), Image.Resampling.BICUBIC))


def saturated_sky():
    rows = np.indices((320, 420))[0]
    sky = np.stack([60 + rows // 4, 120 + rows // 3, np.full_like(rows, 255)], axis=2)
    return sky.clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("scene", [lamps, texture, saturated_sky])
def test_what_the_photo_shows_may_be_painted_stronger(scene):
    photo = scene()
    stronger = ((photo.astype(int) - 128) * 3 + 128).clip(0, 255).astype(np.uint8)
    assert bubbles_in(photo, even_places(photo)) == []
    assert bubbles_in(stronger, even_places(photo)) == []


def faint_spot() -> np.ndarray:
    """A dim sky, a little brighter to the right, and in one spot by 5 %: hardly to be seen."""
    rows, columns = np.indices((320, 400))
    spot = 12 * np.exp(-((columns - 340) ** 2 + (rows - 120) ** 2) / (2 * 20**2))
    sky = 100 + (columns - 200) / 10 + spot
    return np.repeat(sky.round().astype(np.uint8)[..., None], 3, axis=2)


def test_a_network_whose_norm_blows_a_faint_spot_up_has_a_bubble_there():
    def found(threshold):
        network = sparse_network(threshold)
        stylizer = [lambda frames: stylize(network, frames)]
        return find_bubbles(stylizer, [("sky.png", faint_spot())])[0]

    assert found(EVERYWHERE) == []  # the spot as faint as it is
    (bubble,) = found(SPARSE)
    assert bubble.photo == "sky.png"
    # the slope moves the brightest place to the right
    assert np.hypot(bubble.bubble.x - 340, bubble.bubble.y - 120) <= 8
    assert bubble.bubble.contrast > 0.4


def test_the_report_has_the_bubbles_and_where_they_are(tmp_path, capsys):
    (tmp_path / "photos").mkdir()
    Image.fromarray(faint_spot()).save(tmp_path / "photos" / "sky.png")
    for name, threshold in (("bubbly", SPARSE), ("plain", EVERYWHERE)):
        description = describe(alpha=0.125)
        save_model(sparse_network(threshold), description, tmp_path / f"{name}.safetensors")
    models = [str(tmp_path / f"{name}.safetensors") for name in ("bubbly", "plain")]
    words = ["--photos", str(tmp_path / "photos"), "--painted", "0", "--out", str(tmp_path)]
    assert main([*models, *words]) == 0

    own, bubbly, plain = json.loads((tmp_path / "evaluation.json").read_text())["rows"]
    assert (own["bubbles"], bubbly["bubbles"], plain["bubbles"]) == (0, 1, 0)
    (place,) = bubbly["bubbles_at"]
    assert place["photo"] == "sky.png"
    assert place["bubble"].keys() == {"x", "y", "radius", "contrast"}
    words = f"bubbles of {models[0]}: sky.png at ({place['bubble']['x']}, {place['bubble']['y']})"
    assert words in (tmp_path / "evaluation.md").read_text()
    assert words in capsys.readouterr().out
