"""VGG networks by name, as configurations use them."""

from pathlib import Path

from kunster.assets.registry import asset_path
from kunster.errors import UserError
from kunster.losses.features import PerceptualNetwork
from kunster.losses.weights import VGG16, VGG19, load_vgg


def load_vgg16(path: str | Path | None = None) -> PerceptualNetwork:
    """VGG16 from a file, by default the one that `python -m kunster.fetch vgg16` downloads.

    Raises:
        UserError: the file is missing or holds something else.
    """
    found = Path(path).expanduser() if path else asset_path("vgg16")
    if found is None:
        raise UserError(
            "perceptual=vgg16: its weights are not downloaded; `python -m kunster.fetch "
            "vgg16` downloads them, perceptual.path=… takes a file, perceptual=slim needs none"
        )
    return load_vgg(found, VGG16)


def load_vgg19(path: str | Path) -> PerceptualNetwork:
    """VGG19 up to relu3_3 from a file.

    Raises:
        UserError: the file is missing or holds something else.
    """
    return load_vgg(Path(path).expanduser(), VGG19)
