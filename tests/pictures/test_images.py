import cv2
import numpy as np
import pytest
from PIL import Image

from kunster.errors import UserError
from kunster.pictures.captions import caption
from kunster.pictures.images import (
    as_bytes,
    as_image,
    check_sides,
    middle,
    with_alpha,
    write_png,
)

PICTURE = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)


def test_a_png_holds_the_pixels_it_was_given(tmp_path):
    write_png(PICTURE, tmp_path / "new" / "p.png")
    found = cv2.imread(str(tmp_path / "new" / "p.png"))
    np.testing.assert_array_equal(found[..., ::-1], PICTURE)


def test_bytes_survive_being_an_image_and_what_is_out_of_range_is_clamped():
    image = as_image(PICTURE)
    assert image.shape == (1, 3, 20, 30)
    np.testing.assert_array_equal(as_bytes(image[0]), PICTURE)
    np.testing.assert_array_equal(as_bytes(image[0] - 2), 0 * PICTURE)
    np.testing.assert_array_equal(as_bytes(image[0] + 2), 0 * PICTURE + 255)


@pytest.mark.parametrize("opacity", [0, 1, 100, 255])
def test_a_picture_with_alpha_is_that_picture_again_on_white(opacity):
    whitened = 255 - (255 - PICTURE.astype(int)) * opacity // 255  # as pictures are read
    found = with_alpha(whitened.astype(np.uint8), np.full((10, 15), opacity, np.uint8)).astype(int)
    assert (found[..., 3] == opacity).all()
    on_white = found[..., :3] * opacity / 255 + 255 - opacity
    assert np.abs(on_white - whitened).max() <= 1


@pytest.mark.parametrize(("above", "top"), [(0.5, 40), (0.25, 20), (0, 0), (1, 80)])
def test_of_an_upright_picture_more_is_kept_above_where_less_is_cut_there(above, top):
    picture = np.repeat(np.arange(120, dtype=np.uint8), 60).reshape(120, 60, 1).repeat(3, axis=2)
    part = middle(picture, 40, 60, above)  # 3:2, so 80 of the 120 rows go
    np.testing.assert_array_equal(part, picture[top : top + 40])


@pytest.mark.parametrize(
    ("suffix", "longest"), [(".jpg", 65500), (".gif", 65535), (".webp", 16383)]
)
def test_a_side_that_a_format_cannot_have_is_refused_where_pillow_refuses_it(
    suffix, longest, tmp_path
):
    path = tmp_path / f"long{suffix}"
    fits = np.zeros((1, longest, 3), np.uint8)
    check_sides(fits.shape[:2], path)
    Image.fromarray(fits).save(path)
    longer = np.zeros((1, longest + 1, 3), np.uint8)
    with pytest.raises(
        UserError, match=f"{longest + 1}x1: {suffix} has sides of at most {longest}"
    ):
        check_sides(longer.shape[:2], path)
    with pytest.raises(Exception):  # noqa: B017, PT011 — each format has its own
        Image.fromarray(longer).save(path)
    check_sides(longer.shape[:2], path.with_suffix(".png"))


def test_letters_that_the_font_lacks_are_drawn_by_others():
    for text, plain in (("Doré, Čiurlionis", "Dore, Ciurlionis"), ("α 1, β 1", "alpha 1, beta 1")):
        assert np.array_equal(caption(text, 200, 16), caption(plain, 200, 16))
