"""A picture and what the network makes of it: what an app should show, to compare with."""

from pathlib import Path

import torch
from torch import nn

from kunster.export.coreml import DEFAULT_SIZE
from kunster.export.parity import Image
from kunster.pictures.images import as_bytes, as_image, middle, write_png

INPUT_PICTURE, OUTPUT_PICTURE = "example_input.png", "example_output.png"


@torch.inference_mode()
def write_examples(network: nn.Module, photo: Image, before: Path, after: Path) -> None:
    """Writes the photo at the default size, and the network's own picture of it.

    Args:
        network: in eval mode, float32, on the CPU.
        photo: uint8 (H, W, 3) RGB of any size.
        before, after: `.png` files.
    """
    picture = middle(photo, *DEFAULT_SIZE)
    write_png(picture, before)
    write_png(as_bytes(network(as_image(picture))[0]), after)
