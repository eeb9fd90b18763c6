"""Contact sheet of the shipped styles: a row for each style, a column for each network."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kunster.data.decode import decode_photo
from kunster.data.preview_photos import PHOTO_NAMES, preview_pictures
from kunster.errors import UserError
from kunster.measures.photos import evaluation_photos
from kunster.networks.mixing import folded
from kunster.networks.stored import StoredNetwork, read_stored
from kunster.networks.table2 import size_class
from kunster.pictures.captions import caption_height
from kunster.pictures.images import check_sides, middle, write_jpeg, write_png
from kunster.pictures.mounting import WHITE, beneath, beside, captioned, framed
from kunster.pictures.stages_strip import FONT, GUTTER
from kunster.styles.catalogue import SIDE, ShippedNetwork, ShippedStyle
from kunster.video.choose_engine import build_engine

SHOWN = ("astronaut", "chelsea")  # of the preview's photos: a face, and fur
STEADY = "temporal"
MOST = 4  # photos of a folder
QUALITY = 92  # of a JPEG
BETWEEN_STYLES = 3  # gutters
TITLE = 1.5  # font sizes of the other captions


def contact_sheet(styles: Sequence[ShippedStyle], photos: Sequence[np.ndarray]) -> np.ndarray:
    """Painting, photos, and the photos stylized by each stage-2 network; a column for each id.

    Args:
        photos: uint8 RGB (H, W, 3), all of one size, one above the other in each column.

    Returns:
        uint8 RGB (H', W', 3), without styles that have no such network.

    Raises:
        UserError: no style has such a network.
    """
    steady = {style.name: _steady(style) for style in styles}
    shown = [style for style in styles if steady[style.name]]
    if not shown:
        raise UserError("no trained style ships yet, so there is nothing to draw")
    sizes = {
        number: network.description.parameters
        for networks in steady.values()
        for number, network in networks.items()
    }
    ids = sorted(sizes, key=lambda number: sizes[number])
    rows = [_row(style, steady[style.name], ids, photos) for style in shown]
    gutter = _gutter(photos)
    return framed(beneath(rows, BETWEEN_STYLES * gutter), BETWEEN_STYLES * gutter)


def base_sheet(styles: Sequence[ShippedStyle], photos: Sequence[np.ndarray]) -> np.ndarray:
    """A sheet of one network: each style's painting beside the photos in it; two columns.

    Args:
        photos: uint8 RGB (H, W, 3), all of one size, side by side in each row.

    Returns:
        uint8 RGB (H', W', 3); the network of stage 2 paints, of several the largest.

    Raises:
        UserError: there is no such network.
    """
    if not styles:
        raise UserError("no network of many styles ships yet, so there is nothing to draw")
    gutter, font = _gutter(photos), round(FONT * photos[0].shape[1])
    cells = [
        captioned(
            f"{style.painting.work}: {style.name}",
            beside(
                [middle(style.picture, *photos[0].shape[:2]), *_stylized(_largest(style), photos)],
                gutter,
            ),
            font,
        )
        for style in styles
    ]
    if len(cells) % 2:
        cells.append(np.full_like(cells[0], WHITE))
    pairs = zip(cells[::2], cells[1::2], strict=True)
    rows = [beside([*pair], BETWEEN_STYLES * gutter) for pair in pairs]
    return framed(beneath(rows, BETWEEN_STYLES * gutter), BETWEEN_STYLES * gutter)


def sheet_photos() -> list[np.ndarray]:
    """Photographs that come with Kunster: uint8 RGB (H, W, 3)."""
    pictures = dict(zip(PHOTO_NAMES, preview_pictures(), strict=True))
    return [pictures[name] for name in SHOWN]


def own_photos(paths: Sequence[Path]) -> list[np.ndarray]:
    """Photos at these paths, of folders at most `MOST`; uint8 RGB (H, W, 3), as large as the first.

    Raises:
        UserError: one cannot be decoded, or a folder has none.
    """
    photos = [photo for path in paths for photo in _decoded(path)]
    return [middle(photo, *photos[0].shape[:2]) for photo in photos]


def _decoded(path: Path) -> list[np.ndarray]:
    if path.is_dir():
        return list(evaluation_photos(path, MOST, SIDE))
    return [decode_photo(path, SIDE)]


def write_sheet(sheet: np.ndarray, path: Path) -> None:
    """Writes uint8 RGB (H, W, 3) as PNG or, by the name's suffix, as JPEG.

    Raises:
        UserError: it is longer than a JPEG can be, or the file cannot be written.
    """
    if path.suffix.lower() == ".png":
        write_png(sheet, path)
        return
    check_sides(sheet.shape[:2], path)
    write_jpeg(sheet, path, QUALITY)


def _steady(style: ShippedStyle) -> dict[int, ShippedNetwork]:
    return {each.trained.id: each for each in style.networks if each.trained.stage == STEADY}


def _gutter(photos: Sequence[np.ndarray]) -> int:
    width: int = photos[0].shape[1]
    return max(2, round(GUTTER * width))


def _row(
    style: ShippedStyle,
    networks: dict[int, ShippedNetwork],
    ids: Sequence[int],
    photos: Sequence[np.ndarray],
) -> np.ndarray:
    font, gutter = round(FONT * photos[0].shape[1]), _gutter(photos)
    originals = beneath(list(photos), gutter)
    side = originals.shape[0]
    painting = middle(style.picture, side, side)
    columns = [captioned("painting", painting, font), captioned("photo", originals, font)]
    for number in ids:
        if network := networks.get(number):
            painted = beneath(_stylized(read_stored(network.trained.path)[0], photos), gutter)
            parameters = network.description.parameters
            words = f"{size_class(parameters)}: id {number}, {parameters:,} parameters"
            columns.append(captioned(words, painted, font))
        else:
            height = side + caption_height(font)
            columns.append(np.full((height, originals.shape[1], 3), WHITE, np.uint8))
    return captioned(style.painting.work, beside(columns, gutter), round(TITLE * font))


def _largest(style: ShippedStyle) -> StoredNetwork:
    steady = [each for each in style.networks if each.trained.stage == STEADY]
    chosen = (steady or list(style.networks))[-1]
    return folded(*read_stored(chosen.trained.path), {style.name: 1})[0]


def _stylized(network: StoredNetwork, photos: Sequence[np.ndarray]) -> list[np.ndarray]:
    height, width, _ = photos[0].shape
    engine = build_engine(network, (height, width))
    return [engine(photo) for photo in photos]
