"""Terminal listing of the shipped styles, with thumbnails."""

import json
from collections.abc import Sequence

import cv2
import numpy as np
from rich.color import Color
from rich.console import Console
from rich.style import Style
from rich.table import Table
from rich.text import Text

from kunster.styles.catalogue import ShippedStyle

COLUMNS = 16  # of a thumbnail; a character is about twice as high as wide
STAGES = {"perceptual": "1", "temporal": "2"}  # as the paper counts them
MEANING = (
    "stage 1 learns the style, stage 2 makes it steady on video: --model scream:14 is stage 2 of "
    "id 14, scream:14:perceptual its stage 1"
)
HALF = "▀"  # foreground: the upper pixel; background: the lower one


def print_styles(
    styles: Sequence[ShippedStyle], of_base: Sequence[ShippedStyle], console: Console
) -> None:
    """Prints a block for each, and a table of those in one network.

    Pictures stand only where the terminal shows colours.
    """
    for style in styles:
        block = Table.grid(padding=(0, 2))
        picture = [thumbnail(style.picture)] if _shows_pictures(console) else []
        block.add_row(*picture, _words(style))
        console.print(block)
        console.print()
    if of_base:
        _print_base(of_base, console)
    console.print(MEANING)


def _print_base(styles: Sequence[ShippedStyle], console: Console) -> None:
    (network, *_) = styles[0].networks
    heading = f"{len(styles)} paintings in one network, {network.trained.style}"
    console.print(Text.assemble((heading, "bold"), "  --style NAME, or scream:0.7,udnie:0.3"))
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    for style in styles:
        painting = style.painting
        table.add_row(
            style.name, painting.title, Text(f"{painting.painter}, {painting.year}", "dim")
        )
    console.print(table)
    console.print()
    console.print(_networks(styles[0], network.trained.style))
    console.print()


def styles_json(styles: Sequence[ShippedStyle]) -> str:
    return json.dumps([style.credits() for style in styles], indent=2, ensure_ascii=False)


def thumbnail(picture: np.ndarray, columns: int = COLUMNS) -> Text:
    """The painting in `columns` characters a line, each showing two pixels above each other."""
    height, width, _ = picture.shape
    rows = 2 * max(1, round(columns * height / width / 2))
    pixels = cv2.resize(picture, (columns, rows), interpolation=cv2.INTER_AREA)
    lines = []
    for upper, lower in zip(pixels[::2].tolist(), pixels[1::2].tolist(), strict=True):
        blocks = (
            (HALF, Style(color=Color.from_rgb(*above), bgcolor=Color.from_rgb(*below)))
            for above, below in zip(upper, lower, strict=True)
        )
        lines.append(Text.assemble(*blocks))
    return Text("\n").join(lines)


def _shows_pictures(console: Console) -> bool:
    in_colours = console.color_system is not None and not console.no_color
    return console.is_terminal and in_colours and not console.options.ascii_only


def _words(style: ShippedStyle) -> Table:
    words = Table.grid()
    painting = style.painting
    words.add_row(Text.assemble((painting.title, "bold"), f"  {style.name}"))
    words.add_row(Text(f"{painting.painter}, {painting.year}"))
    words.add_row(Text(painting.source, "dim"))
    words.add_row(Text(painting.licence, "dim"))
    words.add_row()
    words.add_row(_networks(style, style.name))
    return words


def _networks(style: ShippedStyle, model: str) -> Table | Text:
    if not style.ids:
        return Text(f"no network yet: kunster run +experiment={style.name}")
    table = Table(box=None, padding=(0, 3, 0, 0), header_style="dim")
    table.add_column("--model", min_width=18)  # the same for all styles, so that columns align
    for heading, width in (("parameters", 10), ("stages", 6), ("kB", 9)):
        table.add_column(heading, justify="right", min_width=width)
    for number in style.ids:
        stages = style.stages(number)
        table.add_row(
            f"{model}:{number}",
            f"{stages[0].description.parameters:,}",
            ", ".join(STAGES[stage.trained.stage] for stage in stages),
            " + ".join(f"{stage.bytes / 1000:.0f}" for stage in stages),
        )
    return table
