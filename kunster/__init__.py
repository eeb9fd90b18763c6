"""Kunster: a painting's style in a network small enough for a phone, steady on video.

    scream = kunster.load("scream")
    scream("photo.jpg", "painted.jpg")

`docs/python.md` has the rest.
"""

from typing import TYPE_CHECKING

__version__ = "0.2.0"
__all__ = ["Steady", "StyleTransfer", "UserError", "__version__", "list_styles", "load", "train"]

if TYPE_CHECKING:
    from kunster.assets.trained import list_styles
    from kunster.errors import UserError
    from kunster.run.scripted import train
    from kunster.stylize.style_transfer import StyleTransfer, load
    from kunster.video.steady import Steady

_PLACES = {  # imported when they are first asked for: `import kunster` costs nothing
    "Steady": "kunster.video.steady",
    "StyleTransfer": "kunster.stylize.style_transfer",
    "UserError": "kunster.errors",
    "list_styles": "kunster.assets.trained",
    "load": "kunster.stylize.style_transfer",
    "train": "kunster.run.scripted",
}


def __getattr__(name: str) -> object:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    try:
        return getattr(import_module(_PLACES[name]), name)
    except ModuleNotFoundError as error:
        from kunster.console.extras import not_found

        raise not_found(error) or error from error


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
