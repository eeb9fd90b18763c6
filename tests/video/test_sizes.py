from fractions import Fraction

import pytest

from kunster.errors import UserError
from kunster.video.sizes import NetworkSize, Texture, pixel_aspect

HD, PHONE, VGA, TINY = (1080, 1920), (1920, 1080), (480, 640), (40, 60)  # (height, width)


@pytest.mark.parametrize(
    ("text", "picture", "multiple", "expected"),
    [
        ("480", HD, 4, (480, 852)),  # 853.3
        ("480", PHONE, 4, (852, 480)),
        ("480", (360, 640), 4, (360, 640)),  # nothing is enlarged
        ("480", VGA, 4, VGA),
        ("480x320", HD, 4, (320, 480)),
        ("480x320", TINY, 4, (320, 480)),
        ("source", HD, 4, HD),
        ("source", (481, 853), 4, (480, 852)),
        ("source", (481, 853), 1, (481, 853)),
        ("source", TINY, 4, (64, 96)),  # but for what no network takes
        ("64", (2000, 200), 4, (640, 64)),
    ],
)
def test_the_network_sees(text, picture, multiple, expected):
    assert NetworkSize.parse(text).of(picture, multiple) == expected


@pytest.mark.parametrize(
    "text", ["", "big", "480x", "x320", "-480", "63", "480x60", "4.5", "1x2x3"]
)
def test_what_is_no_size_is_refused_in_one_line(text):
    with pytest.raises(UserError, match=r"size=.*: give the short side") as raised:
        NetworkSize.parse(text)
    assert "\n" not in str(raised.value)


def test_an_exact_size_must_suit_the_network():
    with pytest.raises(UserError, match="size=482x320: both sides must be multiples of 4"):
        NetworkSize.parse("482x320")


@pytest.mark.parametrize(
    ("scale", "picture", "multiple", "expected"),
    [
        (2, (480, 640), 4, (240, 320)),
        (0.5, (480, 852), 4, (960, 1704)),
        (1.5, (480, 852), 4, (320, 568)),
        (2, (131, 180), 1, (66, 90)),
        (1, (67, 91), 4, (67, 91)),  # as without
    ],
)
def test_strokes_are_larger_on_a_smaller_picture(scale, picture, multiple, expected):
    assert Texture(scale).seen(picture, multiple) == expected


@pytest.mark.parametrize("scale", [0, 0.49, 2.01, -1, float("nan"), float("inf")])
def test_a_texture_out_of_range_is_refused_in_one_line(scale):
    with pytest.raises(UserError, match=r"texture=.*: must be from 0.5 .* to 2") as raised:
        Texture(scale)
    assert "\n" not in str(raised.value)


def test_a_texture_too_large_for_a_picture_is_refused():
    with pytest.raises(UserError, match="for 160x96 the network would see 80x48, sides start"):
        Texture(2).seen((96, 160))


def test_pixels_are_square_unless_the_shape_was_changed():
    assert pixel_aspect(HD, (480, 852)) == 1
    assert pixel_aspect(HD, (320, 480)) == Fraction(32, 27)  # 16:9 stored as 3:2
    assert pixel_aspect(PHONE, (320, 480)) == Fraction(3, 8)
