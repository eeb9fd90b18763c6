"""The options of `kunster stylize` as keywords of Python."""

from typing import Any, NamedTuple, TypedDict

from kunster.console.choices import among
from kunster.errors import UserError
from kunster.video.looks import Look
from kunster.video.sizes import NetworkSize, Texture


class Options(TypedDict, total=False):
    """Options of `kunster stylize`, as keywords.

    Attributes:
        size: of the network's input: 480, the short side, "480x320", width x height, or "source";
            by default 720 for larger pictures, which keep their own size, and 480 for videos.
        strength: 0 is the picture, 1 (the default) the full style.
        keep_colors: only luminance is stylized.
        texture: size of the strokes: 2 twice as large, 0.5 half.
        preview: the picture on the left, the style beside it.
        full_size: enlarge the output to the picture's own size.
    """

    size: int | str
    strength: float
    keep_colors: bool
    texture: float
    preview: bool
    full_size: bool


class Settings(NamedTuple):
    """Checked values of `Options`."""

    look: Look
    size: NetworkSize | None
    full_size: bool
    texture: Texture

    def of_picture(self) -> tuple[Look, NetworkSize | None, bool, Texture]:
        """Arguments of `stylize_picture` and `stylize_pixels`, in their order."""
        return self.look, self.size, self.full_size, self.texture


def settings_of(
    size: int | str | None = None,
    strength: float = 1.0,
    keep_colors: bool = False,
    texture: float = 1.0,
    preview: bool = False,
    full_size: bool = False,
    **unknown: Any,
) -> Settings:
    """The values of `Options`, or its defaults.

    Raises:
        UserError: one is unknown, or out of range.
    """
    for name, value in unknown.items():
        raise UserError(f"{name}={value!r}: no such option; {among(name, Options.__annotations__)}")
    network_size = None if size is None else NetworkSize.parse(str(size))
    return Settings(Look(strength, keep_colors, preview), network_size, full_size, Texture(texture))
