"""Core ML on macOS, through coremltools' `predict`.

Written from its documentation: the conversion is tested, prediction on macOS was never run.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from PIL import Image

from kunster.export.coreml import convert
from kunster.export.onnx_file import INPUT, OUTPUT
from kunster.networks.stylizer import Stylizer
from kunster.video.engines import Engine


class CoreMLEngine(Engine):
    """Half precision on Neural Engine, GPU or CPU, as Core ML chooses; frames one by one."""

    def __init__(self, network: Stylizer, size: tuple[int, int], streams: int = 1) -> None:
        from coremltools.models import MLModel

        super().__init__(size, streams=1)
        self._folder = TemporaryDirectory()  # goes when the engine goes
        package = Path(self._folder.name, "stylizer.mlpackage")
        convert(network, "fixed", self.padded_size).save(str(package))
        self._model = MLModel(str(package))

    @property
    def name(self) -> str:
        return "Core ML f16"

    def run(self, frame: np.ndarray) -> np.ndarray:
        stylized = self._model.predict({INPUT: Image.fromarray(frame)})[OUTPUT]
        return np.array(stylized.convert("RGB"))
