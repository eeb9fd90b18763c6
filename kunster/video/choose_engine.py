"""Choice of an engine by name, or of the fastest on this machine."""

import sys
from collections.abc import Callable
from typing import Literal, get_args

from kunster.errors import UserError
from kunster.networks.stylizer import Stylizer
from kunster.video.engines import Engine

EngineName = Literal["openvino", "onnxruntime", "torch", "coreml"]
AUTO = "auto"

Build = Callable[[Stylizer, tuple[int, int], int], Engine]


def build_engine(
    network: Stylizer, size: tuple[int, int], choice: str = AUTO, streams: int = 1
) -> Engine:
    """Compiles the network for an engine.

    Args:
        network: in eval mode, float32, on the CPU; left as it is.
        size: (height, width) of the frames in pixels.
        choice: an engine's name, or `auto`: torch on a CUDA card, else OpenVINO.
        streams: frames processed at the same time; a GPU takes them one by one.

    Raises:
        UserError: no such engine, or it is not on this machine.
    """
    if choice not in (AUTO, *get_args(EngineName)):
        known = ", ".join([AUTO, *get_args(EngineName)])
        raise UserError(f"--engine {choice}: must be one of {known}")
    return _builder(_best() if choice == AUTO else choice)(network, size, streams)


def _best() -> str:
    import torch

    return "torch" if torch.cuda.is_available() else "openvino"


def _builder(choice: str) -> Build:
    if choice == "openvino":
        from kunster.video.openvino_engine import OpenVinoEngine

        return OpenVinoEngine
    if choice == "onnxruntime":
        from kunster.video.onnxruntime_engine import OnnxRuntimeEngine

        return OnnxRuntimeEngine
    if choice == "torch":
        from kunster.video.torch_engine import TorchEngine

        return TorchEngine
    if sys.platform != "darwin":
        raise UserError("--engine coreml: Core ML computes on macOS only; leave it at auto")
    from kunster.video.coreml_engine import CoreMLEngine

    return CoreMLEngine
