"""A run folder, and photos, Sintel and a video in miniature."""

import numpy as np
import pytest
import torch
from PIL import Image

from kunster.evaluate import report
from kunster.export.onnx_file import export_onnx
from kunster.networks.model_file import save_model
from kunster.networks.stylizer import kunster

from ..flo_files import write_flo
from ..measures.conftest import tiny_vgg19  # noqa: F401
from .small_data import described


@pytest.fixture(autouse=True)
def few_pixels(monkeypatch):
    """Coarse figures."""
    monkeypatch.setattr(report, "RESOLUTION", 40)


@pytest.fixture
def network():
    torch.manual_seed(0)
    return kunster(0.125, 0.5).eval()


@pytest.fixture
def run_folder(tmp_path, network):
    """Two stages: one as safetensors and ONNX, the other as a checkpoint alone."""
    folder = tmp_path / "alpha=0.125"  # as Hydra names the folders of a sweep
    description = described(network, "perceptual")
    save_model(network, description, folder / "perceptual" / "model.safetensors")
    export_onnx(network, description, folder / "perceptual" / "model.onnx")
    weights = {f"network.{name}": tensor for name, tensor in network.state_dict().items()}
    description = described(network, "temporal")
    (folder / "temporal").mkdir()
    torch.save(
        {"state_dict": weights, "description": description.to_metadata()},
        folder / "temporal" / "last.ckpt",
    )
    return folder


@pytest.fixture
def data(tmp_path):
    """A painting, photos, and Sintel and a video in miniature: a texture that moves."""
    random = np.random.default_rng(0)
    blocks = random.integers(0, 256, (12, 24, 3), np.uint8)
    wide = np.asarray(Image.fromarray(blocks).resize((192, 96), Image.Resampling.BICUBIC))
    (tmp_path / "photos").mkdir()
    for number in range(3):
        Image.fromarray(wide[:, 8 * number : 8 * number + 96]).save(
            tmp_path / "photos" / f"{number}.png"
        )
    for folder in ("video", "sintel/final/pan"):
        (tmp_path / folder).mkdir(parents=True)
        for number in (1, 2, 3):
            left = 32 - 4 * number
            frame = Image.fromarray(wide[:, left : left + 128])
            frame.save(tmp_path / folder / f"frame_{number:04d}.png")
    (tmp_path / "sintel/flow/pan").mkdir(parents=True)
    flow = np.tile(np.float32([4, 0]), (96, 128, 1))
    write_flo(tmp_path / "sintel/flow/pan/frame_0001.flo", flow)
    Image.fromarray(255 - wide[:, :80]).save(tmp_path / "painting.png")
    return tmp_path
