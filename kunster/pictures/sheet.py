"""Figures of pictures in rows and columns, a caption above each: as one picture and as SVG."""

import base64
from collections.abc import Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape

import numpy as np

from kunster.pictures.captions import caption_height
from kunster.pictures.images import png_bytes
from kunster.pictures.mounting import WHITE, beneath, beside, captioned, fitted, framed

GUTTER = 1 / 25  # of a picture's width, between pictures and around them
FONT = 1 / 30  # of a picture's width
SMALLEST_FONT = 10  # pixels


class Cell(NamedTuple):
    """Words above a picture, uint8 RGB (H, W, 3), or above nothing.

    `source`: its address on a page; `alt`: what it shows.
    """

    words: str
    picture: np.ndarray | None = None
    source: str = ""
    alt: str = ""


def sheet(rows: Sequence[Sequence[Cell]], size: tuple[int, int]) -> np.ndarray:
    """Pictures on white, uint8 RGB.

    For n rows of m pictures of (H, W), a gutter g = max(2, round(W/25)) and captions of height c:
    n·(c + H) + (n + 1)·g high and m·W + (m + 1)·g wide.

    Args:
        rows: all of one length.
        size: (H, W) of each place; a picture of another shape stands in its corner, whole.
    """
    gutter, font = sheet_measures(size[1])
    mounted = [
        beside([captioned(cell.words, _fill(cell, size), font) for cell in row], gutter)
        for row in rows
    ]
    return framed(beneath(mounted, gutter), gutter)


def sheet_svg(rows: Sequence[Sequence[Cell]], size: tuple[int, int]) -> str:
    """The same as SVG, its captions as text."""
    gutter, font = sheet_measures(size[1])
    line = caption_height(font)
    down, across = line + size[0] + gutter, size[1] + gutter
    parts = []
    for row, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            x, y = gutter + column * across, gutter + row * down
            parts.append(f'<text x="{x}" y="{y + font}">{escape(cell.words)}</text>')
            if cell.picture is not None:
                png = base64.b64encode(png_bytes(_fill(cell, size))).decode()
                parts.append(
                    f'<image x="{x}" y="{y + line}" width="{size[1]}" height="{size[0]}" '
                    f'href="data:image/png;base64,{png}"/>'
                )
    box = f"0 0 {gutter + across * len(rows[0])} {gutter + down * len(rows)}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" font-family="sans-serif" '
        f'font-size="{font}"><rect width="100%" height="100%" fill="#fff"/>'
        f"{''.join(parts)}</svg>\n"
    )


def sheet_measures(width: int) -> tuple[int, int]:
    """Gutter and font size of captions, in pixels, for pictures of a width."""
    return max(2, round(GUTTER * width)), max(SMALLEST_FONT, round(FONT * width))


def _fill(cell: Cell, size: tuple[int, int]) -> np.ndarray:
    height, width = size
    if cell.picture is None:
        return np.full((height, width, 3), WHITE, np.uint8)
    if cell.picture.shape[:2] == size:
        return cell.picture
    whole = fitted(cell.picture, height, width)
    right = width - whole.shape[1]
    return np.pad(whole, ((0, 0), (0, right), (0, 0)), constant_values=WHITE)
