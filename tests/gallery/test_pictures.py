"""What lies beside the page: pictures that the networks painted, a film, the figures."""

import av
import cv2
import numpy as np
import pytest
import torch

from kunster.data.moving_clip import moving_clip
from kunster.gallery import painting
from kunster.gallery.painting import shown_clip, shown_photos
from kunster.gallery.rooms import painting_file
from kunster.networks.stylizer import stylize
from kunster.pictures.images import as_bytes, as_image

from ..video.clips import number_of, numbered, write_clip
from .conftest import FIRST, FRAMES, PAINTING, SHIPPED, network_of

LOSS = 12  # of 255: what JPEG and H.264 may take from noise, on average


def read(path):
    return cv2.imread(str(path))[..., ::-1]


def painted(style, number, stage, picture):
    """By torch, in single precision."""
    network, _ = network_of(style, number, stage)
    with torch.inference_mode():
        return as_bytes(stylize(network, as_image(picture))[0])


def difference(one, other):
    return np.abs(one.astype(int) - other).mean()


@pytest.mark.parametrize("photo", [1, 2])
def test_each_picture_is_what_its_network_makes_of_its_photo(made, photo):
    original = read(made / f"pictures/photo-{photo}.jpg")
    assert original.shape == (400, 600, 3)
    networks = [(style, *each) for style, some in SHIPPED.items() for each in some]
    expected = [painted(*network, original) for network in networks]
    for number, (style, row, stage) in enumerate(networks):
        found = read(made / f"pictures/{style}/{row}-{stage}-{photo}.jpg")
        apart = [difference(found, picture) for picture in expected]
        assert apart[number] < LOSS
        assert np.argmin(apart) == number


def test_the_painting_given_is_shown_else_the_one_that_ships(made):
    given = read(made / "pictures/great_wave/painting.jpg")
    assert given.shape[0] / given.shape[1] == pytest.approx(90 / 130, abs=0.01)
    assert np.abs(given.astype(int) - PAINTING).max() <= 3
    assert read(made / "pictures/udnie/painting.jpg").shape == (512, 512, 3)


def test_the_film_has_every_frame_and_beside_it_what_the_network_makes_of_it(made, material):
    with av.open(str(material / "clip.mp4")) as film:
        originals = [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]
    with av.open(str(made / "pictures/great_wave/clip.mp4")) as film:
        stream = film.streams.video[0]
        assert (stream.codec.canonical_name, stream.pix_fmt) == ("h264", "yuv420p")
        assert stream.average_rate == 10
        frames = [frame.to_ndarray(format="rgb24") for frame in film.decode(stream)]
    assert [frame.shape for frame in frames] == FRAMES * [(64, 320, 3)]
    assert [number_of(frame[:, :160]) for frame in frames] == [
        FIRST + number for number in range(FRAMES)
    ]
    for frame, original in zip(frames, originals, strict=True):
        steady, rough = (
            painted("great_wave", 14, stage, original) for stage in ("temporal", "perceptual")
        )
        assert difference(frame[:, 160:], steady) < LOSS
        assert difference(frame[:, 160:], steady) < difference(frame[:, 160:], rough)


def test_of_a_long_film_six_seconds_are_taken_and_of_a_large_one_its_shape(tmp_path):
    frames = [numbered(number, 400, 600) for number in range(14)]
    write_clip(tmp_path / "clip.mp4", frames, rate=2)
    clip = shown_clip(tmp_path / "clip.mp4")
    assert [number_of(frame) for frame in clip.frames] == list(range(12))
    assert clip.frames[0].shape == (288, 432, 3)
    assert clip.seconds == 6


def test_without_a_clip_it_is_the_moving_one(monkeypatch):
    monkeypatch.setattr(painting, "CLIP_SECONDS", 0.12)  # of its four, which take their time
    clip = shown_clip(None)
    expected = list(moving_clip(0.12, 25, (288, 384)))
    assert len(expected) == 3
    np.testing.assert_array_equal(clip.frames, expected)


def test_bundled_photos_and_those_of_a_folder_that_can_be_used(material, tmp_path):
    said = []
    assert [photo.name for photo in shown_photos(None, said.append)][:1] == ["astronaut"]
    assert said == []
    for number in range(8):
        (tmp_path / f"{number}.png").write_bytes((material / "photos" / "b.png").read_bytes())
    (tmp_path / "2.png").write_text("no picture")
    assert [photo.name for photo in shown_photos(tmp_path, said.append)] == ["0", "4", "6"]
    assert said[0].startswith("4 of the 8 pictures")
    assert "2.png: not a picture" in said[1]


def test_a_painting_is_found_by_its_style_or_the_end_of_it(tmp_path):
    files = [tmp_path / name for name in ("Wave.JPG", "night.png", "starry_night.png", "ave.jpg")]
    assert painting_file("great_wave", files) == files[0]
    assert painting_file("starry_night", files) == files[2]
    assert painting_file("scream", files) is None


def test_fig_5_has_a_row_a_style_and_fig_8_a_column_a_network(made):
    row, gutter = 400 + 32, 24  # 600/25; the caption is 1.6 times 20
    assert read(made / "fig5.jpg").shape == (2 * row + 3 * gutter, 3 * 600 + 4 * gutter, 3)
    fig8 = read(made / "fig8.jpg")
    assert fig8.shape == (2 * row + 3 * gutter, 3 * 600 + 4 * gutter, 3)
    places = {  # (row, column): the larger network first, stage 1 above stage 2
        (0, 0): "photo-1.jpg",
        (0, 1): "great_wave/14-perceptual-1.jpg",
        (0, 2): "great_wave/15-perceptual-1.jpg",
        (1, 1): "great_wave/14-temporal-1.jpg",
        (1, 2): "great_wave/15-temporal-1.jpg",
    }
    for (down, across), name in places.items():
        top, left = gutter + 32 + down * (row + gutter), gutter + across * (600 + gutter)
        found = fig8[top : top + 400, left : left + 600]
        assert difference(found, read(made / "pictures" / name)) < LOSS
