"""A Core ML package run by Core ML itself, on macOS.

Written by coremltools' documentation. It was not run: elsewhere packages are evaluated operation by
operation (`mil_reference`), and that is what the checks rest on.
"""

import sys
from pathlib import Path

import numpy as np

from kunster.export.onnx_file import INPUT, OUTPUT
from kunster.export.parity import Image, Stylize


def predictor(path: Path) -> Stylize | None:
    """The package as a function of pictures; None where there is no Core ML."""
    if sys.platform != "darwin":
        return None
    from coremltools.models import MLModel
    from PIL import Image as Picture

    model = MLModel(str(path))

    def stylize(image: Image) -> np.ndarray:
        stylized = model.predict({INPUT: Picture.fromarray(image)})[OUTPUT]
        return np.asarray(stylized.convert("RGB"), np.float32)

    return stylize
