"""The statistics that a network's norms have on a large picture, from a sample of it.

The sample is pieces at full resolution: on a picture made smaller, details and so the statistics
are others. Colours differ from piece to piece; weights (calibration, Deville & Särndal 1992) let
the sample have those of the whole picture, as if it were several times as large.
"""

from collections.abc import Sequence
from importlib.util import find_spec

import cv2
import numpy as np

from kunster.console.options import AUTO
from kunster.export.onnx_writer import GraphWriter, make_model
from kunster.machine.cores import cores
from kunster.machine.quiet import quiet_openvino
from kunster.networks.fixed_norms import Moments, Statistics
from kunster.networks.shapes import STRIDE
from kunster.networks.stored import StoredNetwork
from kunster.video.onnxruntime_engine import open_session
from kunster.video.pixel_graph import write_pixels

PIECE = 256  # pixels, either side; on smaller ones the reflections at their borders count
SHARE = 1 / 8  # of the picture's pixels
LEAST, MOST = 4_000_000, 6_000_000  # pixels of all pieces, which are in memory together
COARSE = 8  # pixels, either side: how far colours are averaged before pieces are compared
FAINTEST = 0.01  # relative: weaker directions, in which pieces hardly differ, are left alone
INPUT, WEIGHTS = "pieces", "weights"


def statistics(network: StoredNetwork, picture: np.ndarray, engine: str = AUTO) -> Statistics:
    """Statistics of every norm on a picture, uint8 RGB (H, W, 3), sides multiples of 4.

    Args:
        engine: what paints; onnxruntime takes them itself, for all others OpenVINO does, or
            onnxruntime where that is not installed.
    """
    pieces = spread(picture)
    graph = _WeightedGraph()
    graph.constant(WEIGHTS, weights(pieces, picture).reshape(-1, 1, 1, 1))
    write_pixels(graph, network, INPUT)
    batch = np.ascontiguousarray(pieces.transpose(0, 3, 1, 2), np.float32)
    in_openvino = engine != "onnxruntime" and find_spec("openvino")
    means = (_in_openvino if in_openvino else _in_onnxruntime)(_onnx(graph), batch)
    return _by_norm(network, [mean.ravel() for mean in means])


def _in_openvino(graph: bytes, batch: np.ndarray) -> Sequence[np.ndarray]:
    openvino = quiet_openvino()
    model = openvino.Core().read_model(graph)
    model.reshape(batch.shape)
    compiled = openvino.compile_model(model, "CPU", {"INFERENCE_NUM_THREADS": cores()})
    means: Sequence[np.ndarray] = compiled([batch]).to_tuple()
    return means


def _in_onnxruntime(graph: bytes, batch: np.ndarray) -> Sequence[np.ndarray]:
    session = open_session(graph, cores())
    means: Sequence[np.ndarray] = session.run(None, {INPUT: batch})
    return means


def spread(picture: np.ndarray) -> np.ndarray:
    """Pieces in the middle of each cell of a grid: uint8 RGB (N, h, w, 3)."""
    height, width = picture.shape[:2]
    sides = [min(PIECE, side // STRIDE * STRIDE) for side in (height, width)]
    pixels = min(max(SHARE * height * width, LEAST), MOST)
    wanted = pixels / (sides[0] * sides[1])
    rows = _between(round((wanted * height / width) ** 0.5), height // sides[0])
    columns = _between(round(wanted / rows), width // sides[1])
    tops, lefts = (
        [int((place + 0.5) * side / count - piece / 2) for place in range(count)]
        for side, count, piece in zip((height, width), (rows, columns), sides, strict=True)
    )
    return np.stack(
        [picture[top : top + sides[0], left : left + sides[1]] for top in tops for left in lefts]
    )


def weights(pieces: np.ndarray, picture: np.ndarray) -> np.ndarray:
    """Weights of the pieces, float32 (N,), 1 on average and as near to 1 as can be, with which
    they have the colours, contrasts and details of the picture."""
    found = np.stack([_colours(piece) for piece in pieces])
    wanted = _colours(picture)
    scale = np.maximum(found.std(axis=0), np.finfo(np.float32).eps)
    sums = np.column_stack([np.ones(len(found)), (found - wanted) / scale])
    missing = [0, *-sums[:, 1:].sum(axis=0)]
    changes = np.linalg.lstsq(sums.T, missing, rcond=FAINTEST)[0]
    positive = np.maximum(1 + changes, 0)
    return np.asarray(positive / positive.mean(), np.float32)


def _colours(pixels: np.ndarray) -> np.ndarray:
    """Means of R, G, B and of their products, coarsely, and of all squares, exactly: (10,)."""
    height, width = pixels.shape[:2]
    coarse = (max(1, width // COARSE), max(1, height // COARSE))
    small = cv2.resize(pixels, coarse, interpolation=cv2.INTER_AREA).reshape(-1, 3) / 255
    products = (small.T @ small / len(small))[np.triu_indices(3)]
    squares = cv2.norm(pixels, cv2.NORM_L2SQR) / pixels.size / 255**2
    return np.array([*small.mean(axis=0), *products, squares])


def _between(count: int, most: int) -> int:
    return max(1, min(count, most))


class _WeightedGraph(GraphWriter):
    """A graph whose means are over the pixels of all pieces, by their weights, and are kept."""

    def __init__(self) -> None:
        super().__init__()
        self.means: list[str] = []

    def mean(self, features: str) -> str:
        weighted = self.add("Mul", super().mean(features), WEIGHTS)
        self.means.append(self.add("ReduceMean", weighted, axes=[0], keepdims=1))
        return self.means[-1]


def _onnx(graph: _WeightedGraph) -> bytes:
    """ONNX model of floats (N, 3, H, W) in [0, 255]; its outputs are the means."""
    from onnx import TensorProto, helper

    model = make_model(graph, (INPUT, INPUT), ("pieces", 3, "height", "width"))
    del model.graph.output[:]
    model.graph.output.extend(
        helper.make_tensor_value_info(name, TensorProto.FLOAT, (1, None, 1, 1))
        for name in graph.means
    )
    return model.SerializeToString()  # type: ignore[no-any-return]


def _by_norm(network: StoredNetwork, means: list[np.ndarray]) -> Statistics:
    """Statistics from means in the order of the graph: mean and variance, or mean squares."""
    if network.shape.norm == "instance":
        pairs = zip(means[::2], means[1::2], strict=True)
    else:
        pairs = zip([np.zeros_like(mean) for mean in means], means, strict=True)
    return {name: Moments(*pair) for name, pair in zip(network.shape.norms, pairs, strict=True)}
