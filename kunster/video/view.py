"""State of a camera's window, which each key takes to the next."""

from itertools import count
from pathlib import Path
from typing import NamedTuple

STEP = 0.1
QUIT = ("q", "\x1b")  # and Escape
STRENGTH = {"+": STEP, "=": STEP, "-": -STEP}  # = is + without shift
STYLE = {"n": 1, "p": -1}  # next and previous
HOLD = {">": STEP, ".": STEP, "<": -STEP, ",": -STEP}  # . and , are > and < without shift


class View(NamedTuple):
    """Settings of the picture in the window.

    Attributes:
        strength: of the style, from 0 to 1.
        held: how still strokes hold, from 0 to 1.
        style: place of the style, see `LiveStyles`.
        recording: a film of what is shown is written.
        saved: number of pictures that were to be saved.
    """

    strength: float
    held: float
    style: int = 0
    full_screen: bool = False
    recording: bool = False
    saved: int = 0
    is_open: bool = True


def pressed(view: View, key: str) -> View:
    """The state after a key; one that means nothing changes nothing."""
    if key in QUIT:
        return view._replace(is_open=False)
    if key == "f":
        return view._replace(full_screen=not view.full_screen)
    if key == "r":
        return view._replace(recording=not view.recording)
    if key == "s":
        return view._replace(saved=view.saved + 1)
    return view._replace(
        strength=_within(view.strength + STRENGTH.get(key, 0)),
        held=_within(view.held + HOLD.get(key, 0)),
        style=view.style + STYLE.get(key, 0),
    )


def free_name(folder: Path, word: str, suffix: str) -> Path:
    """`camera_1.png`, or the first number after it that no file has."""
    return next(
        path for number in count(1) if not (path := folder / f"{word}_{number}{suffix}").exists()
    )


def _within(amount: float) -> float:
    return round(min(max(amount, 0), 1), 2)
