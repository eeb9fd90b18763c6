"""Pictures with an ICC profile mean what it says, for training and as paintings."""

import numpy as np
import pytest
from PIL import Image

from kunster.data.decode import decode_photo
from kunster.data.paintings import load_painting

from .. import icc

COLOUR = (204, 51, 102)  # of the palette that Pillow takes
SWAPPED = icc.rgb(red=icc.BLUE, blue=icc.RED)  # its red is blue, and its blue is red


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P"])
@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_the_primaries_are_those_of_the_profile(tmp_path, mode, suffix):
    path = tmp_path / f"a{suffix}"
    Image.new("RGB", (90, 70), COLOUR).convert(mode).save(path, icc_profile=SWAPPED)
    expected = [icc.srgb(stored) for stored in COLOUR[::-1]]
    for found in (
        decode_photo(path)[5, 5].astype(int),
        255 * load_painting(path, 64)[0, :, 5, 5].numpy(),
    ):
        assert found == pytest.approx(expected, abs=2)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (np.full((70, 90, 3), 55, np.uint8), "rgb"),
        (np.full((70, 90), 55, np.uint8), "grey"),
        (np.full((70, 90), 55 * 257, np.uint16), "grey"),  # 16 bits
    ],
)
def test_the_curve_is_that_of_the_profile(tmp_path, values, kind):
    profile = icc.rgb(gamma=1) if kind == "rgb" else icc.grey(1)
    Image.fromarray(values).save(tmp_path / "a.png", icc_profile=profile)
    found = decode_photo(tmp_path / "a.png")[5, 5].astype(int)
    assert found == pytest.approx([icc.srgb(55, 1)] * 3, abs=2)


@pytest.mark.parametrize("profile", [b"garbage", icc.grey(2.2), icc.rgb()[:200]])
def test_a_profile_that_cannot_be_used_changes_nothing(tmp_path, profile):
    Image.new("RGB", (90, 70), COLOUR).save(tmp_path / "a.png", icc_profile=profile)
    assert decode_photo(tmp_path / "a.png")[5, 5].tolist() == list(COLOUR)


def test_a_press_file_has_the_colours_of_the_photo_it_was_made_of(real):
    """CMYK by a printer's profile, beside the same photo in Adobe RGB."""
    found, expected = (
        decode_photo(real("cases", name)).mean((0, 1)) for name in ("cmykicc.jpg", "adobe.png")
    )
    assert found == pytest.approx(expected, abs=3)
