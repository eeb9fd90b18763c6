"""Sheets of pictures: where each one stands, as pixels and as SVG."""

import base64
import xml.etree.ElementTree as ET

import cv2
import numpy as np
import pytest

from kunster.pictures.sheet import Cell, sheet, sheet_svg

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (5, 3), (2, 4)])
def test_a_sheet_is_as_large_as_its_parts(rows, columns):
    height, width, gutter, line = 80, 150, 6, 16  # W/25; 1.6 times the smallest font, 10
    greys = 10 * (1 + np.arange(rows * columns).reshape(rows, columns))
    cells = [
        [Cell("", np.full((height, width, 3), grey, np.uint8)) for grey in row] for row in greys
    ]
    found = sheet(cells, (height, width))
    assert found.shape == (
        rows * (line + height) + (rows + 1) * gutter,
        columns * width + (columns + 1) * gutter,
        3,
    )
    expected = np.full_like(found, 255)
    svg = ET.fromstring(sheet_svg(cells, (height, width)))
    assert svg.get("viewBox") == f"0 0 {found.shape[1]} {found.shape[0]}"
    for (row, column), image in zip(
        np.ndindex(rows, columns), svg.iter(f"{SVG}image"), strict=True
    ):
        top = gutter + line + row * (line + height + gutter)
        left = gutter + column * (width + gutter)
        expected[top : top + height, left : left + width] = greys[row, column]
        assert (int(image.get("y")), int(image.get("x"))) == (top, left)
        png = base64.b64decode(image.get("href").partition(",")[2])
        shown = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
        assert (shown == greys[row, column]).all()
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("shape", [(300, 100), (100, 300)])
def test_a_picture_of_another_shape_is_whole_and_nothing_is_white(shape):
    found = sheet([[Cell("", np.zeros((*shape, 3), np.uint8)), Cell("")]], (80, 150))
    dark = np.argwhere((found < 128).all(axis=2))
    low, high = dark.min(axis=0), dark.max(axis=0) + 1
    assert tuple(low) == (6 + 16, 6)
    assert len(dark) == np.prod(high - low)
    scale = min(80 / shape[0], 150 / shape[1])
    assert tuple(high - low) == tuple(round(side * scale) for side in shape)


def test_words_of_an_svg_are_text():
    (text,) = ET.fromstring(sheet_svg([[Cell("<b> & α")]], (80, 150))).iter(f"{SVG}text")
    assert text.text == "<b> & α"
