"""VGG networks by name, as configurations use them."""

from pathlib import Path

from kunster.assets.registry import asset_path
from kunster.errors import UserError
from kunster.losses.features import PerceptualNetwork, Pooling
from kunster.losses.weights import VGG16, load_vgg

# Oxford's weights, CC BY 4.0, as 8-bit codebooks
SHIPPED = Path(__file__).parents[1] / "assets" / "vgg19_conv4_3.safetensors"


def load_vgg16(path: str | Path | None = None) -> PerceptualNetwork:
    """VGG16 from a file, by default the one that `kunster fetch vgg16` downloads.

    Raises:
        UserError: the file is missing or holds something else.
    """
    found = Path(path).expanduser() if path else asset_path("vgg16")
    if found is None:
        raise UserError(
            "perceptual=vgg16: its weights are not downloaded; `kunster fetch "
            "vgg16` downloads them, perceptual.path=… takes a file, perceptual=vgg19 needs none"
        )
    return load_vgg(found, VGG16)


def load_vgg19(path: str | Path | None = None, pooling: Pooling = "max") -> PerceptualNetwork:
    """VGG19 from a file, as deep as it goes; by default conv1_1 to conv4_3, which ship.

    Args:
        pooling: max, as it was trained, or average, which paints smoother strokes.

    Raises:
        UserError: the file is missing or holds something else.
    """
    if path is not None:
        return load_vgg(Path(path).expanduser(), pooling=pooling)
    network = load_vgg(SHIPPED, pooling=pooling)
    network.source |= {"name": "vgg19", "source": "Oxford's VGG-19, shipped with kunster"}
    return network
