"""Captions: dark text on a white strip beside a picture."""

from unicodedata import combining, normalize

import numpy as np
from PIL import Image, ImageDraw, ImageFont

INK, PAPER = 64, 255  # grey levels
WORDS = {ord("α"): "alpha", ord("β"): "beta"}
LINE = 1.6  # height of a caption's strip in font sizes


def caption(text: str, width: int, font_size: int) -> np.ndarray:
    """A line of text on a white strip, uint8 RGB (round(1.6 font_size), width, 3).

    Aligned left; text that is too long ends in an ellipsis. Letters lose their accents, and α and β
    are written out: Pillow's font lacks them.
    """
    font = ImageFont.load_default(size=font_size)
    image = Image.new("L", (width, caption_height(font_size)), PAPER)
    letters = normalize("NFD", text.translate(WORDS))
    plain = "".join(letter for letter in letters if not combining(letter))
    shown, middle = _fitting(plain, width, font), image.height / 2
    ImageDraw.Draw(image).text((0, middle), shown, fill=INK, font=font, anchor="lm")
    return np.repeat(np.asarray(image)[..., None], 3, axis=2)


def caption_height(font_size: int) -> int:
    """Height of a caption's strip, pixels."""
    return round(LINE * font_size)


def _fitting(text: str, width: int, font: ImageFont.FreeTypeFont | ImageFont.ImageFont) -> str:
    shown = text
    while shown and font.getlength(shown) > width:
        text = text[:-1]
        shown = f"{text.rstrip()}…" if text else ""
    return shown
