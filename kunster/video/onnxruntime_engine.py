"""onnxruntime on the CPU."""

from typing import TYPE_CHECKING

import numpy as np

from kunster.export.onnx_writer import GraphWriter, make_model
from kunster.machine.cores import cores
from kunster.machine.quiet import quiet_onnxruntime
from kunster.networks.stored import StoredNetwork
from kunster.video.engines import Engine
from kunster.video.pixel_graph import write_pixels

if TYPE_CHECKING:
    import onnxruntime

INPUT, OUTPUT = "frame", "stylized"


class OnnxRuntimeEngine(Engine):
    """onnxruntime in float32; the streams share a session, each with its part of the processors."""

    def __init__(self, network: StoredNetwork, size: tuple[int, int], streams: int = 1) -> None:
        super().__init__(size, streams)
        self.threads = max(1, cores() // streams)
        self._session = open_session(_onnx(network), self.threads)

    @property
    def name(self) -> str:
        return f"onnxruntime f32, {self.threads * self.streams} CPU threads"

    def run(self, frame: np.ndarray) -> np.ndarray:
        return self._session.run(None, {INPUT: frame[None]})[0][0]  # type: ignore[no-any-return]


def open_session(model: bytes, threads: int) -> "onnxruntime.InferenceSession":
    """The ONNX model, ready to run on so many threads of the CPU."""
    onnxruntime = quiet_onnxruntime()
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # errors; they are raised too
    options.intra_op_num_threads = threads
    # idle threads would spin on the cores that decode and encode
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _onnx(network: StoredNetwork) -> bytes:
    """ONNX model on uint8 (1, H, W, 3)."""
    from onnx import TensorProto

    graph = GraphWriter()
    planes = graph.add("Transpose", INPUT, perm=[0, 3, 1, 2])
    floats = graph.add("Cast", planes, to=TensorProto.FLOAT)
    stylized = write_pixels(graph, network, floats)
    whole = graph.add("Cast", stylized, to=TensorProto.UINT8)
    graph.add("Transpose", whole, output=OUTPUT, perm=[0, 2, 3, 1])
    model = make_model(graph, (INPUT, OUTPUT), (1, "height", "width", 3), np.uint8)
    return model.SerializeToString()  # type: ignore[no-any-return]
