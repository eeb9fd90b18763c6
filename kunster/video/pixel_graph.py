"""The ONNX graph that engines compile: a stylizer of RGB in [0, 255], written from arrays.

It computes what `kunster.networks.stylizer.Stylizer` does, with the faster convolutions of
`kunster.networks.kernels`; its outputs are whole numbers in [0, 255].
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from kunster.export.onnx_writer import GraphWriter
from kunster.networks import kernels
from kunster.networks.kernels import BLOCK, Kernel
from kunster.networks.shapes import EPSILON
from kunster.networks.stored import StoredNetwork

FULL = 255.0
EDGE, START = (1, 1, 1, 1), (1, 1, 0, 0)  # pixels repeated at top, left, bottom, right

# writes an instance norm: its name, scale and shift (C,), and the name of its features
Norm = Callable[[GraphWriter, str, np.ndarray, np.ndarray, str], str]


def can_be_packed(network: StoredNetwork) -> bool:
    """True if the first and last kernels are 3x3: reflection repeats the edge of the blocks."""
    return network.shape.end_kernel == 3


def plain_norm(
    graph: GraphWriter, name: str, scale: np.ndarray, shift: np.ndarray, features: str
) -> str:
    """Instance norm in plain operations, exact in onnxruntime."""
    weight = graph.constant(f"{name}.weight", scale.reshape(1, -1, 1, 1))
    bias = graph.constant(f"{name}.bias", shift.reshape(1, -1, 1, 1))
    return graph.normalized(features, weight, bias, EPSILON["instance"])


def write_pixels(
    graph: GraphWriter,
    network: StoredNetwork,
    frames: str,
    packed: bool = False,
    norm: Norm = plain_norm,
) -> str:
    """Adds the network to the graph; the name of its output.

    Args:
        frames: name of the input, float (1, 3, H, W), RGB in [0, 255].
        packed: hold the full resolution in blocks of 2x2 pixels; only if `can_be_packed`.
        norm: how instance norms outside of blocks are written.
    """
    writer = _Writer(graph, network, norm)
    features = writer.encoded(frames, packed)
    stylized = writer.decoded(features, packed)
    if network.shape.tanh:  # in [0, 1] whatever the input's range
        squashed = graph.add("Add", graph.add("Tanh", stylized), graph.operand(1.0))
        stylized = graph.add("Mul", squashed, graph.operand(FULL / 2))
    bounds = graph.operand(0.0), graph.operand(FULL)
    return graph.add("Round", graph.add("Clip", stylized, *bounds))


@dataclass(frozen=True)
class _Writer:
    graph: GraphWriter
    network: StoredNetwork
    norm: Norm

    def encoded(self, frames: str, packed: bool) -> str:
        shape, first = self.network.shape, self._kernel("encoder.0.0")
        first = Kernel(first.weight * np.float32(1 / FULL), first.bias)
        if packed:
            padded = self.graph.padded(frames, "reflect", *EDGE)
            features = self._conv("first", padded, kernels.blockwise(first), stride=BLOCK)
            features = self._packed_normed("encoder.0.1", "encoder.0.2", features)
            padded = self.graph.padded(features, "edge", *START)
            second = kernels.from_blocks(self._kernel("encoder.1.0"))
            features = self._normed("encoder.1.1", self._conv("second", padded, second))
            features = self._active("encoder.1.2", features)
        else:
            features = self._reflected("first", frames, first)
            features = self._active("encoder.0.2", self._normed("encoder.0.1", features))
            features = self._block("encoder.1", features, stride=2)
        features = self._block("encoder.2", features, stride=2)
        for number, dilations in enumerate(shape.block_dilations, start=3):
            features = self._residual(f"encoder.{number}.body", features, dilations)
        return features

    def decoded(self, features: str, packed: bool) -> str:
        features = self._doubled("decoder.0", features)
        last = self._kernel("decoder.2")
        if not self.network.shape.tanh:
            last = Kernel(last.weight * np.float32(FULL), last.bias * np.float32(FULL))
        if packed:
            padded = self.graph.padded(features, "edge", *EDGE)
            wide = kernels.doubling_to_blocks(self._kernel("decoder.1.0"))
            features = self._conv("doubling", padded, wide)
            features = self._packed_normed("decoder.1.1", "decoder.1.2", features)
            padded = self.graph.padded(features, "edge", *EDGE)
            blocks = self._conv("last", padded, kernels.from_blocks_to_blocks(last))
        else:
            features = self._doubled("decoder.1", features)
            margins = [self.network.shape.end_kernel // 2] * 4
            padded = self.graph.padded(features, "reflect", *margins)
            blocks = self._conv("last", padded, kernels.blockwise(last), stride=BLOCK)
        return self.graph.add("DepthToSpace", blocks, blocksize=BLOCK, mode="CRD")

    def _block(self, name: str, features: str, stride: int) -> str:
        features = self._reflected(name, features, self._kernel(f"{name}.0"), stride)
        return self._active(f"{name}.2", self._normed(f"{name}.1", features))

    def _residual(self, name: str, features: str, dilations: tuple[int, int]) -> str:
        first, second = dilations
        inner = self._reflected(f"{name}.0", features, self._kernel(f"{name}.0"), 1, first)
        inner = self._active(f"{name}.2", self._normed(f"{name}.1", inner))
        inner = self._reflected(f"{name}.3", inner, self._kernel(f"{name}.3"), 1, second)
        return self.graph.add("Add", features, self._normed(f"{name}.4", inner))

    def _doubled(self, name: str, features: str) -> str:
        padded = self.graph.padded(features, "edge", *EDGE)
        kernel = kernels.doubling(self._kernel(f"{name}.0"))
        features = self.graph.add(
            "ConvTranspose",
            *(padded, *self._constants(name, kernel)),
            kernel_shape=kernel.weight.shape[2:],
            strides=(2, 2),
            pads=(3, 3, 3, 3),
        )
        return self._active(f"{name}.2", self._normed(f"{name}.1", features))

    def _reflected(
        self, name: str, features: str, kernel: Kernel, stride: int = 1, dilation: int = 1
    ) -> str:
        margins = [kernel.weight.shape[-1] // 2 * dilation] * 4
        padded = self.graph.padded(features, "reflect", *margins)
        return self._conv(name, padded, kernel, stride, dilation)

    def _conv(
        self, name: str, features: str, kernel: Kernel, stride: int = 1, dilation: int = 1
    ) -> str:
        return self.graph.add(
            "Conv",
            *(features, *self._constants(name, kernel)),
            kernel_shape=kernel.weight.shape[2:],
            strides=(stride, stride),
            dilations=(dilation, dilation),
        )

    def _normed(self, name: str, features: str) -> str:
        if not self._is_there(name):
            return features
        if self.network.shape.norm == "instance":
            return self.norm(self.graph, name, *self._kernel(name), features)
        weight, bias = self._of_channels(f"{name}.weight"), self._of_channels(f"{name}.bias")
        squares = self.graph.mean(self.graph.add("Mul", features, features))
        return self._scaled(features, squares, weight, bias)

    def _packed_normed(self, norm: str, activation: str, features: str) -> str:
        """The norm of C channels for 4 C, four in a row for each of the C, and the activation."""
        if not self._is_there(norm):
            return self._active(activation, features, BLOCK**2)
        weight = self._of_channels(f"{norm}.weight", BLOCK**2)
        bias = self._of_channels(f"{norm}.bias", BLOCK**2)
        if self.network.shape.norm == "instance":
            mean = self.graph.mean(features)
            features = self.graph.add("Sub", features, self._average(norm, mean))
        squares = self.graph.mean(self.graph.add("Mul", features, features))
        normed = self._scaled(features, self._average(norm, squares), weight, bias)
        return self._active(activation, normed, BLOCK**2)

    def _is_there(self, norm: str) -> bool:
        """False once it is part of its convolution, see `kunster.networks.fixed_norms`."""
        return f"{norm}.weight" in self.network.arrays

    def _scaled(self, features: str, squares: str, weight: str, bias: str) -> str:
        epsilon = self.graph.operand(EPSILON[self.network.shape.norm])
        raised = self.graph.add("Add", squares, epsilon)
        inverse = self.graph.add("Reciprocal", self.graph.add("Sqrt", raised))
        factor = self.graph.add("Mul", inverse, weight)
        return self.graph.add("Add", self.graph.add("Mul", features, factor), bias)

    def _average(self, name: str, values: str) -> str:
        """The mean of each four channels in a row, for all four; values (1, 4 C, 1, 1)."""
        channels = self.network.arrays[f"{name}.weight"].size
        four = np.full((BLOCK**2, BLOCK**2), BLOCK**-2, np.float32)
        weight = np.kron(np.eye(channels, dtype=np.float32), four)[..., None, None]
        constant = self.graph.constant(f"{name}.average", weight)
        return self.graph.add("Conv", values, constant, kernel_shape=(1, 1))

    def _active(self, name: str, features: str, repeats: int = 1) -> str:
        if self.network.shape.norm == "instance":
            return self.graph.add("Relu", features)
        return self.graph.add("Max", features, self._of_channels(f"{name}.threshold", repeats))

    def _of_channels(self, name: str, repeats: int = 1) -> str:
        values = np.repeat(self.network.arrays[name].ravel(), repeats)
        return self.graph.constant(name, values.reshape(1, -1, 1, 1))

    def _kernel(self, name: str) -> Kernel:
        return Kernel(*(self.network.arrays[f"{name}.{kind}"] for kind in ("weight", "bias")))

    def _constants(self, name: str, kernel: Kernel) -> list[str]:
        return [
            self.graph.constant(f"{name}.kernel.{kind}", value)
            for kind, value in kernel._asdict().items()
        ]
