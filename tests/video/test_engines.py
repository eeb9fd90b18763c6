import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from PIL import Image

from kunster.errors import UserError
from kunster.export.mil_package import read_package
from kunster.export.mil_reference import evaluate
from kunster.video.choose_engine import build_engine
from kunster.video.coreml_engine import CoreMLEngine

from ..random_networks import describe, painted, random_network

HERE = ("openvino", "onnxruntime", "torch")


def errors(found, network, frame):
    assert found.dtype == np.uint8
    error = np.abs(found - painted(network, frame))
    return error.mean(), error.max()


def photo(photos, height, width):
    return cv2.resize(photos[1], (width, height), interpolation=cv2.INTER_AREA)


@pytest.mark.parametrize("choice", HERE)
@pytest.mark.parametrize("size", [(64, 64), (90, 133)])  # the second is padded and cropped
def test_an_engine_computes_what_the_network_computes(network, photos, choice, size):
    frame = photo(photos, *size)
    before = frame.copy()
    mean, largest = errors(build_engine(network, size, choice)(frame), network, frame)
    # rounding to bytes alone is 0.25 on average; bfloat16 has 8 significant bits, onnxruntime 24
    assert (mean, largest) < ((0.26, 0.51) if choice == "onnxruntime" else (1.0, 20))
    np.testing.assert_array_equal(frame, before)


@pytest.mark.parametrize(("alpha", "beta"), [(0.125, 0.5), (0.5, 1.0)])
def test_openvino_at_other_widths_and_kernels(photos, alpha, beta):
    network = random_network(describe(alpha=alpha, beta=beta))
    frame = photo(photos, 96, 128)
    mean, largest = errors(build_engine(network, (96, 128))(frame), network, frame)
    assert mean < 1
    assert largest < 20


@pytest.mark.parametrize("choice", HERE)
def test_values_beyond_black_and_white_are_clamped_not_wrapped(photos, choice):
    network = random_network(describe())
    network.decoder[-1].weight.mul_(20)
    frame = photo(photos, 64, 96)
    truth = painted(network, frame)
    found = build_engine(network, (64, 96), choice)(frame).astype(float)
    for extreme in (0, 255):
        assert (truth == extreme).sum() > 100
        # bfloat16 may take a value from beyond the edge to just before it, never to the far side
        assert np.abs(found[truth == extreme] - extreme).mean() < 5


@pytest.mark.parametrize("choice", HERE)
def test_streams_at_the_same_time_give_what_one_gives_alone(photos, choice):
    engine = build_engine(random_network(describe(alpha=0.125)), (64, 80), choice, streams=2)
    random = np.random.default_rng(0)
    frames = [random.integers(0, 256, (64, 80, 3), np.uint8) for _ in range(12)]
    alone = [engine(frame) for frame in frames]
    with ThreadPoolExecutor(engine.streams) as pool:
        together = list(pool.map(engine, frames))
    for first, second in zip(alone, together, strict=True):
        np.testing.assert_array_equal(first, second)
    assert len({frame.tobytes() for frame in alone}) == len(frames)


def test_auto_says_what_it_chose_and_an_unknown_engine_which_there_are():
    network = random_network(describe(alpha=0.125))
    chosen = build_engine(network, (64, 64))
    assert ("torch" if torch.cuda.is_available() else "OpenVINO") in chosen.name
    with pytest.raises(UserError, match="engine=warp: must be one of auto, openvino, onnx"):
        build_engine(network, (64, 64), "warp")


def test_auto_takes_onnxruntime_where_openvino_is_not_installed(network, monkeypatch):
    monkeypatch.setitem(sys.modules, "openvino", None)
    chosen = build_engine(network, (64, 64))
    assert ("torch" if torch.cuda.is_available() else "onnxruntime") in chosen.name
    with pytest.raises(UserError, match=r"^engine=openvino: needs openvino: .*'kunster\[fast\]'$"):
        build_engine(network, (64, 64), "openvino")


def test_a_frame_too_small_is_refused_in_one_line():
    with pytest.raises(UserError, match="a picture of 80x63: both sides must be at least 64"):
        build_engine(random_network(describe(alpha=0.125)), (63, 80))


def test_core_ml_is_given_the_network_and_its_pictures(photos, monkeypatch):
    """What predicts stands in for Core ML: a reference, in half precision, of the same package."""
    from coremltools.models import MLModel

    def predict(model, inputs):
        package = read_package(Path(model.package_path))
        stylized = evaluate(package, np.array(inputs["image"])).round().astype(np.uint8)
        return {"stylized": Image.fromarray(stylized).convert("RGBA")}

    monkeypatch.setattr(MLModel, "predict", predict)
    network = random_network(describe(alpha=0.125))
    frame = photo(photos, 66, 80)
    mean, largest = errors(CoreMLEngine(network, (66, 80))(frame), network, frame)
    assert mean < 1
    assert largest < 10


@pytest.mark.skipif(sys.platform == "darwin", reason="Core ML is there")
def test_core_ml_elsewhere_is_refused_in_one_line():
    with pytest.raises(UserError, match="Core ML computes on macOS only"):
        build_engine(random_network(describe(alpha=0.125)), (64, 64), "coreml")


def test_openvino_tells_nobody_that_it_is_used(network):
    """Its package sends an event of each import, unless what sends them is not there."""
    build_engine(network, (64, 64), "openvino")
    assert "openvino_telemetry" not in sys.modules
    assert sys.modules["openvino.tools.ovc.telemetry_utils"].tm.__name__.endswith("telemetry_stub")
