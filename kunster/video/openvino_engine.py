"""OpenVINO, the fastest engine on processors of Intel, AMD and Arm."""

from queue import SimpleQueue
from typing import TYPE_CHECKING

import numpy as np

from kunster.export.onnx_writer import GraphWriter, make_model
from kunster.machine.cores import cores
from kunster.machine.quiet import quiet_openvino
from kunster.networks.shapes import EPSILON
from kunster.networks.stored import StoredNetwork
from kunster.video.engines import Engine
from kunster.video.pixel_graph import can_be_packed, write_pixels

if TYPE_CHECKING:
    import openvino

INPUT, OUTPUT = "frame", "stylized"
# channels at full resolution up to which blocks of 2x2 pixels pay; four times as many fill a
# register or two
WIDEST_PACKED = 8


class OpenVinoEngine(Engine):
    """OpenVINO in bfloat16 where the processor multiplies in it, in float32 elsewhere.

    Each stream has its share of the processors: two frames on a core each are finished sooner than
    one after the other on both.
    """

    def __init__(self, network: StoredNetwork, size: tuple[int, int], streams: int = 1) -> None:
        openvino = quiet_openvino()
        super().__init__(size, streams)
        core = openvino.Core()
        bfloat16 = "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        self.precision = "bf16" if bfloat16 else "f32"
        self.threads = max(cores(), streams)
        model = core.read_model(_onnx(network))
        self.first_in_bytes = bfloat16 and not can_be_packed(network)
        if self.first_in_bytes:
            _take_bytes_first(model)
        compiled = core.compile_model(
            _with_bytes(model, self.padded_size),
            "CPU",
            {
                "INFERENCE_PRECISION_HINT": self.precision,
                "NUM_STREAMS": streams,
                "INFERENCE_NUM_THREADS": self.threads,
                "ENABLE_CPU_PINNING": False,  # decoder and encoder share the processors
            },
        )
        self._idle: SimpleQueue[_Request] = SimpleQueue()
        for _ in range(streams):
            self._idle.put(_Request(compiled.create_infer_request()))

    @property
    def name(self) -> str:
        first = " (first layer int8)" if self.first_in_bytes else ""
        return f"OpenVINO {self.precision}{first}, {self.threads} CPU threads"

    def run(self, frame: np.ndarray) -> np.ndarray:
        request = self._idle.get()
        try:
            return request(frame)
        finally:
            self._idle.put(request)


class _Request:
    """One stream, with its own memory for input and output.

    Passing a frame to `infer` creates a tensor in the calling thread; two threads that did so for
    the first time at once deadlocked (OpenVINO 2026.4).
    """

    def __init__(self, request: "openvino.InferRequest") -> None:
        self._request = request
        self._frame = request.get_input_tensor().data
        self._stylized = request.get_output_tensor().data

    def __call__(self, frame: np.ndarray) -> np.ndarray:
        self._frame[0] = frame
        self._request.start_async()
        self._request.wait()
        return self._stylized[0].copy()  # type: ignore[no-any-return]


def _with_bytes(model: "openvino.Model", size: tuple[int, int]) -> "openvino.Model":
    """The model with uint8 (1, H, W, 3) in and out; its values are whole, so none is cut."""
    from openvino import Layout, Type
    from openvino.preprocess import PrePostProcessor

    model.reshape([1, 3, *size])
    processor = PrePostProcessor(model)
    for end in (processor.input(), processor.output()):
        end.tensor().set_element_type(Type.u8).set_layout(Layout("NHWC"))
        end.model().set_layout(Layout("NCHW"))
    processor.input().preprocess().convert_element_type(Type.f32)
    return processor.build()


def _take_bytes_first(model: "openvino.Model") -> None:
    """Makes the first convolution one of bytes: its inputs are whole numbers, its weights rounded.

    Three channels fill bfloat16's pairs badly, and the 9x9 layer is a fifth of the time; int8
    halves it. The weights, 8 bits in each channel, add 0.1 to the mean error in steps of 1/255.
    """
    from openvino import opset13

    first = next(op for op in model.get_ordered_ops() if op.get_type_name() == "Convolution")
    padding, weights = first.input_value(0).get_node(), first.input_value(1)
    largest = np.abs(weights.get_node().data).max(axis=(1, 2, 3), keepdims=True)
    frames = opset13.fake_quantize(padding.input_value(0), *_limits(0, 255), levels=256)
    rounded = opset13.fake_quantize(weights, *_limits(-largest, largest), levels=255)
    padding.input(0).replace_source_output(frames.output(0))
    first.input(1).replace_source_output(rounded.output(0))


def _limits(low: np.ndarray | float, high: np.ndarray | float) -> list["openvino.Node"]:
    """Limits of input and output for `fake_quantize`."""
    from openvino import opset13

    return [opset13.constant(np.array(value, np.float32)) for value in (low, high, low, high)]


def _onnx(network: StoredNetwork) -> bytes:
    """ONNX model on floats (1, 3, H, W) in [0, 255]; output rounded and clamped."""
    packed = can_be_packed(network) and network.shape.widths[0] <= WIDEST_PACKED
    graph = GraphWriter()
    stylized = write_pixels(graph, network, INPUT, packed, _instance_norm)
    graph.add("Identity", stylized, output=OUTPUT)
    model = make_model(graph, (INPUT, OUTPUT), (1, 3, "height", "width"))
    return model.SerializeToString()  # type: ignore[no-any-return]


def _instance_norm(
    graph: GraphWriter, name: str, scale: np.ndarray, shift: np.ndarray, features: str
) -> str:
    """Instance norm as a single node, for which OpenVINO has a kernel."""
    names = graph.constant(f"{name}.weight", scale), graph.constant(f"{name}.bias", shift)
    return graph.add("InstanceNormalization", features, *names, epsilon=EPSILON["instance"])
