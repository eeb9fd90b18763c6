"""Choice of an engine by name, or of the fastest on this machine."""

import ctypes
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING, get_args

from kunster.console.extras import check_module
from kunster.console.options import AUTO, EngineName
from kunster.errors import UserError
from kunster.networks.stored import StoredNetwork
from kunster.video.engines import Engine

if TYPE_CHECKING:
    from kunster.networks.stylizer import Stylizer

NOT_IN_THE_BASE = {"openvino": "openvino", "torch": "torch", "coreml": "coremltools"}


def build_engine(
    network: "StoredNetwork | Stylizer",
    size: tuple[int, int],
    choice: str = AUTO,
    streams: int = 1,
) -> Engine:
    """Compiles the network for an engine.

    Args:
        network: a module in eval mode, float32, on the CPU, is left as it is.
        size: (height, width) of the frames in pixels.
        choice: an engine's name, or `auto`: torch on a CUDA card, else OpenVINO, and
            onnxruntime where that is not installed.
        streams: frames processed at the same time; a GPU takes them one by one.

    Raises:
        UserError: no such engine, or it is not on this machine.
    """
    check_engine(choice)
    stored = network if isinstance(network, StoredNetwork) else StoredNetwork.of(network)
    return _built(_best() if choice == AUTO else choice, stored, size, streams)


def check_engine(choice: str) -> None:
    """Raises a UserError unless that is an engine which is here, or `auto`."""
    known = (AUTO, *get_args(EngineName))
    if choice not in known:
        raise UserError(f"engine={choice}: must be one of {', '.join(known)}")
    if choice == "coreml" and sys.platform != "darwin":
        raise UserError("engine=coreml: Core ML computes on macOS only; leave it at auto")
    if choice in NOT_IN_THE_BASE:
        check_module(NOT_IN_THE_BASE[choice], f"engine={choice}:")


def _best() -> str:
    on_cpu = "openvino" if find_spec("openvino") else "onnxruntime"
    if not (find_spec("torch") and _has_cuda_driver()):
        return on_cpu
    import torch

    return "torch" if torch.cuda.is_available() else on_cpu


def _has_cuda_driver() -> bool:
    """True if NVIDIA's driver is installed; torch takes seconds to import for the same answer."""
    try:
        ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    except OSError:
        return False
    return True


def _built(choice: str, network: StoredNetwork, size: tuple[int, int], streams: int) -> Engine:
    if choice == "openvino":
        from kunster.video.openvino_engine import OpenVinoEngine

        return OpenVinoEngine(network, size, streams)
    if choice == "onnxruntime":
        from kunster.video.onnxruntime_engine import OnnxRuntimeEngine

        return OnnxRuntimeEngine(network, size, streams)
    if choice == "torch":
        from kunster.networks.model_file import as_stylizer
        from kunster.video.torch_engine import TorchEngine

        return TorchEngine(as_stylizer(network), size, streams)
    from kunster.networks.model_file import as_stylizer
    from kunster.video.coreml_engine import CoreMLEngine

    return CoreMLEngine(as_stylizer(network), size, streams)
